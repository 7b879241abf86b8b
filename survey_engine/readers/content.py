"""What a file holds before anybody asks which survey tool wrote it: sheets of cells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from survey_engine.errors import Diagnostic

Cells = NDArray[np.object_]


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """A rectangle of cells, header rows among them.

    Attributes
    ----------
    name : str
    cells : ndarray of object, shape (rows, columns)
        Text, numbers, dates, truth values or lists of text; None = empty.
    merged : tuple of (row, column, last row, last column), 0-based
    hidden : tuple of int
        0-based columns hidden from the eye.
    """

    name: str
    cells: Cells
    merged: tuple[tuple[int, int, int, int], ...] = ()
    hidden: tuple[int, ...] = ()

    def row(self, number: int) -> list[str]:
        """Stripped texts of one row, "" for an empty cell or a row there is not."""
        if number >= self.cells.shape[0]:
            return [""] * int(self.cells.shape[1])
        return ["" if cell is None else str(cell).strip() for cell in self.cells[number]]


@dataclass(frozen=True, kw_only=True)
class Content:
    """A file as its container gives it.

    Attributes
    ----------
    kind : str
        ``"text"``, ``"workbook"``, ``"spss"``, ``"stata"`` or ``"parquet"``.
    sheets : tuple of Sheet
        The first is the one to read. Typed files have one, its first row the names.
    encoding, separator : str or None
    ragged : tuple of (row, cells)
        0-based rows of the first sheet whose number of cells is not that of the table.
    cut : tuple of (row, column) or None
        Where the file ends in the middle of a cell, 0-based.
    labels : Mapping[str, str]
        Question text by column name.
    value_labels : Mapping[str, Mapping[float | str, str]]
    missing_codes : Mapping[str, tuple[float, ...]]
    notes : tuple of Diagnostic
    """

    kind: str
    sheets: tuple[Sheet, ...]
    encoding: str | None = None
    separator: str | None = None
    ragged: tuple[tuple[int, int], ...] = ()
    cut: tuple[int, int] | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    value_labels: Mapping[str, Mapping[float | str, str]] = field(default_factory=dict)
    missing_codes: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    notes: tuple[Diagnostic, ...] = ()

    @property
    def sheet(self) -> Sheet:
        """The sheet to read."""
        return self.sheets[0]


def grid(rows: Sequence[Sequence[object]], width: int) -> Cells:
    """Rows of any length as one rectangle, None where a row is short."""
    cells = np.full((len(rows), width), None, dtype=object)
    for number, row in enumerate(rows):
        cells[number, : len(row)] = row[:width]
    return cells
