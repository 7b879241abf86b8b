"""Second stage of a study: the fit, its resamples, and whether it may be interpreted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from survey_engine.assessment.admissibility import verify
from survey_engine.assessment.resampled import Resampled
from survey_engine.assessment.result import Admissibility
from survey_engine.errors import Diagnostic, Scope, diagnostic
from survey_engine.estimation.bootstrap import BatchStatistic, BootstrapResult, bootstrap
from survey_engine.estimation.cbsem.estimator import CbSemEstimator
from survey_engine.estimation.fit_result import CbSemFit, PlsFit
from survey_engine.estimation.pattern_bootstrap import EM_RESAMPLES, pattern_bootstrap
from survey_engine.estimation.pls.estimator import PlsEstimator
from survey_engine.execution import Progress as TaskProgress
from survey_engine.numerics.moments import Array
from survey_engine.responses.reduce import Reduction
from survey_engine.spec.model import ModelSpec
from survey_engine.study.cbsem_statistic import CbSemStatistic, cbsem_solution, measured
from survey_engine.study.prepare import Prepared
from survey_engine.study.quantities import Layout, layout_of, quantities
from survey_engine.study.result import ResampleLedger, StudySpec
from survey_engine.study.statistic import pls_solution, pls_statistic

Progress = Callable[[str, int, int], None]
"""Called with the stage, tasks done and tasks in all."""

PLS_RESAMPLES = 10_000
CBSEM_RESAMPLES = 5_000
LEAST_SHARE = 0.5
SECOND_LOOK_RESAMPLES = 200
"""CB-SEM resamples where only the failure rate is wanted."""


@dataclass(frozen=True, kw_only=True)
class Estimated:
    """A fit with everything resampled from it.

    Attributes
    ----------
    fit : PlsFit or CbSemFit
    model : ModelSpec
        The model of the tables: with observed indicators only.
    layout : Layout
    sampled : Resampled
    ledger : ResampleLedger or None
    admissibility : Admissibility
    diagnostics : tuple of Diagnostic
    """

    fit: PlsFit | CbSemFit
    model: ModelSpec
    layout: Layout
    sampled: Resampled
    ledger: ResampleLedger | None
    admissibility: Admissibility
    diagnostics: tuple[Diagnostic, ...]


def estimate(
    prepared: Prepared, spec: StudySpec, *, progress: Progress | None = None
) -> Estimated:
    """Fit the requested estimator and resample it.

    Raises
    ------
    EstimationError
        The model cannot be estimated from these moments.
    """
    if spec.estimator == "ml":
        return _covariance_based(prepared, spec, progress=progress)
    return _partial_least_squares(prepared, spec, progress=progress)


def _partial_least_squares(
    prepared: Prepared, spec: StudySpec, *, progress: Progress | None
) -> Estimated:
    estimator = PlsEstimator(
        metric=prepared.metric,
        scheme=spec.scheme,
        modes=dict(spec.modes),
        consistent=spec.estimator == "plsc",
    )
    fit = estimator.fit(prepared.model, prepared.reduction.moments)
    layout = layout_of(
        prepared.model,
        metric=prepared.metric,
        ranges=prepared.ranges,
        target=prepared.target,
    )
    drawn = _resample(
        prepared,
        pls_statistic(estimator, fit, layout),
        spec=spec,
        default=PLS_RESAMPLES,
        progress=progress,
    )
    point = quantities(pls_solution(fit), layout)
    return _estimated(fit, prepared.model, layout, point=point, drawn=drawn, spec=spec)


def _covariance_based(
    prepared: Prepared, spec: StudySpec, *, progress: Progress | None
) -> Estimated:
    estimator = CbSemEstimator()
    moments = prepared.reduction.moments
    fit = estimator.fit(prepared.model, moments)
    model = measured(prepared.model, fit.moments.columns).spec
    layout = layout_of(model, metric="raw", ranges=prepared.ranges, target=prepared.target)
    statistic = CbSemStatistic(
        estimator=estimator, spec=prepared.model, moments=moments, layout=layout, fit=fit
    )
    sound = verify(fit).verdict == "yes"
    drawn = None
    if fit.converged:
        drawn = _resample(
            prepared,
            statistic,
            spec=spec,
            # A doubtful solution gets its failure rate, not an afternoon of resamples.
            default=CBSEM_RESAMPLES if sound else SECOND_LOOK_RESAMPLES,
            progress=progress,
        )
    point = quantities(cbsem_solution(fit), layout)
    return _estimated(fit, model, layout, point=point, drawn=drawn, spec=spec)


def _resample(
    prepared: Prepared,
    statistic: BatchStatistic,
    *,
    spec: StudySpec,
    default: int,
    progress: Progress | None,
) -> BootstrapResult | None:
    if prepared.reduction.incomplete is not None:
        default = min(default, EM_RESAMPLES)
    requested = default if spec.resamples is None else spec.resamples
    if requested == 0 or prepared.reduction.moments.missing == "pairwise":
        return None

    def told(done: int, total: int) -> None:
        if progress is not None:
            progress("resamples", done, total)

    return _drawn(
        prepared.reduction,
        statistic,
        requested=requested,
        seed=spec.seed,
        workers=spec.workers,
        progress=told,
    )


def _drawn(
    reduction: Reduction,
    statistic: BatchStatistic,
    *,
    requested: int,
    seed: int,
    workers: int = 1,
    progress: TaskProgress | None = None,
) -> BootstrapResult:
    """The bootstrap the rows allow: rows with gaps run EM again in each resample."""
    if reduction.incomplete is not None:
        return pattern_bootstrap(
            (reduction.incomplete, reduction.moments),
            statistic,
            requested=requested,
            seed=seed,
            workers=workers,
            progress=progress,
        )
    return bootstrap(
        reduction.rows,
        statistic,
        requested=requested,
        seed=seed,
        workers=workers,
        progress=progress,
    )


def _estimated(
    fit: PlsFit | CbSemFit,
    model: ModelSpec,
    layout: Layout,
    *,
    point: dict[str, Array],
    drawn: BootstrapResult | None,
    spec: StudySpec,
) -> Estimated:
    admissibility = verify(
        fit,
        by_reason=drawn.by_reason if drawn else {},
        requested=drawn.requested if drawn else 0,
    )
    told = {reason.code for reason in admissibility.reasons}
    notes = [one for one in fit.diagnostics if one.code not in told]
    if drawn is None and fit.moments.missing == "pairwise" and spec.resamples != 0:
        notes.append(diagnostic("RESAMPLES_NEED_ROWS"))
    if drawn is not None and not _enough(drawn):
        notes.append(
            diagnostic("INTERVALS_WITHHELD", usable=drawn.usable, requested=drawn.requested)
        )
    return Estimated(
        fit=fit,
        model=model,
        layout=layout,
        sampled=Resampled(
            point=point,
            draws=drawn.draws if drawn and _enough(drawn) else {},
            confidence=spec.confidence,
        ),
        ledger=ledger_of(drawn),
        admissibility=admissibility,
        diagnostics=tuple(notes),
    )


def _enough(drawn: BootstrapResult) -> bool:
    """Whether the usable resamples are more than a remnant: half of those drawn."""
    return drawn.usable >= max(LEAST_SHARE * drawn.requested, 2)


def ledger_of(drawn: BootstrapResult | None) -> ResampleLedger | None:
    """The ledger of a bootstrap, without its draws."""
    if drawn is None:
        return None
    return ResampleLedger(
        requested=drawn.requested,
        usable=drawn.usable,
        failed=drawn.failed,
        by_reason=dict(drawn.by_reason),
        seed=drawn.seed,
        interval="percentile",
    )


def second_look(
    prepared: Prepared, *, seed: int
) -> tuple[CbSemFit, Admissibility, ResampleLedger | None]:
    """The covariance-based fit beside PLS, with 200 resamples for its failure rate.

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

        drawn = _drawn(
            prepared.reduction,
            statistic,
            requested=SECOND_LOOK_RESAMPLES,
            seed=seed,
        )
    admissibility = verify(
        fit,
        by_reason=drawn.by_reason if drawn else {},
        requested=drawn.requested if drawn else 0,
        scope=Scope.SECOND_OPINION,
    )
    return fit, admissibility, ledger_of(drawn)
