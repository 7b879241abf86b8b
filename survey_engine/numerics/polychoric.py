"""Thresholds and polychoric correlations from contingency tables: two-step ML, batched.

First the thresholds of every item from its own frequencies, then the correlation of
every pair given the thresholds (Olsson 1979, section 3). All pairs are solved together;
the work does not depend on the number of respondents.

References
----------
Olsson, U. (1979). Maximum likelihood estimation of the polychoric correlation
coefficient. Psychometrika 44, 443-460.
Muthén, B. (1984). A general structural equation model with dichotomous, ordered
categorical, and continuous latent variable indicators. Psychometrika 49, 115-132.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from survey_engine.numerics.bivariate_normal import (
    bivariate_cdf,
    bivariate_density,
    density_slope,
    normal_density,
    rectangles,
)
from survey_engine.numerics.moments import Array

LIMIT = 0.9999
"""A correlation that runs to this limit is not determined by its table."""
_SMALLEST = 1e-15
_TOLERANCE = 1e-12
_MOST_ITERATIONS = 60


@dataclass(frozen=True, kw_only=True)
class PairFit:
    """Polychoric correlations of P pairs.

    Attributes
    ----------
    rho : ndarray, shape (P,)
        NaN for a table without answers.
    probability : ndarray, shape (P, r, c)
        Cell probabilities at `rho`.
    score : ndarray, shape (P, r, c)
        Derivative of the log-likelihood of one answer in a cell by `rho`.
    at_limit : ndarray of bool, shape (P,)
        Perfect association: the likelihood rises up to ``|rho|`` = `LIMIT`.
    """

    rho: Array
    probability: Array
    score: Array
    at_limit: NDArray[np.bool_]


def thresholds_of(frequencies: Array) -> Array:
    """Maximum-likelihood thresholds of items with C categories.

    Parameters
    ----------
    frequencies : ndarray, shape (..., C)
        (Weighted) counts; items with fewer categories have trailing zeros.

    Returns
    -------
    ndarray, shape (..., C - 1)
        ``Phi^-1`` of the cumulative shares (Olsson 1979, equation 15); +inf past the
        last category that was chosen.
    """
    below = np.cumsum(frequencies, axis=-1)
    total = below[..., -1:]
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.where(below[..., :-1] >= total, 1.0, below[..., :-1] / total)
    thresholds: Array = ndtri(share)
    return thresholds


def bounds_of(thresholds: Array) -> Array:
    """Thresholds with both ends: (..., C - 1) -> (..., C + 1)."""
    end = np.full((*thresholds.shape[:-1], 1), np.inf)
    return np.concatenate([-end, thresholds, end], axis=-1)


def cell_probabilities(rows: Array, columns: Array, rho: Array) -> Array:
    """Probabilities of the cells of P tables, shape (P, r, c).

    Parameters
    ----------
    rows, columns : ndarray, shapes (P, r - 1) and (P, c - 1)
        Thresholds.
    rho : ndarray, shape (P,)
    """
    inside = bivariate_cdf(rows[:, :, None], columns[:, None, :], rho[:, None, None])
    corners = np.zeros((len(rho), rows.shape[1] + 2, columns.shape[1] + 2))
    corners[:, 1:-1, 1:-1] = inside
    corners[:, -1, 1:-1], corners[:, 1:-1, -1] = ndtr(columns), ndtr(rows)
    corners[:, -1, -1] = 1.0
    return np.maximum(rectangles(corners), _SMALLEST)


def polychoric(tables: Array, rows: Array, columns: Array) -> PairFit:
    """Polychoric correlations by Newton steps kept inside a bracket.

    Parameters
    ----------
    tables : ndarray, shape (P, r, c)
        (Weighted) counts.
    rows, columns : ndarray, shapes (P, r - 1) and (P, c - 1)
        Thresholds of the two items; +inf where an item has fewer categories.
    """
    rho = _start(tables)
    low, high = np.full(len(rho), -LIMIT), np.full(len(rho), LIMIT)
    at = np.flatnonzero(tables.sum(axis=(1, 2)) > 0)
    for _ in range(_MOST_ITERATIONS):
        if at.size == 0:
            break
        slope, curvature = _derivatives(tables[at], rows[at], columns[at], rho[at])
        up = slope > 0
        low[at], high[at] = np.where(up, rho[at], low[at]), np.where(up, high[at], rho[at])
        with np.errstate(divide="ignore", invalid="ignore"):
            new = rho[at] + slope / curvature
        inside = (new > low[at]) & (new < high[at])
        new = np.where(inside, new, 0.5 * (low[at] + high[at]))
        moved = np.abs(new - rho[at])
        rho[at] = new
        at = at[moved > _TOLERANCE]
    rho[tables.sum(axis=(1, 2)) == 0] = np.nan
    return fit_at(rho, rows, columns)


def fit_at(rho: Array, rows: Array, columns: Array) -> PairFit:
    """Probabilities and scores of the cells at given correlations."""
    with np.errstate(invalid="ignore"):
        probability = cell_probabilities(rows, columns, rho)
        slope = _probability_slopes(rows, columns, rho)[0]
    return PairFit(
        rho=rho,
        probability=probability,
        score=slope / probability,
        at_limit=np.abs(rho) > LIMIT - 1e-6,
    )


def threshold_scores(thresholds: Array) -> Array:
    """Derivatives of the log-probability of an answer by the item's thresholds.

    Parameters
    ----------
    thresholds : ndarray, shape (p, C - 1)

    Returns
    -------
    ndarray, shape (p, C, C - 1)
        ``[i, a, k]``: answer a, threshold k; 0 for thresholds at +inf.
    """
    probability = np.maximum(np.diff(ndtr(bounds_of(thresholds)), axis=-1), _SMALLEST)
    density = normal_density(thresholds)
    size = thresholds.shape[1]
    scores = np.zeros((len(thresholds), size + 1, size))
    k = np.arange(size)
    scores[:, k, k] = density / probability[:, :-1]
    scores[:, k + 1, k] = -density / probability[:, 1:]
    return scores


def row_threshold_scores(fit: PairFit, rows: Array, columns: Array) -> Array:
    """Derivatives of the log-probability of a cell by the first item's thresholds.

    Returns
    -------
    ndarray, shape (P, r, c, r - 1)
        ``[., a, b, k]``: cell (a, b), threshold k.
    """
    rho = fit.rho[:, None, None]
    with np.errstate(invalid="ignore"):
        finite = np.isfinite(rows)
        h = np.where(finite, rows, 0.0)[:, :, None]
        below = ndtr((bounds_of(columns)[:, None, :] - rho * h) / np.sqrt(1.0 - rho**2))
        flow = normal_density(rows)[:, :, None] * np.diff(below, axis=-1)
    size = rows.shape[1]
    scores = np.zeros((*fit.probability.shape, size))
    k = np.arange(size)
    scores[:, k, :, k] = (flow / fit.probability[:, :-1]).transpose(1, 0, 2)
    scores[:, k + 1, :, k] = (-flow / fit.probability[:, 1:]).transpose(1, 0, 2)
    return scores


def _start(tables: Array) -> Array:
    """Product-moment correlations of the category numbers, shape (P,)."""
    total = np.maximum(tables.sum(axis=(1, 2)), 1e-300)[:, None]
    a, b = np.arange(tables.shape[1]), np.arange(tables.shape[2])
    row, column = tables.sum(axis=2) / total, tables.sum(axis=1) / total
    u, v = a - (row @ a)[:, None], b - (column @ b)[:, None]
    product = np.einsum("pab,pa,pb->p", tables, u, v) / total[:, 0]
    with np.errstate(invalid="ignore", divide="ignore"):
        start = product / np.sqrt((row * u**2).sum(axis=1) * (column * v**2).sum(axis=1))
    return np.asarray(np.clip(np.nan_to_num(start), -0.9, 0.9))


def _probability_slopes(rows: Array, columns: Array, rho: Array) -> tuple[Array, Array]:
    """First and second derivatives of the cell probabilities by rho (Olsson, equation 13)."""
    h, k, r = rows[:, :, None], columns[:, None, :], rho[:, None, None]
    density = np.zeros((len(rho), rows.shape[1] + 2, columns.shape[1] + 2))
    second = np.zeros_like(density)
    density[:, 1:-1, 1:-1] = bivariate_density(h, k, r)
    second[:, 1:-1, 1:-1] = density[:, 1:-1, 1:-1] * density_slope(h, k, r)
    return rectangles(density), rectangles(second)


def _derivatives(tables: Array, rows: Array, columns: Array, rho: Array) -> tuple[Array, Array]:
    """Slope of the log-likelihood and a positive curvature (observed, else expected)."""
    probability = cell_probabilities(rows, columns, rho)
    first, second = _probability_slopes(rows, columns, rho)
    score = first / probability
    slope = np.einsum("pab,pab->p", tables, score)
    observed = np.einsum("pab,pab->p", tables, np.square(score) - second / probability)
    total = tables.sum(axis=(1, 2))
    expected = total * np.einsum("pab,pab->p", probability, np.square(score))
    return slope, np.where(observed > 0, observed, expected)
