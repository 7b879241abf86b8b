"""Items and their products laid out for matrix multiplication by resampling counts.

Answers are mostly small integers. Then every sum of (count x product) is a whole number,
and two or three of them fit side by side into the 53 exact bits of one float64: the
multiplication needs a half or a third of the columns and stays exact. Other numbers are
centred at their mean and use one column each.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from survey_engine.numerics.moments import Array, RowSource

BLOCK = 1024
"""Rows a block; part of the definition of a bootstrap's digits."""
_DRAWN = 1.5 * BLOCK
"""No block of `BLOCK` rows is drawn more often than this, but for one chance in 10^50."""
_EXACT_BITS = 52
_ROUNDING = 1e-13
"""A variance below this share of the second moment is rounding, that is zero."""
_KEPT_BYTES = 2**28
"""Packed columns up to this size are kept between chunks of resamples."""


@dataclass(frozen=True, kw_only=True)
class ItemProducts:
    """Rows of a `RowSource`, ready to be multiplied by resampling counts.

    Attributes
    ----------
    values : ndarray, shape (n, p)
        Shifted by `origin`; whole numbers from 0 in one byte each where possible.
    weights : ndarray, shape (n,), or None
    origin : ndarray, shape (p,)
        What was subtracted from the items.
    packed : int
        Products that share one column: 3, 2 or 1.
    kept : tuple[ndarray, ...]
        Packed columns of each block, or nothing if they are made when needed.
    """

    values: Array | NDArray[np.uint8]
    weights: Array | None
    origin: Array
    packed: int
    kept: tuple[Array, ...] = ()

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        return len(self.values)

    @property
    def n_blocks(self) -> int:
        """Number of blocks of rows."""
        return -(-self.n_rows // BLOCK)

    def rows_of(self, block: int) -> int:
        """Number of rows in a block."""
        return min(BLOCK, self.n_rows - block * BLOCK)

    def empty(self, size: int) -> Array:
        """Sums of nothing, shape (size, columns)."""
        p = self.values.shape[1]
        return np.zeros((size, 1 + p + p * (p + 1) // 2))

    def add(self, total: Array, block: int, count: Array) -> None:
        """Add one block's sums, with `count` (size, rows), to `total`."""
        if self.packed == 1:
            total += count @ (self.kept[block] if self.kept else self.columns_of(block))
            return
        rows = self.values[self._slice(block)]
        most = float(count.sum(axis=1).max()) * max(float(rows.max()), 1.0) ** 2
        if most >= 2.0 ** (_EXACT_BITS // self.packed):  # cannot be told apart again
            total += count @ _columns(rows.astype(np.float64), None)
            return
        sums = count @ (self.kept[block] if self.kept else self.columns_of(block))
        _unpack(total, sums, self.packed)

    def columns_of(self, block: int) -> Array:
        """Columns of one block: 1, items, products of items; packed if possible."""
        rows = self._slice(block)
        weights = None if self.weights is None else self.weights[rows]
        columns = _columns(self.values[rows].astype(np.float64), weights)
        return columns if self.packed == 1 else _pack(columns, self.packed)

    def moments(self, total: Array) -> tuple[Array, Array]:
        """Means (B, p) and covariances (B, p, p), divisor n, from sums (B, columns)."""
        p = self.values.shape[1]
        size, first = total[:, :1], total[:, 1 : 1 + p]
        square = _full(total[:, 1 + p :], p)
        # For whole numbers both products are exact, so a constant item has variance 0.
        covariance = size[:, :, None] * square
        covariance -= first[:, :, None] * first[:, None, :]
        covariance /= size[:, :, None] ** 2
        at = np.arange(p)
        variance = covariance[:, at, at]
        nothing = variance <= _ROUNDING * (square[:, at, at] / size)
        covariance[:, at, at] = np.where(nothing, 0.0, variance)
        return first / size + self.origin, covariance

    def _slice(self, block: int) -> slice:
        return slice(block * BLOCK, min((block + 1) * BLOCK, self.n_rows))


def item_products(rows: RowSource) -> ItemProducts:
    """Lay out all rows of a source, chunk by chunk.

    Raises
    ------
    ValueError
        If the source has no rows or holds a number that is not finite: treat missing
        answers first.
    """
    seen = _survey(rows)
    most_drawn = min(_DRAWN, float(seen.n_rows))
    room = max(seen.span, 1.0) ** 2
    exact = seen.whole and room * float(seen.n_rows) ** 2 < 2.0**_EXACT_BITS
    packed = 1
    if exact:
        fits = (m for m in (3, 2) if room * most_drawn < 2.0 ** (_EXACT_BITS // m))
        packed = next(fits, 1)
    origin = seen.lowest if exact else seen.mean
    # Whole answers up to 255 need a byte each: ten million rows stay in memory.
    compact = np.uint8 if exact and seen.span <= 255 else np.float64
    values = np.empty((seen.n_rows, len(origin)), dtype=compact)
    weights = np.ones(seen.n_rows) if seen.weighted else None
    first = 0
    for block, given in rows.chunks():
        last = first + len(block)
        values[first:last] = block - origin
        if weights is not None and given is not None:
            weights[first:last] = given
        first = last
    return _kept(ItemProducts(values=values, weights=weights, origin=origin, packed=packed))


@dataclass(frozen=True, kw_only=True)
class _Seen:
    """What a first pass over the rows tells."""

    n_rows: int
    weighted: bool
    whole: bool
    lowest: Array
    span: float
    mean: Array


def _survey(rows: RowSource) -> _Seen:
    n_rows, weighted, whole = 0, False, True
    lowest, highest, total = np.inf, -np.inf, 0.0
    for block, given in rows.chunks():
        if not np.isfinite(block).all():
            raise ValueError("resampling needs finite numbers: treat missing answers first")
        if len(block) == 0:
            continue
        n_rows += len(block)
        weighted = weighted or given is not None
        whole = whole and bool((block == np.floor(block)).all())
        lowest = np.minimum(lowest, block.min(axis=0))
        highest = np.maximum(highest, block.max(axis=0))
        total = total + block.sum(axis=0)
    if n_rows == 0:
        raise ValueError("resampling needs at least one row")
    return _Seen(
        n_rows=n_rows,
        weighted=weighted,
        whole=whole and not weighted,
        lowest=np.asarray(lowest),
        span=float(np.max(highest - lowest)),
        mean=np.asarray(total / n_rows),
    )


def _kept(products: ItemProducts) -> ItemProducts:
    """Keep the columns between chunks of resamples if they are small."""
    wide = products.empty(1).shape[1] / products.packed
    if products.n_rows * wide * 8 > _KEPT_BYTES:
        return products
    return ItemProducts(
        values=products.values,
        weights=products.weights,
        origin=products.origin,
        packed=products.packed,
        kept=tuple(products.columns_of(block) for block in range(products.n_blocks)),
    )


def _columns(values: Array, weights: Array | None) -> Array:
    """Columns 1, items and products (upper triangle by rows), each times the weight."""
    rows, p = values.shape
    columns = np.empty((rows, 1 + p + p * (p + 1) // 2))
    columns[:, 0] = 1.0
    columns[:, 1 : 1 + p] = values
    at = 1 + p
    for i in range(p):
        np.multiply(values[:, i, None], values[:, i:], out=columns[:, at : at + p - i])
        at += p - i
    if weights is not None:
        columns *= weights[:, None]
    return columns


def _pack(columns: Array, packed: int) -> Array:
    """Put `packed` columns into one, each a power of two above the next."""
    base = 2.0 ** (_EXACT_BITS // packed)
    width = -(-columns.shape[1] // packed)
    result = np.zeros((len(columns), width))
    for first in range((packed - 1) * width, -1, -width):
        part = columns[:, first : first + width]
        result *= base
        result[:, : part.shape[1]] += part
    return result


def _unpack(total: Array, sums: Array, packed: int) -> None:
    """Take packed sums apart again and add them to `total`: exact, all whole numbers."""
    base = 2.0 ** (_EXACT_BITS // packed)
    width = sums.shape[1]
    for place in range(packed):
        part = total[:, place * width : (place + 1) * width]
        above = np.floor(sums * (1.0 / base))
        part += (sums - above * base)[:, : part.shape[1]]
        sums = above


def _full(triangle: Array, p: int) -> Array:
    """Symmetric matrices (B, p, p) from upper triangles by rows (B, p(p+1)/2)."""
    row, column = np.triu_indices(p)
    where = np.empty((p, p), dtype=np.intp)
    where[row, column] = where[column, row] = np.arange(len(row))
    return np.asarray(triangle[:, where.ravel()].reshape(-1, p, p))
