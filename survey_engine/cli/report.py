"""``survey-engine report``: export in, PDF out."""

from __future__ import annotations

import argparse
import datetime
import os
from pathlib import Path
from typing import TYPE_CHECKING

from survey_engine.cli.console import Console, exit_code
from survey_engine.cli.options import add_data, add_model, add_study, study_options
from survey_engine.cli.progress import ProgressLine
from survey_engine.cli.usage import CommandParser

if TYPE_CHECKING:
    from survey_engine.analysis.supported_step import SupportedStep
    from survey_engine.responses.survey_data import SurveyData

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
    from survey_engine.workflows.run_study import run_request

    require_pdf()
    load_brand(args.brand)  # a faulty brand file is told before minutes of work
    request = study_request(args, **study_options(args))
    progress = ProgressLine(console=console)
    try:
        if args.model is None:
            from survey_engine.workflows.largest_report import read_step
            from survey_engine.workflows.run_study import analyse

            step, data = read_step(request)
            if step.model is None:
                return _smaller(args, console, step, data)
            result = analyse(
                data, step.model, request.spec, progress=progress, created=_today()
            )
        else:
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


def _smaller(
    args: argparse.Namespace, console: Console, step: SupportedStep, data: SurveyData
) -> int:
    """Drivers or single scores, for answers that carry no index model."""
    from survey_engine.analysis.supported_step import STEPS
    from survey_engine.report.narrative.numbers import Numbers
    from survey_engine.report.narrative.wording import Wording
    from survey_engine.report.smaller_document import lift_text
    from survey_engine.report.smaller_words import SmallerWords
    from survey_engine.study.result import StudySpec
    from survey_engine.workflows.largest_report import (
        describe_smaller,
        smaller_report,
        told_of,
        write_smaller,
    )

    found = smaller_report(step, data, StudySpec(**study_options(args)))
    language = console.words.language
    words = Wording(language=language, catalogue=console.words.catalogue)
    own = SmallerWords(found=found, words=words, numbers=Numbers(formats=words.node("formats")))
    console.text(
        own.say(
            "standing",
            number=STEPS.index(step.step) + 1,
            steps=len(STEPS),
            name=own.say(f"steps.{step.step}"),
        )
    )
    for lift in step.lifts:
        console.text("  " + lift_text(lift, own))
    written = write_smaller(found, Path(args.out), language=language, brand=args.brand)
    told = told_of(found)
    console.diagnostics(told)
    console.line("written", file=written)
    console.write_json({**describe_smaller(found), "diagnostics": console.describe(told)})
    return exit_code(told)


def _today() -> str:
    """The date of the report, or the one a reproducible build asks for."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH", "")
    if epoch.isdecimal():
        moment = datetime.datetime.fromtimestamp(int(epoch), tz=datetime.UTC)
    else:
        moment = datetime.datetime.now(tz=datetime.UTC)
    return moment.date().isoformat()
