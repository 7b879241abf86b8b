"""Sums and products of whole-number answers, exact, so that any chunking gives one result.

Answers on a scale are small whole numbers. Their products and sums are whole numbers too,
and floating point holds those exactly up to a bound: single precision within a block,
double precision in all. Within it the order of addition changes no bit.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from survey_engine.numerics.moments import Array

BLOCK_ROWS = 8_192
SINGLE_EXACT = 2.0**24
"""Whole numbers up to here are exact in single precision."""
DOUBLE_EXACT = 2.0**51
"""Two bits below double precision, for the differences taken when the origin moves."""

Column = NDArray[Any]


class ExactProducts:
    """Running sums and cross-products of p columns of whole numbers.

    Parameters
    ----------
    p : int
    head_rows : int
        Number of first complete rows whose mean becomes the origin of the sums.
    """

    def __init__(self, p: int, *, head_rows: int) -> None:
        self._products = np.zeros((p + 1, p + 1))
        self._head = np.zeros(p)
        self._head_rows = head_rows
        self._head_seen = 0
        self._largest = 0.0

    @property
    def n(self) -> int:
        """Complete rows added."""
        return int(self._products[-1, -1])

    @property
    def exact(self) -> bool:
        """Whether every sum is a whole number that double precision holds."""
        return self._largest**2 * self.n < DOUBLE_EXACT

    def add(self, values: Sequence[Column], complete: NDArray[np.bool_]) -> None:
        """Add rows, column by column.

        Parameters
        ----------
        values : sequence of p ndarrays, each of shape (m,), whole numbers
        complete : ndarray, shape (m,)
            Rows that count; what stands in the others does not matter.
        """
        largest = max(
            (max(abs(float(c.max())), abs(float(c.min()))) for c in values if c.size),
            default=0.0,
        )
        self._largest = max(self._largest, largest)
        self._add_head(values, complete)
        fits = max(largest, 1.0) ** 2 * BLOCK_ROWS < SINGLE_EXACT
        block = np.empty(
            (len(values) + 1, BLOCK_ROWS), dtype=np.float32 if fits else np.float64
        )
        for start in range(0, complete.size, BLOCK_ROWS):
            counted = complete[start : start + BLOCK_ROWS]
            part = block[:, : counted.size]
            for j, column in enumerate(values):
                np.multiply(column[start : start + BLOCK_ROWS], counted, out=part[j])
            part[-1] = counted
            self._products += part @ part.T

    def _add_head(self, values: Sequence[Column], complete: NDArray[np.bool_]) -> None:
        wanted = self._head_rows - self._head_seen
        if wanted <= 0:
            return
        chosen = np.flatnonzero(complete)[:wanted]
        self._head_seen += chosen.size
        self._head += [float(column[chosen].sum(dtype=np.float64)) for column in values]

    def about_origin(self) -> tuple[Array, Array, Array]:
        """Sums (p,) and cross-products (p, p) about a whole-number origin (p,)."""
        origin = np.rint(self._head / self._head_seen)
        first, second, n = self._products[-1, :-1], self._products[:-1, :-1], self.n
        crossed = np.outer(origin, first)
        moved = second - crossed - crossed.T + n * np.outer(origin, origin)
        return first - n * origin, moved, origin
