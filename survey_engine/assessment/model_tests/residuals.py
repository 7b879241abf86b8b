r"""Residuals of a fitted model: raw, correlation, standardised; and the unbiased SRMR.

With ``W`` the inverse implied covariance and ``D`` the slopes of the implied moments, the
residual ``s - sigma(theta)`` has the sampling covariance ``Q G Q'``, ``Q = I - D I^{-1} D'V``
and ``G`` the covariance of sample moments under normality (Browne 1982; Maydeu-Olivares
2017, eq. 9). Only its diagonal is needed for z, and that takes q matrices, not p^4 numbers.

References
----------
Maydeu-Olivares, A. (2017). Assessing the size of model misfit in SEM. Psychometrika 82.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import sqrt

import numpy as np
from scipy.special import ndtr, ndtri

from survey_engine.assessment.fit_measures.residual import correlation_residuals
from survey_engine.assessment.model_tests.point import ModelPoint, mean_residual
from survey_engine.numerics.covariance_structure import (
    Index,
    covariance_slopes,
    framed,
    information_between,
)
from survey_engine.numerics.moments import Array

LARGE_CORRELATION, LARGE_Z = 0.10, 2.58
CLOSE = 0.05
BLOCK = 512
"""Rows of the residuals' sampling covariance held at once."""


@dataclass(frozen=True, kw_only=True)
class Residuals:
    """Residuals of all groups, shapes (G, p, p) and, of means, (G, p).

    Attributes
    ----------
    raw : ndarray
        Sample less implied covariances.
    correlation : ndarray
        Of correlations, each scaled by its own variances (Bollen 1989).
    normalised : ndarray
        Over the standard error of the sample covariance alone.
    z : ndarray
        Over their own standard error; NaN where the model reproduces them always.
    mean, mean_z : ndarray
        0 and NaN where means are not modelled.
    """

    observed: tuple[str, ...]
    raw: Array
    correlation: Array
    normalised: Array
    z: Array
    mean: Array
    mean_z: Array


@dataclass(frozen=True, kw_only=True)
class LargeResidual:
    """A pair of items the model reproduces badly; `group` counts from 1."""

    first: str
    second: str
    group: int
    residual: float
    correlation: float
    z: float | None


@dataclass(frozen=True, kw_only=True)
class UnbiasedSrmr:
    """The SRMR corrected for sampling error, with tests of exact and close fit.

    `ci_lower` and `ci_upper` are 90 % limits; `close_p` is small where the population
    SRMR exceeds `CLOSE`.
    """

    srmr: float
    exact_z: float
    exact_p: float
    usrmr: float
    se: float
    ci_lower: float
    ci_upper: float
    close_z: float
    close_p: float


@dataclass(frozen=True, kw_only=True)
class _Sampling:
    """What the sampling covariance of residuals is made of, by group.

    ``G / n - (D B + (D B)') + D C D'`` with `slopes` D (G, q, p, p), `pulled` B of the
    same shape and `spread` C (r, r); likewise for means.
    """

    slopes: Array
    mean_slopes: Array
    pulled: Array
    mean_pulled: Array
    spread: Array


def residuals(point: ModelPoint) -> Residuals:
    """Every kind of residual of a solution."""
    sample = point.sample.covariance
    raw = sample - point.reduced.sigma
    n = point.sample.n[:, None, None]
    variance = np.diagonal(sample, axis1=1, axis2=2)
    spread = (variance[:, :, None] * variance[:, None, :] + sample**2) / n
    sampling = _sampling(point)
    own = spread - 2 * np.einsum("grij,grij->gij", sampling.slopes, sampling.pulled)
    own += np.einsum(
        "grij,rs,gsij->gij", sampling.slopes, sampling.spread, sampling.slopes, optimize=True
    )
    level = mean_residual(point)
    level_variance = variance / point.sample.n[:, None]
    level_own = level_variance - 2 * np.einsum(
        "gri,gri->gi", sampling.mean_slopes, sampling.mean_pulled
    )
    level_own += np.einsum(
        "gri,rs,gsi->gi", sampling.mean_slopes, sampling.spread, sampling.mean_slopes
    )
    return Residuals(
        observed=point.sample.observed,
        raw=raw,
        correlation=np.stack(
            [
                correlation_residuals(own, implied)
                for own, implied in zip(sample, point.reduced.sigma, strict=True)
            ]
        ),
        normalised=raw / np.sqrt(spread),
        z=_over(raw, own, spread),
        mean=level,
        mean_z=_over(level, level_own, level_variance) if point.means else level * np.nan,
    )


def without_errors(found: Residuals) -> Residuals:
    """The same without what rests on complete-data sampling: NaN instead."""
    unknown = np.full(found.raw.shape, np.nan)
    return replace(
        found, normalised=unknown, z=unknown, mean_z=np.full(found.mean.shape, np.nan)
    )


def _over(residual: Array, variance: Array, whole: Array) -> Array:
    """Residual over its error; NaN where rounding is all there is of either."""
    known = variance > 1e-10 * whole
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(known, residual / np.sqrt(variance), np.nan)


def large_residuals(found: Residuals) -> tuple[LargeResidual, ...]:
    """Pairs with ``|r| > .10`` or ``|z| > 2.58`` (Kline 2023), the largest first."""
    g, row, column = np.nonzero(
        (np.abs(found.correlation) > LARGE_CORRELATION) | (np.abs(found.z) > LARGE_Z)
    )
    below = row > column
    listed = [
        LargeResidual(
            first=found.observed[j],
            second=found.observed[i],
            group=int(k) + 1,
            residual=float(found.raw[k, i, j]),
            correlation=float(found.correlation[k, i, j]),
            z=None if np.isnan(found.z[k, i, j]) else float(found.z[k, i, j]),
        )
        for k, i, j in zip(g[below], row[below], column[below], strict=True)
    ]
    return tuple(sorted(listed, key=lambda one: -abs(one.correlation)))


def _sampling(point: ModelPoint) -> _Sampling:
    groups, p = point.sample.covariance.shape[:2]
    share = point.sample.share
    slopes, level = covariance_slopes(point.places, point.reduced)
    slopes, level = slopes[:, :p, :p], level[:, :p] if point.means else level[:, :p] * 0
    own = point.places.group == np.arange(groups)[:, None]
    by_group = np.einsum("gf,fij,fr->grij", own, slopes, point.design, optimize=True)
    level_by_group = np.einsum("gf,fi,fr->gri", own, level, point.design, optimize=True)
    inverse = np.linalg.inv(point.design.T @ point.information() @ point.design)
    sandwich = point.inverse @ point.sample.covariance @ point.inverse
    at = point.along(point.places)
    meat = information_between(framed(point.reduced, sandwich), at, at, share)
    spread = inverse @ (point.design.T @ meat @ point.design) @ inverse / point.total
    left = point.sample.covariance @ point.inverse
    moved = left[:, None] @ by_group @ np.swapaxes(left, -1, -2)[:, None]
    return _Sampling(
        slopes=by_group,
        mean_slopes=level_by_group,
        pulled=np.einsum("rs,gsij->grij", inverse, moved) / point.total,
        mean_pulled=np.einsum("rs,gij,gsj->gri", inverse, left, level_by_group) / point.total,
        spread=spread,
    )


def unbiased_srmr(point: ModelPoint) -> UnbiasedSrmr | None:
    """Maydeu-Olivares' (2017) unbiased SRMR of covariances, one group.

    None with several groups, or where the model reproduces every moment.
    """
    if len(point.sample.n) != 1:
        return None
    sample = point.sample.covariance[0]
    row, column = np.tril_indices(len(sample))
    deviation = np.sqrt(np.diagonal(sample))
    scale = 1 / (deviation[row] * deviation[column])
    e = (sample - point.reduced.sigma[0])[row, column] * scale
    trace, squares, along = _traces(point, (row, column, scale), e)
    size, t = float(e @ e), len(e)
    if not (trace > 1e-12 and size > 0):
        return None
    srmr = sqrt(size / t)
    expected = sqrt(trace / t) * (1 - squares / (4 * trace**2))
    exact = (srmr - expected) / sqrt(squares / (2 * t * trace))
    both = squares + 2 * along
    k = 1 - both / (4 * size**2)
    usrmr = sqrt(max(size - trace, 0.0) / t) / k
    se = sqrt(both / (2 * t * size)) / k
    reach = float(ndtri(0.95)) * se
    close = (usrmr - CLOSE) / se
    return UnbiasedSrmr(
        srmr=srmr,
        exact_z=exact,
        exact_p=float(ndtr(-exact)),
        usrmr=usrmr,
        se=se,
        ci_lower=usrmr - reach,
        ci_upper=usrmr + reach,
        close_z=close,
        close_p=float(ndtr(-close)),
    )


def _traces(
    point: ModelPoint, pairs: tuple[Index, Index, Array], e: Array
) -> tuple[float, float, float]:
    """``tr X``, ``tr X^2`` and ``e'X e`` of the scaled residuals' covariance X."""
    row, column, scale = pairs
    sample, n = point.sample.covariance[0], float(point.sample.n[0])
    found = _sampling(point)
    slopes = found.slopes[0][:, row, column] * scale
    pulled = found.pulled[0][:, row, column] * scale
    spread = found.spread @ slopes
    trace = squares = along = 0.0
    for begin in range(0, len(e), BLOCK):
        a = slice(begin, begin + BLOCK)
        i, j = row[a, None], column[a, None]
        x = sample[i, row] * sample[j, column] + sample[i, column] * sample[j, row]
        x *= scale[a, None] * scale / n
        crossed = slopes[:, a].T @ pulled
        x += slopes[:, a].T @ spread - crossed - pulled[:, a].T @ slopes
        trace += float(np.trace(x[:, a]))
        squares += float((x**2).sum())
        along += float(e[a] @ x @ e)
    return trace, squares, along
