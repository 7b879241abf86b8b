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
from numpy.typing import NDArray

from survey_engine.estimation.parameter_table import ParameterTable
from survey_engine.numerics.moments import Array

Index = NDArray[np.intp]


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where the entries of one matrix stand: entry number, row, column."""

    entry: Index
    row: Index
    column: Index


@dataclass(frozen=True, kw_only=True)
class Structure:
    """A parameter table compiled to matrix places.

    Attributes
    ----------
    observed : tuple[str, ...]
        p names, the order of all covariance matrices.
    inner : tuple[str, ...]
        m names: latents, then observed variables that take part in regressions.
    loading, path, inner_covariance, error : Place
        Of Lambda (p, m), B (m, m; ``[effect, cause]``), Psi (m, m), Theta (p, p).
    base_loading : ndarray, shape (p, m)
        Ones of the observed inner variables.
    free : ndarray, shape (f,)
        Entries that are free.
    design : ndarray, shape (f, r)
        Free entries are ``design @ x + constant``.
    constant : ndarray, shape (f,)
    simple : bool
        Whether `design` is the identity.
    u, v : ndarray, shape (f,)
        Columns of Z of each free entry's derivative.
    scale : ndarray, shape (f,)
        One half for variances, 1 otherwise.
    """

    observed: tuple[str, ...]
    inner: tuple[str, ...]
    n_entries: int
    loading: Place
    path: Place
    inner_covariance: Place
    error: Place
    base_loading: Array
    free: Index
    design: Array
    constant: Array
    simple: bool
    u: Index
    v: Index
    scale: Array
    pair_uu: Index
    pair_vv: Index
    pair_uv: Index
    pair_vu: Index
    pair_scale: Array
    entry_uv: Index


@dataclass(frozen=True, kw_only=True)
class Implied:
    """Matrices of one or many parameter values; every array may carry leading axes."""

    loading: Array
    inverse: Array
    inner_covariance: Array
    total_loading: Array
    cross: Array
    sigma: Array


def compile_structure(table: ParameterTable) -> Structure:
    """Give every entry of a parameter table its matrix, row and column."""
    inner = _inner_variables(table)
    at_inner = {name: i for i, name in enumerate(inner)}
    at_observed = {name: i for i, name in enumerate(table.observed)}
    places: dict[str, list[tuple[int, int, int]]] = {"l": [], "b": [], "p": [], "t": []}
    for i, e in enumerate(table.entries):
        kind, row, column = _place(e.op, e.lhs, e.rhs, (at_inner, at_observed))
        places[kind].append((i, row, column))
    base = np.zeros((len(table.observed), len(inner)))
    for name in inner:
        if name in at_observed:
            base[at_observed[name], at_inner[name]] = 1.0
    free = np.array([i for i, e in enumerate(table.entries) if e.free], dtype=np.intp)
    number = np.array([table.entries[i].free - 1 for i in free], dtype=np.intp)
    design, constant = table.basis[number], table.offset[number]
    u, v, scale = _derivative_columns(places, (len(table.observed), len(inner)), free)
    width = len(table.observed) + 2 * len(inner)
    return Structure(
        observed=table.observed,
        inner=inner,
        n_entries=len(table.entries),
        loading=_as_place(places["l"]),
        path=_as_place(places["b"]),
        inner_covariance=_as_place(places["p"]),
        error=_as_place(places["t"]),
        base_loading=base,
        free=free,
        design=design,
        constant=constant,
        simple=bool(design.shape[0] == design.shape[1] and (design == np.eye(len(free))).all()),
        u=u,
        v=v,
        scale=scale,
        pair_uu=(u[:, None] * width + u).ravel(),
        pair_vv=(v[:, None] * width + v).ravel(),
        pair_uv=(u[:, None] * width + v).ravel(),
        pair_vu=(v[:, None] * width + u).ravel(),
        pair_scale=np.outer(scale, scale).ravel(),
        entry_uv=u * width + v,
    )


def _inner_variables(table: ParameterTable) -> tuple[str, ...]:
    """Latents, and observed variables drawn into the structural part."""
    drawn = {v for e in table.entries if e.op == "~" for v in (e.lhs, e.rhs)}
    drawn -= set(table.latents)
    pairs = [{e.lhs, e.rhs} for e in table.entries if e.op == "~~" and e.lhs != e.rhs]
    grown = True
    while grown:
        before = len(drawn)
        for pair in pairs:
            if pair & (drawn | set(table.latents)):
                drawn |= pair - set(table.latents)
        grown = len(drawn) > before
    return table.latents + tuple(name for name in table.observed if name in drawn)


def _place(
    op: str, lhs: str, rhs: str, at: tuple[dict[str, int], dict[str, int]]
) -> tuple[str, int, int]:
    inner, observed = at
    if op == "=~":
        if rhs in inner:
            return "b", inner[rhs], inner[lhs]
        return "l", observed[rhs], inner[lhs]
    if op == "~":
        return "b", inner[lhs], inner[rhs]
    if lhs in inner and rhs in inner:
        return "p", inner[lhs], inner[rhs]
    return "t", observed[lhs], observed[rhs]


def _as_place(rows: list[tuple[int, int, int]]) -> Place:
    table = np.array(rows, dtype=np.intp).reshape(-1, 3)
    return Place(entry=table[:, 0], row=table[:, 1], column=table[:, 2])


def _derivative_columns(
    places: dict[str, list[tuple[int, int, int]]], size: tuple[int, int], free: Index
) -> tuple[Index, Index, Array]:
    p, m = size
    left: dict[int, tuple[int, int, float]] = {}
    for entry, row, column in places["l"]:
        left[entry] = (row, p + m + column, 1.0)
    for entry, row, column in places["b"]:
        left[entry] = (p + row, p + m + column, 1.0)
    for entry, row, column in places["p"]:
        left[entry] = (p + row, p + column, 0.5 if row == column else 1.0)
    for entry, row, column in places["t"]:
        left[entry] = (row, column, 0.5 if row == column else 1.0)
    chosen = [left[int(i)] for i in free]
    u = np.array([c[0] for c in chosen], dtype=np.intp)
    v = np.array([c[1] for c in chosen], dtype=np.intp)
    return u, v, np.array([c[2] for c in chosen])


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
    values = np.array(np.broadcast_to(fixed, (*x.shape[:-1], structure.n_entries)))
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
    loading = np.array(np.broadcast_to(structure.base_loading, (*lead, p, m)))
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
        return np.linalg.inv(difference)
    except np.linalg.LinAlgError:
        determinant = np.linalg.det(difference)
        difference[determinant == 0] = np.nan
        return np.linalg.inv(difference)


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
