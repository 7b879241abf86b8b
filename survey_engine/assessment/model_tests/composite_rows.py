"""Models with composites as plain loadings and covariances, for the tests after the fit.

The indicator k of a composite with pivot p stands behind a node that is k less its
mean: the composite points to the node, the node to k (1) and to p (less its weight).
Nodes belong to no report.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from survey_engine.assessment.model_tests.point import Location
from survey_engine.estimation.cbsem.composites import Composite
from survey_engine.estimation.fit_result import ParameterRow
from survey_engine.numerics.moments import Array


def node(item: str) -> str:
    """The name of an indicator less its mean; no name of a model text has a space."""
    return f"{item} less mean"


def nodes_of(composites: tuple[Composite, ...]) -> frozenset[str]:
    """Names of all nodes."""
    return frozenset(node(item) for one in composites for item in one.others)


def plain_rows(
    shown: tuple[ParameterRow, ...],
    hidden: tuple[ParameterRow, ...],
    composites: tuple[Composite, ...],
) -> tuple[ParameterRow, ...]:
    """The rows of a fit without ``<~``."""
    return tuple(_plain((*shown, *hidden), {one.name: one for one in composites}))


def _plain(
    rows: tuple[ParameterRow, ...], composites: dict[str, Composite]
) -> Iterator[ParameterRow]:
    parts = {item for one in composites.values() for item in one.others}
    for row in rows:
        if row.op == "<~":
            pivot = composites[row.lhs].pivot
            if row.rhs == pivot:
                yield replace(row, op="=~")
                continue
            turned = None if row.est is None else -row.est
            behind = node(row.rhs)
            yield replace(row, lhs=behind, op="=~", rhs=pivot, est=turned, label="")
            yield replace(row, lhs=behind, op="=~", est=1.0, label="", free=0)
        elif row.op == "=~" and row.lhs in composites:
            yield replace(row, rhs=node(row.rhs))
        elif row.op == "~~" and row.lhs in parts:
            yield replace(row, lhs=node(row.lhs), rhs=node(row.rhs))
        else:
            yield row


def turned_basis(basis: Array, rows: tuple[ParameterRow, ...]) -> Array:
    """The basis of free values of which the weights are turned, shape (q, r)."""
    weights = [row.free - 1 for row in rows if row.op == "<~" and row.free]
    turned = np.array(basis)
    turned[np.unique(weights).astype(np.intp)] *= -1
    return turned


def outside(
    candidates: tuple[Location, ...], composites: tuple[Composite, ...]
) -> tuple[Location, ...]:
    """Candidates that leave the blocks of composites as they are."""
    names = {one.name for one in composites}
    inside = nodes_of(composites) | {item for one in composites for item in one.indicators}
    return tuple(
        one
        for one in candidates
        if not {one.lhs, one.rhs} & inside and not (one.op == "=~" and one.lhs in names)
    )


def as_written(text: str, composites: tuple[Composite, ...]) -> str:
    """The text of a parameter with ``C <~ k`` for the row of a node."""
    for one in composites:
        for item in one.others:
            text = text.replace(f"{node(item)} =~ {one.pivot}", f"{one.name} <~ {item}")
    return text
