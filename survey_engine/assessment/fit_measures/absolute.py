"""Absolute indices: GFI family, McDonald's index, Hoelter's critical n."""

from __future__ import annotations

import math

import numpy as np

from survey_engine.assessment.fit_measures.chi_square import critical_value, multiplier
from survey_engine.estimation.cbsem.solution import Solution, needed_weight, solution_of
from survey_engine.estimation.fit_result import CbSemFit
from survey_engine.numerics.moments import Array
from survey_engine.numerics.symmetric import vech


def gfi(fit: CbSemFit) -> float | None:
    """``1 - e'V e / s'V s``, groups averaged with their shares (Tanaka & Huba 1985).

    s are the statistics fitted (means where modelled, covariances), e their residuals,
    V the weights of the estimator at the solution; under ML without means that is
    ``1 - tr((W S - I)^2) / tr((W S)^2)`` (Joreskog & Sorbom). Moments among fixed
    predictors say nothing about fit: they are left out of the second sum.
    """
    solution = solution_of(fit)
    fixed = np.array([name in fit.fixed_x for name in solution.table.observed])
    found = 0.0
    for g, (group, share) in enumerate(zip(fit.groups, solution.data.shares, strict=True)):
        second = group.sample_covariance.copy()
        second[np.ix_(fixed, fixed)] = 0.0
        first = np.where(fixed, 0.0, group.sample_mean)
        whole = _squared(solution, g, first, second)
        if not whole > 0:
            return None
        away = group.sample_mean - group.implied_mean
        left = _squared(solution, g, away, group.sample_covariance - group.implied)
        found += float(share) * (1 - left / whole)
    return found


def _squared(solution: Solution, group: int, first: Array, second: Array) -> float:
    """Quadratic form of means and covariances in the weights of one group."""
    means = solution.structure.means
    if solution.method.weights == "none":
        # Normal-theory weights: never formed, for they are of size p^2 by p^2.
        weight = solution.at.weight[group]
        turned = weight @ second
        value = 0.5 * float(np.sum(turned * turned.T))
        return value + (float(first @ weight @ first) if means else 0.0)
    vector = np.concatenate((first, vech(second))) if means else vech(second)
    weight = needed_weight(solution)[group]
    weighted = weight @ vector if weight.ndim == 2 else weight * vector
    return float(vector @ weighted)


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
    index = None if solution_of(fit).table.ordered else gfi(fit)
    p = fit.implied.shape[0]
    moments = len(fit.groups) * (p * (p + 1) // 2 + (p if fit.means else 0))
    n = multiplier(fit)
    return {
        "cn_05": critical_n(fit.chisq, fit.df, n, 0.05),
        "cn_01": critical_n(fit.chisq, fit.df, n, 0.01),
        "gfi": index,
        "agfi": None if index is None else agfi(index, fit.df, moments),
        "pgfi": None if index is None else pgfi(index, fit.df, moments),
        "mfi": mfi(fit.chisq, fit.df, n),
    }
