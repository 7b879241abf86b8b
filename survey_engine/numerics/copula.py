"""Gaussian copula terms of regressors, in the sample and in resamples of it.

References
----------
Park, S. & Gupta, S. (2012). Handling endogenous regressors by joint estimation using
copulas. Marketing Science 31, 567-586, equations 6-10.
"""

from __future__ import annotations

import numpy as np
from scipy.special import ndtri

from survey_engine.numerics.moments import Array


def copula_terms(values: Array, weights: Array) -> Array:
    """``Phi^-1(H(x))`` with the weighted empirical distribution H of each (re)sample.

    H is the share at or below x times n / (n + 1), so that it never reaches 1.

    Parameters
    ----------
    values : ndarray, shape (n,)
    weights : ndarray, shape (..., n)
        How often, or how much, each row counts in each resample.

    Returns
    -------
    ndarray, shape (..., n)
        Rows below every row that counts get the smallest term of their resample; they
        have weight 0.
    """
    n = values.size
    order = np.argsort(values, kind="stable")
    ordered = values[order]
    last = np.searchsorted(ordered, ordered, side="right") - 1
    running = np.cumsum(weights[..., order], axis=-1)
    total = running[..., -1:]
    share = running[..., last] / total * (n / (n + 1))
    term = ndtri(np.maximum(share, 0.5 / (n + 1)))
    result = np.empty_like(term)
    result[..., order] = term
    return np.asarray(result)


def weighted_covariance(columns: Array, weights: Array) -> Array:
    """Covariances (..., q, q) of columns (..., n, q) with weights (..., n), divisor sum."""
    total = weights.sum(axis=-1)[..., None]
    mean = (columns * weights[..., None]).sum(axis=-2) / total
    away = columns - mean[..., None, :]
    return np.asarray(
        np.swapaxes(away, -1, -2) @ (away * weights[..., None]) / total[..., None]
    )
