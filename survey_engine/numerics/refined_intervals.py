"""Second-order intervals: bias-corrected and accelerated, and studentised.

References
----------
Efron, B. (1987). Better bootstrap confidence intervals. JASA 82, 171-185.
Efron, B. & Tibshirani, R. J. (1993). An introduction to the bootstrap, 12.5 and 14.3.
"""

from __future__ import annotations

import math

import numpy as np
from scipy.special import ndtr, ndtri

from survey_engine.numerics.jackknife import acceleration
from survey_engine.numerics.moments import Array

MOST_UNDEFINED = 0.05
"""A statistic undefined in more than this share of the resamples has no interval."""
_CONSTANT = 1e-10
"""Resamples closer to the point estimate than this share of its size equal it: a
loading of a single item is 1 in every one of them, but for rounding."""


def bca_interval(
    draws: Array, point: Array, leaves: Array, level: float
) -> tuple[Array, Array]:
    """Bias-corrected and accelerated interval over the first axis.

    Parameters
    ----------
    draws : ndarray, shape (B, ...)
    point : ndarray, shape (...)
    leaves : ndarray, shape (G, ...)
        The statistic without each row (or group of rows).
    level : float
        Between 0 and 1.

    Returns
    -------
    lower, upper : ndarray, shape (...)
        Quantiles of type 7 at the corrected levels; NaN where the statistic is
        undefined in more than 5 % of the resamples, where all resamples lie on one side
        of the point estimate, or where the correction has no solution.
    """
    columns, ordered, usable = _ordered(draws)
    centre = np.ravel(point)[:, None]
    close = np.abs(columns - centre) <= _CONSTANT * np.maximum(np.abs(centre), 1.0)
    finite = np.isfinite(columns)
    below = (finite & (columns < centre) & ~close).sum(axis=1)
    share = (below + 0.5 * (finite & close).sum(axis=1)) / np.maximum(usable, 1)
    bias = ndtri(share)
    curve = np.ravel(acceleration(leaves))
    tail = (1.0 - level) / 2.0
    limits = []
    for normal in (ndtri(tail), ndtri(1.0 - tail)):
        with np.errstate(divide="ignore", invalid="ignore"):
            scale = 1.0 - curve * (bias + normal)
            at = ndtr(bias + (bias + normal) / np.where(scale > 0.0, scale, np.nan))
        limits.append(_quantile(ordered, usable, at).reshape(draws.shape[1:]))
    return limits[0], limits[1]


def studentised_interval(
    draws: Array, errors: Array, point: Array, error: Array, *, level: float
) -> tuple[Array, Array]:
    """Bootstrap-t interval, ``point - t* error`` with t* = (draw - point)/its error.

    Parameters
    ----------
    draws, errors : ndarray, shape (B, ...)
        The statistic in each resample and its standard error there.
    point, error : ndarray, shape (...)
        The statistic and its standard error in the sample.
    level : float

    Returns
    -------
    lower, upper : ndarray, shape (...)
        NaN where undefined in more than 5 % of the resamples. A statistic that cannot
        vary (standard error 0) has its own value as both limits.
    """
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        ratio = (draws - point) / np.where(errors > 0.0, errors, np.nan)
    _, ordered, usable = _ordered(ratio)
    tail = (1.0 - level) / 2.0
    shape = point.shape
    high = _quantile(ordered, usable, np.full(len(ordered), 1.0 - tail)).reshape(shape)
    low = _quantile(ordered, usable, np.full(len(ordered), tail)).reshape(shape)
    size = np.maximum(np.abs(point), 1.0)
    fixed = (error <= _CONSTANT * size) & (np.abs(draws - point).max(axis=0) <= 1e-6 * size)
    return (
        np.where(fixed, point, point - high * error),
        np.where(fixed, point, point - low * error),
    )


def _ordered(draws: Array) -> tuple[Array, Array, Array]:
    """One row a statistic: as drawn, sorted with undefined values last, and how many."""
    count = len(draws)
    columns = np.ascontiguousarray(draws.reshape(count, math.prod(draws.shape[1:])).T)
    finite = np.isfinite(columns)
    ordered = np.sort(np.where(finite, columns, np.inf), axis=1)
    return columns, ordered, finite.sum(axis=1)


def _quantile(ordered: Array, usable: Array, at: Array) -> Array:
    """Quantiles of type 7, each row at its own level, shape (rows,)."""
    count = ordered.shape[1]
    known = np.isfinite(at) & (usable > 1) & (usable >= (1.0 - MOST_UNDEFINED) * count)
    last = np.maximum(usable - 1, 0)
    position = np.where(known, at, 0.0) * last
    below = np.floor(position).astype(np.intp)
    above = np.minimum(below + 1, last)
    rows = np.arange(len(ordered))
    lower = np.where(known, ordered[rows, below], 0.0)
    upper = np.where(known, ordered[rows, above], 0.0)
    return np.asarray(np.where(known, lower + (position - below) * (upper - lower), np.nan))
