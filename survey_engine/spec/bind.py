"""A model meets its data: does every variable of the model have a column?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from survey_engine.errors import Diagnostic, Where, diagnostic
from survey_engine.instrument.model import Instrument
from survey_engine.instrument.nearest import likely_meant, nearest_name, short_list
from survey_engine.spec.model import ModelSpec, Statement
from survey_engine.spec.statements import statements_of

_MAX_DIAGNOSTICS = 50


def observed_variables(spec: ModelSpec) -> tuple[str, ...]:
    """Columns the model needs, in order: indicators and observed variables of formulas."""
    return tuple(dict.fromkeys(name for name, _ in _observed(spec)))


def bind(
    spec: ModelSpec,
    *,
    columns: Sequence[str],
    instrument: Instrument | None = None,
    file: str | None = None,
) -> tuple[Diagnostic, ...]:
    """Check that the data have every variable of the model.

    Parameters
    ----------
    spec : ModelSpec
    columns : sequence of str
        Columns of the data (item ids once an export is mapped).
    instrument : Instrument, optional
        Tells a misspelt indicator from a question that the data lack.
    file : str, optional
        Name of the model's file, for the diagnostics.

    Returns
    -------
    tuple of Diagnostic
        UNKNOWN_INDICATOR or INDICATOR_NOT_IN_DATA for each missing variable, once;
        UNKNOWN_CONSTRUCT for a name in a regression that looks like a construct's.
    """
    known = set(columns)
    items = {item.id for item in instrument.items} if instrument is not None else set()
    found: dict[str, Diagnostic] = {}
    for name, statement in _observed(spec):
        if name in known or name in found or len(found) >= _MAX_DIAGNOSTICS:
            continue
        place: dict[str, Any] = {
            "parameters": (f"{statement.lhs}{statement.op}{statement.rhs}",),
            "file": file,
            "line": statement.line,
            "column": statement.column,
        }
        meant = likely_meant(name, spec.construct_names)
        if statement.op not in ("=~", "<~") and meant is not None:
            where = Where(constructs=(name,), **place)
            found[name] = diagnostic(
                "UNKNOWN_CONSTRUCT",
                where=where,
                suggestion=meant,
                known=short_list(spec.construct_names),
            )
            continue
        where = Where(items=(name,), **place)
        found[name] = diagnostic(
            "INDICATOR_NOT_IN_DATA" if name in items else "UNKNOWN_INDICATOR",
            where=where,
            suggestion=nearest_name(name, columns) or "–",
            available=short_list(columns),
        )
    return tuple(found.values())


def _observed(spec: ModelSpec) -> Iterator[tuple[str, Statement]]:
    latent = set(spec.construct_names)
    for statement in statements_of(spec):
        if statement.op in (":=", "==", "<", ">"):
            continue
        names = (
            [statement.lhs] if statement.op in ("~1", "|") else [statement.rhs, statement.lhs]
        )
        for name in (part for written in names for part in written.split(":")):
            if name not in latent:
                yield name, statement
