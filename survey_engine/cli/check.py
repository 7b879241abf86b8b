"""``survey-engine check``: data quality and, with a model, a trial fit."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from survey_engine.cli.console import Console, exit_code
from survey_engine.cli.options import add_data, add_missing, add_model
from survey_engine.cli.options_covariance import add_ordered
from survey_engine.cli.text_table import text_table
from survey_engine.cli.usage import CommandParser
from survey_engine.errors import Severity

if TYPE_CHECKING:
    from survey_engine.workflows.check import CheckReport

NAME = "check"


def add(parser: CommandParser) -> None:
    """The data, how to read them, and a model."""
    add_data(parser)
    add_model(parser, required=False)
    add_missing(parser)
    add_ordered(parser)


def run(args: argparse.Namespace, console: Console) -> int:
    """Print every diagnostic and the trial fits."""
    from survey_engine.cli.requests import study_request
    from survey_engine.workflows.check import check

    request = study_request(
        args,
        weights=args.weights,
        group=args.group,
        missing=args.missing,
        ordered=args.ordered,
    )
    report = check(request)
    _print(report, console)
    console.write_json(
        {
            "n": report.n,
            "items": list(report.data.columns),
            "trials": [
                {
                    "estimator": trial.estimator,
                    "converged": trial.converged,
                    "admissible": trial.verdict,
                }
                for trial in report.trials
            ],
            "diagnostics": console.describe(report.diagnostics),
        }
    )
    return exit_code(report.diagnostics)


def _print(report: CheckReport, console: Console) -> None:
    counts = {
        severity: sum(found.severity is severity for found in report.diagnostics)
        for severity in Severity
    }
    console.line(
        "check.data",
        n=report.n,
        p=len(report.data.columns),
        errors=counts[Severity.ERROR],
        warnings=counts[Severity.WARNING],
    )
    console.diagnostics(report.diagnostics)
    if not report.diagnostics:
        console.line("check.clean")
    if report.trials:
        rows = [
            (
                trial.estimator,
                console.words.say("check.yes" if trial.converged else "check.no"),
                console.words.say(f"check.{trial.verdict or 'no'}"),
            )
            for trial in report.trials
        ]
        console.line("check.trial")
        console.text(text_table(console.words.head("check.head"), rows))
