"""The chi-square test of the model and of the independence model."""

from __future__ import annotations

from scipy.special import chdtrc, chdtri

from survey_engine.estimation.fit_result import CbSemFit


def tail_probability(chisq: float, df: int) -> float | None:
    """Probability of a larger chi-square; None without degrees of freedom."""
    return float(chdtrc(df, max(chisq, 0.0))) if df > 0 else None


def critical_value(alpha: float, df: int) -> float | None:
    """The chi-square exceeded with probability `alpha`; None without df."""
    return float(chdtri(df, alpha)) if df > 0 else None


def measures(fit: CbSemFit) -> dict[str, float | None]:
    """Number of parameters, minimum of F (halved, as lavaan has it) and both tests."""
    n = float(fit.moments.n)
    return {
        "npar": float(fit.npar),
        "fmin": fit.chisq / (2 * multiplier(fit)),
        "chisq": fit.chisq,
        "df": float(fit.df),
        "pvalue": tail_probability(fit.chisq, fit.df),
        "baseline_chisq": fit.baseline_chisq,
        "baseline_df": float(fit.baseline_df),
        "baseline_pvalue": tail_probability(fit.baseline_chisq, fit.baseline_df),
        "ntotal": n,
    }


def multiplier(fit: CbSemFit) -> float:
    """What chi-square divides by to give F: n, or n - 1 under the Wishart likelihood."""
    return float(fit.moments.n - (fit.likelihood == "wishart"))
