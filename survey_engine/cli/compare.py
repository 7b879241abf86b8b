"""``survey-engine compare``: covariance-based models of the same items side by side."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from survey_engine.cli.console import Console, exit_code
from survey_engine.cli.options import add_data, add_missing, choose
from survey_engine.cli.options_covariance import add_covariance, covariance_options
from survey_engine.cli.text_table import text_table
from survey_engine.cli.usage import CommandParser, choice, refuse, value
from survey_engine.study.names import COVARIANCE_BASED

if TYPE_CHECKING:
    from survey_engine.study.comparison import Comparison

NAME = "compare"
SHOWN = 10
DIFFERENCES = ("satorra-bentler-2001", "satorra-bentler-2010", "satorra-2000")


def add(parser: CommandParser) -> None:
    """The data, the models, and how all of them are estimated."""
    words = parser.words
    add_data(parser)
    parser.add_argument(
        "-m",
        "--model",
        metavar="MODEL",
        action="append",
        required=True,
        help=words.say("options.compare_models"),
    )
    parser.add_argument(
        "-e",
        "--estimator",
        metavar="|".join(COVARIANCE_BASED),
        default="ml",
        type=choice("-e", words, COVARIANCE_BASED),
        help=words.say("options.compare_estimator", choices=", ".join(COVARIANCE_BASED)),
    )
    choose(parser, "--difference", DIFFERENCES, None)
    parser.add_argument(
        "--wald",
        metavar="CONSTRAINT",
        action="append",
        default=[],
        type=value("--wald", words.say("expected.constraint"), _constraint),
        help=words.say("options.wald"),
    )
    parser.add_argument("--cluster", metavar="COLUMN", help=words.say("options.cluster"))
    add_missing(parser)
    add_covariance(parser)


def run(args: argparse.Namespace, console: Console) -> int:
    """Print rivals, differences, Wald and score tests."""
    from survey_engine.cli.progress import ProgressLine
    from survey_engine.cli.requests import study_request
    from survey_engine.workflows.compare import compare_request

    names, args.model = list(dict.fromkeys(args.model)), None
    if len(names) < 2 and not args.wald:
        usage = "survey-engine compare EXPORT -m MODEL -m MODEL"
        refuse("USAGE_MISSING_ARGUMENT", names="-m", usage=usage)
    request = study_request(
        args,
        estimator=args.estimator,
        missing=args.missing,
        weights=args.weights,
        group=args.group,
        cluster=args.cluster,
        **covariance_options(args),
    )
    progress = ProgressLine(console=console)
    try:
        made = compare_request(
            request,
            names,
            difference=args.difference,
            constraints=args.wald,
            progress=progress,
        )
    finally:
        progress.close()
    _print(made.found, console)
    console.diagnostics(made.found.diagnostics)
    if console.json_target is not None:
        console.write_json(made.to_dict(lang=console.words.language))
    return exit_code(made.found.diagnostics)


def _print(found: Comparison, console: Console) -> None:
    words = console.words
    rows = []
    for one in found.rivals:
        measures = (one.cfi, one.rmsea, one.srmr)
        verdict = "–" if one.verdict is None else words.say(f"compare.verdicts.{one.verdict}")
        rows.append(
            (
                one.model,
                _number(one.chisq, 2),
                str(one.df),
                _number(one.p, 3),
                *(_number(x, 3) for x in measures),
                *(_number(x, 1) for x in (one.aic, one.bic)),
                _number(one.delta_cfi, 3),
                _number(one.delta_bic, 1),
                verdict,
            )
        )
    console.text(words.say("compare.rivals"))
    console.text(text_table(words.head("compare.rivals_head"), rows, right=range(1, 11)))
    if len(found.nested) > 1:
        _print_nested(found, console)
    _print_tests(found, console)


def _print_nested(found: Comparison, console: Console) -> None:
    words = console.words
    rows = [
        (
            one.model,
            str(one.df),
            _number(one.chisq, 2),
            _number(one.chisq_diff if one.df_diff else None, 2),
            "–" if one.df_diff is None else str(one.df_diff),
            _number(one.p, 3),
            _number(one.rmsea_diff, 3),
        )
        for one in found.nested
    ]
    how = words.say(f"compare.differences.{found.difference}")
    console.text("\n" + words.say("compare.nested", difference=how))
    console.text(text_table(words.head("compare.nested_head"), rows, right=range(1, 7)))


def _print_tests(found: Comparison, console: Console) -> None:
    words = console.words
    if found.wald is not None:
        console.line(
            "compare.wald",
            model=found.models[0].name,
            constraints=", ".join(found.wald.constraints),
            df=found.wald.df,
            chisq=_number(found.wald.chisq, 2),
            p=_number(found.wald.p, 3),
        )
    rows = []
    for model in found.models:
        total = model.equality_total
        if total is not None and model.equality:
            numbers = {"chisq": _number(total.chisq, 2), "p": _number(total.p, 3)}
            console.line("compare.score", model=model.name, df=total.df, **numbers)
        rows += [
            (
                model.name,
                one.lhs,
                one.rhs,
                _number(one.chisq, 2),
                _number(one.p, 3),
                _number(one.epc, 3),
            )
            for one in sorted(model.equality, key=lambda one: -one.chisq)[:SHOWN]
        ]
    if rows:
        console.text("\n" + words.say("compare.scores"))
        console.text(text_table(words.head("compare.score_head"), rows, right=(3, 4, 5)))


def _constraint(text: str) -> str | None:
    left, equal, right = text.partition("==")
    return text.strip() if equal and left.strip() and right.strip() else None


def _number(number: float | None, digits: int) -> str:
    return "–" if number is None or number != number else f"{number:.{digits}f}"
