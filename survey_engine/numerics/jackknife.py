"""Moments without one row, or without one group of rows, for the jackknife.

Leaving rows out changes a mean and a covariance by a rank-one (or low-rank) update of
the moments of all rows; no pass over the other rows is needed.

References
----------
Efron, B. & Tibshirani, R. J. (1993). An introduction to the bootstrap, chapter 11.
Shao, J. & Tu, D. (1995). The jackknife and bootstrap, section 2.3 (delete-a-group).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from survey_engine.numerics.moments import Array, RowSource

LEAVE_ONE_OUT = 5000
"""Up to so many rows each row is left out in turn; beyond, groups of rows."""
GROUPS = 1000
"""Groups of rows beyond `LEAVE_ONE_OUT`."""


@dataclass(frozen=True, kw_only=True)
class GroupedRows:
    """Rows in groups of (almost) equal size, about their mean.

    Attributes
    ----------
    centred : ndarray, shape (G, m, p)
        Rows minus `mean`; places beyond a group's size have weight 0.
    weights : ndarray, shape (G, m)
    mean : ndarray, shape (p,)
    covariance : ndarray, shape (p, p)
        Divisor: the sum of weights.
    n_rows : int
    """

    centred: Array
    weights: Array
    mean: Array
    covariance: Array
    n_rows: int

    @property
    def groups(self) -> int:
        """Number of groups; equals `n_rows` where each row is left out by itself."""
        return len(self.centred)

    @property
    def rows_left(self) -> int:
        """Rows that stay when a group goes, rounded."""
        return self.n_rows - max(1, round(self.n_rows / self.groups))

    def without(self, first: int, last: int) -> tuple[Array, Array]:
        """Means (g, p) and covariances (g, p, p) without each of some groups.

        With W the sum of weights, W' what is left of it, s and Q the weighted sum and
        products of the group's deviations: ``mean - s/W'`` and
        ``(W C - Q)/W' - s s'/W'^2``.
        """
        deviation, weight = self.centred[first:last], self.weights[first:last]
        weighted = deviation * weight[:, :, None]
        total = float(self.weights.sum())
        left = total - weight.sum(axis=1)
        shift = weighted.sum(axis=1) / left[:, None]
        products = deviation.transpose(0, 2, 1) @ weighted
        covariance = (total * self.covariance - products) / left[:, None, None]
        covariance -= shift[:, :, None] * shift[:, None, :]
        return self.mean - shift, covariance


def grouped_rows(rows: RowSource, *, groups: int | None = None, seed: int = 0) -> GroupedRows:
    """Lay out the rows of a source for the jackknife.

    Parameters
    ----------
    rows : RowSource
    groups : int, optional
        At least 2; default: each row by itself up to 5,000 rows, else 1,000 groups.
    seed : int
        Rows are dealt to groups at random, so that the order of the file plays no part.

    Raises
    ------
    ValueError
        With fewer than 3 rows, or fewer than 2 groups.
    """
    blocks = list(rows.chunks())
    values = np.concatenate([block for block, _ in blocks])
    given = [np.ones(len(block)) if w is None else w for block, w in blocks]
    weights = np.concatenate(given)
    count = len(values)
    if count < 3:
        raise ValueError(f"the jackknife needs at least 3 rows, not {count}")
    used = groups or (count if count <= LEAVE_ONE_OUT else GROUPS)
    used = min(used, count)
    if used < 2:
        raise ValueError(f"groups must be at least 2, not {groups}")
    mean = np.average(values, axis=0, weights=weights)
    centred = values - mean
    covariance = (centred * weights[:, None]).T @ centred / weights.sum()
    order = np.arange(count)
    if used < count:
        order = np.random.default_rng(seed).permutation(count)
    size = -(-count // used)
    place = np.full(used * size, -1)
    # Dealt like cards: group sizes differ by one at most.
    place[:count] = order
    dealt = place.reshape(size, used).T
    inside = dealt >= 0
    return GroupedRows(
        centred=centred[dealt] * inside[:, :, None],
        weights=weights[dealt] * inside,
        mean=mean,
        covariance=covariance,
        n_rows=count,
    )


def jackknife_error(leaves: Array) -> Array:
    """Jackknife standard errors over the first axis, ``sqrt((G-1)/G sum (t_g - mean)^2)``.

    Leaves where the statistic is not a finite number are left out of its sum; with
    fewer than 2 others it is NaN.
    """
    finite = np.isfinite(leaves)
    count = finite.sum(axis=0)
    known = np.where(finite, leaves, 0.0)
    mean = known.sum(axis=0) / np.maximum(count, 1)
    squares = (np.where(finite, leaves - mean, 0.0) ** 2).sum(axis=0)
    error = np.sqrt(squares * (count - 1) / np.maximum(count, 1))
    return np.asarray(np.where(count > 1, error, np.nan))


def jackknife_bias(leaves: Array, point: Array) -> Array:
    """Jackknife estimate of bias, ``(G - 1)(mean of leaves - point)``."""
    finite = np.isfinite(leaves)
    count = finite.sum(axis=0)
    mean = np.where(finite, leaves, 0.0).sum(axis=0) / np.maximum(count, 1)
    return np.asarray(np.where(count > 1, (count - 1) * (mean - point), np.nan))


def acceleration(leaves: Array) -> Array:
    """Acceleration of BCa, ``sum u^3 / (6 (sum u^2)^1.5)`` with u = mean - leaf.

    0 where the statistic does not vary over the leaves (Efron 1987, equation 7.3).
    """
    finite = np.isfinite(leaves)
    count = finite.sum(axis=0)
    mean = np.where(finite, leaves, 0.0).sum(axis=0) / np.maximum(count, 1)
    away = np.where(finite, mean - leaves, 0.0)
    squares = (away**2).sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        result = (away**3).sum(axis=0) / (6.0 * squares**1.5)
    return np.where(count > 1, np.where(squares > 0.0, result, 0.0), np.nan)
