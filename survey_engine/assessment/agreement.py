"""Agreement within and reliability of groups (branches): ICC(1), ICC(2), r_wg, r_wg(j).

References
----------
Bartko, J. J. (1976). On various intraclass correlation reliability coefficients.
Psychological Bulletin 83, 762-765.
Bliese, P. D. (2000). Within-group agreement, non-independence, and reliability. In Klein &
Kozlowski (eds), Multilevel theory, research, and methods in organizations, 349-381.
James, L. R., Demaree, R. G. & Wolf, G. (1984). Estimating within-group interrater
reliability with and without response bias. Journal of Applied Psychology 69, 85-98.
LeBreton, J. M. & Senter, J. L. (2008). Answers to 20 questions about interrater reliability
and interrater agreement. Organizational Research Methods 11, 815-852, table 2.
Snedecor, G. W. & Cochran, W. G. (1980). Statistical methods, 7th ed., section 13.7 (n0).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import fdtrc

from survey_engine.numerics.moments import Array

Index = NDArray[np.intp]

SLIGHT_SKEW = (0.05, 0.15, 0.20, 0.35, 0.25)
"""Shares of five categories under a slight leniency (James et al. 1984, p. 90)."""
PUBLISHED_SKEW = {5: 1.34, 7: 2.90}
"""Variances of the slightly skewed null in LeBreton & Senter's table."""


@dataclass(frozen=True, kw_only=True)
class OneWay:
    """One-way analysis of variance of p columns over G groups, each of shape (p,).

    Attributes
    ----------
    between, within : ndarray
        Mean squares; NaN without degrees of freedom.
    df_between, df_within : ndarray
    n0 : ndarray
        Average group size of an unbalanced design, ``(N - sum n_g^2 / N) / (G - 1)``.
    """

    between: Array
    within: Array
    df_between: Array
    df_within: Array
    n0: Array

    @property
    def icc1(self) -> Array:
        """``(MSB - MSW) / (MSB + (n0 - 1) MSW)``: share of variance between groups.

        Negative where groups differ less than chance lets them.
        """
        with np.errstate(invalid="ignore", divide="ignore"):
            top, below = self.between - self.within, (self.n0 - 1) * self.within
            return _finite(top / (self.between + below))

    @property
    def icc2(self) -> Array:
        """``(MSB - MSW) / MSB``: reliability of group means."""
        with np.errstate(invalid="ignore", divide="ignore"):
            return _finite((self.between - self.within) / self.between)

    @property
    def f(self) -> Array:
        """``MSB / MSW``."""
        with np.errstate(invalid="ignore", divide="ignore"):
            return _finite(self.between / self.within)

    @property
    def p(self) -> Array:
        """Probability of a larger F were all groups alike."""
        return np.asarray(fdtrc(self.df_between, self.df_within, self.f))


def _finite(values: Array) -> Array:
    return np.where(np.isfinite(values), values, np.nan)


def one_way(values: Array, group: Index) -> OneWay:
    """Mean squares between and within groups.

    Parameters
    ----------
    values : ndarray, shape (n, p)
        NaN for missing answers: each column uses the rows that have one.
    group : ndarray of int, shape (n,)
        Numbers 0..G-1, each of them used.
    """
    count, mean, squares = _by_group(values, group)
    n = count.sum(axis=0)
    groups = (count > 0).sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        grand = (count * mean).sum(axis=0) / n
        df_between, df_within = groups - 1.0, n - groups
        between = (count * np.square(mean - grand)).sum(axis=0) / df_between
        within = squares.sum(axis=0) / df_within
        n0 = (n - np.square(count).sum(axis=0) / n) / df_between
    return OneWay(
        between=_finite(between),
        within=_finite(within),
        df_between=df_between,
        df_within=df_within,
        n0=_finite(n0),
    )


def _by_group(values: Array, group: Index) -> tuple[Array, Array, Array]:
    """Answers, means (0 without any) and centred sums of squares, each (G, p)."""
    order = np.argsort(group, kind="stable")
    ordered, of = values[order], group[order]
    starts = np.searchsorted(of, np.arange(of[-1] + 1))
    seen = np.isfinite(ordered)
    count = np.add.reduceat(seen.astype(np.float64), starts, axis=0)
    total = np.add.reduceat(np.where(seen, ordered, 0.0), starts, axis=0)
    mean = total / np.maximum(count, 1)
    away = np.where(seen, ordered - mean[of], 0.0)
    return count, mean, np.add.reduceat(np.square(away), starts, axis=0)


def within_variances(values: Array, group: Index) -> Array:
    """Variance of each column inside each group, divisor n - 1, shape (G, p).

    NaN with fewer than two answers.
    """
    count, _, squares = _by_group(values, group)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(count > 1, squares / (count - 1), np.nan)


def uniform_null(options: Array) -> Array:
    """Variance were every option as likely, ``(A^2 - 1) / 12``."""
    return np.asarray((np.square(options) - 1) / 12)


def skewed_null(options: Array) -> Array:
    """Variance under a slight leniency.

    Published for five and seven options. For other numbers the five shares are taken as a
    density over the scale and cut into that many equal options.
    """
    return np.array([_skewed(int(count)) for count in options])


def _skewed(count: int) -> float:
    if count in PUBLISHED_SKEW:
        return PUBLISHED_SKEW[count]
    known = np.concatenate(([0.0], np.cumsum(SLIGHT_SKEW)))
    edges = np.linspace(0, 1, count + 1)
    share = np.diff(np.interp(edges, np.linspace(0, 1, len(known)), known))
    at = np.arange(1, count + 1)
    return float(share @ np.square(at) - (share @ at) ** 2)


def r_wg(variances: Array, null: Array) -> Array:
    """``1 - s^2 / sigma^2``, by group and item (James et al. 1984, eq. 1).

    A variance beyond the null's counts as the null's, as the authors say: 0 is no
    agreement.
    """
    return np.asarray(1 - np.minimum(variances / null, 1.0))


def r_wg_j(variances: Array, null: Array) -> Array:
    """Of J items, by group (James et al. 1984, eq. 2), shape (G,).

    Each item's variance is taken relative to its own null, and the mean of these ratios
    is at most 1. NaN where a group has fewer than two answers to an item.
    """
    items = variances.shape[1]
    ratio = np.minimum((variances / null).mean(axis=1), 1.0)
    return np.asarray(items * (1 - ratio) / (items * (1 - ratio) + ratio))
