"""The covariance-based fit beside a PLS study, with its failure rate."""

from __future__ import annotations

from survey_engine.assessment.admissibility import verify
from survey_engine.assessment.result import Admissibility
from survey_engine.errors import Scope
from survey_engine.estimation.bootstrap import bootstrap
from survey_engine.estimation.cbsem.estimator import CbSemEstimator
from survey_engine.estimation.fit_result import CbSemFit
from survey_engine.estimation.pattern_bootstrap import pattern_bootstrap
from survey_engine.study.cbsem_statistic import CbSemStatistic, measured
from survey_engine.study.drawn import ledger_of
from survey_engine.study.prepare import Prepared
from survey_engine.study.quantities import layout_of
from survey_engine.study.result import ResampleLedger

SECOND_LOOK_RESAMPLES = 200
"""CB-SEM resamples where only the failure rate is wanted."""


def second_look(
    prepared: Prepared, *, seed: int, times: int = SECOND_LOOK_RESAMPLES
) -> tuple[CbSemFit, Admissibility, ResampleLedger | None]:
    """The covariance-based fit beside PLS, with `times` resamples for its failure rate.

    Raises
    ------
    EstimationError
        The model cannot be fitted by maximum likelihood.
    """
    estimator = CbSemEstimator()
    moments = prepared.reduction.moments
    fit = estimator.fit(prepared.model, moments)
    drawn = None
    if fit.converged and moments.missing != "pairwise":
        layout = layout_of(
            measured(prepared.model, fit.moments.columns).spec,
            metric="raw",
            ranges=None,
            target=None,
        )
        statistic = CbSemStatistic(
            estimator=estimator,
            spec=prepared.model,
            moments=moments,
            layout=layout,
            fit=fit,
        )
        incomplete = prepared.reduction.incomplete
        if incomplete is None:
            drawn = bootstrap(prepared.reduction.rows, statistic, requested=times, seed=seed)
        else:
            drawn = pattern_bootstrap(
                (incomplete, moments), statistic, requested=times, seed=seed
            )
    admissibility = verify(
        fit,
        by_reason=drawn.by_reason if drawn else {},
        requested=drawn.requested if drawn else 0,
        scope=Scope.SECOND_OPINION,
    )
    return fit, admissibility, ledger_of(drawn)
