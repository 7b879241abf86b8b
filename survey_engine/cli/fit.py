"""``survey-engine fit``: one model."""

from __future__ import annotations

import argparse

from survey_engine.cli.console import Console, exit_code
from survey_engine.cli.options import add_data, add_model, add_study, study_options
from survey_engine.cli.options_after_fit import add_scores
from survey_engine.cli.progress import ProgressLine
from survey_engine.cli.usage import CommandParser

NAME = "fit"


def add(parser: CommandParser) -> None:
    """The data, the model and how to estimate it."""
    add_data(parser)
    add_model(parser, required=True)
    add_study(parser)
    add_scores(parser)


def run(args: argparse.Namespace, console: Console) -> int:
    """Print index, drivers and paths; `--json` holds the full result."""
    from survey_engine.cli.requests import study_request
    from survey_engine.cli.study_text import study_text
    from survey_engine.workflows.make_report import describe_result
    from survey_engine.workflows.run_study import run_request

    progress = ProgressLine(console=console)
    try:
        result = run_request(study_request(args, **study_options(args)), progress=progress)
    finally:
        progress.close()
    console.text(study_text(result, console.words))
    if args.scores is not None:
        from pathlib import Path

        from survey_engine.workflows.write_scores import write_scores

        written = write_scores(result, Path(args.scores))
        if written is not None:
            console.line("written", file=written)
    console.diagnostics(result.diagnostics)
    if console.json_target is not None:
        console.write_json(describe_result(result, language=console.words.language))
    return exit_code(result.diagnostics)
