"""Root mean square error of approximation (Steiger & Lind 1980; Browne & Cudeck 1993)."""

from __future__ import annotations

import math
from dataclasses import dataclass

from scipy.special import chdtr, chndtr

from survey_engine.assessment.fit_measures.chi_square import multiplier
from survey_engine.estimation.fit_result import CbSemFit, ScaledTest

LEVEL = 0.90
CLOSE, NOT_CLOSE = 0.05, 0.08


@dataclass(frozen=True, kw_only=True)
class Misfit:
    """What one kind of RMSEA is computed from.

    Attributes
    ----------
    noncentrality : float
        Estimated excess of the statistic over its mean.
    chisq, df : float
        The statistic whose distribution gives limits and probabilities; `df` need not
        be whole.
    n : float
        RMSEA squared is a noncentrality of this distribution over ``n df``.
    scale : float
        What `noncentrality` itself is divided by to give RMSEA squared.
    """

    noncentrality: float
    chisq: float
    df: float
    n: float
    scale: float


def rmsea(chisq: float, df: int, n: float) -> float | None:
    """``sqrt(max(chisq - df, 0) / (n df))``; None without degrees of freedom."""
    return math.sqrt(max(chisq - df, 0.0) / (n * df)) if df > 0 else None


def cumulative(chisq: float, df: float, noncentrality: float) -> float:
    """Distribution function of the noncentral chi-square."""
    if noncentrality <= 0:
        return float(chdtr(df, chisq))
    return float(chndtr(chisq, df, noncentrality))


def noncentrality_at(chisq: float, df: float, probability: float) -> float:
    """The noncentrality at which ``P(X <= chisq)`` equals `probability`; 0 if none.

    The probability falls as the noncentrality grows, so the root is bracketed by
    doubling and then found by the Illinois variant of false position.
    """
    if cumulative(chisq, df, 0.0) < probability:
        return 0.0
    low, high = 0.0, max(chisq, 1.0)
    while cumulative(chisq, df, high) > probability:
        low, high = high, 2 * high
    at_low = cumulative(chisq, df, low) - probability
    at_high = cumulative(chisq, df, high) - probability
    side = 0
    for _ in range(200):
        middle = (low * at_high - high * at_low) / (at_high - at_low)
        here = cumulative(chisq, df, middle) - probability
        if abs(here) < 1e-15 or high - low < 1e-13 * high:
            return middle
        if here > 0:
            low, at_low = middle, here
            at_high = at_high / 2 if side == 1 else at_high
            side = 1
        else:
            high, at_high = middle, here
            at_low = at_low / 2 if side == -1 else at_low
            side = -1
    return middle


def interval(
    chisq: float, df: float, n: float, *, level: float = LEVEL
) -> tuple[float | None, float | None]:
    """Confidence limits of the RMSEA; None without degrees of freedom.

    Parameters
    ----------
    chisq, df : float
    n : float
        Over the number of groups.
    level : float
    """
    if df <= 0:
        return None, None
    tail = (1 - level) / 2
    lower = noncentrality_at(chisq, df, 1 - tail)
    upper = noncentrality_at(chisq, df, tail)
    return math.sqrt(lower / (n * df)), math.sqrt(upper / (n * df))


def close_fit_probability(chisq: float, df: float, n: float, bound: float) -> float | None:
    """Probability that fit is close: of a larger chi-square were the RMSEA `bound`."""
    if df <= 0:
        return None
    return 1 - cumulative(chisq, df, bound**2 * n * df)


def _plain(fit: CbSemFit) -> Misfit:
    n = multiplier(fit) / len(fit.groups)
    away = fit.chisq - fit.df
    return Misfit(noncentrality=away, chisq=fit.chisq, df=fit.df, n=n, scale=n * fit.df)


def _scaled(fit: CbSemFit, test: ScaledTest) -> Misfit:
    """Of the scaled statistic.

    Scaled by its mean alone, the limits come from the plain statistic with the mean as
    its degrees of freedom, as in lavaan; a shifted statistic has its own.
    """
    n = multiplier(fit) / len(fit.groups)
    away, scale = test.chisq - test.df, n * test.df
    if test.shift == 0.0:
        return Misfit(noncentrality=away, chisq=fit.chisq, df=test.trace, n=n, scale=scale)
    return Misfit(noncentrality=away, chisq=test.chisq, df=test.df, n=n, scale=scale)


def _robust(fit: CbSemFit, test: ScaledTest) -> Misfit:
    """Of the population (Brosseau-Liard, Savalei & Li 2012; Savalei 2018)."""
    n = multiplier(fit) / len(fit.groups)
    return Misfit(
        noncentrality=fit.chisq - test.trace,
        chisq=test.chisq,
        df=test.df,
        n=n / test.factor,
        scale=n * test.df,
    )


def measures_of(misfit: Misfit, suffix: str) -> dict[str, float | None]:
    """RMSEA, its interval and the tests of close fit, names ending in `suffix`."""
    three = (misfit.chisq, misfit.df, misfit.n)
    lower, upper = interval(*three)
    far = close_fit_probability(*three, NOT_CLOSE)
    defined = misfit.df > 0
    value = math.sqrt(max(misfit.noncentrality, 0.0) / misfit.scale) if defined else None
    return {
        f"rmsea{suffix}": value,
        f"rmsea_ci_lower{suffix}": lower,
        f"rmsea_ci_upper{suffix}": upper,
        f"rmsea_pvalue{suffix}": close_fit_probability(*three, CLOSE),
        f"rmsea_notclose_pvalue{suffix}": None if far is None else 1 - far,
    }


def measures(fit: CbSemFit) -> dict[str, float | None]:
    """RMSEA with its 90 % interval and the tests of close and of not close fit."""
    found = {
        **measures_of(_plain(fit), ""),
        "rmsea_ci_level": LEVEL,
        "rmsea_close_h0": CLOSE,
        "rmsea_notclose_h0": NOT_CLOSE,
    }
    test = fit.scaled
    if test is not None and test.df > 0:
        found.update(measures_of(_scaled(fit, test), "_scaled"))
        found.update(measures_of(_robust(fit, test), "_robust"))
    return found
