"""Are the correlations fit for factors? KMO, Bartlett, squared multiple correlations."""

from __future__ import annotations

import numpy as np
from scipy.special import chdtrc

from survey_engine.numerics.moments import Array


def sampling_adequacy(correlation: Array) -> tuple[float, Array]:
    """Kaiser-Meyer-Olkin measure: of all items, and of each, shape (p,).

    Squared correlations over the same plus squared partial correlations (Kaiser 1974,
    Psychometrika 39).
    """
    inverse = np.linalg.inv(correlation)
    scale = np.sqrt(np.diag(inverse))
    partial = -inverse / np.outer(scale, scale)
    off = ~np.eye(correlation.shape[0], dtype=bool)
    r2 = np.where(off, correlation**2, 0.0)
    q2 = np.where(off, partial**2, 0.0)
    overall = float(r2.sum() / (r2.sum() + q2.sum()))
    return overall, r2.sum(axis=0) / (r2.sum(axis=0) + q2.sum(axis=0))


def bartlett_sphericity(correlation: Array, n: float) -> tuple[float, int, float]:
    """Bartlett's (1951) test of no correlation at all: chi-square, df, p."""
    p = correlation.shape[0]
    log_determinant = float(np.linalg.slogdet(correlation)[1])
    chisq = -(n - 1 - (2 * p + 5) / 6) * log_determinant
    df = p * (p - 1) // 2
    return chisq, df, float(chdtrc(df, max(chisq, 0.0)))


def squared_multiple_correlations(correlation: Array) -> Array:
    """R2 of each item on all others (Guttman 1956), shape (p,): ``1 - 1/(R^-1)_jj``."""
    return np.asarray(1 - 1 / np.diag(np.linalg.inv(correlation)))
