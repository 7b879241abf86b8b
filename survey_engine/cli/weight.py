"""``survey-engine weight``: case weights that meet the margins of the population."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from survey_engine.cli.console import Console, exit_code
from survey_engine.cli.options import add_data
from survey_engine.cli.text_table import text_table
from survey_engine.cli.usage import CommandParser, value

if TYPE_CHECKING:
    from survey_engine.responses.weighting import Weighting

NAME = "weight"
NO_BOUND = "none"


def add(parser: CommandParser) -> None:
    """The export, the margins, how to trim, and `-o`."""
    words = parser.words
    add_data(parser)
    parser.add_argument(
        "--margins", metavar="FILE", required=True, help=words.say("options.margins")
    )
    parser.add_argument(
        "--trim",
        metavar="C",
        default="5",
        type=value("--trim", words.say("expected.bound"), _bound),
        help=words.say("options.trim"),
    )
    parser.add_argument(
        "--tolerance",
        metavar="SHARE",
        default="1e-6",
        type=value("--tolerance", words.say("expected.tolerance"), _tolerance),
        help=words.say("options.tolerance"),
    )
    parser.add_argument("-o", "--out", metavar="FILE", help=words.say("options.out_weighted"))


def run(args: argparse.Namespace, console: Console) -> int:
    """Print the margins before and after and what weighting costs; write the table."""
    from survey_engine.cli.requests import study_request
    from survey_engine.responses.weighting import WeightingOptions
    from survey_engine.workflows.weight import weight_request, weighted_table
    from survey_engine.workflows.write_file import write_atomically

    request = study_request(args, weights=args.weights, group=args.group)
    bound = None if args.trim == NO_BOUND else float(args.trim)
    options = WeightingOptions(bound=bound, tolerance=args.tolerance)
    found = weight_request(request, Path(args.margins), options=options)
    _print(found, console)
    told = (*(d for d in found.data.diagnostics if d not in found.diagnostics),)
    console.diagnostics((*found.diagnostics, *told))
    if args.out is not None:
        written = write_atomically(Path(args.out), weighted_table(found))
        console.line("written", file=written)
        console.line("weight.next", file=written, column=found.column)
    described = console.describe((*found.diagnostics, *told))
    console.write_json({**found.to_dict(), "column": found.column, "diagnostics": described})
    return exit_code((*found.diagnostics, *told))


def _print(found: Weighting, console: Console) -> None:
    rows = [
        (
            one.margin,
            one.category or "–",
            str(one.n),
            *(f"{100 * share:.2f}" for share in (one.wanted, one.before, one.after)),
        )
        for one in found.shares
    ]
    console.text(text_table(console.words.head("weight.head"), rows, right=range(2, 6)))
    told = found.to_dict()
    console.line(
        "weight.cost",
        n=told["n"],
        n_effective=f"{found.n_effective:.1f}",
        deff=f"{found.design_effect:.3f}",
        efficiency=f"{found.efficiency:.1%}",
        smallest=f"{told['smallest']:.3f}",
        largest=f"{told['largest']:.3f}",
    )


def _bound(text: str) -> str | None:
    """The text itself if it is a bound: a number above 1, or the word for none."""
    return text if text == NO_BOUND or float(text) > 1 else None


def _tolerance(text: str) -> float | None:
    share = float(text)
    return share if 1e-12 <= share < 1 else None
