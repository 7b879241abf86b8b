"""Moments of whole-number scores of ordered answers, from thresholds and correlations.

A score ``X = sum_c 1{y* > tau_c}`` counts thresholds passed, so covariances of scores are
sums of bivariate probabilities (Green & Yang 2009, equation 21).
"""

from __future__ import annotations

import numpy as np
from scipy.special import ndtr

from survey_engine.numerics.bivariate_normal import bivariate_cdf
from survey_engine.numerics.moments import Array


def scored_covariance(thresholds: Array, correlation: Array) -> Array:
    """Covariances of the scores 0, 1, ... of p items, shape (p, p).

    Parameters
    ----------
    thresholds : ndarray, shape (p, C - 1)
        NaN (or +inf) past an item's last one.
    correlation : ndarray, shape (p, p)
        Of the responses; 1 makes both the same response.
    """
    tau = np.where(np.isnan(thresholds), np.inf, thresholds)
    h, k = tau[:, None, :, None], tau[None, :, None, :]
    rho = np.asarray(correlation)[:, :, None, None]
    same = rho >= 1.0
    both = bivariate_cdf(h, k, np.where(same, 0.0, rho))
    both = np.where(same, ndtr(np.minimum(h, k)), both)
    return np.asarray((both - ndtr(h) * ndtr(k)).sum(axis=(2, 3)))
