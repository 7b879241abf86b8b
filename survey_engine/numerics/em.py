"""Means and covariances of incomplete rows by EM, from sums per missing pattern.

Rows enter once, as sums per pattern; after that the work does not depend on their
number. A leading axis of resamples goes through the same arithmetic.

References
----------
Dempster, A. P., Laird, N. M. & Rubin, D. B. (1977). Maximum likelihood from incomplete
data via the EM algorithm. JRSS B 39, 1-38, section 4.1.
Little, R. J. A. & Rubin, D. B. (2019). Statistical analysis with missing data, 3rd ed.,
section 11.2.1, equations 11.4 to 11.7.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from survey_engine.numerics.moments import Array

MOST_ITERATIONS = 5_000
TOLERANCE = 1e-10
"""Largest change of a mean or covariance in standard deviations, at the stop."""
# Below this smallest root of the correlations the moments count as singular.
_SINGULAR = 1e-10
# A variance below this share of the full sample's is measured as if it were this share.
_NO_VARIANCE = 1e-14
# Numbers in one array of the E-step: bounds the memory of a batch.
_ROOM = 2_000_000


@dataclass(frozen=True, kw_only=True)
class Patterns:
    """Which columns each row answers.

    Attributes
    ----------
    observed : ndarray of bool, shape (G, p)
        The G patterns that occur.
    of_row : ndarray of int, shape (n,)
        The pattern of each row.
    """

    observed: NDArray[np.bool_]
    of_row: NDArray[np.intp]


@dataclass(frozen=True, kw_only=True)
class PatternSums:
    """Sums of rows per pattern, 0 in the places of missing answers.

    Attributes
    ----------
    observed : ndarray of bool, shape (G, p)
    size : ndarray, shape (B, G)
        Sums of weights.
    first : ndarray, shape (B, G, p)
    second : ndarray, shape (B, G, p, p)
    """

    observed: NDArray[np.bool_]
    size: Array
    first: Array
    second: Array


@dataclass(frozen=True, kw_only=True)
class EmMoments:
    """The maximum-likelihood moments of a normal distribution.

    Attributes
    ----------
    mean : ndarray, shape (B, p)
    covariance : ndarray, shape (B, p, p)
        Divisor n. NaN, as the means, where `converged` is False.
    converged : ndarray of bool, shape (B,)
        False after too many iterations or when the covariances became singular.
    iterations : int
    """

    mean: Array
    covariance: Array
    converged: NDArray[np.bool_]
    iterations: int


def patterns_of(values: Array) -> Patterns:
    """The missing patterns (NaN = missing) of rows, shape (n, p)."""
    observed, of_row = np.unique(~np.isnan(values), axis=0, return_inverse=True)
    return Patterns(observed=observed, of_row=of_row.reshape(-1).astype(np.intp))


def coverage_of(values: Array, weights: Array | None) -> Array:
    """Share of rows (of weight) that answer both columns of a pair, shape (p, p)."""
    observed = (~np.isnan(values)).astype(np.float64)
    share = np.full(len(values), 1.0) if weights is None else weights
    both: Array = (observed * share[:, None]).T @ observed / share.sum()
    return both


def pattern_sums(values: Array, patterns: Patterns, counts: Array) -> PatternSums:
    """Sums per pattern of rows (n, p), each row `counts` (B, n) times.

    Take the rows about their means: large values would cancel.
    """
    batch, (n_patterns, p) = len(counts), patterns.observed.shape
    size = np.empty((batch, n_patterns))
    first = np.empty((batch, n_patterns, p))
    second = np.empty((batch, n_patterns, p, p))
    filled = np.where(np.isnan(values), 0.0, values)
    order = np.argsort(patterns.of_row, kind="stable")
    edges = np.searchsorted(patterns.of_row[order], np.arange(n_patterns + 1))
    for g in range(n_patterns):  # patterns differ in length: no one array holds them
        rows = order[edges[g] : edges[g + 1]]
        block, times = filled[rows], counts[:, rows]
        products = (block[:, :, None] * block[:, None, :]).reshape(len(rows), p * p)
        size[:, g] = times.sum(axis=1)
        first[:, g] = times @ block
        second[:, g] = (times @ products).reshape(batch, p, p)
    return PatternSums(observed=patterns.observed, size=size, first=first, second=second)


def em_moments(
    sums: PatternSums, mean: Array, covariance: Array, *, tolerance: float = TOLERANCE
) -> EmMoments:
    """Iterate from start values, mean (p,) and covariance (p, p), to the stop.

    Returns
    -------
    EmMoments
    """
    batch, (n_patterns, p) = len(sums.size), sums.observed.shape
    means = np.broadcast_to(mean, (batch, p)).copy()
    covariances = np.broadcast_to(covariance, (batch, p, p)).copy()
    converged = np.zeros(batch, dtype=bool)
    step = max(1, _ROOM // (n_patterns * p * p))
    most = 0
    for low in range(0, batch, step):
        done = _iterate(sums, means, covariances, slice(low, low + step), tolerance)
        converged[low : low + step], taken = done
        most = max(most, taken)
    means[~converged] = np.nan
    covariances[~converged] = np.nan
    return EmMoments(mean=means, covariance=covariances, converged=converged, iterations=most)


def _iterate(
    sums: PatternSums, means: Array, covariances: Array, part: slice, tolerance: float
) -> tuple[NDArray[np.bool_], int]:
    """Bring some resamples to the stop, in place; who converged, iterations taken."""
    active = np.arange(len(means))[part]
    origin, converged = active[0], np.zeros(len(active), dtype=bool)
    # An item may lose its variance in a resample; measured against its floor the member
    # is singular and ends, whatever the rounding left of the variance.
    floor = np.maximum(_NO_VARIANCE * np.diagonal(covariances[part], axis1=1, axis2=2), 1e-200)
    taken = 0
    while active.size and taken < MOST_ITERATIONS:
        taken += 1
        mean, covariance = _step(sums, means[active], covariances[active], active)
        variance = np.diagonal(covariance, axis1=1, axis2=2)
        scale = np.sqrt(np.maximum(variance, floor[active - origin]))
        pair = scale[:, :, None] * scale[:, None, :]
        moved = np.abs(covariance - covariances[active]) / pair
        change = np.maximum(
            moved.max(axis=(1, 2)), (np.abs(mean - means[active]) / scale).max(axis=1)
        )
        means[active], covariances[active] = mean, covariance
        sound = np.linalg.eigvalsh(covariance / pair)[:, 0] > _SINGULAR
        still = sound & (change >= tolerance)
        converged[active[sound & ~still] - origin] = True
        active = active[still]
    return converged, taken


def regressions(observed: NDArray[np.bool_], covariance: Array) -> Array:
    """Regression of all columns on the observed ones, per pattern.

    Observed columns predict themselves; columns of missing ones are 0. Missing places
    are padded by the identity, so that all patterns are one batch of inverses.

    Parameters
    ----------
    observed : ndarray of bool, shape (G, p)
    covariance : ndarray, shape (..., p, p)

    Returns
    -------
    ndarray, shape (..., G, p, p)
    """
    both = observed[:, :, None] & observed[:, None, :]
    padded = np.where(both, covariance[..., None, :, :], 0.0)
    at = np.arange(observed.shape[1])
    padded[..., at, at] += ~observed
    inverse = np.where(both, np.linalg.inv(padded), 0.0)
    return np.asarray(covariance[..., None, :, :] @ inverse)


def _step(
    sums: PatternSums, mean: Array, covariance: Array, active: NDArray[np.intp]
) -> tuple[Array, Array]:
    """One E- and M-step of some resamples, about their present means."""
    seen = sums.observed
    size, first, second = sums.size[active], sums.first[active], sums.second[active]
    centre = np.where(seen, mean[:, None, :], 0.0)
    deviation = first - size[:, :, None] * centre
    crossed = centre[..., :, None] * first[..., None, :]
    scatter = second - crossed - np.swapaxes(crossed, -1, -2)
    scatter += size[..., None, None] * centre[..., :, None] * centre[..., None, :]
    slope = regressions(seen, covariance)
    total = size.sum(axis=1)
    shift = (slope @ deviation[..., None])[..., 0].sum(axis=1) / total[:, None]
    explained = slope @ scatter @ np.swapaxes(slope, -1, -2)
    residual = covariance[:, None] - slope @ covariance[:, None]
    expected = (explained + size[..., None, None] * residual).sum(axis=1)
    updated = expected / total[:, None, None] - shift[:, :, None] * shift[:, None, :]
    return mean + shift, (updated + np.swapaxes(updated, -1, -2)) / 2


def expected_rows(values: Array, patterns: Patterns, mean: Array, covariance: Array) -> Array:
    """Rows (n, p) with each gap at its expectation given the answers of the row."""
    slope = regressions(patterns.observed, covariance)
    deviation = np.where(np.isnan(values), 0.0, values - mean)
    filled = np.empty_like(values)
    for g in range(len(patterns.observed)):
        rows = patterns.of_row == g
        filled[rows] = deviation[rows] @ slope[g].T + mean
    return np.where(np.isnan(values), filled, values)
