"""A parameter table compiled to places in matrices and columns of derivatives."""

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
