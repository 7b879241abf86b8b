"""Where a command speaks: sentences to standard error, JSON to a file or standard output."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from survey_engine.cli.words import CommandWords
from survey_engine.errors import Diagnostic, Scope, Severity

SCHEMA = "1"


@dataclass(frozen=True, kw_only=True)
class Console:
    """The voice of one command.

    Attributes
    ----------
    words : CommandWords
    json_target : str or None
        A path, ``"-"`` for standard output, None for no JSON.
    """

    words: CommandWords
    json_target: str | None = None

    def line(self, key: str, **values: object) -> None:
        """A sentence of the wording file."""
        self.text(self.words.say(key, **values))

    def text(self, text: str) -> None:
        """Text as it is."""
        print(text, file=sys.stderr)

    def diagnostics(self, found: Iterable[Diagnostic]) -> None:
        """Each diagnostic with its remedy, errors first."""
        order = list(Severity)[::-1]
        for diagnostic in sorted(found, key=lambda entry: order.index(entry.severity)):
            message, remedy = self.words.diagnostic(diagnostic)
            severity = self.words.say(f"severity.{diagnostic.severity.value}")
            self.text(f"{severity} {diagnostic.code}: {message}")
            if remedy and diagnostic.severity is not Severity.INFO:
                self.text("  " + self.words.say("remedy", remedy=remedy))

    def describe(self, found: Iterable[Diagnostic]) -> list[dict[str, Any]]:
        """Diagnostics as they stand in the JSON."""
        return [self.words.described(diagnostic) for diagnostic in found]

    def write_json(self, content: Mapping[str, Any]) -> None:
        """Write the result for machines where `--json` asked for it.

        Raises
        ------
        EnvironmentProblem
            ``OUTPUT_NOT_WRITABLE``.
        """
        if self.json_target is None:
            return
        text = json_text({"schema": SCHEMA, **content})
        if self.json_target == "-":
            # Bytes, because the terminal's own encoding may have no Chinese.
            sys.stdout.buffer.write(text.encode("utf-8"))
            sys.stdout.flush()
            return
        from survey_engine.workflows.write_file import write_atomically

        write_atomically(Path(self.json_target), text.encode("utf-8"))


def json_text(content: Mapping[str, Any]) -> str:
    """JSON for people and machines: UTF-8, indented; NaN is refused, never written."""
    return json.dumps(content, ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def exit_code(found: Iterable[Diagnostic]) -> int:
    """1 if an error belongs to the requested analysis, else 0."""
    return int(
        any(
            diagnostic.severity is Severity.ERROR and diagnostic.scope is Scope.PRIMARY
            for diagnostic in found
        )
    )
