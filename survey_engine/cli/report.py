"""``survey-engine report``: export in, PDF out."""

from __future__ import annotations

import argparse
import datetime
import os
from pathlib import Path

from survey_engine.cli.console import Console, exit_code
from survey_engine.cli.options import add_data, add_model, add_study, study_options
from survey_engine.cli.progress import ProgressLine
from survey_engine.cli.usage import CommandParser

NAME = "report"


def add(parser: CommandParser) -> None:
    """The export, the model, how to estimate it, and how the report looks."""
    add_data(parser, instrument_required=True)
    add_model(parser, required=False)
    parser.add_argument(
        "-o",
        "--out",
        metavar="FILE",
        default="report.pdf",
        help=parser.words.say("options.out_report"),
    )
    parser.add_argument("--brand", metavar="FILE", help=parser.words.say("options.brand"))
    add_study(parser)


def run(args: argparse.Namespace, console: Console) -> int:
    """Write the report; print index, drivers and paths."""
    from survey_engine.cli.requests import study_request
    from survey_engine.cli.study_text import study_text
    from survey_engine.workflows.brand import load_brand
    from survey_engine.workflows.make_report import (
        describe_result,
        require_pdf,
        write_report,
    )
    from survey_engine.workflows.resources import model_of_instrument
    from survey_engine.workflows.run_study import run_request

    require_pdf()
    load_brand(args.brand)  # a faulty brand file is told before minutes of work
    if args.model is None:
        args.model = model_of_instrument(args.instrument)
    progress = ProgressLine(console=console)
    try:
        request = study_request(args, **study_options(args))
        result = run_request(request, progress=progress, created=_today())
        progress("report")
        code = exit_code(result.diagnostics)
        written = write_report(
            result, Path(args.out), language=console.words.language, brand=args.brand
        )
    finally:
        progress.close()
    console.text(study_text(result, console.words))
    console.diagnostics(result.diagnostics)
    console.line("written", file=written)
    if console.json_target is not None:
        console.write_json(describe_result(result, language=console.words.language))
    return code


def _today() -> str:
    """The date of the report, or the one a reproducible build asks for."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH", "")
    if epoch.isdecimal():
        moment = datetime.datetime.fromtimestamp(int(epoch), tz=datetime.UTC)
    else:
        moment = datetime.datetime.now(tz=datetime.UTC)
    return moment.date().isoformat()
