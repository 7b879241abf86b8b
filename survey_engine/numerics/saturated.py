"""Means and covariances of incomplete rows at the maximum of the normal likelihood.

A few EM steps from available cases, then Newton steps on the observed information, which
is computed anew only where progress slows. EM, which never loses likelihood, takes over
whenever a Newton step does. The same maximum as `em`, in a fraction of its steps.

References
----------
Dempster, Laird & Rubin (1977); Little & Rubin (2019), section 11.2. In terms of the
gradient G of -2 logl/n the EM update of the covariances is ``S - S G S`` (Jamshidian &
Jennrich 1997, JRSS B 59, section 3.1), about the updated means.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from survey_engine.numerics.fiml import (
    FimlPoint,
    fiml_information,
    fiml_point,
    half_scale,
    unpacked,
)
from survey_engine.numerics.incomplete import IncompleteRows
from survey_engine.numerics.moments import Array
from survey_engine.numerics.symmetric import lower_triangle

MOST_ITERATIONS = 500
TOLERANCE = 1e-9
"""Distance to the maximum in standard errors at the stop."""
EM_FIRST = 3
SLOW = 0.1
SLOW_STARTED = 0.6
"""From a start, steps are taken with the other rows' information for longer."""


@dataclass(frozen=True, kw_only=True)
class SaturatedMoments:
    """Maximum-likelihood moments and the likelihood there.

    Attributes
    ----------
    mean : ndarray, shape (p,)
    covariance : ndarray, shape (p, p)
    at : FimlPoint
    converged : bool
    iterations : int
    """

    mean: Array
    covariance: Array
    at: FimlPoint
    converged: bool
    iterations: int


def saturated_moments(
    rows: IncompleteRows,
    *,
    start: tuple[Array, Array, Array] | None = None,
    tolerance: float = TOLERANCE,
) -> SaturatedMoments:
    """Find the moments; `converged` is False where they are not identified.

    Parameters
    ----------
    rows : IncompleteRows
    start : tuple of ndarray, optional
        Means (p,), covariances (p, p) and inverse observed information of rows much like
        these (`inverse_information`), for resamples; one EM step precedes it.
    tolerance : float
    """
    if start is None:
        mean, covariance = rows.centre, np.diag(available_variance(rows))
    else:
        mean, covariance = start[0], start[1]
    at = fiml_point(rows, mean, covariance)
    inverse: Array | None = None if start is None else start[2]
    first, slow = (EM_FIRST, SLOW) if start is None else (1, SLOW_STARTED)
    last = np.inf
    for taken in range(1, MOST_ITERATIONS + 1):
        if not np.isfinite(at.value):
            break
        if taken <= first:
            mean, covariance, at = _em_step(rows, mean, covariance, at)
            continue
        if inverse is None:
            inverse = _inverse(fiml_information(rows, at, observed=True))
        slope = _half_slope(at)
        step = np.zeros_like(slope) if inverse is None else -inverse @ slope / 2
        gain = -float(slope @ step)
        distance = np.sqrt(abs(gain) * rows.n)
        if inverse is not None and distance <= tolerance:
            return _done(mean, covariance, at, taken)
        trial = None if inverse is None or gain <= 0 else _newton(rows, mean, covariance, step)
        if trial is None or trial[2].value > at.value + 1e-12 * abs(at.value):
            mean, covariance, at = _em_step(rows, mean, covariance, at)
            inverse, last = None, np.inf
            continue
        mean, covariance, at = trial
        if distance > slow * last:
            inverse = None
        last = distance
    return _done(mean, covariance, at, 0)


def inverse_information(rows: IncompleteRows, found: SaturatedMoments) -> Array | None:
    """Inverse of the observed information at the maximum; None where it has none."""
    return _inverse(fiml_information(rows, found.at, observed=True))


def _done(mean: Array, covariance: Array, at: FimlPoint, taken: int) -> SaturatedMoments:
    return SaturatedMoments(
        mean=mean,
        covariance=covariance,
        at=at,
        converged=taken > 0,
        iterations=taken or MOST_ITERATIONS,
    )


def available_variance(rows: IncompleteRows) -> Array:
    """Variances of the available answers, divisor the sum of their weights, (p,)."""
    seen = rows.observed * rows.size[:, None]
    total = (rows.mean**2 * rows.size[:, None]).sum(axis=0) + (rows.spread**2).sum(axis=0)
    return np.asarray(total / seen.sum(axis=0))


def _half_slope(at: FimlPoint) -> Array:
    """Gradient of -2 logl/n in means and ``vech`` of covariances."""
    p = len(at.mean_slope)
    low = lower_triangle(p)
    return np.concatenate((at.mean_slope, 2 * at.covariance_slope[low] * half_scale(p)))


def _inverse(information: Array) -> Array | None:
    root = np.sqrt(np.maximum(np.diagonal(information), 0.0))
    if not np.all(root > 0):
        return None
    try:
        factor = np.linalg.inv(np.linalg.cholesky(information / np.outer(root, root)))
    except np.linalg.LinAlgError:
        return None
    factor = factor / root
    return np.asarray(factor.T @ factor)


def _em_step(
    rows: IncompleteRows, mean: Array, covariance: Array, at: FimlPoint
) -> tuple[Array, Array, FimlPoint]:
    shift = -covariance @ at.mean_slope / 2
    updated = covariance - covariance @ at.covariance_slope @ covariance
    updated -= np.outer(shift, shift)
    updated = (updated + updated.T) / 2
    return mean + shift, updated, fiml_point(rows, mean + shift, updated)


def _newton(
    rows: IncompleteRows, mean: Array, covariance: Array, step: Array
) -> tuple[Array, Array, FimlPoint]:
    p = len(mean)
    trial = covariance + unpacked(step[p:])
    return mean + step[:p], trial, fiml_point(rows, mean + step[:p], trial)
