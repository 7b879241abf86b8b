r"""The maximum-likelihood discrepancy, its gradient and expected information.

.. math:: F = \ln|\Sigma| + tr(S \Sigma^{-1}) - \ln|S| - p
              + (m - \mu)' \Sigma^{-1} (m - \mu)

(Joreskog 1967, eq. 9; Bollen 1989, eq. 4.67; with means Joreskog & Sorbom 1988). With
divisor n, chi-square is ``n F``; groups are added with their shares of n.
"""

from __future__ import annotations

import numpy as np

from survey_engine.estimation.cbsem.discrepancy.evaluation import Evaluation, pooled
from survey_engine.estimation.cbsem.implied import (
    entries_of,
    expected_information,
    frame,
    implied,
    mean_factors,
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
    weight = at.weight
    middle = data.covariance
    if structure.means:
        away = data.mean - at.parts.mean
        middle = middle + away[..., :, None] * away[..., None, :]
    residual = weight - weight @ middle @ weight
    framed = frame(residual, at.parts)
    flat = framed.reshape(*framed.shape[:-2], -1)
    slope = np.take(flat, structure.entry_uv, axis=-1) * (2 * structure.scale)
    if structure.means:
        pull = (weight @ away[..., None])[..., 0]
        through = np.swapaxes(at.parts.total_loading, -1, -2) @ pull[..., None]
        known = np.concatenate((pull, through[..., 0]), axis=-1)
        # Columns of K never carry a mean; their factor is 0 wherever they point.
        column = np.minimum(structure.u, known.shape[-1] - 1)
        slope -= 2 * np.take(known, column, axis=-1) * mean_factors(structure, at.parts)
    return slope


def information(structure: Structure, at: Evaluation, data: Sample) -> Array:
    """Expected information for one observation, (..., r, r): half the Hessian of F."""
    single = expected_information(structure, frame(at.weight, at.parts), at.parts)
    return pool_information(structure, single, data.shares)
