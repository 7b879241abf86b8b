"""Skewed answers with exactly the covariances of the population.

Independent sources are skewed and then combined linearly (independent generators, Foldnes
& Olsson 2016, Multivariate Behavioral Research 51(2-3), 207-219): linear combinations keep
second moments, whereas bending the items themselves would change their correlations.
"""

from __future__ import annotations

import numpy as np

from survey_engine.numerics.moments import Array


def source_skewness(mixing: Array, unique: Array, target: float) -> tuple[Array, Array]:
    """Skewness of the sources behind constructs (K,) and errors (p,) for items of `target`.

    Parameters
    ----------
    mixing : ndarray, shape (p, K)
        Items from independent sources of the constructs.
    unique : ndarray, shape (p,)
        Variances of the errors; items without one have what their construct gives.
    target : float
    """
    own = np.full(mixing.shape[1], target)
    left = target - (mixing**3) @ own
    size = np.maximum(unique, 0.0) ** 1.5
    return own, np.divide(left, size, out=np.zeros_like(left), where=size > 1e-6)


def skewed(skewness: Array, size: tuple[int, int], random: np.random.Generator) -> Array:
    """Independent columns with mean 0, variance 1 and the skewness given: shifted gammas."""
    made = np.empty(size)
    for k, wanted in enumerate(skewness):
        if abs(wanted) < 1e-3:
            made[:, k] = random.standard_normal(size[0])
            continue
        shape = 4.0 / wanted**2
        drawn = random.standard_gamma(shape, size[0])
        made[:, k] = np.sign(wanted) * (drawn - shape) / np.sqrt(shape)
    return made
