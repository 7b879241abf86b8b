"""Rows to `OrdinalMoments`: tables, thresholds, correlations, then their covariance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from survey_engine.numerics.mixed_influence import mixed_influence, mixed_rows
from survey_engine.numerics.moments import Array
from survey_engine.numerics.ordinal_influence import (
    InfluenceTables,
    influence_products,
    influence_rows,
    influence_tables,
)
from survey_engine.numerics.pair_tables import (
    CHUNK_ROWS,
    keep_margins,
    pair_tables,
    pairs_of,
)
from survey_engine.numerics.polychoric import (
    LIMIT,
    PairFit,
    bounds_of,
    fit_at,
    polychoric,
    thresholds_of,
)
from survey_engine.numerics.polyserial import SerialPairs, polyserial


@dataclass(frozen=True, kw_only=True)
class OrdinalStatistics:
    """Everything two-step estimation gives for r ordered items and q measured columns.

    Attributes
    ----------
    tables : ndarray, shape (r, r, C, C)
    thresholds : ndarray, shape (r, C - 1)
        +inf past an item's last threshold.
    mean, variance : ndarray, shape (q,)
        Divisor: sum of weights of the answers.
    correlation : ndarray, shape (r + q, r + q)
        Ordered items first.
    adjusted : ndarray of bool, shape (R,)
        Two-by-two tables with an empty cell, in the order of `pairs_of(r)`.
    at_limit : ndarray of bool, shape (r + q, r + q)
        Correlations that the data do not determine.
    gamma : ndarray or None
        n times the covariance of: thresholds (r (C - 1)) , means (q), variances (q),
        covariances ((r + q)(r + q - 1) / 2 in the order of `pairs_of`); measured
        columns in their own unit. Zero rows for thresholds at infinity.
    """

    tables: Array
    thresholds: Array
    mean: Array
    variance: Array
    correlation: Array
    adjusted: NDArray[np.bool_]
    at_limit: NDArray[np.bool_]
    gamma: Array | None


def ordinal_statistics(
    codes: NDArray[np.int8],
    values: Array,
    weights: Array | None = None,
    *,
    size: int,
    gamma: bool = True,
) -> OrdinalStatistics:
    """Two-step estimates of one group.

    Parameters
    ----------
    codes : ndarray of int8, shape (n, r)
        Category positions below `size`; -1 = missing.
    values : ndarray, shape (n, q)
        Measured columns; NaN = missing.
    weights : ndarray, shape (n,), optional
        Case weights that sum to n.
    size : int
        Most categories of an item (2 if there is none).
    gamma : bool
        Also the asymptotic covariance (a second pass over the rows).
    """
    r, q = codes.shape[1], values.shape[1]
    tables = pair_tables(codes, size, weights)
    thresholds = thresholds_of(np.einsum("iiaa->ia", tables))
    first, second = pairs_of(r)
    used, adjusted = tables[first, second], np.zeros(len(first), dtype=bool)
    if size == 2:
        used, adjusted = keep_margins(used)
    fit = polychoric(used, thresholds[first], thresholds[second])
    mean, variance, z = _standardised(values, weights)
    pairs = SerialPairs(codes=codes, bounds=bounds_of(thresholds), z=z, weights=weights)
    serial, pearson = polyserial(pairs), _pearson(z, weights)
    correlation = _assembled(r, q, (fit.rho, serial, pearson))
    found = None
    if gamma:
        influence = influence_tables(tables, thresholds, fit)
        if q == 0:
            found = len(codes) * influence_products(codes, influence, weights)
        else:
            found = _mixed_gamma(pairs, influence, serial, pearson)
            found = _in_own_unit(found, (r, size), correlation, variance)
    at_limit = (np.abs(correlation) > LIMIT - 1e-6) & ~np.eye(r + q, dtype=bool)
    return OrdinalStatistics(
        tables=tables,
        thresholds=thresholds,
        mean=mean,
        variance=variance,
        correlation=correlation,
        adjusted=adjusted,
        at_limit=at_limit,
        gamma=found,
    )


def correlations_of_tables(tables: Array) -> PairFit:
    """Polychoric correlations of P separate tables, thresholds from their own margins.

    Parameters
    ----------
    tables : ndarray, shape (P, r, c)
    """
    rows, columns = thresholds_of(tables.sum(axis=2)), thresholds_of(tables.sum(axis=1))
    used = tables
    if tables.shape[1:] == (2, 2):
        used, _ = keep_margins(tables)
    return fit_at(polychoric(used, rows, columns).rho, rows, columns)


def _standardised(values: Array, weights: Array | None) -> tuple[Array, Array, Array]:
    seen = ~np.isnan(values)
    share = seen * (1.0 if weights is None else weights[:, None])
    total = share.sum(axis=0)
    mean = (share * np.where(seen, values, 0.0)).sum(axis=0) / total
    about = values - mean
    variance = (share * np.where(seen, about, 0.0) ** 2).sum(axis=0) / total
    return mean, variance, about / np.sqrt(variance)


def _pearson(z: Array, weights: Array | None) -> Array:
    """Correlations that solve the likelihood equation given means and variances.

    With complete pairs these are the mean products. Where a pair misses rows its mean
    squares are not 1, and rho solves ``rho^3 - s_xy rho^2 + (s_xx + s_yy - 1) rho - s_xy``.
    """
    first, second = pairs_of(z.shape[1])
    found = np.empty(len(first))
    for at, (i, j) in enumerate(zip(first, second, strict=True)):  # a cubic each
        seen = ~(np.isnan(z[:, i]) | np.isnan(z[:, j]))
        x, y = z[seen, i], z[seen, j]
        count = np.ones(len(x)) if weights is None else weights[seen]
        xx, yy, xy = (float(count @ product) / count.sum() for product in (x * x, y * y, x * y))
        roots = np.roots([1.0, -xy, xx + yy - 1.0, -xy])
        real = roots.real[np.abs(roots.imag) < 1e-9]
        found[at] = real[np.argmin(np.abs(real - xy / np.sqrt(xx * yy)))]
    return found


def _assembled(r: int, q: int, parts: tuple[Array, Array, Array]) -> Array:
    polychorics, serial, pearson = parts
    full = np.eye(r + q)
    first, second = pairs_of(r)
    full[first, second] = full[second, first] = polychorics
    full[:r, r:] = serial.reshape(r, q)
    full[r:, :r] = full[:r, r:].T
    first, second = pairs_of(q)
    full[r + first, r + second] = full[r + second, r + first] = pearson
    return full


def _mixed_gamma(
    pairs: SerialPairs, tables: InfluenceTables, serial: Array, pearson: Array
) -> Array:
    """Gamma of thresholds, means, variances and correlations of standardised columns."""
    (n, r), q = pairs.codes.shape, pairs.z.shape[1]
    influence = mixed_influence(pairs, tables.thresholds, serial, pearson)
    located = r * tables.thresholds.shape[2]
    where = np.concatenate([np.ravel(part) for part in _correlation_places(r, q)])
    order = np.argsort(where)
    s = located + 2 * q + len(where)
    total = np.zeros((s, s))
    for start in range(0, n, CHUNK_ROWS):
        rows = slice(start, start + CHUNK_ROWS)
        answers = influence_rows(pairs.codes[rows], tables)
        measured = mixed_rows(influence, rows)
        both = np.concatenate([answers[located:], measured[2 * q :]])[order]
        block = np.concatenate([answers[:located], measured[: 2 * q], both])
        if pairs.weights is not None:
            block *= pairs.weights[rows]
        total += block @ block.T
    return np.asarray(n * total)


def _correlation_places(r: int, q: int) -> tuple[Array, Array, Array]:
    """Where each pair stands in `pairs_of(r + q)`: ordered, mixed, measured pairs."""
    place = np.zeros((r + q, r + q))
    first, second = pairs_of(r + q)
    place[first, second] = np.arange(len(first))
    inner, outer = pairs_of(r), pairs_of(q)
    return place[inner], place[:r, r:], place[r + outer[0], r + outer[1]]


def _in_own_unit(
    gamma: Array, shape: tuple[int, int], correlation: Array, variance: Array
) -> Array:
    """Means, variances and covariances instead of standardised ones: the delta method."""
    (r, size), q = shape, len(variance)
    located = r * (size - 1)
    scale = np.sqrt(np.concatenate([np.ones(r), variance]))
    first, second = pairs_of(r + q)
    slopes = np.eye(len(gamma))
    at = np.arange(q)
    slopes[located + at, located + at] = np.sqrt(variance)
    slopes[located + q + at, located + q + at] = variance
    both = scale[first] * scale[second]
    pairs = np.arange(len(first))
    here = located + 2 * q + pairs
    slopes[here, here] = both
    for of in (first, second):  # d cov / d (variance / its value) = cov / 2
        measured = of >= r
        of_variance = located + q + of[measured] - r
        slopes[here[measured], of_variance] += (
            0.5 * (both * correlation[first, second])[measured]
        )
    result: Array = slopes @ gamma @ slopes.T
    return result
