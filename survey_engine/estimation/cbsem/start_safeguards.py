"""Starting values kept away from what no search comes back from."""

from __future__ import annotations

import numpy as np

from survey_engine.numerics.moments import Array


def block_start(between: Array) -> tuple[Array, float]:
    """Loadings up to scale, and the construct's variance in their unit, of one block.

    The variance is the least-squares coefficient of the covariances between items on
    products of loadings, kept below 95 % of what every item allows.

    Parameters
    ----------
    between : ndarray, shape (k, k)
        Covariances of the items; its diagonal is overwritten.

    Returns
    -------
    loading : ndarray, shape (k,)
        The largest is 1 in absolute value.
    variance : float
    """
    own = between.diagonal().copy()
    if len(own) == 1:
        return np.ones(1), float(own[0])
    np.fill_diagonal(between, 0.0)
    loading = relative_loadings(between, own)
    squares = loading * loading
    spread = float(squares.sum()) ** 2 - float(squares @ squares)
    variance = abs(float(loading @ between @ loading) / spread)
    return loading, min(variance, 0.95 * float((own / squares).min()))


def relative_loadings(off: Array, variance: Array) -> Array:
    """Loadings up to scale: covariance with the other items, kept away from zero."""
    total = off.sum(axis=1)
    size = np.sqrt(variance)
    relative = np.abs(total / size)
    # The (lower) median without numpy's checks, which cost more than the sort.
    reference = float(np.sort(relative)[(len(relative) - 1) // 2]) or 1.0
    small = relative < 0.05 * reference
    if small.any():
        total = np.where(small, 0.05 * reference * size * np.where(total < 0, -1, 1), total)
    return np.asarray(total / float(np.abs(total).max()))


def positive_definite(covariance: Array) -> Array:
    """Shrink correlations until the smallest eigenvalue is at least .02."""
    scale = np.sqrt(np.maximum(np.diagonal(covariance), 1e-12))
    correlation = covariance / np.outer(scale, scale)
    np.fill_diagonal(correlation, 1.0)
    correlation = np.clip(correlation, -0.98, 0.98)
    np.fill_diagonal(correlation, 1.0)
    smallest = float(np.linalg.eigvalsh(correlation)[0])
    if smallest < 0.02:
        share = 0.98 / (1 - smallest)
        correlation = share * correlation + (1 - share) * np.eye(len(scale))
    return np.asarray(correlation * np.outer(scale, scale))
