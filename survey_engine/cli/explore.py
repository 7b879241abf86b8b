"""``survey-engine explore``: items, blocks and factors, without a model of paths."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from survey_engine.cli.console import Console, exit_code
from survey_engine.cli.options import add_data, add_missing, add_model
from survey_engine.cli.options_covariance import add_ordered
from survey_engine.cli.text_table import text_table
from survey_engine.cli.usage import CommandParser, choice, whole

if TYPE_CHECKING:
    from survey_engine.assessment.psychometrics import Psychometrics

NAME = "explore"
EXTRACTIONS = ("minres", "ml", "pa", "pca")
ROTATIONS = ("oblimin", "varimax", "quartimax", "promax", "none")
SHOWN = 0.30


def add(parser: CommandParser) -> None:
    """The data, how to read them, and how to explore."""
    words = parser.words
    add_data(parser)
    add_model(parser, required=False)
    add_missing(parser)
    add_ordered(parser)
    parser.add_argument(
        "--factors",
        metavar="N",
        default=None,
        type=whole("--factors", words, 1),
        help=words.say("options.factors"),
    )
    for name, choices in (("extraction", EXTRACTIONS), ("rotation", ROTATIONS)):
        parser.add_argument(
            f"--{name}",
            metavar="|".join(choices),
            default=choices[0],
            type=choice(f"--{name}", words, choices),
            help=words.say(f"options.{name}", choices=", ".join(choices)),
        )
    parser.add_argument(
        "--seed",
        metavar="N",
        default=1,
        type=whole("--seed", words, 0),
        help=words.say("options.seed"),
    )


def run(args: argparse.Namespace, console: Console) -> int:
    """Print items, blocks, how many factors, and loadings."""
    from survey_engine.assessment.exploratory import ExploratoryChoice
    from survey_engine.cli.requests import study_request
    from survey_engine.workflows.explore import explore_request

    request = study_request(
        args,
        weights=args.weights,
        group=args.group,
        missing=args.missing,
        ordered=args.ordered,
        seed=args.seed,
    )
    chosen = ExploratoryChoice(
        n_factors=args.factors, extraction=args.extraction, rotation=args.rotation
    )
    result = explore_request(request, choice=chosen)
    console.diagnostics(result.diagnostics)
    _print(result.found, console)
    console.write_json(
        {**result.to_dict(), "diagnostics": console.describe(result.diagnostics)}
    )
    return exit_code(result.diagnostics)


def _print(found: Psychometrics, console: Console) -> None:
    words = console.words
    rows = []
    for block in found.blocks:
        for j, item in enumerate(block.items):
            k = found.items.index(item)
            numbers = (
                found.shape.mean[k],
                found.shape.standard_deviation[k],
                found.shape.skewness[k],
                found.shape.kurtosis[k],
                block.each.item_rest[j],
                block.each.dropped[j].alpha,
            )
            rows.append((block.name, item, *map(_decimal, numbers)))
    console.text(text_table(words.head("explore.items"), rows, right=range(2, 8)))
    blocks = [
        (
            block.name,
            str(len(block.items)),
            *map(
                _decimal,
                (
                    block.statistics.alpha_raw,
                    block.statistics.alpha_lower,
                    block.statistics.alpha_upper,
                    block.statistics.alpha,
                    block.statistics.g6,
                    block.statistics.mean_r,
                ),
            ),
            *([] if block.alpha_ordinal is None else [_decimal(block.alpha_ordinal)]),
        )
        for block in found.blocks
    ]
    head = list(words.head("explore.blocks"))
    if any(block.alpha_ordinal is not None for block in found.blocks):
        head.append(words.say("explore.ordinal"))
    blocks = [(*row, *["–"] * (len(head) - len(row))) for row in blocks]
    console.text("\n" + text_table(head, blocks, right=range(1, len(head))))
    _print_factors(found, console)


def _print_factors(found: Psychometrics, console: Console) -> None:
    explored = found.exploratory
    if explored is None:
        return
    console.line(
        "explore.adequacy",
        kmo=_decimal(explored.kmo),
        chisq=f"{explored.bartlett_chisq:.1f}",
        df=explored.bartlett_df,
        p="< .001" if explored.bartlett_p < 0.001 else f"= {explored.bartlett_p:.3f}",
    )
    console.line(
        "explore.retained",
        components=explored.n_components_parallel,
        factors=explored.n_factors_parallel,
        map=explored.n_components_map,
    )
    solution = explored.solution
    if solution is not None:
        console.line(
            "explore.solution",
            n=explored.n_factors,
            extraction=explored.extraction,
            rotation=explored.rotation,
        )
        head = [console.words.head("explore.items")[1]]
        head += [f"F{f + 1}" for f in range(explored.n_factors)] + ["h2"]
        rows = [
            (
                item,
                *(_decimal(x) if abs(x) >= SHOWN else "" for x in solution.pattern[j]),
                _decimal(solution.communality[j]),
            )
            for j, item in enumerate(found.items)
        ]
        console.text(text_table(head, rows, right=range(1, len(head))))
    if found.general is not None:
        console.line(
            "explore.general",
            total=_decimal(found.general.omega_total),
            hierarchical=_decimal(found.general.omega_hierarchical),
        )


def _decimal(number: float) -> str:
    return "–" if number != number else f"{number:.2f}"
