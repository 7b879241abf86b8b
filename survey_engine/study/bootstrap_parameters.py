"""Bootstrap intervals of the parameters of a covariance-based model, and of definitions.

What lavaan gives with ``se = "bootstrap"``: unstandardised parameters refitted in every
resample. Definitions (``:=``) are evaluated at each resample's parameters, so that an
indirect effect needs no normal approximation (MacKinnon, Lockwood & Williams 2004).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from survey_engine.assessment.resampled import Resampled
from survey_engine.assessment.tables import fields
from survey_engine.estimation.cbsem.expressions import Dual, evaluate
from survey_engine.estimation.estimates import Estimate
from survey_engine.estimation.fit_result import CbSemFit, ParameterRow
from survey_engine.numerics.moments import Array

FREE, DEFINED = "free_parameters", "defined_parameters"


@dataclass(frozen=True, kw_only=True)
class ResampledParameter(Estimate):
    """A free or defined parameter, unstandardised, with its bootstrap interval."""

    lhs: str
    op: str
    rhs: str
    label: str


def resampled_values(values: Array, fit: CbSemFit) -> dict[str, Array]:
    """Free parameters (B, q), and definitions (B, number of definitions) where there are."""
    found = {FREE: values}
    definitions = [row for row in fit.parameters if row.op == ":="]
    if definitions:
        made = _defined(values, fit.parameters, definitions)
        found[DEFINED] = np.stack(made, axis=-1)
    return found


def point_values(fit: CbSemFit) -> dict[str, Array]:
    """The same of the fit itself."""
    found = resampled_values(np.asarray(fit.free_values, dtype=np.float64)[None], fit)
    return {name: values[0] for name, values in found.items()}


def _defined(
    values: Array, rows: tuple[ParameterRow, ...], definitions: list[ParameterRow]
) -> list[Array]:
    names: dict[str, Dual] = {}
    still = np.zeros(1)  # no slopes are wanted here
    for row in rows:
        if row.op == ":=" or not row.label or row.label in names:
            continue
        fixed = np.nan if row.est is None else row.est
        value = values[:, row.free - 1] if row.free else np.full(len(values), fixed)
        names[row.label] = Dual(value, still)
    made = []
    for row in definitions:
        found = evaluate(row.rhs, names, 1)
        names[row.lhs] = found
        made.append(np.broadcast_to(found.value, len(values)).astype(np.float64))
    return made


def bootstrap_parameters(fit: object, sampled: Resampled) -> tuple[ResampledParameter, ...]:
    """Every free parameter, then every definition; empty without resamples."""
    if not isinstance(fit, CbSemFit) or FREE not in sampled.draws:
        return ()
    rows, order = [], 0
    for row in fit.parameters:
        if row.op == ":=":
            found = sampled.estimate(DEFINED, order)
            order += 1
        elif row.free:
            found = sampled.estimate(FREE, row.free - 1)
        else:
            continue
        rows.append(
            ResampledParameter(
                lhs=row.lhs, op=row.op, rhs=row.rhs, label=row.label, **fields(found)
            )
        )
    return tuple(rows)
