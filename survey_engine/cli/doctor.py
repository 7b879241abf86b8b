"""``survey-engine doctor``: is this machine ready?"""

from __future__ import annotations

import argparse

from survey_engine.cli.console import Console, exit_code
from survey_engine.cli.text_table import text_table
from survey_engine.cli.usage import CommandParser

NAME = "doctor"


def add(_parser: CommandParser) -> None:
    """No options of its own."""


def run(_args: argparse.Namespace, console: Console) -> int:
    """Print the state of everything a report needs; 1 if something is missing."""
    from survey_engine.workflows.examine_machine import examine_machine

    state = examine_machine()
    words = console.words
    rows = []
    for line in state.lines:
        label = words.say(f"doctor.{line.check}", language=line.detail)
        rows.append((label, words.say("doctor.ok" if line.fine else "doctor.bad"), line.detail))
    console.text(text_table(words.head("doctor.head"), rows))
    console.diagnostics(state.diagnostics)
    if all(line.fine for line in state.lines):
        console.line("doctor.healthy")
    console.write_json(
        {
            "checks": [
                {"check": line.check, "ok": line.fine, "detail": line.detail}
                for line in state.lines
            ],
            "packages": state.packages,
            "diagnostics": console.describe(state.diagnostics),
        }
    )
    return exit_code(state.diagnostics)
