"""``survey-engine demo``: the main job on a real survey."""

from __future__ import annotations

import argparse
from pathlib import Path

from survey_engine.cli.console import Console, exit_code
from survey_engine.cli.options import add_workers
from survey_engine.cli.progress import ProgressLine
from survey_engine.cli.usage import CommandParser

NAME = "demo"


def add(parser: CommandParser) -> None:
    """`--out`, `--workers`."""
    parser.add_argument(
        "--out", metavar="DIR", default="demo", help=parser.words.say("options.out_folder")
    )
    add_workers(parser)


def run(args: argparse.Namespace, console: Console) -> int:
    """Write the reports and the results; print what they say in short."""
    from survey_engine.cli.study_text import study_text
    from survey_engine.workflows.demo import run_demo
    from survey_engine.workflows.make_report import describe_result

    progress = ProgressLine(console=console)
    try:
        made = run_demo(Path(args.out), workers=args.workers, progress=progress)
    finally:
        progress.close()
    console.line("demo.survey", n=made.result.n)
    console.text(study_text(made.result, console.words))
    for path in made.files:
        console.line("written", file=path)
    if console.json_target is not None:
        console.write_json(describe_result(made.result, language=console.words.language))
    return exit_code(made.result.diagnostics)
