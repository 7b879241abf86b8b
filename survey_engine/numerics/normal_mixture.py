r"""Rows under mixtures of multivariate normals: memberships, and moments by class.

Everything goes through the products ``[1, x, x_i x_j]`` of each row: log densities of all
classes of all starts are one matrix product with them, weighted moments another.

References
----------
Jedidi, K., Jagpal, H. S. & DeSarbo, W. S. (1997). Finite-mixture structural equation models
for response-based segmentation and unobserved heterogeneity. Marketing Science 16, 39-59,
eq. 9-12.
McLachlan, G. & Peel, D. (2000). Finite Mixture Models. Wiley, section 3.2.
"""

from __future__ import annotations

import math

import numpy as np

from survey_engine.numerics.moments import Array


def row_products(values: Array) -> Array:
    """``[1, x, x_i x_j (i <= j)]`` of each row, shape (n, 1 + p + p (p + 1) / 2)."""
    n, p = values.shape
    first, second = np.triu_indices(p)
    found = np.empty((n, 1 + p + len(first)))
    found[:, 0] = 1.0
    found[:, 1 : 1 + p] = values
    np.multiply(values[:, first], values[:, second], out=found[:, 1 + p :])
    return found


def memberships(
    products: Array, weights: Array, shares: Array, mean: Array, precision: Array
) -> tuple[Array, Array]:
    """E-step of many starts.

    Parameters
    ----------
    products : ndarray, shape (n, q)
        Of `row_products`.
    weights : ndarray, shape (n,)
        Case weights scaled to sum n.
    shares : ndarray, shape (S, G)
    mean : ndarray, shape (S, G, p)
    precision : ndarray, shape (S, G, p, p)
        Inverse covariances.

    Returns
    -------
    logl : ndarray, shape (S,)
        -inf where a precision is not positive definite.
    member : ndarray, shape (S, G, n)
    """
    log = _coefficients(shares, mean, precision) @ products.T
    top = log.max(axis=1, keepdims=True)
    with np.errstate(invalid="ignore", divide="ignore"):
        mixed = np.exp(log - top)
        total = mixed.sum(axis=1, keepdims=True)
        value = (np.log(total) + top)[:, 0] @ weights
        member = mixed / total
    return np.where(np.isfinite(value), value, -np.inf), member


def _coefficients(shares: Array, mean: Array, precision: Array) -> Array:
    """Log density plus log share as coefficients of the products, shape (S, G, q)."""
    p = mean.shape[-1]
    first, second = np.triu_indices(p)
    found = np.empty((*shares.shape, 1 + p + len(first)))
    turned = (precision @ mean[..., None])[..., 0]
    sign, logdet = np.linalg.slogdet(precision)
    with np.errstate(divide="ignore", invalid="ignore"):
        constant = np.log(shares) + 0.5 * np.where(sign > 0, logdet, np.nan)
    found[..., 0] = constant - 0.5 * (p * math.log(2 * math.pi) + (turned * mean).sum(axis=-1))
    found[..., 1 : 1 + p] = turned
    found[..., 1 + p :] = precision[..., first, second] * np.where(first == second, -0.5, -1.0)
    return found


def class_moments(products: Array, weights: Array, member: Array) -> tuple[Array, Array, Array]:
    """Sizes (S, G), means (S, G, p) and covariances (S, G, p, p), divisor the size.

    Parameters
    ----------
    products : ndarray, shape (n, q)
    weights : ndarray, shape (n,)
    member : ndarray, shape (S, G, n)
    """
    p = (math.isqrt(9 + 8 * (products.shape[1] - 1)) - 3) // 2
    first, second = np.triu_indices(p)
    sums = (member * weights) @ products
    size = sums[..., 0]
    safe = np.maximum(size, 1e-300)[..., None]
    mean = sums[..., 1 : 1 + p] / safe
    covariance = np.empty((*size.shape, p, p))
    covariance[..., first, second] = sums[..., 1 + p :] / safe
    covariance[..., second, first] = covariance[..., first, second]
    covariance -= mean[..., :, None] * mean[..., None, :]
    return size, mean, covariance


def nearest_partitions(values: Array, classes: int, starts: int, seed: int) -> Array:
    """Each row with the nearest of G rows drawn at random, shape (S, G, n)."""
    found = np.zeros((starts, classes, len(values)))
    for start, child in enumerate(np.random.SeedSequence(seed).spawn(starts)):
        drawn = np.random.default_rng(child).choice(len(values), size=classes, replace=False)
        centre = values[drawn]
        away = (centre**2).sum(axis=1)[:, None] - 2 * centre @ values.T
        found[start, away.argmin(axis=0), np.arange(len(values))] = 1.0
    return found
