"""``survey-engine instrument import|export``."""

from __future__ import annotations

import argparse
from pathlib import Path

from survey_engine.cli.console import Console
from survey_engine.cli.usage import PROGRAM, CommandParser, choice, refuse

FORMAT_IDS = (
    "xlsform", "redcap", "qualtrics", "surveyjs", "limesurvey", "lss", "triple-s", "spss",
    "ddi",
)  # fmt: skip
"""Here by name because the formats themselves load slowly; a test keeps them in step."""


def add_exchange(parser: CommandParser) -> None:
    """The format."""
    words = parser.words
    parser.add_argument(
        "--format",
        metavar="FORMAT",
        type=choice("--format", words, FORMAT_IDS),
        help=words.say("options.format_form", choices=", ".join(FORMAT_IDS)),
    )


def run_import(args: argparse.Namespace, console: Console) -> int:
    """Another program's questionnaire into a YAML file."""
    from survey_engine.workflows.exchange_questionnaire import import_questionnaire

    source = Path(args.name)
    out = Path(args.out or source.with_suffix(".yaml").name)
    found = import_questionnaire(source, out, format_id=args.format)
    one = found.instrument
    console.line(
        "exchange.read",
        file=source.name,
        format=found.format,
        items=len(one.items),
        languages=", ".join(one.languages),
    )
    console.diagnostics(found.losses)
    if not found.losses:
        console.line("exchange.kept")
    console.line("written", file=out)
    console.write_json(
        {
            "file": str(out),
            "format": found.format,
            "instrument": one.model_dump(mode="json", by_alias=True),
            "diagnostics": console.describe(found.losses),
        }
    )
    return 0


def run_export(args: argparse.Namespace, console: Console) -> int:
    """A questionnaire for another program."""
    from survey_engine.workflows.exchange_questionnaire import export_questionnaire

    if args.out is None:
        usage = f"{PROGRAM} instrument export NAME -o FILE"
        refuse("USAGE_MISSING_ARGUMENT", names="-o", usage=usage)
    files, losses = export_questionnaire(
        args.name, Path(args.out), format_id=args.format, languages=args.languages
    )
    console.diagnostics(losses)
    if not losses:
        console.line("exchange.kept")
    for file in files:
        console.line("written", file=file)
    told = console.describe(losses)
    console.write_json({"files": [str(file) for file in files], "diagnostics": told})
    return 0
