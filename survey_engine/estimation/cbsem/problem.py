"""`Problem`: a compiled model and the sample it is fitted to."""

from __future__ import annotations

from dataclasses import dataclass, field

from survey_engine.errors import Diagnostic
from survey_engine.estimation.cbsem.discrepancy.least_squares import MOMENTS, StatisticModel
from survey_engine.estimation.cbsem.grouped import GroupedMoments
from survey_engine.estimation.cbsem.methods import Method
from survey_engine.estimation.cbsem.observed import Sample
from survey_engine.estimation.cbsem.structure import Structure
from survey_engine.estimation.parameter_table import ParameterTable
from survey_engine.numerics.moments import Array


@dataclass(frozen=True, kw_only=True)
class Problem:
    """Everything an estimator minimises; see `Solution` for the fields."""

    table: ParameterTable
    structure: Structure
    data: Sample
    method: Method
    moments: GroupedMoments
    gamma: Array | None = None
    statistics: StatisticModel = field(default=MOMENTS)
    noticed: tuple[Diagnostic, ...] = ()
