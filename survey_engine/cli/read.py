"""``survey-engine read``: recognise an export and match its columns."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from survey_engine.cli.console import Console, exit_code
from survey_engine.cli.options import add_data
from survey_engine.cli.text_table import text_table
from survey_engine.cli.usage import CommandParser

if TYPE_CHECKING:
    from survey_engine.workflows.read_export import ExportReading

NAME = "read"
_SHOWN = 12


def add(parser: CommandParser) -> None:
    """The export, how to read it, `-o` and `--save-mapping`."""
    add_data(parser)
    say = parser.words.say
    parser.add_argument("-o", "--out", metavar="FILE", help=say("options.out_clean"))
    parser.add_argument("--save-mapping", metavar="FILE", help=say("options.save_mapping"))


def run(args: argparse.Namespace, console: Console) -> int:
    """Print what was recognised, matched, set aside and is asked; write what is wanted."""
    from survey_engine.cli.requests import study_request
    from survey_engine.workflows.read_export import clean_table, mapping_yaml, read_report
    from survey_engine.workflows.run_study import open_request
    from survey_engine.workflows.write_file import write_atomically

    request = study_request(args, weights=args.weights, group=args.group)
    reading = open_request(request)
    _first_contact(reading, console)
    console.diagnostics(reading.diagnostics)
    if args.out is not None:
        text = clean_table(reading.data).to_csv(index=False, lineterminator="\n")
        written = write_atomically(Path(args.out), text.encode("utf-8"))
        console.line("written", file=written)
    if args.save_mapping is not None:
        text = mapping_yaml(reading)
        written = write_atomically(Path(args.save_mapping), text.encode("utf-8"))
        console.line("written", file=written)
    report = read_report(reading)
    console.write_json({**report, "diagnostics": console.describe(reading.diagnostics)})
    return exit_code(reading.diagnostics)


def _first_contact(reading: ExportReading, console: Console) -> None:
    """The sentences and the table a person sees before anything is computed."""
    from survey_engine.workflows.read_export import asked, read_report

    quality, mapped = reading.data.quality, reading.mapping.items
    console.line(
        "read.recognised",
        platform=console.words.say(f"read.platform.{reading.raw.platform}"),
        n=quality.n_read,
        matched=sum(one.matched for one in mapped),
        asked=len(mapped),
    )
    rows = [
        (
            one.item,
            ", ".join(one.taken) or "–",
            f"{one.confidence:.0%}",
            console.words.say(f"read.evidence.{one.evidence}"),
        )
        for one in mapped
    ]
    console.text(text_table(console.words.head("read.head"), rows, right=(2,)))
    for reason, n in quality.excluded.items():
        words = {k: console.words.say(f"read.{k}.{reason}") for k in ("reason", "undo")}
        console.line("read.set_aside", n=n, **words)
    beside = reading.mapping.unmatched_columns
    if beside:
        more = " …" if len(beside) > _SHOWN else ""
        console.line("read.beside", columns=", ".join(beside[:_SHOWN]) + more)
    _losses(read_report(reading)["losses"], console)
    questions = asked(reading.diagnostics)
    console.line("read.asked" if questions else "read.nothing_asked")
    for number, question in enumerate(questions, start=1):
        message, remedy = console.words.diagnostic(question)
        console.text(f"  {number}. {message} {remedy}")


def _losses(losses: list[dict[str, str]], console: Console) -> None:
    by_reason: dict[str, list[str]] = {}
    for one in losses:
        by_reason.setdefault(one["reason"], []).append(one["item"])
    if by_reason:
        what = "; ".join(
            console.words.say(f"read.loss.{reason}", items=", ".join(items))
            for reason, items in by_reason.items()
        )
        console.line("read.losses", what=what)
