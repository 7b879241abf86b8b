"""SPSS, Stata and Parquet: typed columns that carry their own names and labels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from survey_engine.readers.content import Content
from survey_engine.readers.layouts.plain import own_paradata
from survey_engine.readers.layouts.table import Layout
from survey_engine.readers.source import SourceFile
from survey_engine.responses.answers import VOCABULARY
from survey_engine.responses.survey_data import AnswerStatus
from survey_engine.responses.text import cell_text

_KINDS = ("spss", "stata", "parquet")
_EXTENDED = {f".{letter}": AnswerStatus.SKIPPED for letter in "abcdefghijklmnopqrstuvwxyz"}


def claims(content: Content) -> bool:
    """A file that is typed already."""
    return content.kind in _KINDS


def layout(_source: SourceFile, content: Content) -> Layout:
    """Names from the file, codes with the labels the file gives them."""
    numeric = {
        name: {float(code): text for code, text in of.items() if isinstance(code, (int, float))}
        for name, of in content.value_labels.items()
    }
    return Layout(
        platform=content.kind,
        names=content.sheet.row(0),
        paradata=own_paradata,
        value_labels={name: of for name, of in numeric.items() if of},
        states=_EXTENDED if content.kind == "stata" else {},
    )


def named_missing(content: Content) -> Content:
    """Stata's .a to .z as the words of their labels, or as they are written (``.a``)."""
    if content.kind != "stata":
        return content
    cells = content.sheet.cells.copy()
    for j, name in enumerate(content.sheet.row(0)):
        words = _words(content.value_labels.get(name, {}))
        numbers = any(isinstance(cell, (int, float)) for cell in cells[1:, j])
        if not numbers and not words:
            continue
        for i in range(1, cells.shape[0]):
            cell = cells[i, j]
            if isinstance(cell, str) and len(cell) == 1 and cell.islower():
                cells[i, j] = words.get(cell, f".{cell}")
    return replace(content, sheets=(replace(content.sheet, cells=cells),))


def _words(labels: Mapping[float | str, str]) -> dict[str, str]:
    """Labels of the extended codes that say which kind of "no number" they are."""
    return {
        str(code): text
        for code, text in labels.items()
        if isinstance(code, str) and cell_text(text).casefold() in VOCABULARY
    }
