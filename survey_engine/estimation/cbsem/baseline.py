"""The independence model: variances free, covariances zero, means free.

Exogenous observed predictors keep their covariances, as in lavaan.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from survey_engine.estimation.cbsem.entry import Entry, changed
from survey_engine.estimation.cbsem.hessian import repeated
from survey_engine.estimation.cbsem.observed import Sample, fixed_values
from survey_engine.estimation.cbsem.optimise import minimise
from survey_engine.estimation.cbsem.ordinal_baseline import ordinal_independence
from survey_engine.estimation.cbsem.solution import Solution
from survey_engine.estimation.cbsem.structure import compile_structure
from survey_engine.estimation.parameter_table import ParameterTable


@dataclass(frozen=True, kw_only=True)
class Baseline:
    """Chi-square and degrees of freedom of the independence model."""

    chisq: float
    df: int


def independence(solution: Solution) -> Baseline:
    """The test of the independence model, not scaled."""
    table = solution.table
    p, x = len(table.observed), len(table.exogenous)
    df = len(table.groups) * (p * (p - 1) // 2 - x * (x - 1) // 2)
    if solution.method.family == "ml":
        return Baseline(chisq=_ml_chisq(solution), df=df)
    fitted = independence_solution(solution)
    return Baseline(chisq=float(fitted.data.n * fitted.at.value), df=df)


def _ml_chisq(solution: Solution) -> float:
    """In closed form: ``sum ln s_ii - ln |S|`` of what is not exogenous."""
    data, table = solution.data, solution.table
    own = np.array([name not in table.exogenous for name in table.observed])
    variance = np.diagonal(data.covariance, axis1=-2, axis2=-1)
    determinant = np.log(variance[:, own]).sum(axis=-1)
    if not own.all():
        determinant += np.linalg.slogdet(data.covariance[:, ~own][:, :, ~own])[1]
    return float((data.sizes * (determinant - data.log_determinant)).sum())


def independence_solution(solution: Solution) -> Solution:
    """The independence model fitted by the same method to the same sample."""
    if solution.table.ordered:
        return ordinal_independence(solution)
    table = independence_table(solution.table)
    structure = compile_structure(table)
    data = replace(
        solution.data, fixed=fixed_values(table, solution.data.mean, solution.data.covariance)
    )
    discrepancy = solution.method.discrepancy
    start = np.zeros(table.n_free)
    count = len(table.rows)
    for i, entry in enumerate(table.entries):
        if entry.free:
            start[entry.free - 1] = _moment(table, data, entry, i // count)
    optimum = minimise(
        discrepancy,
        structure,
        repeated(data, 1),
        start,
        tolerance=1e-9,
        max_iterations=50,
    )
    x = optimum.x[0]
    at = discrepancy.evaluate(structure, x, data)
    return replace(
        solution,
        table=table,
        structure=structure,
        data=data,
        x=x,
        at=at,
        information=discrepancy.information(structure, at, data),
        active=np.empty(0, dtype=np.intp),
    )


def _moment(table: ParameterTable, data: Sample, entry: Entry, group: int) -> float:
    first = table.observed.index(entry.lhs)
    if entry.op == "~1":
        return float(data.mean[group, first])
    return float(data.covariance[group, first, table.observed.index(entry.rhs)])


def independence_table(table: ParameterTable) -> ParameterTable:
    """Variances (and means) of every observed variable; nothing else but among x."""
    entries: list[Entry] = []
    free = 0
    for group in range(1, len(table.groups) + 1):
        for entry in _rows(table):
            taken = entry.from_sample is not None
            free += not taken
            entries.append(changed(entry, free=0 if taken else free, group=group))
    return replace(
        table,
        entries=tuple(entries),
        defined=(),
        latents=(),
        n_free=free,
        basis=np.eye(free),
        offset=np.zeros(free),
        at_least=np.empty((0, free)),
        bound=np.empty(0),
    )


def _rows(table: ParameterTable) -> list[Entry]:
    exogenous = set(table.exogenous)
    sample = 1.0 if table.fixed_x else None
    rows = []
    for name in table.observed:
        own = sample if name in exogenous else None
        rows.append(Entry(lhs=name, op="~~", rhs=name, from_sample=own))
    rows += [
        Entry(lhs=first, op="~~", rhs=second, from_sample=sample)
        for i, first in enumerate(table.exogenous)
        for second in table.exogenous[i + 1 :]
    ]
    if table.means:
        for name in table.observed:
            own = sample if name in exogenous else None
            rows.append(Entry(lhs=name, op="~1", rhs="", from_sample=own))
    return rows
