"""Summaries of covariance residuals: RMR, SRMR (three conventions), CRMR."""

from __future__ import annotations

import numpy as np

from survey_engine.estimation.fit_result import CbSemFit
from survey_engine.numerics.moments import Array


def _lower(matrix: Array, *, diagonal: bool) -> Array:
    rows, columns = np.tril_indices(matrix.shape[0], 0 if diagonal else -1)
    return np.asarray(matrix[rows, columns])


def _root_mean_square(values: Array) -> float | None:
    return float(np.sqrt(np.mean(values**2))) if values.size else None


def rmr(sample: Array, implied: Array) -> float | None:
    """Root mean square residual, in units of the items; lower triangle with diagonal."""
    return _root_mean_square(_lower(sample - implied, diagonal=True))


def srmr(sample: Array, implied: Array) -> float | None:
    """Standardised RMR: residuals over the sample standard deviations (Bentler 1995)."""
    scale = np.sqrt(np.diagonal(sample))
    return rmr(sample / np.outer(scale, scale), implied / np.outer(scale, scale))


def correlation_residuals(sample: Array, implied: Array) -> Array:
    """Sample less implied correlations, each scaled by its own variances (p, p)."""
    own, model = np.sqrt(np.diagonal(sample)), np.sqrt(np.diagonal(implied))
    return np.asarray(sample / np.outer(own, own) - implied / np.outer(model, model))


def crmr(sample: Array, implied: Array) -> float | None:
    """Correlation RMR: off-diagonal correlation residuals only (Bollen 1989)."""
    return _root_mean_square(_lower(correlation_residuals(sample, implied), diagonal=False))


def srmr_mplus(sample: Array, implied: Array) -> float | None:
    """SRMR as Mplus has it: correlation residuals, and relative variance residuals."""
    variance = np.diagonal(sample)
    diagonal = (variance - np.diagonal(implied)) / variance
    off = _lower(correlation_residuals(sample, implied), diagonal=False)
    return _root_mean_square(np.concatenate((diagonal, off)))


def measures(fit: CbSemFit) -> dict[str, float | None]:
    """Residual summaries; without a mean structure the ``_nomean`` twins are equal."""
    two = (fit.sample_covariance, fit.implied)
    plain, standard, correlation, mplus = rmr(*two), srmr(*two), crmr(*two), srmr_mplus(*two)
    return {
        "rmr": plain,
        "rmr_nomean": plain,
        "srmr": standard,
        "srmr_bentler": standard,
        "srmr_bentler_nomean": standard,
        "crmr": correlation,
        "crmr_nomean": correlation,
        "srmr_mplus": mplus,
        "srmr_mplus_nomean": mplus,
    }
