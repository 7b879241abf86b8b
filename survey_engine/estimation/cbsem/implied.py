r"""The moments a model implies, and the rank-one pieces of their derivatives.

LISREL in its all-y form (Joreskog 1973; Bollen 1989, eq. 8.3):

.. math:: \Sigma = \Lambda (I-B)^{-1} \Psi (I-B)^{-T} \Lambda^T + \Theta, \quad
          \mu = \nu + \Lambda (I-B)^{-1} \alpha

Observed variables that take part in regressions become "inner" variables measured
without error. Every free parameter's derivative of Sigma is ``u v' + v u'`` with u and v
columns of ``Z = [I, G, K]``, ``G = Lambda (I-B)^{-1}``, ``K = G Psi (I-B)^{-T}``, and
its derivative of mu a multiple of u; information and gradient are then element-wise
products of entries of small cross-products. All arrays carry a group axis.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from survey_engine.estimation.cbsem.structure import Structure
from survey_engine.numerics.moments import Array


@dataclass(frozen=True, kw_only=True)
class Implied:
    """Matrices of one or many parameter values; leading axes (..., G).

    `mean` (..., p) is that of the observed variables, `inner_mean` (..., m) that of the
    inner ones; both are empty (..., 0) without a mean structure.
    """

    loading: Array
    inverse: Array
    inner_covariance: Array
    total_loading: Array
    cross: Array
    sigma: Array
    mean: Array
    inner_mean: Array


def entries_of(structure: Structure, x: Array, fixed: Array) -> Array:
    """Values of all entries, shape (..., G, E), from free and fixed ones.

    Parameters
    ----------
    structure : Structure
    x : ndarray, shape (..., r)
    fixed : ndarray, shape (..., G, E)
        Values of the fixed entries, 0 at the free ones.
    """
    values = np.empty((*x.shape[:-1], structure.n_groups, structure.n_entries))
    values[...] = fixed
    if structure.simple:
        values[..., 0, structure.free] = x
    else:
        g, f, r = structure.design.shape
        free = (x @ structure.design.reshape(g * f, r).T).reshape(*x.shape[:-1], g, f)
        values[..., structure.free] += free + structure.constant
    return values


def implied(structure: Structure, values: Array) -> Implied:
    """Model-implied moments and their factors.

    Parameters
    ----------
    structure : Structure
    values : ndarray, shape (..., G, E)

    Returns
    -------
    Implied
        With `sigma` of shape (..., G, p, p).
    """
    lead = values.shape[:-1]
    p, m = len(structure.observed), len(structure.inner)
    loading = np.empty((*lead, p, m))
    loading[...] = structure.base_loading
    at = structure.loading
    loading[..., at.row, at.column] = values[..., at.entry]
    inverse = path_inverse(structure, values)
    psi = np.zeros((*lead, m, m))
    at = structure.inner_covariance
    psi[..., at.row, at.column] = values[..., at.entry]
    psi[..., at.column, at.row] = values[..., at.entry]
    total = loading @ inverse
    weighted = total @ psi
    cross = weighted @ np.swapaxes(inverse, -1, -2)
    sigma = weighted @ np.swapaxes(total, -1, -2)
    at = structure.error
    sigma[..., at.row, at.column] += values[..., at.entry]
    off = at.row != at.column
    if off.any():
        sigma[..., at.column[off], at.row[off]] += values[..., at.entry[off]]
    mean, inner_mean = _means(structure, values, loading, inverse)
    return Implied(
        loading=loading,
        inverse=inverse,
        inner_covariance=psi,
        total_loading=total,
        cross=cross,
        sigma=sigma,
        mean=mean,
        inner_mean=inner_mean,
    )


def _means(
    structure: Structure, values: Array, loading: Array, inverse: Array
) -> tuple[Array, Array]:
    lead = values.shape[:-1]
    if not structure.means:
        return np.empty((*lead, 0)), np.empty((*lead, 0))
    alpha = np.zeros((*lead, len(structure.inner)))
    at = structure.inner_mean
    alpha[..., at.row] = values[..., at.entry]
    inner = (inverse @ alpha[..., None])[..., 0]
    mean = (loading @ inner[..., None])[..., 0]
    at = structure.intercept
    mean[..., at.row] += values[..., at.entry]
    return mean, inner


def path_matrix(structure: Structure, values: Array) -> Array:
    """B, shape (..., G, m, m), ``[effect, cause]``."""
    m = len(structure.inner)
    paths = np.zeros((*values.shape[:-1], m, m))
    at = structure.path
    paths[..., at.row, at.column] = values[..., at.entry]
    return paths


def path_inverse(structure: Structure, values: Array) -> Array:
    """``(I - B)^{-1}``, shape (..., G, m, m); NaN where it does not exist."""
    identity = np.eye(len(structure.inner))
    if not len(structure.path.entry):
        return np.broadcast_to(identity, (*values.shape[:-1], *identity.shape))
    difference = identity - path_matrix(structure, values)
    try:
        return np.asarray(np.linalg.inv(difference))
    except np.linalg.LinAlgError:
        determinant = np.linalg.det(difference)
        difference[determinant == 0] = np.nan
        return np.asarray(np.linalg.inv(difference))


def sigma_inverse(parts: Implied) -> Array:
    """Inverses of the implied covariances, (..., G, p, p); NaN where there is none."""
    try:
        return np.asarray(np.linalg.inv(parts.sigma))
    except np.linalg.LinAlgError:
        singular = ~(np.abs(np.linalg.det(parts.sigma)) > 0)
        return np.asarray(
            np.linalg.inv(np.where(singular[..., None, None], np.nan, parts.sigma))
        )


def columns(parts: Implied) -> Array:
    """Z, shape (..., G, p, w) with w = p + 2m."""
    p = parts.sigma.shape[-1]
    identity = np.broadcast_to(np.eye(p), parts.sigma.shape)
    return np.concatenate((identity, parts.total_loading, parts.cross), axis=-1)


def frame(matrix: Array, parts: Implied) -> Array:
    """``Z' M Z`` for symmetric M, shape (..., w, w) with w = p + 2m."""
    outer = np.concatenate((parts.total_loading, parts.cross), axis=-1)
    p = matrix.shape[-1]
    width = p + outer.shape[-1]
    side = matrix @ outer
    result = np.empty((*matrix.shape[:-2], width, width))
    result[..., :p, :p] = matrix
    result[..., :p, p:] = side
    result[..., p:, :p] = np.swapaxes(side, -1, -2)
    result[..., p:, p:] = np.swapaxes(outer, -1, -2) @ side
    return result


def mean_factors(structure: Structure, parts: Implied) -> Array:
    """Factor of column u in each free row's derivative of mu, shape (..., G, f)."""
    inner = parts.inner_mean
    known = np.empty((*inner.shape[:-1], inner.shape[-1] + 2))
    known[..., :-2] = inner
    known[..., -2:] = (1.0, 0.0)
    return np.take(known, structure.mean_at, axis=-1)


def entry_slopes(
    structure: Structure, parts: Implied, mean_slope: Array, covariance_slope: Array
) -> Array:
    """Gradient in the free rows, (..., G, f), from slopes in the implied moments.

    Parameters
    ----------
    structure : Structure
    parts : Implied
    mean_slope : ndarray, shape (..., G, p)
        Not read without a mean structure.
    covariance_slope : ndarray, shape (..., G, p, p)
    """
    framed = frame(covariance_slope, parts)
    flat = framed.reshape(*framed.shape[:-2], -1)
    slope = np.take(flat, structure.entry_uv, axis=-1) * (2 * structure.scale)
    if structure.means:
        pull = pulled(structure, parts, mean_slope)
        slope += pull * mean_factors(structure, parts)
    return np.asarray(slope)


def pulled(structure: Structure, parts: Implied, mean_slope: Array) -> Array:
    """A slope in the means along column u of each free row, shape (..., G, f)."""
    through = np.swapaxes(parts.total_loading, -1, -2) @ mean_slope[..., None]
    known = np.concatenate((mean_slope, through[..., 0]), axis=-1)
    # Columns of K never carry a mean; their factor is 0 wherever they point.
    return np.asarray(np.take(known, np.minimum(structure.u, known.shape[-1] - 1), axis=-1))


def pairs(structure: Structure, framed: Array) -> tuple[Array, Array, Array, Array]:
    """Entries of a framed matrix at columns u or v of every two free rows, (..., G, f, f).

    In the order ``uu, uv, vu, vv``: first the column of the row, then that of the column.
    """
    flat = framed.reshape(*framed.shape[:-2], -1)
    f = len(structure.free)
    uu, uv, vu, vv = (
        np.take(flat, at, axis=-1).reshape(*framed.shape[:-2], f, f)
        for at in (structure.pair_uu, structure.pair_uv, structure.pair_vu, structure.pair_vv)
    )
    return uu, uv, vu, vv


def expected_information(structure: Structure, framed: Array, parts: Implied) -> Array:
    r"""Expected information of the free rows for one observation, (..., G, f, f).

    ``1/2 tr(W dS_a W dS_b) + dmu_a' W dmu_b`` with ``dS = u v' + v u'``:
    ``(u_a'W u_b)(v_a'W v_b) + (u_a'W v_b)(v_a'W u_b)``.

    Parameters
    ----------
    structure : Structure
    framed : ndarray, shape (..., G, w, w)
        `frame` of the weight matrix W.
    parts : Implied
    """
    uu, uv, vu, vv = pairs(structure, framed)
    result = uu * vv
    vu *= uv
    result += vu
    result *= structure.pair_scale
    if structure.means:
        factor = mean_factors(structure, parts)
        result += uu * (factor[..., :, None] * factor[..., None, :])
    return result


def pool_slopes(structure: Structure, slopes: Array, shares: Array) -> Array:
    """From slopes of free rows (..., G, f) to those of x, shape (..., r)."""
    if structure.simple:
        return slopes[..., 0, :]
    g, f, r = structure.design.shape
    weighted = slopes * shares[..., None]
    return weighted.reshape(*slopes.shape[:-2], g * f) @ structure.design.reshape(g * f, r)


def pool_information(structure: Structure, information: Array, shares: Array) -> Array:
    """From information of free rows (..., G, f, f) to that of x, shape (..., r, r)."""
    if structure.simple:
        return np.asarray(information[..., 0, :, :])
    if structure.n_groups == 1:
        design = structure.design[0]
        return np.asarray(design.T @ information[..., 0, :, :] @ design)
    turned = np.swapaxes(structure.design, -1, -2) * shares[..., None, None]
    return np.asarray((turned @ information @ structure.design).sum(axis=-3))
