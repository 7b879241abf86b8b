"""``survey-engine read``: recognise an export and match its columns."""

from __future__ import annotations

import argparse
from pathlib import Path

from survey_engine.cli.console import Console, exit_code
from survey_engine.cli.options import add_data
from survey_engine.cli.text_table import text_table
from survey_engine.cli.usage import CommandParser

NAME = "read"


def add(parser: CommandParser) -> None:
    """The export, how to read it, and `-o`."""
    add_data(parser)
    parser.add_argument(
        "-o", "--out", metavar="FILE", help=parser.words.say("options.out_clean")
    )


def run(args: argparse.Namespace, console: Console) -> int:
    """Print the mapping and what was noticed; write the canonical answers with `-o`."""
    from survey_engine.cli.requests import study_request
    from survey_engine.workflows.read_export import clean_table, read_report
    from survey_engine.workflows.run_study import open_request
    from survey_engine.workflows.write_file import write_atomically

    request = study_request(args, weights=args.weights, group=args.group)
    reading = open_request(request)
    quality = reading.data.quality
    console.line(
        "read.layout",
        file=reading.raw.source,
        platform=reading.raw.platform,
        n=quality.n_read,
        kept=quality.n_kept,
    )
    rows = [
        (
            one.item,
            one.column or "–",
            f"{one.confidence:.0%}",
            console.words.say(f"read.evidence.{one.evidence}"),
        )
        for one in reading.mapping.items
    ]
    console.text(text_table(console.words.head("read.head"), rows, right=(2,)))
    console.diagnostics(reading.diagnostics)
    if args.out is not None:
        text = clean_table(reading.data).to_csv(index=False, lineterminator="\n")
        written = write_atomically(Path(args.out), text.encode("utf-8"))
        console.line("written", file=written)
    report = read_report(reading)
    console.write_json({**report, "diagnostics": console.describe(reading.diagnostics)})
    return exit_code(reading.diagnostics)
