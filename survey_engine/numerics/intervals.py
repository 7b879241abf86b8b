"""Intervals and standard errors from draws of a statistic.

Quantiles are **type 7** of Hyndman and Fan (1996): linear between the order statistics
at ``(m - 1) q``, the definition of R's and numpy's default.

References
----------
Hyndman, R. J. & Fan, Y. (1996). Sample quantiles in statistical packages. The American
Statistician 50(4), 361-365, definition 7.
"""

from __future__ import annotations

import math

import numpy as np

from survey_engine.numerics.moments import Array


def quantiles(draws: Array, at: tuple[float, ...]) -> Array:
    """Type 7 quantiles over the first axis.

    Parameters
    ----------
    draws : ndarray, shape (m, ...)
    at : tuple[float, ...], length q
        Between 0 and 1.

    Returns
    -------
    ndarray, shape (q, ...)
        NaN where a draw is NaN, and everywhere without draws.
    """
    count = draws.shape[0]
    if count == 0:
        return np.full((len(at), *draws.shape[1:]), np.nan)
    # One contiguous row per statistic: sorting rows is several times faster.
    rows = np.sort(draws.reshape(count, math.prod(draws.shape[1:])).T.copy(), axis=1)
    position = np.asarray(at) * (count - 1)
    below = np.floor(position).astype(np.intp)
    above = np.minimum(below + 1, count - 1)
    lower, upper = rows[:, below], rows[:, above]
    result = lower + (position - below) * (upper - lower)
    result[np.isnan(rows[:, -1])] = np.nan
    return np.ascontiguousarray(result.T).reshape(len(at), *draws.shape[1:])


def percentile_interval(draws: Array, level: float = 0.95) -> tuple[Array, Array]:
    """Percentile interval over the first axis, shapes (...) each.

    Parameters
    ----------
    draws : ndarray, shape (m, ...)
    level : float
        Between 0 and 1; .95 gives the 2.5 % and 97.5 % quantiles.

    Raises
    ------
    ValueError
        If `level` is not between 0 and 1.
    """
    if not 0.0 < level < 1.0:
        raise ValueError(f"level must be between 0 and 1, not {level}")
    tail = (1.0 - level) / 2.0
    lower, upper = quantiles(draws, (tail, 1.0 - tail))
    return lower, upper


def standard_deviation(draws: Array) -> Array:
    """Standard deviation over the first axis, divisor m - 1; NaN with fewer than 2."""
    if draws.shape[0] < 2:
        return np.full(draws.shape[1:], np.nan)
    return np.asarray(draws.std(axis=0, ddof=1))
