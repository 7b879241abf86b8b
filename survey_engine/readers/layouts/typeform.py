"""Typeform CSV: ``#`` first, network id last; choices keep only their own words."""

from __future__ import annotations

import re

import pandas as pd

from survey_engine.readers.content import Content
from survey_engine.readers.layouts.headers import folded, plain_text
from survey_engine.readers.layouts.paradata import PARTIAL, Told, column_of, flags, gathered
from survey_engine.readers.layouts.table import Layout
from survey_engine.readers.source import SourceFile

_FIELD = re.compile(r"\{\{[^{}]{1,100}\}\}")
_OWN = frozenset({"network id", "submit date (utc)", "start date (utc)", "stage date (utc)"})
_PARTS = dict.fromkeys(("partial", "started"), PARTIAL)


def claims(content: Content) -> bool:
    """``#`` and one of the tool's own columns."""
    first = folded(content.sheet.row(0))
    return bool(first) and first[0] == "#" and bool(_OWN & set(first))


def layout(_source: SourceFile, content: Content) -> Layout:
    """Headers are questions, statements or choices; ``{{field}}`` stands for an answer."""
    names = [plain_text(cell) for cell in content.sheet.row(0)]
    return Layout(
        platform="typeform",
        names=names,
        labels={name: _FIELD.sub(" ", name) for name in names if name},
        paradata=_paradata,
        repeated_names=True,
        clean=unguarded,
    )


def unguarded(cell: str) -> str:
    """A cell without the apostrophe that guards = + - @ from spreadsheets."""
    return cell[1:] if len(cell) > 1 and cell[0] == "'" and cell[1] in "=+-@" else cell


def _paradata(table: pd.DataFrame) -> Told:
    out = gathered(
        table,
        respondent=("#",),
        started=("Start Date (UTC)",),
        ended=("Submit Date (UTC)",),
        zone="+00:00",
    )
    stage = column_of(table, "Stage Date (UTC)")
    if stage is not None and "ended" in out:
        left = gathered(
            table, started=("Start Date (UTC)",), ended=("Stage Date (UTC)",), zone="+00:00"
        )
        for name in ("ended", "seconds"):
            out[name] = [
                a if a is not None else b for a, b in zip(out[name], left[name], strict=True)
            ]
    kind = column_of(table, "Response Type")
    status = ["complete"] * len(table) if kind is None else flags(kind, _PARTS)
    return {**out, "status": status}
