"""Covariance-based SEM of ordered answers: thresholds and polychoric correlations."""

from __future__ import annotations

from dataclasses import dataclass

from survey_engine.errors import EstimationError, diagnostic
from survey_engine.estimation.cbsem.discrepancy.evaluation import Discrepancy
from survey_engine.estimation.cbsem.discrepancy.thresholds import (
    OrdinalLeastSquares,
    ThresholdStatistics,
    threshold_statistics,
)
from survey_engine.estimation.cbsem.methods import Method
from survey_engine.estimation.cbsem.ordinal_sample import as_grouped, ordinal_sample
from survey_engine.estimation.cbsem.prepare import refuse_unknown_columns
from survey_engine.estimation.cbsem.problem import Problem
from survey_engine.estimation.cbsem.structure import compile_structure
from survey_engine.estimation.parameter_table import ParameterTable
from survey_engine.numerics.ordinal_moments import OrdinalMoments


@dataclass(frozen=True, kw_only=True)
class OrdinalMethod(Method):
    """An estimator with the statistics of one model's ordered variables."""

    statistics: ThresholdStatistics

    @property
    def discrepancy(self) -> Discrepancy:
        """Least squares of thresholds and polychoric covariances."""
        return OrdinalLeastSquares(self.statistics)


def levels_of(moments: OrdinalMoments) -> tuple[tuple[str, int], ...]:
    """Ordered columns with their number of categories."""
    pairs = zip(moments.columns, moments.categories, strict=True)
    return tuple((name, len(answers)) for name, answers in pairs if answers)


def ordinal_problem(
    table: ParameterTable, moments: tuple[OrdinalMoments, ...], method: Method
) -> Problem:
    """Compile and weight.

    Raises
    ------
    EstimationError
        ORDINAL_ESTIMATOR for an estimator without thresholds, UNKNOWN_MODEL_COLUMN,
        TOO_MANY_PARAMETERS, and those of `ordinal_sample`.
    """
    if method.family in ("ml", "gls"):
        raise EstimationError(diagnostic("ORDINAL_ESTIMATOR", estimator=method.name))
    refuse_unknown_columns(table, moments[0].columns)
    chosen = tuple(one.select(table.observed) for one in moments)
    structure = compile_structure(table)
    data, gamma = ordinal_sample(table, chosen, method)
    if table.df < 0:
        raise EstimationError(diagnostic("TOO_MANY_PARAMETERS", npar=table.npar, df=table.df))
    statistics = threshold_statistics(table, structure)
    return Problem(
        table=table,
        structure=structure,
        data=data,
        gamma=gamma,
        method=OrdinalMethod(**vars(method), statistics=statistics),
        statistics=statistics,
        moments=as_grouped(chosen),
    )
