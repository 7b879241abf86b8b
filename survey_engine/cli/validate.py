"""``survey-engine validate``: the certified self-test on this machine."""

from __future__ import annotations

import argparse
from pathlib import Path

from survey_engine.cli.console import Console
from survey_engine.cli.text_table import text_table
from survey_engine.cli.usage import CommandParser

NAME = "validate"


def add(parser: CommandParser) -> None:
    """Where the PDF goes, if one is wanted."""
    parser.add_argument(
        "-o", "--out", metavar="FILE", help=parser.words.say("options.out_validation")
    )


def run(args: argparse.Namespace, console: Console) -> int:
    """Print requirement, source, worst cell and verdict; 1 if any requirement fails."""
    from survey_engine.cli.progress import ProgressLine
    from survey_engine.report.narrative.wording import Wording
    from survey_engine.report.validation_document import summary_row
    from survey_engine.workflows.resources import load_wording
    from survey_engine.workflows.validate import (
        describe_validation,
        run_validation,
        write_validation,
    )

    language = console.words.language
    progress = ProgressLine(console=console)
    found = run_validation(progress=progress)
    progress.close()
    words = Wording(language=language, catalogue=load_wording(language))
    rows = [summary_row(one, words) for one in found.outcomes]
    heads = words.node("validation.heads")
    console.text(text_table(heads, rows, right=(3, 4)))
    console.line(
        f"validate.{found.verdict}",
        cells=found.cells,
        requirements=len(found.outcomes),
        failed=sum(one.verdict == "fail" for one in found.outcomes),
        skipped=sum(one.verdict == "not run" for one in found.outcomes),
    )
    if args.out is not None:
        written = write_validation(found, Path(args.out), language=language)
        console.line("written", file=written)
    console.write_json({**describe_validation(found), "diagnostics": []})
    return 1 if found.verdict == "fail" else 0
