"""Root mean square error of approximation (Steiger & Lind 1980; Browne & Cudeck 1993)."""

from __future__ import annotations

import math

from scipy.special import chdtr, chndtr

from survey_engine.assessment.fit_measures.chi_square import multiplier
from survey_engine.estimation.fit_result import CbSemFit

LEVEL = 0.90
CLOSE, NOT_CLOSE = 0.05, 0.08


def rmsea(chisq: float, df: int, n: float) -> float | None:
    """``sqrt(max(chisq - df, 0) / (n df))``; None without degrees of freedom."""
    return math.sqrt(max(chisq - df, 0.0) / (n * df)) if df > 0 else None


def cumulative(chisq: float, df: int, noncentrality: float) -> float:
    """Distribution function of the noncentral chi-square."""
    if noncentrality <= 0:
        return float(chdtr(df, chisq))
    return float(chndtr(chisq, df, noncentrality))


def noncentrality_at(chisq: float, df: int, probability: float) -> float:
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
    chisq: float, df: int, n: float, *, level: float = LEVEL
) -> tuple[float | None, float | None]:
    """Confidence limits of the RMSEA; None without degrees of freedom."""
    if df <= 0:
        return None, None
    tail = (1 - level) / 2
    lower = noncentrality_at(chisq, df, 1 - tail)
    upper = noncentrality_at(chisq, df, tail)
    return math.sqrt(lower / (n * df)), math.sqrt(upper / (n * df))


def close_fit_probability(chisq: float, df: int, n: float, bound: float) -> float | None:
    """Probability that fit is close: of a larger chi-square were the RMSEA `bound`."""
    if df <= 0:
        return None
    return 1 - cumulative(chisq, df, bound**2 * n * df)


def measures(fit: CbSemFit) -> dict[str, float | None]:
    """RMSEA with its 90 % interval and the tests of close and of not close fit."""
    three = (fit.chisq, fit.df, multiplier(fit))
    lower, upper = interval(*three)
    far = close_fit_probability(*three, NOT_CLOSE)
    return {
        "rmsea": rmsea(*three),
        "rmsea_ci_lower": lower,
        "rmsea_ci_upper": upper,
        "rmsea_ci_level": LEVEL,
        "rmsea_pvalue": close_fit_probability(*three, CLOSE),
        "rmsea_close_h0": CLOSE,
        "rmsea_notclose_pvalue": None if far is None else 1 - far,
        "rmsea_notclose_h0": NOT_CLOSE,
    }
