"""The chi-square test of the model and of the independence model, plain and scaled."""

from __future__ import annotations

from scipy.special import chdtrc, chdtri

from survey_engine.estimation.fit_result import CbSemFit, ScaledTest


def tail_probability(chisq: float, df: float) -> float | None:
    """Probability of a larger chi-square; None without degrees of freedom."""
    return float(chdtrc(df, max(chisq, 0.0))) if df > 0 else None


def critical_value(alpha: float, df: int) -> float | None:
    """The chi-square exceeded with probability `alpha`; None without df."""
    return float(chdtri(df, alpha)) if df > 0 else None


def measures(fit: CbSemFit) -> dict[str, float | None]:
    """Number of parameters, minimum of F (halved, as lavaan has it) and both tests.

    The plain statistic of unweighted least squares has no chi-square distribution, so it
    has no probability.
    """
    n = float(fit.moments.n)
    least_squares = fit.family not in ("ml",)
    plain = fit.family != "uls"
    found = {
        "npar": float(fit.npar),
        "fmin": fit.chisq / (2 * (n if least_squares else multiplier(fit))),
        "chisq": fit.chisq,
        "df": float(fit.df),
        "pvalue": tail_probability(fit.chisq, fit.df) if plain else None,
        "baseline_chisq": fit.baseline_chisq,
        "baseline_df": float(fit.baseline_df),
        "baseline_pvalue": (
            tail_probability(fit.baseline_chisq, fit.baseline_df) if plain else None
        ),
        "ntotal": n,
    }
    for name, test in (("chisq", fit.scaled), ("baseline_chisq", fit.baseline_scaled)):
        if test is not None:
            found.update(_scaled(name, test))
    return found


def _scaled(name: str, test: ScaledTest) -> dict[str, float | None]:
    prefix = name.removesuffix("chisq")
    return {
        f"{name}_scaled": test.chisq,
        f"{prefix}df_scaled": float(test.df),
        f"{prefix}pvalue_scaled": tail_probability(test.chisq, test.df),
        f"{name}_scaling_factor": test.factor,
    }


def multiplier(fit: CbSemFit) -> float:
    """What chi-square divides by to give F; see `CbSemFit.multiplier`."""
    return fit.multiplier
