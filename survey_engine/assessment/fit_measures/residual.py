"""Summaries of residuals: RMR, SRMR (three conventions), CRMR; with and without means.

Each convention turns the residuals of one group into a vector; the summary is its root
mean square, and groups are averaged with their shares of the respondents.
"""

from __future__ import annotations

import numpy as np

from survey_engine.estimation.fit_result import CbSemFit, CbSemGroup
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
    return _root_mean_square(_mplus(sample, implied))


def _mplus(sample: Array, implied: Array) -> Array:
    variance = np.diagonal(sample)
    diagonal = (variance - np.diagonal(implied)) / variance
    off = _lower(correlation_residuals(sample, implied), diagonal=False)
    return np.concatenate((diagonal, off))


def _covariance_residuals(group: CbSemGroup) -> dict[str, Array]:
    sample, implied = group.sample_covariance, group.implied
    scale = np.sqrt(np.diagonal(sample))
    away = sample - implied
    return {
        "rmr": _lower(away, diagonal=True),
        "srmr_bentler": _lower(away / np.outer(scale, scale), diagonal=True),
        "crmr": _lower(correlation_residuals(sample, implied), diagonal=False),
        "srmr_mplus": _mplus(sample, implied),
    }


def _mean_residuals(group: CbSemGroup) -> dict[str, Array]:
    """Over the sample deviations; Mplus takes each mean over its own."""
    own = np.sqrt(np.diagonal(group.sample_covariance))
    model = np.sqrt(np.diagonal(group.implied))
    away = group.sample_mean - group.implied_mean
    apart = group.sample_mean / own - group.implied_mean / model
    return {"rmr": away, "srmr_bentler": away / own, "crmr": away / own, "srmr_mplus": apart}


def measures(fit: CbSemFit) -> dict[str, float | None]:
    """Residual summaries; without a mean structure the ``_nomean`` twins are equal."""
    shares = np.array([group.moments.n for group in fit.groups]) / fit.moments.n
    second = [_covariance_residuals(group) for group in fit.groups]
    first = [_mean_residuals(group) for group in fit.groups]
    found: dict[str, float | None] = {}
    for name in second[0]:
        bare = [_root_mean_square(of[name]) for of in second]
        both = bare
        if fit.means:
            joined = zip(second, first, strict=True)
            both = [_root_mean_square(np.concatenate((s[name], f[name]))) for s, f in joined]
        found[name] = _averaged(both, shares)
        found[f"{name}_nomean"] = _averaged(bare, shares)
    return {**found, "srmr": found["srmr_bentler"]}


def _averaged(values: list[float | None], shares: Array) -> float | None:
    known = [value for value in values if value is not None]
    return float(np.dot(known, shares)) if len(known) == len(values) else None
