"""Answers in chunks: the Protocol of files too large for memory, and rows read from them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from survey_engine.errors import Diagnostic
from survey_engine.numerics.moments import Array
from survey_engine.responses.row_moments import CHUNK_ROWS
from survey_engine.responses.weights import usable_weights


@dataclass(frozen=True, kw_only=True)
class AnswerChunk:
    """Some consecutive rows, column by column.

    Attributes
    ----------
    values : tuple of p ndarrays, each of shape (m,)
        Whole numbers, or float64 where a column has others; anything where not answered.
    answered : tuple of p ndarrays of bool, shape (m,), or None
        None where every row has an answer.
    weights : ndarray, shape (m,), or None
        Case weights as given.
    groups : ndarray of object, shape (m,), or None
        Labels of groups, None where there is no label.
    """

    values: tuple[NDArray[Any], ...]
    answered: tuple[NDArray[np.bool_] | None, ...]
    weights: Array | None = None
    groups: NDArray[np.object_] | None = None

    @property
    def n(self) -> int:
        """Number of rows."""
        return int(self.values[0].size)


class ChunkedAnswers(Protocol):
    """Typed answers of a file too large for memory, in the order of its rows."""

    @property
    def columns(self) -> tuple[str, ...]:
        """Items, in order."""
        ...

    @property
    def name(self) -> str:
        """Of the file, for messages."""
        ...

    @property
    def ranges(self) -> Mapping[str, tuple[float, float]]:
        """Declared minimum and maximum by item."""
        ...

    def chunks(self) -> Iterator[AnswerChunk]:
        """Read the file from its start; findings are of the last complete reading."""
        ...

    def findings(self) -> tuple[Diagnostic, ...]:
        """What reading the answers found: off the scale, words, special codes."""
        ...


@dataclass(frozen=True, kw_only=True)
class StreamedRows:
    """A `RowSource` over a file: complete rows, read again each time they are asked for.

    Attributes
    ----------
    data : ChunkedAnswers
    n_rows : int
    weight_scale : float
        Factor that scales the case weights of complete rows to sum to their number.
    """

    data: ChunkedAnswers
    n_rows: int
    weight_scale: float = 1.0

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the p columns."""
        return self.data.columns

    def chunks(self) -> Iterator[tuple[Array, Array | None]]:
        """Yield ``(block, weights)`` of `CHUNK_ROWS` complete rows, the last shorter."""
        waiting: list[Array] = []
        held = 0
        for chunk in self.data.chunks():
            kept = _complete_rows(chunk)
            waiting.append(kept)
            held += kept.shape[0]
            if held < CHUNK_ROWS:
                continue
            rows = np.concatenate(waiting)
            full = held - held % CHUNK_ROWS
            for start in range(0, full, CHUNK_ROWS):
                yield self._split(rows[start : start + CHUNK_ROWS], chunk.weights is not None)
            waiting, held = [rows[full:]], held - full
        if held:
            rows = np.concatenate(waiting)
            yield self._split(rows, rows.shape[1] > len(self.columns))

    def _split(self, rows: Array, weighted: bool) -> tuple[Array, Array | None]:
        p = len(self.columns)
        values = np.ascontiguousarray(rows[:, :p])
        return values, rows[:, p] * self.weight_scale if weighted else None


def eligible_rows(chunk: AnswerChunk) -> NDArray[np.bool_] | None:
    """Rows with a usable weight; None where all count."""
    if chunk.weights is None:
        return None
    return np.asarray(usable_weights(chunk.weights)) > 0


def complete_of(chunk: AnswerChunk, eligible: NDArray[np.bool_] | None) -> NDArray[np.bool_]:
    """Rows that count and have every answer, shape (m,)."""
    complete = np.ones(chunk.n, dtype=bool) if eligible is None else eligible.copy()
    for seen in chunk.answered:
        if seen is not None:
            complete &= seen
    return complete


def _complete_rows(chunk: AnswerChunk) -> Array:
    """Complete rows as float64, shape (k, p), the case weights in a last column if any."""
    at = np.flatnonzero(complete_of(chunk, eligible_rows(chunk)))
    columns: Sequence[NDArray[Any]] = chunk.values
    if chunk.weights is not None:
        columns = (*columns, chunk.weights)
    rows = np.empty((at.size, len(columns)))
    for j, column in enumerate(columns):
        rows[:, j] = column[at]
    return rows
