"""Linear inequality constraints and bounds by an active set.

The optimum without them is found first; violated constraints are then held with equality
one after the other, and let go where the discrepancy would fall inside (a negative
multiplier). Each step is an ordinary fit in fewer parameters (Nocedal & Wright 2006,
section 16.5).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from survey_engine.estimation.cbsem.optimise import Optimum
from survey_engine.estimation.cbsem.structure import Structure
from survey_engine.estimation.parameter_table import ParameterTable
from survey_engine.numerics.moments import Array

SLACK = 1e-9
MAX_CHANGES = 100

Fit = Callable[[ParameterTable, Structure], Optimum]
Slope = Callable[[Array], Array]
"""Gradient of F by the independent parameters of the unrestricted model."""


@dataclass(frozen=True, kw_only=True)
class Constrained:
    """An optimum with the constraints that hold with equality there."""

    optimum: Optimum
    table: ParameterTable
    structure: Structure
    active: tuple[int, ...]


def with_inequalities(
    table: ParameterTable, structure: Structure, fit: Fit, slope: Slope
) -> Constrained:
    """Fit, and hold what is violated.

    Parameters
    ----------
    table : ParameterTable
    structure : Structure
    fit : callable
        Fits one sample with a table and its structure.
    slope : callable
        Gradient at values of `table`'s independent parameters.

    Returns
    -------
    Constrained
        Its table and structure are restricted to the active constraints.
    """
    active: list[int] = []
    reached = (table, structure)
    optimum = fit(*reached)
    for _ in range(MAX_CHANGES if len(table.bound) else 0):
        theta = reached[0].basis @ optimum.x[0] + reached[0].offset
        left = table.at_least @ theta - table.bound
        left[active] = 0.0
        pulls = _multipliers(table, slope, theta, active)
        if left.min() < -SLACK:
            active.append(int(np.argmin(left)))
        elif len(pulls) and pulls.min() < -SLACK:
            active.pop(int(np.argmin(pulls)))
        else:
            break
        reached = restricted(table, structure, active)
        optimum = fit(*reached)
    held = tuple(sorted(active))
    return Constrained(optimum=optimum, table=reached[0], structure=reached[1], active=held)


def restricted(
    table: ParameterTable, structure: Structure, active: list[int]
) -> tuple[ParameterTable, Structure]:
    """The same model with some inequalities held with equality."""
    if not active:
        return table, structure
    flat, changed = with_rows(table, structure, table.at_least[active], table.bound[active])
    held = table.basis.shape[1] - flat.basis.shape[1]
    return replace(flat, held=held), changed


def with_rows(
    table: ParameterTable, structure: Structure, rows: Array, right: Array
) -> tuple[ParameterTable, Structure]:
    """The same model where free values also satisfy ``rows @ theta = right``."""
    right = right - rows @ table.offset
    rows = rows @ table.basis
    left, singular, vt = np.linalg.svd(rows)
    rank = int(np.sum(singular > 1e-10 * max(float(singular[0]), 1.0)))
    point = vt[:rank].T @ ((left.T @ right)[:rank] / singular[:rank])
    space = vt[rank:].T
    basis, offset = table.basis @ space, table.offset + table.basis @ point
    known = structure.number >= 0
    sign = structure.sign[structure.free]
    return (
        replace(table, basis=basis, offset=offset),
        replace(
            structure,
            design=np.where(known[..., None], basis[structure.number], 0.0) * sign[:, None],
            constant=np.where(known, offset[structure.number], 0.0) * sign,
            simple=False,
        ),
    )


def _multipliers(table: ParameterTable, slope: Slope, theta: Array, active: list[int]) -> Array:
    """Lagrange multipliers of the held constraints: negative where F would fall inside."""
    if not active:
        return np.empty(0)
    rows = table.at_least[active] @ table.basis
    # The basis has orthonormal columns.
    pull = slope(table.basis.T @ (theta - table.offset))
    return np.asarray(np.linalg.lstsq(rows.T, pull, rcond=None)[0])
