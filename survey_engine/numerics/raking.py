"""Raking: case weights whose margins are those of the population.

Iterative proportional fitting runs on *cells* (respondents alike in every margin and in
their base weight), not on rows: a step costs as much as there are cells, and a million
respondents in a hundred cells are a hundred numbers.

References
----------
Deming, W. E. & Stephan, F. F. (1940). On a least squares adjustment of a sampled
frequency table when the expected marginal totals are known. Annals of Mathematical
Statistics 11(4), 427-444.
Deville, J.-C. & Särndal, C.-E. (1992). Calibration estimators in survey sampling. JASA
87(418), 376-382: the multiplicative case.
Bregman, L. M. (1967). The relaxation method of finding the common point of convex sets.
USSR Computational Mathematics 7(3), 200-217: why trimming and raking in turn end in
weights that satisfy both, where there are any.
Kish, L. (1965). Survey Sampling. Wiley, p. 427: design effect of weighting.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from survey_engine.numerics.moments import Array

Codes = NDArray[np.int64]

TOLERANCE = 1e-6
SWEEPS = 10_000
ROUNDS = 200
_TABLE = 1 << 22


@dataclass(frozen=True, kw_only=True)
class Raked:
    """Weights of the respondents and how they came about.

    Attributes
    ----------
    weights : ndarray, shape (n,)
        Mean 1.
    error : float
        Largest relative error of a margin, ``|achieved - wanted| / wanted``.
    worst : tuple[int, int]
        Margin and category of that error.
    sweeps : int
        Passes over all margins.
    trimmed : ndarray of bool, shape (n,)
        Whose weight was cut on the way.
    within : bool
        Whether every weight lies in the bounds; True without bounds.
    cells : int
    """

    weights: Array
    error: float
    worst: tuple[int, int]
    sweeps: int
    trimmed: NDArray[np.bool_]
    within: bool
    cells: int


def design_effect(weights: Array) -> float:
    """Kish's design effect of weighting, ``n sum w^2 / (sum w)^2``; NaN without weight.

    Parameters
    ----------
    weights : ndarray, shape (n,)
        Not negative; respondents of weight 0 count in n.
    """
    total = float(weights.sum())
    return float(weights.size * np.square(weights).sum() / total**2) if total > 0 else np.nan


def effective_n(weights: Array) -> float:
    """Kish's effective number of respondents, ``(sum w)^2 / sum w^2``; NaN without weight."""
    squares = float(np.square(weights).sum())
    return float(weights.sum() ** 2 / squares) if squares > 0 else np.nan


def rake(
    codes: Codes,
    shares: Sequence[Array],
    base: Array,
    *,
    tolerance: float = TOLERANCE,
    bound: float | None = None,
) -> Raked:
    """Weights that meet every margin, as near to the base weights as entropy measures.

    Parameters
    ----------
    codes : ndarray, shape (n, m)
        Category of each respondent in each margin, from 0.
    shares : sequence of m ndarrays
        Wanted shares of the categories, positive, sum 1 each.
    base : ndarray, shape (n,)
        Positive weights to begin with; their scale is irrelevant.
    tolerance : float
        Largest relative error of a margin at which raking stops.
    bound : float or None
        c > 1: weights outside [1/c, c] (mean 1) are cut to the limit and the margins are
        raked again, until both hold; None leaves the weights as they come.

    Returns
    -------
    Raked
        `error` above `tolerance` means that the margins contradict each other; `within`
        False that no weights found meet the margins inside the bounds.
    """
    n = base.size
    cells, cell_of, count = _cells(codes, base, split_by_base=bound is not None)
    start = np.bincount(cell_of, weights=base, minlength=count.size) / base.sum()
    mass, sweeps, error, worst = _sweep(start.copy(), cells, shares, tolerance)
    cut = np.zeros(count.size, dtype=bool)
    low, high = (0.0, np.inf) if bound is None else (1.0 / bound, bound)
    slack = 1.0 + tolerance
    for _ in range(ROUNDS):
        per_row = mass * n / count
        outside = (per_row < low / slack) | (per_row > high * slack)
        if bound is None or error > tolerance or not outside.any():
            break
        cut |= outside
        mass = np.clip(per_row, low, high) * count / n
        mass, more, error, worst = _sweep(mass, cells, shares, tolerance)
        sweeps += more
    per_row = mass * n / count
    within = bool(((per_row >= low / slack) & (per_row <= high * slack)).all())
    weights = base * (mass / start)[cell_of]
    return Raked(
        weights=weights / weights.mean(),
        error=error,
        worst=worst,
        sweeps=sweeps,
        trimmed=cut[cell_of],
        within=within,
        cells=int(count.size),
    )


def _cells(
    codes: Codes, base: Array, *, split_by_base: bool
) -> tuple[Codes, NDArray[np.intp], Array]:
    """Distinct rows of codes (and base weights), the cell of each respondent, its size."""
    keys = codes
    if split_by_base:
        # A bound is on a respondent's weight: cells must not mix base weights.
        own = np.unique(base, return_inverse=True)[1].reshape(-1)
        keys = np.column_stack([codes, own])
    combined = np.zeros(base.size, dtype=np.int64)
    size = 1
    for column in keys.T:
        width = int(column.max()) + 1
        if size * width > _TABLE:
            # Renumbered, so that the product of many margins stays small.
            combined = np.unique(combined, return_inverse=True)[1].reshape(-1)
            size = int(combined.max()) + 1
        combined = combined * width + column
        size *= width
    if size > _TABLE:
        combined = np.unique(combined, return_inverse=True)[1].reshape(-1)
    # Counting instead of sorting: the table of all cells is small.
    count = np.bincount(combined)
    present = np.flatnonzero(count)
    first = np.zeros(count.size, dtype=np.intp)
    first[combined[::-1]] = np.arange(base.size)[::-1]
    number = np.zeros(count.size, dtype=np.intp)
    number[present] = np.arange(present.size)
    return codes[first[present]], number[combined], count[present].astype(np.float64)


def _sweep(
    mass: Array, cells: Codes, shares: Sequence[Array], tolerance: float
) -> tuple[Array, int, float, tuple[int, int]]:
    """Scale to each margin in turn until all hold: masses, passes, error, its place."""
    error, worst = np.inf, (0, 0)
    for sweep in range(SWEEPS):
        for j, wanted in enumerate(shares):
            code = cells[:, j]
            mass = mass * (wanted / np.bincount(code, mass, minlength=wanted.size))[code]
        before, (error, worst) = error, _error(mass, cells, shares)
        # Margins that contradict each other settle into a cycle: no use going on.
        if error <= tolerance or (sweep > 50 and error > 0.999_999 * before > 0):
            return mass, sweep + 1, error, worst
    return mass, SWEEPS, error, worst


def _error(mass: Array, cells: Codes, shares: Sequence[Array]) -> tuple[float, tuple[int, int]]:
    error, worst = -1.0, (0, 0)
    for j, wanted in enumerate(shares):
        off = np.abs(np.bincount(cells[:, j], mass, minlength=wanted.size) / wanted - 1.0)
        k = int(off.argmax())
        if off[k] > error:
            error, worst = float(off[k]), (j, k)
    return error, worst
