"""The independence model of ordered variables: thresholds free, no correlations.

Thresholds (and means and variances of measured variables) reproduce the sample, so the
fit is at its optimum from the start but for weights that tie them to correlations (WLS).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from survey_engine.estimation.cbsem.discrepancy.thresholds import threshold_statistics
from survey_engine.estimation.cbsem.entry import Entry, changed
from survey_engine.estimation.cbsem.hessian import repeated
from survey_engine.estimation.cbsem.observed import fixed_values
from survey_engine.estimation.cbsem.optimise import minimise
from survey_engine.estimation.cbsem.ordinal_fit import OrdinalMethod
from survey_engine.estimation.cbsem.solution import Solution
from survey_engine.estimation.cbsem.start_values import start_values
from survey_engine.estimation.cbsem.structure import compile_structure
from survey_engine.estimation.parameter_table import ParameterTable


def ordinal_independence(solution: Solution) -> Solution:
    """The independence model fitted by the same method to the same sample."""
    table = _independence_table(solution.table)
    structure = compile_structure(table)
    statistics = threshold_statistics(table, structure)
    plain = {
        name: value for name, value in vars(solution.method).items() if name != "statistics"
    }
    method = OrdinalMethod(**plain, statistics=statistics)
    data = replace(
        solution.data, fixed=fixed_values(table, solution.data.mean, solution.data.covariance)
    )
    optimum = minimise(
        method.discrepancy,
        structure,
        repeated(data, 1),
        start_values(table, structure, data),
        tolerance=1e-9,
        max_iterations=50,
    )
    x = optimum.x[0]
    at = method.discrepancy.evaluate(structure, x, data)
    return replace(
        solution,
        table=table,
        structure=structure,
        data=data,
        method=method,
        statistics=statistics,
        x=x,
        at=at,
        information=method.discrepancy.information(structure, at, data),
        active=np.empty(0, dtype=np.intp),
    )


def _independence_table(table: ParameterTable) -> ParameterTable:
    rows = _rows(table)
    entries: list[Entry] = []
    free = 0
    for group in range(1, len(table.groups) + 1):
        for entry in rows:
            free += entry.free
            number = free if entry.free else 0
            entries.append(changed(entry, free=number, group=group))
    return replace(
        table,
        entries=tuple(entries),
        defined=(),
        latents=(),
        exogenous=(),
        n_free=free,
        basis=np.eye(free),
        offset=np.zeros(free),
        at_least=np.empty((0, free)),
        bound=np.empty(0),
        held=0,
    )


def _rows(table: ParameterTable) -> list[Entry]:
    levels = dict(table.ordered)
    theta = table.parameterization == "theta"
    rows = [
        Entry(lhs=name, op="|", rhs=f"t{k}", free=1)
        for name, count in levels.items()
        for k in range(1, count)
    ]
    for name in table.observed:
        if name in levels:
            rows += [
                Entry(lhs=name, op="~~", rhs=name, value=1.0, dependent=not theta),
                Entry(lhs=name, op="~*~", rhs=name, value=1.0, dependent=theta),
                Entry(lhs=name, op="~1", rhs="", value=0.0),
            ]
        else:
            rows += [
                Entry(lhs=name, op="~~", rhs=name, free=1),
                Entry(lhs=name, op="~1", rhs="", free=1),
            ]
    return rows
