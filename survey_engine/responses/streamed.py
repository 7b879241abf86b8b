"""Answers that do not fit in memory: chunks in, the same moments out, to the last bit.

`ChunkedAnswers` is what a reader of large files gives; `reduce_streamed` is `reduce` for it.
Whole-number answers without case weights are summed exactly (`ExactProducts`); others go
through the very blocks of rows that the path in memory uses.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from survey_engine.errors import Diagnostic, ResponseError, Where, diagnostic
from survey_engine.numerics.exact_products import ExactProducts
from survey_engine.numerics.moments import Array, Moments
from survey_engine.responses.chunked import (
    AnswerChunk,
    ChunkedAnswers,
    StreamedRows,
    complete_of,
    eligible_rows,
)
from survey_engine.responses.listwise import listwise_findings, worst_items
from survey_engine.responses.row_moments import (
    CHUNK_ROWS,
    centred,
    kish_n,
    moments_of_blocks,
    scaled_weights,
)
from survey_engine.responses.weights import usable_weights

ROWS_LIMIT_CELLS = 50_000_000
"""Tables up to here are read into memory (`survey_engine.readers.source.MAX_CELLS`)."""


@dataclass(frozen=True, kw_only=True)
class StreamedReduction:
    """What one reading of a large file gives.

    Attributes
    ----------
    moments : Moments
    rows : StreamedRows
    n_read : int
        Rows that count (all of the file, or those with a usable weight).
    missing : ndarray of int, shape (p,)
        Rows without an answer, by item.
    groups : Mapping[str, Moments]
        By label in order of first appearance; empty without a group column.
    diagnostics : tuple of Diagnostic
    """

    moments: Moments
    rows: StreamedRows
    n_read: int
    missing: NDArray[np.int64]
    groups: Mapping[str, Moments]
    diagnostics: tuple[Diagnostic, ...]


class _Tally:
    """Counts of one reading: rows, gaps, extremes, case weights of complete rows."""

    def __init__(self, p: int) -> None:
        self.n_read, self.n = 0, 0
        self.missing = np.zeros(p, dtype=np.int64)
        self.low, self.high = np.full(p, np.inf), np.full(p, -np.inf)
        self.weights: list[Array] = []
        self.whole, self.grouped = True, False

    def add(self, chunk: AnswerChunk) -> NDArray[np.bool_]:
        """Count a chunk; returns its complete rows that count."""
        eligible = eligible_rows(chunk)
        complete = complete_of(chunk, eligible)
        counted = chunk.n if eligible is None else int(eligible.sum())
        self.n_read += counted
        self.grouped = self.grouped or chunk.groups is not None
        self.n += int(np.count_nonzero(complete))
        for j, (column, seen) in enumerate(zip(chunk.values, chunk.answered, strict=True)):
            mask = _both(seen, eligible)
            if mask is not None:
                self.missing[j] += counted - int(np.count_nonzero(mask))
            self._widen(j, column, mask)
            self.whole = self.whole and column.dtype.kind in "iub"
        if chunk.weights is not None:
            self.weights.append(np.asarray(usable_weights(chunk.weights))[complete])
        return complete

    def _widen(self, j: int, column: NDArray[Any], mask: NDArray[np.bool_] | None) -> None:
        """Extremes of the answers; only whether an item varies at all is asked of them."""
        if self.low[j] < self.high[j]:
            return
        answers = column if mask is None else column[mask]
        if answers.size:
            self.low[j] = min(self.low[j], float(answers.min()))
            self.high[j] = max(self.high[j], float(answers.max()))


def reduce_streamed(data: ChunkedAnswers) -> StreamedReduction:
    """Reduce a file to `Moments`, listwise, in one reading (two with weights or fractions).

    Parameters
    ----------
    data : ChunkedAnswers

    Returns
    -------
    StreamedReduction
        `moments` has the same bits as `reduce` gives for the same rows in memory.

    Raises
    ------
    ResponseError
        ALL_MISSING_ITEM or NO_COMPLETE_ROWS: no moments exist.
    """
    p = len(data.columns)
    tally = _Tally(p)
    sums = ExactProducts(p, head_rows=CHUNK_ROWS)
    of_group: dict[str, ExactProducts] = {}
    for chunk in data.chunks():
        complete = tally.add(chunk)
        if tally.whole and chunk.weights is None:
            sums.add(chunk.values, complete)
            _add_groups(of_group, chunk, complete)
    _refuse_nothing(data.columns, tally)
    weights = np.concatenate(tally.weights) if tally.weights else None
    scale = 1.0 if weights is None else weights.size / weights.sum()
    rows = StreamedRows(data=data, n_rows=tally.n, weight_scale=float(scale))
    if weights is None and tally.whole and sums.exact:
        mean, covariance = _moments_of(sums)
    else:
        _refuse_groups(data, tally)
        mean, covariance = moments_of_blocks(rows.chunks())
    kept_weights = None if weights is None else scaled_weights(weights)
    moments = Moments(
        columns=data.columns,
        n=tally.n,
        n_effective=kish_n(kept_weights, tally.n),
        mean=mean,
        covariance=covariance,
        weighted=weights is not None,
        missing="listwise",
    )
    return StreamedReduction(
        moments=moments,
        rows=rows,
        n_read=tally.n_read,
        missing=tally.missing,
        groups={
            label: _group_moments(data.columns, part)
            for label, part in of_group.items()
            if part.n > 0
        },
        diagnostics=(*data.findings(), *_found(data.columns, tally, moments)),
    )


def _moments_of(sums: ExactProducts) -> tuple[Array, Array]:
    first, second, origin = sums.about_origin()
    return centred(first, second, float(sums.n), origin)


def _group_moments(columns: tuple[str, ...], sums: ExactProducts) -> Moments:
    mean, covariance = _moments_of(sums)
    n = sums.n
    return Moments(columns=columns, n=n, n_effective=float(n), mean=mean, covariance=covariance)


def _add_groups(
    of_group: dict[str, ExactProducts], chunk: AnswerChunk, complete: NDArray[np.bool_]
) -> None:
    if chunk.groups is None:
        return
    labels = [label for label in dict.fromkeys(chunk.groups) if label is not None]
    for label in labels:
        part = of_group.setdefault(
            str(label), ExactProducts(len(chunk.values), head_rows=CHUNK_ROWS)
        )
        part.add(chunk.values, complete & (chunk.groups == label))


def _refuse_groups(data: ChunkedAnswers, tally: _Tally) -> None:
    """Moments by group are exact sums only: not with case weights, not of fractions."""
    if tally.grouped:
        what = "group + weights" if tally.weights else "group + fractions"
        raise ResponseError(needs_rows(data.name, what))


def needs_rows(file: str, what: str) -> Diagnostic:
    """LARGE_NEEDS_ROWS: these options go through the respondents more than once."""
    where = Where(file=file)
    return diagnostic("LARGE_NEEDS_ROWS", where=where, what=what, limit=f"{ROWS_LIMIT_CELLS:,}")


def _both(
    one: NDArray[np.bool_] | None, other: NDArray[np.bool_] | None
) -> NDArray[np.bool_] | None:
    if one is None or other is None:
        return other if one is None else one
    return one & other


def _refuse_nothing(columns: tuple[str, ...], tally: _Tally) -> None:
    empty = tuple(columns[j] for j in np.flatnonzero(tally.missing == tally.n_read))
    if empty and tally.n_read:
        raise ResponseError(diagnostic("ALL_MISSING_ITEM", where=Where(items=empty), n_valid=0))
    if tally.n == 0:
        worst = worst_items(columns, tally.missing) or columns
        raise ResponseError(
            diagnostic("NO_COMPLETE_ROWS", where=Where(items=worst), n_read=tally.n_read)
        )


def _found(columns: tuple[str, ...], tally: _Tally, moments: Moments) -> list[Diagnostic]:
    # Whole numbers give an exact zero; fractions a rounding error of their square.
    constant = np.diagonal(moments.covariance) <= 1e-15 * moments.mean**2
    return listwise_findings(
        columns,
        tally.missing,
        (tally.n, tally.n_read),
        constant=constant & (tally.low < tally.high),
        values=moments.mean,
    )
