"""What a search for the optimum has to say: limits reached, no convergence."""

from __future__ import annotations

import numpy as np

from survey_engine.errors import Diagnostic, Where, diagnostic
from survey_engine.estimation.cbsem.optimise import Optimum
from survey_engine.estimation.parameter_table import ParameterTable


def held(table: ParameterTable, active: tuple[int, ...]) -> tuple[Diagnostic, ...]:
    """Name the parameters of the inequalities that hold with equality."""
    if not active:
        return ()
    moved = set(np.flatnonzero(np.abs(table.at_least[list(active)]).any(axis=0)) + 1)
    names = tuple(dict.fromkeys(e.text for e in table.entries if e.free in moved))
    where = Where(parameters=names)
    return (diagnostic("CONSTRAINT_ACTIVE", where=where, what="; ".join(names)),)


def convergence_problems(table: ParameterTable, optimum: Optimum) -> tuple[Diagnostic, ...]:
    """NOT_CONVERGED with the parameters that still move."""
    if optimum.converged[0]:
        return ()
    moved = np.abs(optimum.last_step[0] @ table.basis.T)
    names: dict[int, str] = {}
    for entry in table.entries:
        names.setdefault(entry.free - 1, entry.text)
    worst = tuple(names[int(k)] for k in np.argsort(-moved)[:5] if moved[k] > 0)
    return (
        diagnostic(
            "NOT_CONVERGED",
            where=Where(parameters=worst),
            iterations=int(optimum.iterations[0]),
            criterion=f"{np.abs(optimum.gradient[0]).max():.2g}",
        ),
    )
