"""Signs of careless or unusual answers, one number a respondent.

References
----------
Johnson, J. A. (2005). Ascertaining the validity of individual protocols from web-based
personality inventories. Journal of Research in Personality 39(1), 103-129: long string.
Dunn, A. M., Heggestad, E. D., Shanock, L. R. & Theilgard, N. (2018). Intra-individual
response variability as an indicator of insufficient effort responding. Journal of Business
and Psychology 33, 105-121: the standard deviation across the items.
Meade, A. W. & Craig, S. B. (2012). Identifying careless responses in survey data.
Psychological Methods 17(3), 437-455.
Tukey, J. W. (1977). Exploratory Data Analysis. Addison-Wesley, p. 44: outer fences.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import lapack
from scipy.special import chdtrc

from survey_engine.numerics.moments import Array


def longest_run(values: Array) -> NDArray[np.int64]:
    """Long-string index: the longest run of equal answers in the order of the items.

    Parameters
    ----------
    values : ndarray, shape (n, p)
        NaN where there is no answer: it ends a run.

    Returns
    -------
    ndarray of int, shape (n,)
        0 for a respondent without an answer.
    """
    n, p = values.shape
    run = np.zeros(n, dtype=np.int64)
    longest = np.zeros(n, dtype=np.int64)
    for j in range(p):
        answered = ~np.isnan(values[:, j])
        same = answered & (values[:, j] == values[:, j - 1]) if j else np.zeros(n, dtype=bool)
        run = np.where(same, run + 1, answered.astype(np.int64))
        longest = np.maximum(longest, run)
    return longest


def one_answer(values: Array) -> NDArray[np.bool_]:
    """Whether all items are answered, all alike, shape (n,)."""
    with np.errstate(invalid="ignore"):
        return np.asarray((values == values[:, :1]).all(axis=1))


def response_variability(values: Array) -> Array:
    """Standard deviation across a respondent's answers (divisor m - 1), shape (n,).

    NaN with fewer than two answers.
    """
    seen = ~np.isnan(values)
    m = seen.sum(axis=1)
    filled = np.where(seen, values, 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = filled.sum(axis=1) / m
        squares = np.where(seen, np.square(values - mean[:, None]), 0.0).sum(axis=1)
        return np.asarray(np.where(m > 1, np.sqrt(squares / (m - 1)), np.nan))


def outer_fences(numbers: Array, reach: float = 3.0) -> tuple[float, float]:
    """Tukey's outer fences: quartiles and `reach` interquartile ranges beyond them."""
    seen = numbers[~np.isnan(numbers)]
    if seen.size == 0:
        return np.nan, np.nan
    first, third = np.quantile(seen, (0.25, 0.75))
    return float(first - reach * (third - first)), float(third + reach * (third - first))


def mahalanobis_p(values: Array) -> Array:
    """Upper tail of the squared Mahalanobis distance as a chi-square on p df, shape (n,).

    Mean and covariance (divisor n - 1) are those of the complete rows; NaN for incomplete
    rows, and for all where the covariance is singular or there are no more rows than items.
    """
    complete = ~np.isnan(values).any(axis=1)
    rows = values[complete]
    n, p = rows.shape
    result = np.full(values.shape[0], np.nan)
    if n <= p or p == 0:
        return result
    centred = rows - rows.mean(axis=0)
    spread = centred.std(axis=0)
    if not (spread > 0).all():
        return result
    # Distances are free of scale; correlations are the better conditioned matrix.
    centred = centred / spread
    factor, failed = lapack.dpotrf(centred.T @ centred / (n - 1), lower=1)
    if failed or np.diag(factor).min() < 1e-7:
        return result
    whitened, _ = lapack.dtrtrs(factor, centred.T, lower=1)
    result[complete] = chdtrc(p, np.square(whitened).sum(axis=0))
    return result


def welch(first: Array, second: Array) -> tuple[Array, Array]:
    """Difference in standard deviations (second minus first) and Welch's two-sided p.

    Parameters
    ----------
    first, second : ndarray, shapes (n1, p) and (n2, p)
        NaN where there is no answer.

    Returns
    -------
    d, p : ndarray, shape (p,) each
        `d` by the pooled standard deviation; NaN where a group has fewer than two
        answers or nothing varies.

    References
    ----------
    Welch, B. L. (1947). Biometrika 34, 28-35; degrees of freedom of Satterthwaite (1946).
    """
    from scipy.special import stdtr

    (n1, m1, v1), (n2, m2, v2) = _summary(first), _summary(second)
    with np.errstate(invalid="ignore", divide="ignore"):
        e1, e2 = v1 / n1, v2 / n2
        pooled = ((n1 - 1) * v1 + (n2 - 1) * v2) / (n1 + n2 - 2)
        d = (m2 - m1) / np.sqrt(pooled)
        df = (e1 + e2) ** 2 / (e1**2 / (n1 - 1) + e2**2 / (n2 - 1))
        p = 2 * stdtr(df, -np.abs(m2 - m1) / np.sqrt(e1 + e2))
    return d, np.asarray(p)


def _summary(values: Array) -> tuple[Array, Array, Array]:
    seen = ~np.isnan(values)
    n = seen.sum(axis=0).astype(np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.where(seen, values, 0.0).sum(axis=0) / n
        squares = np.where(seen, np.square(values - mean), 0.0).sum(axis=0)
        variance = np.where(n > 1, squares / (n - 1), np.nan)
    return n, mean, variance
