"""Cells of one column of a chunk to answers, and the tally of what was no answer."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from survey_engine.numerics.moments import Array
from survey_engine.responses.answers import AnswerRules
from survey_engine.responses.options import weight_values
from survey_engine.responses.survey_data import AnswerStatus
from survey_engine.responses.text import cell_text, number_of

MOST_ROWS = 20
"""Rows named in a finding; the count is of all."""
WIDEST_DICTIONARY = 10_000
"""Distinct cells remembered from chunk to chunk."""

Column = NDArray[Any]
Seen = NDArray[np.bool_] | None
Entry = tuple[str, float, int]


class ColumnReader:
    """Reads one column chunk by chunk.

    Attributes
    ----------
    cells : Counter of (status, cell text)
        How often each cell that is no answer occurs; empty cells under "".
    rows : dict of "number", "word" or "fraction" to list of int
        First rows of each kind of finding, 1-based.
    fractions : Counter of float
        Answers that are no whole numbers, where a scale is declared.
    """

    def __init__(self, name: str, rules: AnswerRules) -> None:
        self.name = name
        self.rules = rules
        self.cells: Counter[tuple[int, str]] = Counter()
        self.rows: dict[str, list[int]] = {"number": [], "word": [], "fraction": []}
        self.fractions: Counter[float] = Counter()
        self._known: dict[Any, Entry] = {}

    def read(self, array: Any, first_row: int) -> tuple[Column, Seen]:
        """Answers of a chunk, shape (m,), and which rows have one (None: all).

        Parameters
        ----------
        array : pyarrow.Array
        first_row : int
            1-based row of the file that the chunk starts with.
        """
        import pyarrow as pa

        if pa.types.is_integer(array.type):
            found = self._whole(array)
            if found is not None:
                return found
        if pa.types.is_floating(array.type):
            decimal = self._decimal(array)
            if decimal is not None:
                return decimal
        return self._distinct(array, first_row)

    def _whole(self, array: Any) -> tuple[Column, Seen] | None:
        """Integers all on the scale and none of them a code; None if they are not."""
        import pyarrow.compute as pc

        if array.null_count == len(array):
            self.cells[AnswerStatus.SKIPPED, ""] += len(array)
            return np.zeros(len(array), dtype=np.int8), np.zeros(len(array), dtype=bool)
        ends = pc.min_max(array)
        if not self._plain(ends["min"].as_py(), ends["max"].as_py()):
            return None
        if array.null_count == 0:
            return array.to_numpy(), None
        self.cells[AnswerStatus.SKIPPED, ""] += array.null_count
        seen = array.is_valid().to_numpy(zero_copy_only=False)
        return array.fill_null(0).to_numpy(zero_copy_only=False), seen

    def _decimal(self, array: Any) -> tuple[Column, Seen] | None:
        """Floats all on the scale and none of them a code, narrowed where whole."""
        values = array.to_numpy(zero_copy_only=False).astype(np.float64)
        seen = np.isfinite(values)
        answers = values[seen]
        near_zero = np.abs(answers[(answers != 0) & (np.abs(answers) < 1)])
        if answers.size == 0 or not self._plain(float(answers.min()), float(answers.max())):
            return None
        if not all(self.rules.on_scale(float(x)) for x in near_zero[near_zero < 1e-12]):
            return None
        filled = np.where(seen, values, 0.0)
        if not np.array_equal(filled, np.rint(filled)) and self.rules.minimum is not None:
            return None
        self.cells[AnswerStatus.SKIPPED, ""] += int(seen.size - answers.size)
        return _narrow(filled), None if answers.size == seen.size else seen

    def _plain(self, low: float, high: float) -> bool:
        on_scale = self.rules.on_scale(low) and self.rules.on_scale(high)
        return on_scale and not any(low <= code <= high for code in self.rules.codes)

    def _distinct(self, array: Any, first_row: int) -> tuple[Column, Seen]:
        """Each distinct cell understood once, as `read_column` does."""
        import pyarrow as pa

        if not pa.types.is_dictionary(array.type):
            array = array.dictionary_encode()
        entries = [self._entry(cell) for cell in array.dictionary.to_pylist()]
        entries.append(("", 0.0, int(AnswerStatus.SKIPPED)))
        codes, empty = array.indices, array.indices.null_count
        if empty:
            codes = codes.fill_null(len(entries) - 1)
            self.cells[AnswerStatus.SKIPPED, ""] += empty
        at = codes.to_numpy(zero_copy_only=False)
        status = np.array([entry[2] for entry in entries], dtype=np.int8)
        values = _narrow(np.array([entry[1] for entry in entries]))
        if (status[:-1] != AnswerStatus.ANSWERED).any():
            self._count(entries, status, at)
        if self.rules.minimum is not None and values.dtype.kind == "f":
            self._count_fractions(values, at, first_row)
        wrong = status == AnswerStatus.INVALID
        if wrong.any():
            self._name_rows(entries, at, first_row)
        seen = (status == AnswerStatus.ANSWERED)[at]
        return values[at], None if seen.all() else seen

    def _entry(self, cell: Any) -> Entry:
        known = self._known.get(cell)
        if known is None:
            answer = self.rules.read(cell)
            value = answer.value if answer.status == AnswerStatus.ANSWERED else 0.0
            known = (cell_text(cell), value, int(answer.status))
            if len(self._known) < WIDEST_DICTIONARY:
                self._known[cell] = known
        return known

    def _count(self, entries: list[Entry], status: NDArray[np.int8], at: Column) -> None:
        counts = np.bincount(at, minlength=len(entries))
        counts[-1] = 0  # empty cells are counted already
        for j in np.flatnonzero((status != AnswerStatus.ANSWERED) & (counts > 0)):
            self.cells[int(status[j]), entries[j][0]] += int(counts[j])

    def _count_fractions(self, values: Column, at: Column, first_row: int) -> None:
        broken = values != np.rint(values)
        counts = np.bincount(at, minlength=values.size)
        for j in np.flatnonzero(broken & (counts > 0)):
            self.fractions[float(values[j])] += int(counts[j])
        self._add_rows("fraction", np.flatnonzero(broken[at]), first_row)

    def _name_rows(self, entries: list[Entry], at: Column, first_row: int) -> None:
        """The first rows with a number off the scale, and with words."""
        wrong = np.array([entry[2] == AnswerStatus.INVALID for entry in entries])
        number = np.array([number_of(entry[0]) is not None for entry in entries])
        self._add_rows("number", np.flatnonzero((wrong & number)[at]), first_row)
        self._add_rows("word", np.flatnonzero((wrong & ~number)[at]), first_row)

    def _add_rows(self, kind: str, found: NDArray[np.int64], first_row: int) -> None:
        free = MOST_ROWS - len(self.rows[kind])
        self.rows[kind] += [int(row) + first_row for row in found[:free]]


def _narrow(values: Array) -> Column:
    """The smallest integer type that holds whole numbers; others as they are."""
    if values.size == 0 or not np.array_equal(values, np.rint(values)):
        return values
    low, high = float(values.min()), float(values.max())
    for kind in (np.int8, np.int16, np.int32):
        if np.iinfo(kind).min <= low and high <= np.iinfo(kind).max:
            return values.astype(kind)
    return values


def weight_numbers(array: Any) -> Array:
    """Case weights of a chunk, shape (m,); NaN for cells without a number."""
    import pyarrow as pa

    if pa.types.is_integer(array.type) or pa.types.is_floating(array.type):
        numbers: Array = array.to_numpy(zero_copy_only=False).astype(np.float64)
        return numbers
    distinct, at = _coded(array)
    return weight_values(pd.Series(distinct, dtype=object))[at]


def group_labels(array: Any) -> NDArray[np.object_]:
    """Labels of a chunk, shape (m,); None for empty cells."""
    distinct, at = _coded(array)
    labels = [cell_text(cell) or None for cell in distinct]
    return np.array([*labels], dtype=object)[at]


def _coded(array: Any) -> tuple[list[Any], NDArray[np.int64]]:
    """Distinct cells (the last is None) and the position of each row's."""
    import pyarrow as pa

    if not pa.types.is_dictionary(array.type):
        array = array.dictionary_encode()
    distinct = [*array.dictionary.to_pylist(), None]
    codes = array.indices.fill_null(len(distinct) - 1)
    return distinct, codes.to_numpy(zero_copy_only=False)
