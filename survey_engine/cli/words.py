"""What the command line says, in one language, out of ``reports/wording``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from survey_engine.errors import Diagnostic
from survey_engine.report.narrative.diagnostics import DiagnosticWording
from survey_engine.workflows.resources import load_wording


@dataclass(frozen=True, kw_only=True)
class CommandWords:
    """Words of the command line; keys are dotted paths below ``cli``."""

    language: str
    catalogue: Mapping[str, Any]

    def node(self, key: str) -> Any:
        """Whatever stands under a dotted key; KeyError if nothing does."""
        node: Any = self.catalogue["cli"]
        for part in key.split("."):
            node = node[part]
        return node

    def say(self, key: str, **values: object) -> str:
        """The template under a key, filled."""
        return str(self.node(key)).format(**values)

    def head(self, key: str) -> tuple[str, ...]:
        """The column heads of a table."""
        return tuple(str(entry) for entry in self.node(key))

    def diagnostic(self, found: Diagnostic) -> tuple[str, str]:
        """Message and remedy of a diagnostic."""
        return DiagnosticWording(catalogue=self.catalogue).say(found)

    def described(self, found: Diagnostic) -> dict[str, Any]:
        """A diagnostic as it stands in the JSON."""
        return DiagnosticWording(catalogue=self.catalogue).described(found)


def command_words(language: str) -> CommandWords:
    """The words of a language.

    Raises
    ------
    UsageProblem
        ``UNKNOWN_LANGUAGE``.
    """
    return CommandWords(language=language, catalogue=load_wording(language))
