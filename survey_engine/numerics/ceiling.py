"""Ceilings of a scatter of points: is a level of x necessary for a level of y?

References
----------
Dul, J. (2016). Necessary condition analysis (NCA). Organizational Research Methods 19,
10-52: ceiling envelopment with free disposal hull, its regression line, effect size d.
Dul, J., van der Laan, E. & Kuik, R. (2020). A statistical significance test for NCA.
Organizational Research Methods 23, 385-395: the permutation test.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from survey_engine.numerics.moments import Array

METHODS = ("ce_fdh", "cr_fdh")
"""The step ceiling, and the straight line through its corners."""


@dataclass(frozen=True, kw_only=True)
class Ceiling:
    """Effect sizes of one condition; `y` may have leading axes (permutations).

    Attributes
    ----------
    ce_fdh, cr_fdh : ndarray, shape (...)
        Empty zone above the ceiling as a share of the scope. NaN without a scope.
    intercept, slope : ndarray, shape (...)
        Of the straight ceiling.
    accuracy : ndarray, shape (...)
        Share of points on or below the straight ceiling.
    """

    ce_fdh: Array
    cr_fdh: Array
    intercept: Array
    slope: Array
    accuracy: Array


def ceiling(x: Array, y: Array) -> Ceiling:
    """Ceilings over the upper left corner: a high y asks for a high x.

    Parameters
    ----------
    x : ndarray, shape (n,)
    y : ndarray, shape (..., n)
        The empirical scope is used: smallest to largest of both.
    """
    order = np.argsort(x, kind="stable")
    across, up = x[order], y[..., order]
    low, high = up.min(axis=-1), up.max(axis=-1)
    width = float(across[-1] - across[0])
    scope = width * (high - low)
    top = np.maximum.accumulate(up, axis=-1)
    # Points of equal x share the ceiling of the last of them.
    top = top[..., _last_of_ties(across)]
    above = ((high[..., None] - top[..., :-1]) * np.diff(across)).sum(axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        step = np.where(scope > 0, above / scope, np.nan)
    corner = _corners(top, across)
    slope, intercept = _line(across, top, corner)
    area = _area_above(across, (low, high), slope, intercept)
    with np.errstate(divide="ignore", invalid="ignore"):
        line = np.where((scope > 0) & (slope > 0), area / scope, 0.0)
        line = np.where(scope > 0, line, np.nan)
    limit = slope[..., None] * across + intercept[..., None]
    inside = (up <= limit + 1e-9 * np.abs(limit)).mean(axis=-1)
    return Ceiling(
        ce_fdh=step,
        cr_fdh=line,
        intercept=intercept,
        slope=slope,
        accuracy=np.where(np.isfinite(slope), inside, np.nan),
    )


def _last_of_ties(ordered: Array) -> NDArray[np.intp]:
    return np.searchsorted(ordered, ordered, side="right") - 1


def _corners(top: Array, across: Array) -> NDArray[np.bool_]:
    """Where the step ceiling rises: upper left corners, the first of equal x."""
    first = np.ones(len(across), dtype=np.bool_)
    first[1:] = np.diff(across) > 0
    rises = np.ones(top.shape, dtype=np.bool_)
    rises[..., 1:] = top[..., 1:] > top[..., :-1]
    return rises & first


def _line(across: Array, top: Array, corner: NDArray[np.bool_]) -> tuple[Array, Array]:
    """Least squares through the corners; NaN with fewer than two."""
    count = corner.sum(axis=-1)
    kept = np.maximum(count, 1)
    mean_x = (corner * across).sum(axis=-1) / kept
    mean_y = (corner * top).sum(axis=-1) / kept
    away = corner * (across - mean_x[..., None])
    square = (away**2).sum(axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        slope = (away * (top - mean_y[..., None])).sum(axis=-1) / square
    slope = np.where((count > 1) & (square > 0), slope, np.nan)
    return slope, mean_y - slope * mean_x


def _area_above(
    across: Array, limits: tuple[Array, Array], slope: Array, intercept: Array
) -> Array:
    """Area of the scope above a rising line: of its height cut to the scope."""
    low, high = limits
    left, right = float(across[0]), float(across[-1])
    with np.errstate(divide="ignore", invalid="ignore"):
        at_low = np.clip((low - intercept) / slope, left, right)
        at_high = np.clip((high - intercept) / slope, left, right)
    start = high - np.clip(slope * at_low + intercept, low, high)
    end = high - np.clip(slope * at_high + intercept, low, high)
    return (at_low - left) * (high - low) + (at_high - at_low) * (start + end) / 2


def permutation_p(x: Array, y: Array, *, permutations: int, seed: int) -> tuple[float, float]:
    """Approximate p of both effect sizes: how often chance gives as large a one.

    Returns
    -------
    ce_fdh, cr_fdh : float
        ``(1 + number as large) / (permutations + 1)``.
    """
    rng = np.random.default_rng(np.random.SeedSequence(seed))
    observed = ceiling(x, y)
    beyond = np.zeros(2)
    left = permutations
    while left:
        size = min(left, max(1, 2_000_000 // len(y)))
        shuffled = rng.permuted(np.broadcast_to(y, (size, len(y))), axis=1)
        drawn = ceiling(x, shuffled)
        for place, name in enumerate(METHODS):
            own = getattr(observed, name)
            beyond[place] += (getattr(drawn, name) >= own - 1e-12).sum()
        left -= size
    found = (1 + beyond) / (permutations + 1)
    return float(found[0]), float(found[1])


def bottleneck(x: Array, y: Array, at: Array) -> tuple[Array, Array]:
    """The least x that each level of y asks for, both in shares of their ranges.

    Parameters
    ----------
    at : ndarray, shape (q,)
        Levels of y between 0 (lowest) and 1 (highest).

    Returns
    -------
    ce_fdh, cr_fdh : ndarray, shape (q,)
        NaN where any x will do.
    """
    order = np.argsort(x, kind="stable")
    across, up = x[order], y[order]
    top = np.maximum.accumulate(up)[_last_of_ties(across)]
    level = up.min() + at * np.ptp(up)
    width = np.ptp(across)
    place = np.minimum(np.searchsorted(top, level - 1e-12), len(top) - 1)
    step = (across[place] - across[0]) / width
    found = ceiling(x, y)
    with np.errstate(divide="ignore", invalid="ignore"):
        line = ((level - found.intercept) / found.slope - across[0]) / width
    line = np.where(found.slope > 0, np.minimum(line, 1.0), np.nan)
    return np.where(step > 0, step, np.nan), np.where(line > 0, line, np.nan)
