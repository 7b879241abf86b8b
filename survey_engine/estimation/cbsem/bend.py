r"""Second derivatives of the implied moments, contracted with slopes in the moments.

With the columns of ``Z = [I, G, K]`` (see `implied`), every first derivative of Sigma is
``s (u v' + v u')`` and that of mu a multiple of u. A parameter changes the columns in turn:

.. math::
    \partial G_j &= u\,(I-B)^{-1}_{kj}, \qquad
    \partial K_j = u\,C_{kj} + K_k\,(I-B)^{-1}_{ji}

for a path from k to i (a loading has the first terms only; C is the covariance of the inner
variables), and for a covariance of i and k
``dK_j = G_i (I-B)^{-1}_{jk} + G_k (I-B)^{-1}_{ji}``. So each second derivative is again a few
entries of small cross-products (the product rule on Joreskog 1973).
"""

from __future__ import annotations

import numpy as np

from survey_engine.estimation.cbsem.implied import Implied, frame, mean_factors, pairs, pulled
from survey_engine.estimation.cbsem.structure import Structure
from survey_engine.numerics.moments import Array


def bend(
    structure: Structure, parts: Implied, mean_slope: Array, covariance_slope: Array
) -> Array:
    """``sum(slope * second derivative of the moments)`` of the free rows.

    Parameters
    ----------
    structure : Structure
    parts : Implied
    mean_slope : ndarray, shape (..., G, p)
        Slope of F in the implied means; not read without a mean structure.
    covariance_slope : ndarray, shape (..., G, p, p)
        Symmetric slope of F in the implied covariances.

    Returns
    -------
    ndarray, shape (..., G, f, f)
    """
    first, second = _column_changes(structure, parts)
    # Rows: the parameter that changes the columns; columns: whose derivative they are in.
    uu, uv, vu, vv = pairs(structure, frame(covariance_slope, parts))
    result = np.take(first, structure.u, axis=-1) * uv
    result += np.take(first, structure.v, axis=-1) * uu
    result += np.take(second, structure.u, axis=-1) * vv
    result += np.take(second, structure.v, axis=-1) * vu
    result *= 2 * structure.scale
    if structure.means:
        result += _of_means(structure, parts, mean_slope, first)
    return np.asarray(result)


def _column_changes(structure: Structure, parts: Implied) -> tuple[Array, Array]:
    """Multiples of Z's columns u and v of each parameter in the change of every column.

    Two arrays (..., G, f, w); the identity's p columns never change.
    """
    u, v, p, m = structure.u, structure.v, len(structure.observed), len(structure.inner)
    spread = parts.inverse @ parts.inner_covariance @ np.swapaxes(parts.inverse, -1, -2)
    shape = (*parts.sigma.shape[:-2], len(u), p + 2 * m)
    first, second = np.zeros(shape), np.zeros(shape)
    scaled = structure.scale > 0
    cause = np.flatnonzero(scaled & (v >= p + m))
    first[..., cause, p : p + m] = parts.inverse[..., v[cause] - p - m, :]
    first[..., cause, p + m :] = spread[..., v[cause] - p - m, :]
    turned = np.swapaxes(parts.inverse, -1, -2)
    pair = np.flatnonzero(scaled & (v >= p) & (v < p + m))
    first[..., pair, p + m :] = turned[..., v[pair] - p, :] * structure.scale[pair, None]
    inner = np.flatnonzero(scaled & (u >= p))
    second[..., inner, p + m :] = turned[..., u[inner] - p, :] * structure.scale[inner, None]
    return first, second


def _of_means(structure: Structure, parts: Implied, mean_slope: Array, first: Array) -> Array:
    """The part of the means: their factors change, and the columns they multiply."""
    u, p, m = structure.u, len(structure.observed), len(structure.inner)
    factor = mean_factors(structure, parts)
    pull = pulled(structure, parts, mean_slope)
    result = first[..., u] * pull[..., :, None] * factor[..., None, :]
    inner = np.flatnonzero((u >= p) & (u < p + m))
    moved = np.zeros((*factor.shape, m + 2))
    turned = np.swapaxes(parts.inverse, -1, -2)
    moved[..., inner, :m] = turned[..., u[inner] - p, :] * factor[..., inner, None]
    return np.asarray(result + moved[..., structure.mean_at] * pull[..., None, :])
