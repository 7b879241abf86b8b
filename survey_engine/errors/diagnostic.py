"""What the engine says when something is wrong: a code with its place and parameters.

A `Diagnostic` holds no sentence. Its words come from the catalogue of the reader's
language (``reports/wording/<lang>/``) at the edge of the program, so the same run
can be explained in English and in Chinese and tested as a value.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Any


class Severity(StrEnum):
    """How much a diagnostic matters: an error stops the analysis it belongs to."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class Scope(StrEnum):
    """Which analysis a diagnostic belongs to; only ``PRIMARY`` errors fail a run."""

    PRIMARY = "primary"
    SECOND_OPINION = "second_opinion"
    ENGINE = "engine"


@dataclass(frozen=True, kw_only=True)
class Where:
    """The place of a problem. `rows` are 1-based data rows, the header not counted."""

    items: tuple[str, ...] = ()
    rows: tuple[int, ...] = ()
    groups: tuple[str, ...] = ()
    constructs: tuple[str, ...] = ()
    parameters: tuple[str, ...] = ()
    values: tuple[Any, ...] = ()
    file: str | None = None
    line: int | None = None
    column: int | None = None

    def to_dict(self) -> dict[str, Any]:
        """Every field under the name of the result JSON, lists instead of tuples."""
        return {
            "items": list(self.items),
            "rows": list(self.rows),
            "groups": list(self.groups),
            "constructs": list(self.constructs),
            "parameters": list(self.parameters),
            "values": list(self.values),
            "file": self.file,
            "line": self.line,
            "column": self.column,
        }


@dataclass(frozen=True, kw_only=True)
class Diagnostic:
    """One finding about the input or a result: code, severity, place, parameters.

    Attributes
    ----------
    code : str
        A key of `survey_engine.errors.CODES`, such as ``"OUT_OF_RANGE"``.
    severity : Severity
    scope : Scope
        The analysis it belongs to.
    where : Where
    parameters : Mapping[str, Any]
        Values the wording needs, by the placeholder's name. Plain scalars, strings
        or short lists of them.
    """

    code: str
    severity: Severity
    scope: Scope = Scope.PRIMARY
    where: Where = field(default_factory=Where)
    parameters: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Freeze the parameters."""
        object.__setattr__(self, "parameters", MappingProxyType(dict(self.parameters)))

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle by value: a mapping proxy cannot be pickled itself."""
        return (
            _rebuild,
            (self.code, self.severity, self.scope, self.where, dict(self.parameters)),
        )


def _rebuild(
    code: str, severity: Severity, scope: Scope, where: Where, parameters: dict[str, Any]
) -> Diagnostic:
    return Diagnostic(
        code=code, severity=severity, scope=scope, where=where, parameters=parameters
    )


class SurveyEngineError(Exception):
    """Root of every exception the engine raises on purpose; it carries diagnostics.

    Attributes
    ----------
    diagnostics : tuple[Diagnostic, ...]
        At least one, of severity error.
    """

    def __init__(self, *diagnostics: Diagnostic) -> None:
        if not diagnostics:
            raise ValueError("a SurveyEngineError needs at least one diagnostic")
        self.diagnostics = tuple(diagnostics)
        super().__init__("; ".join(f"{d.code} {dict(d.parameters)}" for d in diagnostics))

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle with the diagnostics, so that errors cross process borders."""
        return (type(self), self.diagnostics)
