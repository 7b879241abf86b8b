r"""Chi-square corrected for small samples, and the population discrepancy behind it.

The statistic ``n F`` rejects true models of many items too often when n is small. Both
corrections multiply it by a number below 1.

References
----------
Bartlett, M. S. (1950). Tests of significance in factor analysis. Brit. J. Stat. Psych. 3.
Swain, A. J. (1975). Analysis of parametric structures for variance matrices. PhD thesis,
Adelaide; Herzog, W. & Boomsma, A. (2009). Struct. Eq. Modeling 16, eq. 4-6.
Nevitt, J. & Hancock, G. R. (2004). Multivar. Behav. Res. 39: the factor on a scaled test.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import sqrt

from survey_engine.assessment.fit_measures.chi_square import tail_probability
from survey_engine.assessment.fit_measures.rmsea import noncentrality_at
from survey_engine.estimation.cbsem.solution import solution_of
from survey_engine.estimation.fit_result import CbSemFit


@dataclass(frozen=True, kw_only=True)
class CorrectedChiSquare:
    """A chi-square multiplied by `factor`.

    `method` is ``"swain"`` or ``"bartlett"``, with ``"_scaled"`` behind it where the scaled
    statistic was multiplied.
    """

    method: str
    factor: float
    chisq: float
    df: int
    p: float | None


@dataclass(frozen=True, kw_only=True)
class Noncentrality:
    """``F0 = max(chisq - df, 0) / n`` with 90 % limits (Browne & Cudeck 1993, eq. 11)."""

    f0: float
    ci_lower: float
    ci_upper: float


def swain_factor(p: int, df: int, n: float) -> float:
    """Swain's factor for p items; `n` is the number of observations less 1."""
    q = (sqrt(1 + 4 * p * (p + 1) - 8 * df) - 1) / 2
    over = p * (2 * p**2 + 3 * p - 1) - q * (2 * q**2 + 3 * q - 1)
    return 1 - over / (12 * df * n)


def bartlett_factor(p: int, factors: int, n: float) -> float:
    """Bartlett's factor for p items and k factors; `n` is the number less 1."""
    return 1 - (4 * factors + 2 * p + 5) / (6 * n)


def corrected_chi_squares(
    chisq: float, df: int, *, p: int, factors: int, n: int
) -> tuple[CorrectedChiSquare, ...]:
    """Swain's and Bartlett's corrections of one group without means.

    Parameters
    ----------
    chisq : float
        ``n F``.
    p, factors : int
        Observed and latent variables.
    n : int
        Observations.

    Returns
    -------
    tuple of CorrectedChiSquare
        Empty without degrees of freedom; a correction without a positive factor (n far
        too small) is left out.
    """
    if df <= 0 or n < 2:
        return ()
    factors_of = {
        "swain": swain_factor(p, df, n - 1),
        "bartlett": bartlett_factor(p, factors, n - 1),
    }
    return tuple(
        CorrectedChiSquare(
            method=method,
            factor=factor,
            chisq=factor * chisq * (n - 1) / n,
            df=df,
            p=tail_probability(factor * chisq * (n - 1) / n, df),
        )
        for method, factor in factors_of.items()
        if factor > 0
    )


def corrected_statistics(fit: CbSemFit) -> tuple[CorrectedChiSquare, ...]:
    """Corrections of a maximum-likelihood fit of one group, plain and scaled.

    Empty where means are restricted, for the factors are those of a covariance structure.
    With missing answers they are an approximation that counts every respondent in full.

    Parameters
    ----------
    fit : CbSemFit

    Returns
    -------
    tuple of CorrectedChiSquare
        Of ``n F`` first, then of the scaled statistic where there is one.
    """
    if fit.family != "ml" or len(fit.groups) != 1 or not _means_free(fit):
        return ()
    size = {
        "p": len(fit.implied),
        "factors": len(solution_of(fit).table.latents),
        "n": fit.moments.n,
    }
    plain = corrected_chi_squares(fit.chisq, fit.df, **size)
    if fit.scaled is None:
        return plain
    scaled = corrected_chi_squares(max(fit.scaled.chisq, 0.0), fit.df, **size)
    return (*plain, *(replace(one, method=f"{one.method}_scaled") for one in scaled))


def _means_free(fit: CbSemFit) -> bool:
    """Whether the model says nothing about the means."""
    free = sum(row.op == "~1" and row.free > 0 for row in fit.parameters)
    return not fit.means or free == len(fit.implied) - len(fit.fixed_x)


def noncentrality(chisq: float, df: int, n: float, *, level: float = 0.90) -> Noncentrality:
    """The population discrepancy that the chi-square suggests, with its interval."""
    tail = (1 - level) / 2
    return Noncentrality(
        f0=max(chisq - df, 0.0) / n,
        ci_lower=noncentrality_at(chisq, df, 1 - tail) / n,
        ci_upper=noncentrality_at(chisq, df, tail) / n,
    )
