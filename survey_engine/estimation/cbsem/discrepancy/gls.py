r"""Generalised least squares: normal-theory weights from the sample covariance.

.. math:: F = \tfrac12 tr[(S^{-1}(S - \Sigma))^2] + (m - \mu)' S^{-1} (m - \mu)

(Browne 1974; Bollen 1989, eq. 4.68). Least squares with the normal-theory weight matrix
``1/2 D'(S^{-1} x S^{-1})D``, without ever forming it. S has divisor n - 1, chi-square
is ``n F``, as in lavaan.
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
from survey_engine.estimation.cbsem.observed import Sample
from survey_engine.estimation.cbsem.structure import Structure
from survey_engine.numerics.moments import Array


def evaluate(structure: Structure, x: Array, data: Sample) -> Evaluation:
    """The discrepancy at free values `x` of shape (..., r)."""
    values = entries_of(structure, x, data.fixed)
    parts = implied(structure, values)
    with np.errstate(all="ignore"):
        safe = np.where(
            np.isnan(data.log_determinant)[..., None, None],
            np.eye(data.covariance.shape[-1]),
            data.covariance,
        )
        weight = np.linalg.inv(safe)
        ratio = weight @ (data.covariance - parts.sigma)
        fit = 0.5 * np.einsum("...ij,...ji->...", ratio, ratio)
        if structure.means:
            away = data.mean - parts.mean
            fit += np.einsum("...i,...ij,...j->...", away, weight, away)
    fit = np.where(np.isnan(data.log_determinant), np.inf, fit)
    return Evaluation(
        value=pooled(fit, data), by_group=fit, values=values, parts=parts, weight=weight
    )


def gradient(structure: Structure, at: Evaluation, data: Sample) -> Array:
    """Gradient of F: ``dF = -tr(W (S - Sigma) W dSigma) - 2 (m - mu)' W dmu``."""
    weight = at.weight
    residual = weight @ (at.parts.sigma - data.covariance) @ weight
    framed = frame(residual, at.parts)
    flat = framed.reshape(*framed.shape[:-2], -1)
    slope = np.take(flat, structure.entry_uv, axis=-1) * (2 * structure.scale)
    if structure.means:
        pull = (weight @ (data.mean - at.parts.mean)[..., None])[..., 0]
        through = np.swapaxes(at.parts.total_loading, -1, -2) @ pull[..., None]
        known = np.concatenate((pull, through[..., 0]), axis=-1)
        column = np.minimum(structure.u, known.shape[-1] - 1)
        slope -= 2 * np.take(known, column, axis=-1) * mean_factors(structure, at.parts)
    return pool_slopes(structure, slope, data.shares)


def information(structure: Structure, at: Evaluation, data: Sample) -> Array:
    """``Delta' W Delta``, (..., r, r): half the Gauss-Newton Hessian of F."""
    single = expected_information(structure, frame(at.weight, at.parts), at.parts)
    return pool_information(structure, single, data.shares)
