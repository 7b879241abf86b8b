"""``survey-engine score``: new respondents with the model of an earlier run."""

from __future__ import annotations

import argparse
from pathlib import Path

from survey_engine.cli.console import Console, exit_code
from survey_engine.cli.options import add_data
from survey_engine.cli.text_table import text_table
from survey_engine.cli.usage import CommandParser

NAME = "score"


def add(parser: CommandParser) -> None:
    """The new export, the result JSON that holds the model, and `-o`."""
    words = parser.words
    add_data(parser)
    parser.add_argument(
        "-m", "--model", metavar="RESULT.json", required=True, help=words.say("options.frozen")
    )
    parser.add_argument("-o", "--out", metavar="FILE", help=words.say("options.out_scores"))


def run(args: argparse.Namespace, console: Console) -> int:
    """Print every construct beside the earlier run; `-o` writes a line a respondent."""
    from survey_engine.cli.requests import study_request
    from survey_engine.workflows.score_new import (
        case_table,
        load_frozen,
        score_request,
        scored_document,
    )
    from survey_engine.workflows.write_file import write_atomically

    frozen = load_frozen(Path(args.model))
    request = study_request(args, weights=args.weights, group=args.group)
    scored = score_request(request, frozen)
    rows = []
    for row in scored.scores.scores:
        interval = ""
        if row.ci_lower is not None and row.ci_upper is not None:
            interval = f"[{row.ci_lower:.1f}, {row.ci_upper:.1f}]"
        mark = "*" if row.construct == frozen.index else ""
        value = "" if row.est is None else f"{row.est:.1f}"
        before = f"{scored.scores.before[row.construct]:.1f}"
        rows.append((row.construct + mark, value, interval, before))
    console.line("score.line", model=frozen.model, n=scored.scores.n, before=frozen.n)
    console.text(text_table(console.words.head("score.head"), rows, right=(1, 2, 3)))
    console.diagnostics(scored.diagnostics)
    if args.out is not None:
        text = case_table(scored).to_csv(index=False, lineterminator="\n")
        written = write_atomically(Path(args.out), text.encode("utf-8"))
        console.line("written", file=written)
    described = console.describe(scored.diagnostics)
    console.write_json({**scored_document(scored), "diagnostics": described})
    return exit_code(scored.diagnostics)
