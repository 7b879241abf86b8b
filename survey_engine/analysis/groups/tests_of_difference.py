"""Tests whether a path differs between two groups.

References
----------
Keil, M. et al. (2000). A cross-cultural study on escalation of commitment behavior in
software projects. MIS Quarterly 24, 299-325.
Henseler, J., Ringle, C. M. & Sinkovics, R. R. (2009). The use of partial least squares path
modeling in international marketing. Advances in International Marketing 20, 277-319.
Sarstedt, M., Henseler, J. & Ringle, C. M. (2011). Multigroup analysis in partial least
squares path modeling. Advances in International Marketing 22, 195-218.
"""

from __future__ import annotations

import numpy as np
from scipy.special import stdtr

from survey_engine.numerics.moments import Array


def parametric(difference: Array, errors: tuple[Array, Array], n: tuple[int, int]) -> Array:
    """Student's t with pooled standard error (Keil et al. 2000): t and two-sided p.

    Parameters
    ----------
    difference : ndarray, shape (m,)
    errors : (ndarray, ndarray), each of shape (m,)
        Bootstrap standard errors of the groups.
    n : (int, int)

    Returns
    -------
    ndarray, shape (2, m)
        NaN where a standard error is 0 or undefined.
    """
    (first, second), (n1, n2) = errors, n
    freedom = n1 + n2 - 2.0
    pooled = ((n1 - 1.0) ** 2 * first**2 + (n2 - 1.0) ** 2 * second**2) / freedom
    error = np.sqrt(pooled) * np.sqrt(1.0 / n1 + 1.0 / n2)
    return _student(difference, error, freedom)


def welch(difference: Array, errors: tuple[Array, Array], n: tuple[int, int]) -> Array:
    """Welch-Satterthwaite test for unequal variances (Sarstedt et al. 2011, p. 203).

    Parameters and returns as `parametric`.
    """
    (first, second), (n1, n2) = errors, n
    parts = ((n1 - 1.0) / n1 * first**2, (n2 - 1.0) / n2 * second**2)
    variance = parts[0] + parts[1]
    with np.errstate(divide="ignore", invalid="ignore"):
        below = (n1 - 1.0) / n1**2 * first**4 + (n2 - 1.0) / n2**2 * second**4
        freedom = variance**2 / below - 2.0
    return _student(difference, np.sqrt(variance), freedom)


def _student(difference: Array, error: Array, freedom: Array | float) -> Array:
    with np.errstate(divide="ignore", invalid="ignore"):
        t = np.where(error > 0.0, difference / error, np.nan)
    return np.stack([t, 2.0 * stdtr(freedom, -np.abs(t))])


def henseler(first: Array, second: Array) -> Array:
    """Henseler's PLS-MGA: how likely the first group's path is not larger, shape (m,).

    ``1 - B1^-1 B2^-1 sum 1[2 mean1 - b1 - 2 mean2 + b2 > 0]``, the draws mirrored at
    their means (Henseler et al. 2009, equation 6). One-sided: below .05 the first is
    larger, above .95 the second.

    Parameters
    ----------
    first, second : ndarray, shapes (B1, m) and (B2, m)
        Bootstrap draws.
    """
    found = np.empty(first.shape[1])
    mine, theirs = 2.0 * first.mean(axis=0) - first, 2.0 * second.mean(axis=0) - second
    for j in range(len(found)):  # a path each; pairs of resamples are counted by sorting
        below = np.searchsorted(np.sort(theirs[:, j]), mine[:, j], side="left")
        found[j] = 1.0 - below.sum() / (len(mine) * len(theirs))
    return found
