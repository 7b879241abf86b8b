"""Absolute indices: GFI family, McDonald's index, Hoelter's critical n."""

from __future__ import annotations

import math

import numpy as np

from survey_engine.assessment.fit_measures.chi_square import critical_value, multiplier
from survey_engine.estimation.fit_result import CbSemFit
from survey_engine.numerics.moments import Array


def gfi(sample: Array, implied: Array, *, fixed: tuple[int, ...] = ()) -> float:
    """``1 - tr((W S - I)^2) / tr((W S)^2)``, W the inverse implied (Joreskog & Sorbom).

    Moments among the `fixed` predictors (positions) say nothing about fit: they are
    left out of the second trace.
    """
    ratio = np.linalg.solve(implied, sample)
    rest = ratio - np.eye(len(ratio))
    modelled = sample.copy()
    modelled[np.ix_(fixed, fixed)] = 0.0
    whole = np.linalg.solve(implied, modelled)
    return float(1 - np.sum(rest * rest.T) / np.sum(whole * whole.T))


def agfi(index: float, df: int, moments: int) -> float | None:
    """GFI adjusted for degrees of freedom; `moments` is the number of (co)variances."""
    return 1 - moments / df * (1 - index) if df > 0 else None


def pgfi(index: float, df: int, moments: int) -> float:
    """Parsimonious GFI (Mulaik et al. 1989)."""
    return index * df / moments


def mfi(chisq: float, df: int, n: float) -> float:
    """McDonald's (1989) centrality index, ``exp(-(chisq - df) / 2n)``."""
    return math.exp(-0.5 * (chisq - df) / n)


def critical_n(chisq: float, df: int, n: float, alpha: float) -> float | None:
    """Hoelter's (1983) n at which this misfit becomes significant at `alpha`."""
    bound = critical_value(alpha, df)
    return bound / (chisq / n) + 1 if bound is not None and chisq > 0 else None


def measures(fit: CbSemFit) -> dict[str, float | None]:
    """Every absolute index."""
    fixed = tuple(fit.moments.columns.index(name) for name in fit.fixed_x)
    index = gfi(fit.sample_covariance, fit.implied, fixed=fixed)
    p = fit.implied.shape[0]
    moments = p * (p + 1) // 2
    n = multiplier(fit)
    return {
        "cn_05": critical_n(fit.chisq, fit.df, n, 0.05),
        "cn_01": critical_n(fit.chisq, fit.df, n, 0.01),
        "gfi": index,
        "agfi": agfi(index, fit.df, moments),
        "pgfi": pgfi(index, fit.df, moments),
        "mfi": mfi(fit.chisq, fit.df, n),
    }
