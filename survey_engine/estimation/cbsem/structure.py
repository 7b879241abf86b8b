"""A parameter table compiled to places in matrices and columns of derivatives.

Every group has the same rows, so one set of places serves all; groups differ in which
rows are free and in the values, which carry a group axis.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from survey_engine.estimation.cbsem.composites import weight_signs
from survey_engine.estimation.cbsem.entry import Entry
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
    n_groups : int
        G.
    n_entries : int
        E, rows of one group.
    loading, path, inner_covariance, error, intercept, inner_mean : Place
        Of Lambda (p, m), B (m, m; ``[effect, cause]``), Psi (m, m), Theta (p, p),
        nu (p; column 0) and alpha (m; column 0).
    weight : Place
        Of the weights of composites: observed indicator and inner composite.
    parts : tuple[str, ...]
        Indicators of composites.
    base_loading : ndarray, shape (p, m)
        Ones of the observed inner variables.
    means : bool
        Whether there is a mean structure.
    free : ndarray, shape (f,)
        Rows that are free in at least one group.
    design : ndarray, shape (G, f, r)
        Free rows of group g are ``design[g] @ x + constant[g]``; zero where a row is
        fixed in that group.
    constant : ndarray, shape (G, f)
    simple : bool
        Whether there is one group and `design` is the identity.
    sign : ndarray, shape (E,)
        -1 for weights of composites, which stand in Lambda with their sign turned:
        values of entries carry it, free values do not.
    number : ndarray, shape (G, f)
        Number of the free value (from 0) of each free row; -1 where fixed.
    u, v : ndarray, shape (f,)
        Columns of Z of each free row's derivative of Sigma.
    scale : ndarray, shape (f,)
        One half for variances, 0 for means, 1 otherwise.
    mean_at : ndarray, shape (f,)
        Where the factor of column `u` in the derivative of mu stands in
        ``[latent means (m), 1, 0]``.
    """

    observed: tuple[str, ...]
    inner: tuple[str, ...]
    n_groups: int
    n_entries: int
    loading: Place
    path: Place
    inner_covariance: Place
    error: Place
    intercept: Place
    threshold: Place
    scaling: Place
    inner_mean: Place
    weight: Place
    parts: tuple[str, ...]
    base_loading: Array
    means: bool
    free: Index
    design: Array
    constant: Array
    simple: bool
    sign: Array
    number: Index
    u: Index
    v: Index
    scale: Array
    mean_at: Index
    pair_uu: Index
    pair_vv: Index
    pair_uv: Index
    pair_vu: Index
    pair_scale: Array
    entry_uv: Index


def compile_structure(table: ParameterTable) -> Structure:
    """Give every row of a parameter table its matrix, row and column."""
    rows = table.rows
    inner = _inner_variables(rows, table)
    at_inner = {name: i for i, name in enumerate(inner)}
    at_observed = {name: i for i, name in enumerate(table.observed)}
    pivots = {item: one.pivot for one in table.composites for item in one.indicators}
    places: dict[str, list[tuple[int, int, int]]] = {kind: [] for kind in "lbptnahs"}
    for i, e in enumerate(rows):
        kind, row, column = _place(e, pivots, (at_inner, at_observed))
        places[kind].append((i, row, column))
    base = np.zeros((len(table.observed), len(inner)))
    for name in inner:
        if name in at_observed:
            base[at_observed[name], at_inner[name]] = 1.0
    numbers = np.array([e.free for e in table.entries], dtype=np.intp) - 1
    by_group = numbers.reshape(len(table.groups), len(rows))
    free = np.flatnonzero((by_group >= 0).any(axis=0))
    number = by_group[:, free]
    known = (number >= 0)[..., None]
    sign = weight_signs(rows, table.composites)
    design = np.where(known, table.basis[number], 0.0) * sign[free][:, None]
    constant = np.where(known[..., 0], table.offset[number], 0.0) * sign[free]
    u, v, scale, mean_at = _derivative_columns(places, (len(table.observed), len(inner)), free)
    width = len(table.observed) + 2 * len(inner)
    square = design.shape[0] == 1 and design.shape[1] == design.shape[2]
    return Structure(
        observed=table.observed,
        inner=inner,
        n_groups=len(table.groups),
        n_entries=len(rows),
        loading=as_place(places["l"]),
        path=as_place(places["b"]),
        inner_covariance=as_place(places["p"]),
        error=as_place(places["t"]),
        intercept=as_place(places["n"]),
        threshold=as_place(places["h"]),
        scaling=as_place(places["s"]),
        inner_mean=as_place(places["a"]),
        weight=as_place(
            [
                (i, at_observed[e.rhs], at_inner[e.lhs])
                for i, e in enumerate(rows)
                if e.op == "<~"
            ]
        ),
        parts=tuple(pivots),
        base_loading=base,
        means=table.means,
        free=free,
        design=design,
        constant=constant,
        simple=bool(square and (design[0] == np.eye(len(free))).all() and not constant.any()),
        sign=sign,
        number=number,
        u=u,
        v=v,
        scale=scale,
        mean_at=mean_at,
        pair_uu=(u[:, None] * width + u).ravel(),
        pair_vv=(v[:, None] * width + v).ravel(),
        pair_uv=(u[:, None] * width + v).ravel(),
        pair_vu=(v[:, None] * width + u).ravel(),
        pair_scale=np.outer(scale, scale),
        entry_uv=u * width + v,
    )


def _inner_variables(rows: tuple[Entry, ...], table: ParameterTable) -> tuple[str, ...]:
    """Latents, and observed variables drawn into the structural part."""
    latents = set(table.latents)
    drawn = {v for e in rows if e.op == "~" for v in (e.lhs, e.rhs)}
    drawn |= {item for one in table.composites for item in one.others}
    drawn -= latents
    pairs = [{e.lhs, e.rhs} for e in rows if e.op == "~~" and e.lhs != e.rhs]
    grown = True
    while grown:
        before = len(drawn)
        for pair in pairs:
            if pair & (drawn | latents):
                drawn |= pair - latents
        grown = len(drawn) > before
    return table.latents + tuple(name for name in table.observed if name in drawn)


def _place(
    entry: Entry, pivots: dict[str, str], at: tuple[dict[str, int], dict[str, int]]
) -> tuple[str, int, int]:
    """Kind of matrix, row, column; `pivots`: of every indicator of a composite."""
    inner, observed = at
    op, lhs, rhs = entry.op, entry.lhs, entry.rhs
    if op == "<~":
        pivot = pivots[rhs]
        return "l", observed[pivot], inner[lhs if rhs == pivot else rhs]
    if op == "~1" and lhs in pivots:  # weights apply to deviations from the mean
        return "n", observed[lhs], 0
    if op == "|":
        return "h", observed[lhs], int(rhs[1:]) - 1
    if op == "~*~":
        return "s", observed[lhs], 0
    if op == "~1":
        return ("a", inner[lhs], 0) if lhs in inner else ("n", observed[lhs], 0)
    if op == "=~":
        if rhs in inner:
            return "b", inner[rhs], inner[lhs]
        return "l", observed[rhs], inner[lhs]
    if op == "~":
        return "b", inner[lhs], inner[rhs]
    if lhs in inner and rhs in inner:
        return "p", inner[lhs], inner[rhs]
    return "t", observed[lhs], observed[rhs]


def as_place(rows: list[tuple[int, int, int]]) -> Place:
    """Triples of entry, row and column as arrays."""
    table = np.array(rows, dtype=np.intp).reshape(-1, 3)
    return Place(entry=table[:, 0], row=table[:, 1], column=table[:, 2])


def _derivative_columns(
    places: dict[str, list[tuple[int, int, int]]], size: tuple[int, int], free: Index
) -> tuple[Index, Index, Array, Index]:
    p, m = size
    one, zero = m, m + 1
    left: dict[int, tuple[int, int, float, int]] = {}
    for entry, row, column in places["l"]:
        left[entry] = (row, p + m + column, 1.0, column)
    for entry, row, column in places["b"]:
        left[entry] = (p + row, p + m + column, 1.0, column)
    for entry, row, column in places["p"]:
        left[entry] = (p + row, p + column, 0.5 if row == column else 1.0, zero)
    for entry, row, column in places["t"]:
        left[entry] = (row, column, 0.5 if row == column else 1.0, zero)
    for entry, row, _ in places["n"]:
        left[entry] = (row, row, 0.0, one)
    for entry, row, _ in places["a"]:
        left[entry] = (p + row, p + row, 0.0, one)
    for entry, *_ in (*places["h"], *places["s"]):
        left[entry] = (0, 0, 0.0, zero)  # neither Sigma nor mu depends on them
    chosen = [left[int(i)] for i in free]
    u, v, mean_at = (np.array([c[k] for c in chosen], dtype=np.intp) for k in (0, 1, 3))
    return u, v, np.array([c[2] for c in chosen]), mean_at
