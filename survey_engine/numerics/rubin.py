"""Rubin's rules: one estimate, error and test from m completed data sets.

References
----------
Rubin, D. B. (1987). Multiple imputation for nonresponse in surveys, section 3.3.
Barnard, J. & Rubin, D. B. (1999). Small-sample degrees of freedom with multiple
imputation. Biometrika 86, 948-955, eq. 3.
Li, K.-H., Meng, X.-L., Raghunathan, T. E. & Rubin, D. B. (1991). Significance levels from
repeated p-values with multiply-imputed data. Statistica Sinica 1, 65-92 (D2).
Meng, X.-L. & Rubin, D. B. (1992). Performing likelihood ratio tests with multiply-imputed
data sets. Biometrika 79, 103-111 (D3).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import fdtrc, stdtr, stdtrit

from survey_engine.numerics.moments import Array


@dataclass(frozen=True, kw_only=True)
class Pooled:
    """Pooled estimates; every array has the shape of one completed data set's.

    Attributes
    ----------
    est : ndarray
        Mean over imputations.
    se : ndarray
        Root of ``T = W + (1 + 1/m) B``.
    df : ndarray
        Of the t distribution (Barnard & Rubin 1999); infinite where nothing varies
        between imputations and the complete-data degrees of freedom are.
    within, between : ndarray
        W and B.
    fmi : ndarray
        Fraction of missing information, ``(r + 2/(df+3)) / (r + 1)`` with
        ``r = (1 + 1/m) B / W`` (Rubin 1987, eq. 3.1.10).
    """

    est: Array
    se: Array
    df: Array
    within: Array
    between: Array
    fmi: Array

    def interval(self, level: float = 0.95) -> tuple[Array, Array]:
        """Limits of the t interval."""
        with np.errstate(invalid="ignore"):
            half = stdtrit(np.minimum(self.df, 1e12), (1 + level) / 2) * self.se
        return self.est - half, self.est + half

    def p_value(self) -> Array:
        """Two-sided p of the estimate against 0; NaN where it has no error."""
        with np.errstate(invalid="ignore", divide="ignore"):
            t = np.where(self.se > 0, np.abs(self.est) / self.se, np.nan)
        return np.asarray(2 * stdtr(np.minimum(self.df, 1e12), -t))


def pool(estimates: Array, variances: Array, *, df_complete: float = np.inf) -> Pooled:
    """Combine estimates and sampling variances of m >= 2 completed data sets.

    Parameters
    ----------
    estimates, variances : ndarray, shape (m, ...)
    df_complete : float
        Degrees of freedom with complete data; infinite for large-sample errors.

    Returns
    -------
    Pooled

    Raises
    ------
    ValueError
        With fewer than two imputations: nothing says how much they vary.
    """
    m = len(estimates)
    if m < 2:
        raise ValueError(f"at least 2 imputations are needed, not {m}")
    within, between = variances.mean(axis=0), estimates.var(axis=0, ddof=1)
    extra = (1 + 1 / m) * between
    total = within + extra
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.where(total > 0, extra / total, 0.0)
        old = (m - 1) / np.square(share)
        if np.isinf(df_complete):
            df = old
        else:
            seen = (df_complete + 1) / (df_complete + 3) * df_complete * (1 - share)
            df = 1 / (1 / old + 1 / seen)
        ratio = extra / within
        fmi = np.where(within > 0, (ratio + 2 / (df + 3)) / (ratio + 1), share)
    return Pooled(
        est=np.asarray(estimates.mean(axis=0)),
        se=np.sqrt(total),
        df=np.asarray(df),
        within=np.asarray(within),
        between=np.asarray(between),
        fmi=np.asarray(np.where(np.isfinite(total), fmi, np.nan)),
    )


@dataclass(frozen=True, kw_only=True)
class PooledTest:
    """A chi-square test over imputations as an F test.

    Attributes
    ----------
    f : float
        Negative values are set to 0 by no one: D2 may fall below it.
    df, df_residual : float
    p : float
    r : float
        Relative increase in variance due to missing answers.
    """

    f: float
    df: float
    df_residual: float
    p: float
    r: float

    @property
    def chisq(self) -> float:
        """``df F``: comparable with a complete-data chi-square."""
        return self.df * self.f


def d2(statistics: Array, df: float) -> PooledTest:
    """Pool m chi-square values with `df` degrees of freedom (Li et al. 1991, eqs 2.1-2.2)."""
    m = len(statistics)
    r = (1 + 1 / m) * float(np.sqrt(statistics).var(ddof=1))
    f = (float(statistics.mean()) / df - (m + 1) / (m - 1) * r) / (1 + r)
    residual = df ** (-3 / m) * (m - 1) * (1 + 1 / r) ** 2 if r > 0 else np.inf
    return _test(f, df, residual, r)


def d3(own: Array, at_pooled: Array, df: float) -> PooledTest:
    """Pool m likelihood-ratio statistics (Meng & Rubin 1992, eqs 2.1 to 2.3).

    Parameters
    ----------
    own : ndarray, shape (m,)
        Each at its own two maxima.
    at_pooled : ndarray, shape (m,)
        Each at the pooled estimates of both models.
    df : float
    """
    m = len(own)
    mean, constrained = float(own.mean()), float(at_pooled.mean())
    r = (m + 1) / (df * (m - 1)) * (mean - constrained)
    f = constrained / (df * (1 + r))
    t = df * (m - 1)
    if r <= 0:
        residual = np.inf
    elif t > 4:
        residual = 4 + (t - 4) * (1 + (1 - 2 / t) / r) ** 2
    else:
        residual = t * (1 + 1 / df) * (1 + 1 / r) ** 2 / 2
    return _test(f, df, residual, r)


def _test(f: float, df: float, residual: float, r: float) -> PooledTest:
    p = float(fdtrc(df, min(residual, 1e12), max(f, 0.0)))
    return PooledTest(f=f, df=df, df_residual=float(residual), p=p, r=r)
