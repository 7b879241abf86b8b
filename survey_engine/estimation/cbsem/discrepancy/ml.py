r"""The maximum-likelihood discrepancy, its gradient and expected information.

.. math:: F = \ln|\Sigma| + tr(S \Sigma^{-1}) - \ln|S| - p
              + (m - \mu)' \Sigma^{-1} (m - \mu)

(Joreskog 1967, eq. 9; Bollen 1989, eq. 4.67; with means Joreskog & Sorbom 1988). With
divisor n, chi-square is ``n F``; groups are added with their shares of n.
"""

from __future__ import annotations

import numpy as np

from survey_engine.estimation.cbsem.bend import bend
from survey_engine.estimation.cbsem.discrepancy.evaluation import Evaluation, pooled
from survey_engine.estimation.cbsem.implied import (
    columns,
    entries_of,
    entry_slopes,
    expected_information,
    frame,
    implied,
    mean_factors,
    pairs,
    pool_information,
    pool_slopes,
)
from survey_engine.estimation.cbsem.observed import Sample, cholesky, log_determinant
from survey_engine.estimation.cbsem.structure import Structure
from survey_engine.numerics.moments import Array


def evaluate(structure: Structure, x: Array, data: Sample) -> Evaluation:
    """The discrepancy at free values `x` of shape (..., r)."""
    values = entries_of(structure, x, data.fixed)
    parts = implied(structure, values)
    with np.errstate(all="ignore"):
        factor = cholesky(parts.sigma)
        inverse = np.linalg.inv(factor)
        inverse = np.swapaxes(inverse, -1, -2) @ inverse
        fit = np.einsum("...ij,...ij->...", data.covariance, inverse)
        if structure.means:
            away = data.mean - parts.mean
            fit += np.einsum("...i,...ij,...j->...", away, inverse, away)
        fit += log_determinant(factor) - data.log_determinant - inverse.shape[-1]
    return Evaluation(
        value=pooled(fit, data), by_group=fit, values=values, parts=parts, weight=inverse
    )


def gradient(structure: Structure, at: Evaluation, data: Sample) -> Array:
    """Gradient of F with respect to the free values, shape (..., r).

    ``dF = tr(Q dSigma) - 2 (m - mu)' W dmu`` with ``Q = W - W T W``, W the inverse
    implied covariance and ``T = S + (m - mu)(m - mu)'``.
    """
    return pool_slopes(structure, group_slopes(structure, at, data), data.shares)


def group_slopes(structure: Structure, at: Evaluation, data: Sample) -> Array:
    """Gradient of each group's F in its free rows, shape (..., G, f)."""
    return entry_slopes(structure, at.parts, *_moment_slopes(structure, at, data))


def _moment_slopes(structure: Structure, at: Evaluation, data: Sample) -> tuple[Array, Array]:
    """Slopes of each group's F in the implied means (..., G, p) and covariances."""
    weight, middle = at.weight, data.covariance
    mean = np.empty(0)
    if structure.means:
        away = data.mean - at.parts.mean
        middle = middle + away[..., :, None] * away[..., None, :]
        mean = -2 * (weight @ away[..., None])[..., 0]
    return mean, weight - weight @ middle @ weight


def information(structure: Structure, at: Evaluation, data: Sample) -> Array:
    """Expected information for one observation, (..., r, r): half the Hessian of F."""
    single = expected_information(structure, frame(at.weight, at.parts), at.parts)
    return pool_information(structure, single, data.shares)


def observed_information(structure: Structure, at: Evaluation, data: Sample) -> Array:
    """Observed information for one observation, (..., r, r): half the exact Hessian of F.

    ``d2F = tr(W dS_b (W - 2 Q) dS_a) + 2 dmu_a' W dmu_b
    + 2 (m - mu)' W (dS_a W dmu_b + dS_b W dmu_a)`` and the slopes in the moments times
    their second derivatives (`bend`).
    """
    mean, covariance = _moment_slopes(structure, at, data)
    weight = frame(at.weight, at.parts)
    uu, uv, vu, vv = pairs(structure, weight)
    turned = pairs(structure, weight - 2 * frame(covariance, at.parts))
    single = vu * turned[1] + vv * turned[0] + uu * turned[3] + uv * turned[2]
    scale = structure.scale
    single *= scale[:, None] * scale
    if structure.means:
        factor = mean_factors(structure, at.parts)
        pull = (-mean[..., None, :] @ columns(at.parts))[..., 0, :]
        moved = vu * pull[..., structure.u, None] + uu * pull[..., structure.v, None]
        moved *= scale[:, None] * factor[..., None, :]
        single += moved + np.swapaxes(moved, -1, -2)
        single += 2 * uu * (factor[..., :, None] * factor[..., None, :])
    single += bend(structure, at.parts, mean, covariance)
    return pool_information(structure, 0.5 * single, data.shares)
