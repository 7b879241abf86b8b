"""Diagnostics in words: message and remedy from the catalogue of one language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from survey_engine.errors import Diagnostic

_MOST_ROWS = 20
"""Longer lists of rows are cut with an ellipsis: nobody reads a thousand numbers."""


class _Lenient(dict[str, str]):
    """A placeholder without a value prints as an ellipsis, never as an exception."""

    def __missing__(self, key: str) -> str:
        return "…"


def _text(value: Any, comma: str) -> str:
    if isinstance(value, float):
        return f"{value:.6g}".replace("-", "−")
    if isinstance(value, (tuple, list, set, frozenset)):
        parts = [_text(entry, comma) for entry in list(value)[:_MOST_ROWS]]
        return comma.join(parts + (["…"] if len(value) > _MOST_ROWS else []))
    return "–" if value is None else str(value)


@dataclass(frozen=True, kw_only=True)
class DiagnosticWording:
    """Says diagnostics in the language of its catalogue.

    Attributes
    ----------
    catalogue : Mapping[str, Any]
        A parsed wording file; its ``diagnostics`` mapping is used.
    names : Mapping[str, str]
        What constructs are called by readers of a report; elsewhere their ids stand.

    Examples
    --------
    >>> from survey_engine.errors import Diagnostic, Severity, Where
    >>> words = {"diagnostics": {"X": {"message": "{items}: {n} bad", "remedy": "See {file}."}}}
    >>> found = Diagnostic(code="X", severity=Severity.ERROR, where=Where(items=("A", "B")),
    ...                    parameters={"n": 3})
    >>> DiagnosticWording(catalogue=words).say(found)
    ('A, B: 3 bad', 'See –.')
    """

    catalogue: Mapping[str, Any]
    names: Mapping[str, str] = field(default_factory=dict)

    def say(self, diagnostic: Diagnostic) -> tuple[str, str]:
        """``(message, remedy)``; the bare code where the catalogue has no words.

        What is not about the main result says so.
        """
        scopes = self.catalogue.get("diagnostic_scopes") or {}
        around = str(scopes.get(diagnostic.scope.value, "{message}"))
        message = around.format(message=self.message(diagnostic))
        return message, self._field(diagnostic, "remedy")

    def message(self, diagnostic: Diagnostic) -> str:
        """The message alone, for a text that has already said what it is about."""
        return self._field(diagnostic, "message")

    def described(self, diagnostic: Diagnostic) -> dict[str, Any]:
        """As it stands in a JSON result: code, severity, scope, place, message, remedy."""
        message, remedy = self.say(diagnostic)
        return {
            "code": diagnostic.code,
            "severity": diagnostic.severity.value,
            "scope": diagnostic.scope.value,
            "where": diagnostic.where.to_dict(),
            "message": message,
            "remedy": remedy,
        }

    def meaning(self, code: str) -> str:
        """What a code means, in general; empty where the catalogue has no words."""
        return str(self._entry(code).get("meaning", "")).strip()

    def _entry(self, code: str) -> Mapping[str, Any]:
        entries = self.catalogue.get("diagnostics") or {}
        entry = entries.get(code)
        return entry if isinstance(entry, Mapping) else {}

    def _field(self, diagnostic: Diagnostic, name: str) -> str:
        template = self._entry(diagnostic.code).get(name)
        if template is None:
            return diagnostic.code if name == "message" else ""
        comma = str((self.catalogue.get("formats") or {}).get("comma", ", "))
        values = _Lenient(
            {
                key: _text(self._named(value), comma)
                for key, value in {
                    **diagnostic.where.to_dict(),
                    **diagnostic.parameters,
                }.items()
            }
        )
        return str(template).strip().format_map(values)

    def _named(self, value: Any) -> Any:
        """Ids of constructs replaced by names, also inside ``A ~ B``."""
        if isinstance(value, str):
            return " ".join(self.names.get(word, word) for word in value.split(" "))
        if isinstance(value, (tuple, list)):
            return [self._named(entry) for entry in value]
        return value
