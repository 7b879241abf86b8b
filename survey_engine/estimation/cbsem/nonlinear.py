"""Nonlinear ``==`` constraints by repeated linearisation.

The constraints ``h(theta) = 0`` are replaced by their tangents at the present values, and
the model is fitted under these as under any linear constraint, until neither moves.
Where that rests, F has no slope along the constraints and they hold: the conditions of
a constrained optimum (Nocedal & Wright 2006, eq. 12.34). Near a strict optimum a step
multiplies the distance by a matrix whose eigenvalues are below 1, and shorter steps
cure those below -1. The last tangents serve as linear constraints for errors and tests,
which is the delta-method projection of the information (Silvey 1959).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from survey_engine.errors import EstimationError, Where, diagnostic
from survey_engine.estimation.cbsem.constraints import values_and_slopes
from survey_engine.estimation.cbsem.inequality import Constrained, with_rows
from survey_engine.estimation.cbsem.optimise import Optimum
from survey_engine.estimation.cbsem.structure import Structure
from survey_engine.estimation.parameter_table import ParameterTable
from survey_engine.numerics.moments import Array

MAX_TANGENTS = 200
SETTLED = 1e-9
"""Relative change of the free values at which the search ends."""
SHORTEST = 1 / 16

FromStart = Callable[[Structure, Array], Optimum]
"""Fits one sample with a structure from a start."""


def with_curved_equalities(
    table: ParameterTable, structure: Structure, first: Optimum, fit: FromStart
) -> Constrained:
    """The optimum under the table's nonlinear equality constraints.

    Parameters
    ----------
    table : ParameterTable
    structure : Structure
    first : Optimum
        Of one sample without the nonlinear constraints.
    fit : callable

    Returns
    -------
    Constrained
        Its table has the tangents at the optimum in its basis.

    Raises
    ------
    EstimationError
        CONSTRAINT_IMPOSSIBLE where no values were found that satisfy them.
    """
    theta = table.basis @ first.x[0] + table.offset
    share, last, settled = 1.0, np.inf, False
    for _ in range(MAX_TANGENTS):
        reached = _tangents(table, structure, theta)
        found = fit(reached[1], reached[0].basis.T @ (theta - reached[0].offset))
        step = reached[0].basis @ found.x[0] + reached[0].offset - theta
        length = float((np.abs(step) / (1 + np.abs(theta))).max())
        if not np.isfinite(length):
            break
        if length < SETTLED:
            settled = True
            break
        if length > 0.9 * last:
            share = max(share / 2, SHORTEST)
        last = length
        theta = theta + share * step
    h, _ = values_and_slopes(table.curved, table.defined, table.entries, theta)
    if not np.abs(h).max() < 1e-6:
        texts = tuple(f"{left} == {right}" for left, right in table.curved)
        where = Where(parameters=texts)
        raise EstimationError(
            diagnostic("CONSTRAINT_IMPOSSIBLE", where=where, what="; ".join(texts))
        )
    found = replace(found, converged=found.converged & settled)
    return Constrained(optimum=found, table=reached[0], structure=reached[1], active=())


def _tangents(
    table: ParameterTable, structure: Structure, theta: Array
) -> tuple[ParameterTable, Structure]:
    h, slopes = values_and_slopes(table.curved, table.defined, table.entries, theta)
    flat, changed = with_rows(table, structure, slopes, slopes @ theta - h)
    return replace(flat, curved=()), changed
