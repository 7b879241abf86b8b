"""Log-likelihoods and what is built on them: AIC, BIC, sample-size adjusted BIC, ECVI."""

from __future__ import annotations

import math

from survey_engine.assessment.fit_measures.chi_square import multiplier
from survey_engine.estimation.fit_result import CbSemFit


def aic(logl: float, npar: int) -> float:
    """Akaike's information criterion, ``-2 logl + 2 npar``."""
    return -2 * logl + 2 * npar


def bic(logl: float, npar: int, n: float) -> float:
    """Schwarz's criterion, ``-2 logl + npar ln n``."""
    return -2 * logl + npar * math.log(n)


def adjusted_bic(logl: float, npar: int, n: float) -> float:
    """Sample-size adjusted BIC (Sclove 1987): n replaced by (n + 2) / 24."""
    return bic(logl, npar, (n + 2) / 24)


def ecvi(chisq: float, npar: int, n: float) -> float:
    """Expected cross-validation index (Browne & Cudeck 1993)."""
    return chisq / n + 2 * npar / n


def measures(fit: CbSemFit) -> dict[str, float | None]:
    """Log-likelihoods and criteria; the former only of maximum likelihood.

    Parameters of means are counted where means are modelled, as in lavaan.
    """
    n = float(fit.moments.n)
    found: dict[str, float | None] = {"ecvi": ecvi(fit.chisq, fit.npar, multiplier(fit))}
    if fit.family != "ml":
        return found
    found.update(
        {
            "logl": fit.logl,
            "unrestricted_logl": fit.logl_unrestricted,
            "aic": aic(fit.logl, fit.npar),
            "bic": bic(fit.logl, fit.npar, n),
            "bic2": adjusted_bic(fit.logl, fit.npar, n),
        }
    )
    if fit.scaling_h0 is not None:
        found["scaling_factor_h0"] = fit.scaling_h0
        found["scaling_factor_h1"] = fit.scaling_h1
    return found
