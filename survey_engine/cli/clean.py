"""``survey-engine clean``: rules for careless respondents, shown before they are applied."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from survey_engine.cli.console import Console, exit_code
from survey_engine.cli.options import add_data, add_missing, add_model
from survey_engine.cli.text_table import text_table
from survey_engine.cli.usage import CommandParser, refuse, value

if TYPE_CHECKING:
    from survey_engine.responses.quality_plan import CleaningRule
    from survey_engine.workflows.clean import CleaningReport

NAME = "clean"
RULES = (
    "duplicate_ids",
    "duplicate_answers",
    "duplicate_devices",
    "speeders",
    "straightlining",
    "long_string",
    "variability",
    "attention",
    "pairs",
    "outliers",
)
Named = tuple[str, float | None]


def add(parser: CommandParser) -> None:
    """The data, the rules, and where to write what is left."""
    words = parser.words
    say = words.say
    add_data(parser)
    add_model(parser, required=False)
    add_missing(parser)
    parser.add_argument(
        "--rule",
        metavar="RULE[=CUTOFF]",
        action="append",
        default=[],
        type=value("--rule", ", ".join(RULES), _rule),
        help=say("options.rule", choices=", ".join(RULES)),
    )
    parser.add_argument(
        "--attention",
        metavar="ITEM=ANSWER[,ANSWER]",
        action="append",
        default=[],
        type=value("--attention", say("expected.attention"), _attention),
        help=say("options.attention"),
    )
    parser.add_argument(
        "--pair",
        metavar="ITEM,ITEM",
        action="append",
        default=[],
        type=value("--pair", say("expected.pair"), _pair),
        help=say("options.pair"),
    )
    parser.add_argument("--seconds", metavar="COLUMN", help=say("options.seconds"))
    parser.add_argument("--plan", metavar="FILE", help=say("options.cleaning_plan"))
    parser.add_argument("--dry-run", action="store_true", help=say("options.dry_run"))
    parser.add_argument("-o", "--out", metavar="FILE", help=say("options.out_cleaned"))
    parser.add_argument("--flagged", metavar="FILE", help=say("options.flagged"))
    parser.add_argument("--save-plan", metavar="FILE", help=say("options.save_plan"))


def run(args: argparse.Namespace, console: Console) -> int:
    """Show each rule with n and index before and after; write what was asked for."""
    from survey_engine.cli.requests import study_request
    from survey_engine.workflows.clean import clean_request

    request = study_request(args, weights=args.weights, group=args.group, missing=args.missing)
    report = clean_request(request, _rules(args), apply=not args.dry_run)
    _print(report, console)
    # What was set aside is in the table; the rest of the reading is as in `read`.
    original = report.cleaning.original
    told = (*report.diagnostics, *original.diagnostics)
    console.diagnostics(told)
    _write(args, report, console)
    console.write_json({**report.to_dict(), "diagnostics": console.describe(told)})
    return exit_code(told)


def _rules(args: argparse.Namespace) -> tuple[CleaningRule, ...]:
    """The rules of the plan, then those of the command line.

    Raises
    ------
    UsageProblem, SurveyEngineError
        A rule lacks what it needs; the plan cannot be read.
    """
    from survey_engine.responses.quality_plan import CleaningRule
    from survey_engine.workflows.clean import load_plan

    rules = [] if args.plan is None else list(load_plan(Path(args.plan)).rules)
    named: dict[str, float | None] = dict(args.rule)
    if args.attention:
        named.setdefault("attention", None)
    if args.pair:
        named.setdefault("pairs", None)
    for name, option, given in (
        ("attention", "--attention", args.attention),
        ("pairs", "--pair", args.pair),
    ):
        if name in named and not given:
            usage = f"--rule {name} {option} …"
            refuse("USAGE_MISSING_ARGUMENT", names=option, usage=usage)
    more: dict[str, dict[str, object]] = {
        "attention": {"answers": dict(args.attention)},
        "pairs": {"pairs": list(args.pair)},
        "speeders": {"column": args.seconds},
        "duplicate_ids": {"column": args.id},
    }
    for name, cutoff in named.items():
        fields = {"rule": name, "cutoff": cutoff, **more.get(name, {})}
        rules.append(CleaningRule.model_validate(fields))
    return tuple(rules)


def _print(report: CleaningReport, console: Console) -> None:
    say = console.words.say
    rows = []
    for step in report.steps:
        why = say("clean.judged") if step.reason is None else say(f"clean.{step.reason}")
        rows.append(
            (
                say(f"clean.rule.{step.rule}"),
                "–" if step.limit is None else f"{step.limit:.4g}",
                str(step.flagged),
                str(step.new),
                str(step.n_after),
                _points(step.index_before),
                _points(step.index_after),
                why,
            )
        )
    console.text(text_table(console.words.head("clean.head"), rows, right=range(1, 7)))
    if report.applied:
        console.line("clean.applied", n=report.cleaning.original.n, left=report.data.n)
    elif report.asked:
        console.line("clean.dry_run", left=int(report.cleaning.kept.sum()))
    else:
        console.line("clean.nothing_applied", rules=", ".join(RULES))


def _write(args: argparse.Namespace, report: CleaningReport, console: Console) -> None:
    from survey_engine.workflows.clean import cleaned_table, flagged_table, plan_yaml
    from survey_engine.workflows.write_file import write_atomically

    contents = []
    if args.out is not None and not args.dry_run:
        contents.append((args.out, cleaned_table(report)))
    if args.flagged is not None and not args.dry_run:
        contents.append((args.flagged, flagged_table(report)))
    if args.save_plan is not None and report.plan is not None:
        contents.append((args.save_plan, plan_yaml(report.plan).encode("utf-8")))
    for path, content in contents:
        console.line("written", file=write_atomically(Path(path), content))


def _points(index: float | None) -> str:
    return "–" if index is None else f"{index:.2f}"


def _rule(text: str) -> Named | None:
    name, equals, cutoff = text.partition("=")
    if name not in RULES or (equals and float(cutoff) <= 0):
        return None
    return name, float(cutoff) if equals else None


def _attention(text: str) -> tuple[str, tuple[float, ...]] | None:
    item, equals, answers = text.partition("=")
    return (item, tuple(map(float, answers.split(",")))) if item and equals else None


def _pair(text: str) -> tuple[str, str] | None:
    first, comma, second = (part.strip() for part in text.partition(","))
    return (first, second) if first and comma and second else None
