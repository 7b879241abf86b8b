r"""The covariance matrix a model implies, and the rank-one pieces of its derivatives.

LISREL in its all-y form (Joreskog 1973; Bollen 1989, eq. 8.3):

.. math:: \Sigma = \Lambda (I-B)^{-1} \Psi (I-B)^{-T} \Lambda^T + \Theta

Observed variables that take part in regressions become "inner" variables measured
without error. Every free parameter's derivative is ``u v' + v u'`` with u and v columns
of ``Z = [I, G, K]``, ``G = Lambda (I-B)^{-1}``, ``K = G Psi (I-B)^{-T}``; information
and gradient are then element-wise products of entries of small cross-products.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from survey_engine.estimation.cbsem.structure import Structure
from survey_engine.numerics.moments import Array


@dataclass(frozen=True, kw_only=True)
class Implied:
    """Matrices of one or many parameter values; every array may carry leading axes."""

    loading: Array
    inverse: Array
    inner_covariance: Array
    total_loading: Array
    cross: Array
    sigma: Array


def entries_of(structure: Structure, x: Array, fixed: Array) -> Array:
    """Values of all entries, shape (..., n_entries), from free and fixed ones.

    Parameters
    ----------
    structure : Structure
    x : ndarray, shape (..., r)
    fixed : ndarray, shape (..., n_entries)
        Values of the fixed entries; anything at the free ones.
    """
    free = x if structure.simple else x @ structure.design.T + structure.constant
    values = np.empty((*x.shape[:-1], structure.n_entries))
    values[...] = fixed
    values[..., structure.free] = free
    return values


def implied(structure: Structure, values: Array) -> Implied:
    """Model-implied covariance matrix and its factors.

    Parameters
    ----------
    structure : Structure
    values : ndarray, shape (..., n_entries)

    Returns
    -------
    Implied
        With `sigma` of shape (..., p, p).
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
    return Implied(
        loading=loading,
        inverse=inverse,
        inner_covariance=psi,
        total_loading=total,
        cross=cross,
        sigma=sigma,
    )


def path_matrix(structure: Structure, values: Array) -> Array:
    """B, shape (..., m, m), ``[effect, cause]``."""
    m = len(structure.inner)
    paths = np.zeros((*values.shape[:-1], m, m))
    at = structure.path
    paths[..., at.row, at.column] = values[..., at.entry]
    return paths


def path_inverse(structure: Structure, values: Array) -> Array:
    """``(I - B)^{-1}``, shape (..., m, m); NaN where it does not exist."""
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


def expected_information(structure: Structure, framed: Array) -> Array:
    r"""Expected information of the free entries for one observation, (..., f, f).

    ``1/2 tr(W dS_a W dS_b)`` with ``dS = u v' + v u'``:
    ``(u_a'W u_b)(v_a'W v_b) + (u_a'W v_b)(v_a'W u_b)``.

    Parameters
    ----------
    structure : Structure
    framed : ndarray, shape (..., w, w)
        `frame` of the inverse implied covariance.
    """
    flat = framed.reshape(*framed.shape[:-2], -1)
    result = np.take(flat, structure.pair_uu, axis=-1)
    result *= np.take(flat, structure.pair_vv, axis=-1)
    crossed = np.take(flat, structure.pair_uv, axis=-1)
    crossed *= np.take(flat, structure.pair_vu, axis=-1)
    result += crossed
    result *= structure.pair_scale
    f = len(structure.free)
    information = result.reshape(*framed.shape[:-2], f, f)
    if structure.simple:
        return information
    return structure.design.T @ information @ structure.design
