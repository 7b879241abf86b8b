"""Summaries of residuals: RMR, SRMR (three conventions), CRMR; with and without means.

Each convention turns the residuals of one group into a vector; the summary is its root
mean square, and groups are averaged with their shares of the respondents.
"""

from __future__ import annotations

import numpy as np

from survey_engine.estimation.fit_result import CbSemFit, CbSemGroup
from survey_engine.numerics.moments import Array


def _root_mean_square(values: Array) -> float | None:
    return float(np.sqrt(np.mean(values**2))) if values.size else None


def rmr(sample: Array, implied: Array) -> float | None:
    """Root mean square residual, in units of the items; lower triangle with diagonal."""
    return _root_mean_square(covariance_residuals(sample, implied)["rmr"])


def srmr(sample: Array, implied: Array) -> float | None:
    """Standardised RMR: residuals over the sample standard deviations (Bentler 1995)."""
    return _root_mean_square(covariance_residuals(sample, implied)["srmr_bentler"])


def crmr(sample: Array, implied: Array) -> float | None:
    """Correlation RMR: off-diagonal correlation residuals only (Bollen 1989)."""
    return _root_mean_square(covariance_residuals(sample, implied)["crmr"])


def srmr_mplus(sample: Array, implied: Array) -> float | None:
    """SRMR as Mplus has it: correlation residuals, and relative variance residuals."""
    return _root_mean_square(covariance_residuals(sample, implied)["srmr_mplus"])


def correlation_residuals(sample: Array, implied: Array) -> Array:
    """Sample less implied correlations, each scaled by its own variances (p, p)."""
    own, model = np.sqrt(np.diagonal(sample)), np.sqrt(np.diagonal(implied))
    return np.asarray(sample / (own[:, None] * own) - implied / (model[:, None] * model))


def covariance_residuals(sample: Array, implied: Array) -> dict[str, Array]:
    """The vectors that the four conventions take the root mean square of.

    Parameters
    ----------
    sample, implied : ndarray, shape (p, p)
        Covariance matrices in the units of the items.

    Returns
    -------
    dict of str to ndarray
        ``"rmr"``, ``"srmr_bentler"`` and ``"srmr_mplus"`` of shape (p (p + 1) / 2,),
        variances first, then what is below the diagonal (a mean has no order); ``"crmr"``
        without the variances.
    """
    variance = np.diagonal(sample)
    scale = np.sqrt(variance)
    away = sample - implied
    below = np.tri(len(away), k=-1, dtype=bool)
    own, off = np.diagonal(away), away[below]
    relative = own / variance
    standard = off / (scale[:, None] * scale)[below]
    correlations = correlation_residuals(sample, implied)[below]
    return {
        "rmr": np.concatenate((own, off)),
        "srmr_bentler": np.concatenate((relative, standard)),
        "crmr": correlations,
        "srmr_mplus": np.concatenate((relative, correlations)),
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
    second = [covariance_residuals(one.sample_covariance, one.implied) for one in fit.groups]
    first = [_mean_residuals(group) for group in fit.groups] if fit.means else []
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
