"""Cross-validation folds as arrays, and the moments of everything outside each fold.

Moments outside a fold are those of all rows less those of the fold, so a training sample
is never visited: ten repetitions of ten folds cost two passes over the rows.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from survey_engine.numerics.moments import Array

Rows = NDArray[np.intp]


@dataclass(frozen=True, kw_only=True)
class Folds:
    """F folds, each a set of rows to be predicted from all the others.

    Attributes
    ----------
    rows : ndarray of int, shape (F, m)
        Positions of the rows of each fold, filled up with -1.
    repetitions : int
        How often each row is predicted.
    """

    rows: Rows
    repetitions: int

    def __len__(self) -> int:
        """Number of folds in all repetitions together."""
        return len(self.rows)

    def part(self, at: slice) -> Rows:
        """The rows of some folds."""
        return self.rows[at]


def random_folds(n: int, folds: int, repetitions: int, seed: int) -> Folds:
    """Rows dealt at random into folds of equal size (or one more), once a repetition.

    Parameters
    ----------
    n, folds, repetitions : int
        `folds` between 2 and `n`; with `n` folds each row is one, and one repetition
        is all there is.
    seed : int
        Each repetition draws from its own child of ``SeedSequence(seed)``.

    Raises
    ------
    ValueError
        If `folds` or `repetitions` is out of range.
    """
    if not 2 <= folds <= n or repetitions < 1:
        raise ValueError(f"{folds} folds x {repetitions} of {n} rows cannot be drawn")
    if folds == n:
        return Folds(rows=np.arange(n)[:, None], repetitions=1)
    size = -(-n // folds)
    full = n - folds * (size - 1)  # folds of `size` rows; the others have one less
    at = np.full((folds, size), -1, dtype=np.intp)
    place = np.arange(folds * size).reshape(folds, size)
    taken = place[:, 0] - np.maximum(np.arange(folds) - full, 0)
    at[:] = taken[:, None] + np.arange(size)
    at[full:, -1] = -1
    children = np.random.SeedSequence(seed).spawn(repetitions)
    orders = np.stack([np.random.default_rng(child).permutation(n) for child in children])
    rows = np.where(at >= 0, orders[:, at], -1)
    return Folds(rows=rows.reshape(repetitions * folds, size), repetitions=repetitions)


def given_folds(fold_of_row: NDArray[np.intp]) -> Folds:
    """Folds somebody else has drawn: the fold of every row, by any whole numbers."""
    _, fold, sizes = np.unique(fold_of_row, return_inverse=True, return_counts=True)
    order = np.argsort(fold, kind="stable")
    rows = np.full((len(sizes), int(sizes.max())), -1, dtype=np.intp)
    start = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    within = np.arange(len(order)) - np.repeat(start, sizes)
    rows[fold[order], within] = order
    return Folds(rows=rows, repetitions=1)


@dataclass(frozen=True, kw_only=True)
class FoldRows:
    """The rows of F folds, centred, with weight 0 where a fold has no more rows.

    Attributes
    ----------
    values : ndarray, shape (F, m, p)
    weights : ndarray, shape (F, m)
    """

    values: Array
    weights: Array


def rows_of_folds(values: Array, weights: Array | None, rows: Rows) -> FoldRows:
    """Gather the rows of some folds out of `values` (n, p)."""
    inside = rows >= 0
    own = np.ones(len(values)) if weights is None else weights
    return FoldRows(values=values[rows], weights=np.where(inside, own[rows], 0.0))


def training_moments(values: Array, weights: Array | None, part: FoldRows) -> tuple[Array, ...]:
    """Moments of all rows but those of each fold.

    Parameters
    ----------
    values : ndarray, shape (n, p)
        Centred, so that nothing cancels.
    weights : ndarray, shape (n,), or None
    part : FoldRows

    Returns
    -------
    mean : ndarray, shape (F, p)
    covariance : ndarray, shape (F, p, p)
        Divisor sum of weights.
    size : ndarray, shape (F,)
        Number of rows outside the fold.
    """
    weighted = values if weights is None else values * weights[:, None]
    whole = float(len(values)) if weights is None else float(weights.sum())
    of_fold = part.values * part.weights[:, :, None]
    total = whole - part.weights.sum(axis=1)
    first = weighted.sum(axis=0) - of_fold.sum(axis=1)
    second = values.T @ weighted - part.values.transpose(0, 2, 1) @ of_fold
    mean = first / total[:, None]
    covariance = second / total[:, None, None] - mean[:, :, None] * mean[:, None, :]
    return mean, covariance, len(values) - (part.weights > 0.0).sum(axis=1)
