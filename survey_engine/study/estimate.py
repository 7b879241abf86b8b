"""Second stage of a study: the fit, its resamples, and whether it may be interpreted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from survey_engine.assessment.admissibility import verify
from survey_engine.assessment.blocks import block_slices
from survey_engine.assessment.component_fit import component_fit
from survey_engine.assessment.composite_fit import composite_fit
from survey_engine.assessment.resampled import Resampled
from survey_engine.assessment.result import Admissibility
from survey_engine.errors import Diagnostic, Scope, diagnostic
from survey_engine.estimation.bootstrap import BatchStatistic, BootstrapResult, bootstrap
from survey_engine.estimation.cbsem.estimator import CbSemEstimator
from survey_engine.estimation.cluster_bootstrap import cluster_bootstrap
from survey_engine.estimation.fit_result import CbSemFit, PlsFit
from survey_engine.estimation.jackknife import JackknifeResult
from survey_engine.estimation.pattern_bootstrap import EM_RESAMPLES, pattern_bootstrap
from survey_engine.estimation.pls.estimator import PlsEstimator
from survey_engine.estimation.pls.stages import StagedModel
from survey_engine.numerics.moments import Array, RowSource
from survey_engine.spec.model import ModelSpec
from survey_engine.study.cbsem_statistic import CbSemStatistic, cbsem_solution, measured
from survey_engine.study.covariance import (
    both_admissible,
    cbsem_estimator,
    continuous_note,
    fit_by_groups,
    model_of_all,
    moments_with_rows,
)
from survey_engine.study.exact_fit import RESAMPLES as EXACT_FIT_RESAMPLES
from survey_engine.study.exact_fit import ExactFit, exact_fit
from survey_engine.study.index_sensitivity import IndexByMode, index_sensitivity
from survey_engine.study.inference import (
    Inference,
    inference_of,
    leave_out,
    resampling_options,
    unused_options,
)
from survey_engine.study.prepare import Prepared
from survey_engine.study.quantities import Layout, Solution, layout_of, quantities
from survey_engine.study.result import ResampleLedger, StudySpec
from survey_engine.study.staged_input import described_by, pls_input
from survey_engine.study.statistic import pls_solution, pls_statistic, staged_point
from survey_engine.study.survey_design import design_of

Progress = Callable[[str, int, int], None]
"""Called with the stage, tasks done and tasks in all."""

PLS_RESAMPLES = 10_000
CBSEM_RESAMPLES = 5_000
LEAST_SHARE = 0.5
STUDENTISED_RESAMPLES = 2_000
"""Each takes some fifty fits."""
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
    inference : Inference or None
    index_by_mode : tuple of IndexByMode
        Where the request chose the mode of the index construct or a weight is negative.
    prepared : Prepared or None
        With the indicators a staged model made; None for a plain one.
    staged : StagedModel or None
    measures : dict
        Fit measures of a plain PLS model; CB-SEM has its own.
    exact_fit : tuple of ExactFit
        Where the request asks for the test.
    groups_fit : CbSemFit or None
        The covariance-based model of all groups at once.
    """

    fit: PlsFit | CbSemFit
    model: ModelSpec
    layout: Layout
    sampled: Resampled
    ledger: ResampleLedger | None
    admissibility: Admissibility
    diagnostics: tuple[Diagnostic, ...]
    inference: Inference | None = None
    index_by_mode: tuple[IndexByMode, ...] = ()
    prepared: Prepared | None = None
    staged: StagedModel | None = None
    measures: dict[str, float | None] = field(default_factory=dict)
    exact_fit: tuple[ExactFit, ...] = ()
    groups_fit: CbSemFit | None = None


def estimate(
    prepared: Prepared, spec: StudySpec, *, progress: Progress | None = None
) -> Estimated:
    """Fit the requested estimator and resample it.

    Raises
    ------
    EstimationError
        The model cannot be estimated from these moments.
    """
    if spec.covariance_based:
        return _covariance_based(prepared, spec, progress=progress)
    return _partial_least_squares(prepared, spec, progress=progress)


def pls_estimator(prepared: Prepared, spec: StudySpec) -> PlsEstimator:
    """The PLS run a request asks for."""
    return PlsEstimator(
        metric="standardised" if spec.estimator == "gsca" else prepared.metric,
        scheme=spec.scheme,
        modes=dict(spec.modes),
        consistent=spec.estimator == "plsc",
        sums=spec.estimator == "sum",
        components=spec.estimator == "gsca",
        interaction=spec.interaction,
        higher_order=spec.higher_order,
    )


def _partial_least_squares(
    prepared: Prepared, spec: StudySpec, *, progress: Progress | None
) -> Estimated:
    estimator = pls_estimator(prepared, spec)
    given = pls_input(prepared, estimator)
    fit = estimator.fit(prepared.model, given.moments)
    layout = layout_of(
        given.final,
        metric=estimator.metric,
        ranges=given.ranges,
        target=prepared.target,
    )
    layout = replace(layout, staged=given.staged is not None)
    statistic = pls_statistic(estimator, fit, layout, sign=spec.sign, given=given)
    drawn = _resample(
        prepared,
        statistic,
        spec=spec,
        default=PLS_RESAMPLES,
        progress=progress,
        rows=given.rows,
    )
    point = quantities(pls_solution(fit), layout) | staged_point(fit, statistic.slopes)
    found = _estimated(fit, given.final, layout, point=point, drawn=drawn, spec=spec)
    if given.staged is not None:
        made = described_by(prepared, given, fit)
        return replace(found, prepared=made, staged=given.staged)
    found = _with_fit(found, fit, prepared, estimator, spec)
    if prepared.target in spec.modes or _negative(point, layout):
        return replace(found, index_by_mode=index_sensitivity(estimator, fit, layout))
    return found


def _with_fit(
    found: Estimated,
    fit: PlsFit,
    prepared: Prepared,
    estimator: PlsEstimator,
    spec: StudySpec,
) -> Estimated:
    """Add how well the model reproduces the correlations, and the test of it."""
    measures = composite_fit(fit)
    if estimator.components:
        measures |= component_fit(fit, found.sampled)
    tests: tuple[ExactFit, ...] = ()
    rows = prepared.reduction.rows
    if spec.exact_fit and fit.moments.missing != "pairwise":
        requested = spec.resamples or EXACT_FIT_RESAMPLES
        tests = exact_fit(estimator, fit, measures, rows, requested=requested, seed=spec.seed)
    return replace(found, measures=measures, exact_fit=tests)


def _negative(point: dict[str, Array], layout: Layout) -> bool:
    """Whether an item of the index construct has a negative weight."""
    if layout.target is None:
        return False
    block = block_slices(layout.sizes)[layout.target]
    return bool((point["weights"][block] < 0).any())


def _covariance_based(
    prepared: Prepared, spec: StudySpec, *, progress: Progress | None
) -> Estimated:
    estimator = replace(cbsem_estimator(spec), group_equal=(), group_partial=())
    moments = prepared.reduction.moments
    by_groups, told = fit_by_groups(prepared, spec)
    own = model_of_all(prepared.model) if by_groups is not None else prepared.model
    fit = estimator.fit(own, moments_with_rows(prepared, spec))
    model = measured(own, fit.moments.columns).spec
    metric = "raw" if prepared.ordinal is None else "standardised"
    layout = layout_of(model, metric=metric, ranges=prepared.ranges, target=prepared.target)
    statistic = CbSemStatistic(
        estimator=estimator, spec=own, moments=moments, layout=layout, fit=fit
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
    point = quantities(_as_answered(cbsem_solution(fit), prepared, model), layout)
    found = _estimated(fit, model, layout, point=point, drawn=drawn, spec=spec)
    notes = (*found.diagnostics, *continuous_note(spec), *told)
    if by_groups is not None:
        sound_groups = both_admissible(found.admissibility, verify(by_groups))
        found = replace(found, admissibility=sound_groups)
    return replace(found, diagnostics=notes, groups_fit=by_groups)


def _as_answered(solution: Solution, prepared: Prepared, model: ModelSpec) -> Solution:
    """Means and deviations of the answers where the fit is of responses behind them."""
    if prepared.ordinal is None:
        return solution
    answered = prepared.reduction.moments.select(model.indicators)
    return replace(solution, mean=answered.mean, covariance=answered.covariance)


def _resample(
    prepared: Prepared,
    statistic: BatchStatistic,
    *,
    spec: StudySpec,
    default: int,
    progress: Progress | None,
    rows: RowSource | None = None,
) -> Drawn | None:
    if spec.ci == "studentised":
        default = min(default, STUDENTISED_RESAMPLES)
    if prepared.reduction.incomplete is not None:
        default = min(default, EM_RESAMPLES)
    requested = default if spec.resamples is None else spec.resamples
    if requested == 0 or prepared.reduction.moments.missing == "pairwise":
        return None
    if prepared.ordinal is not None:  # told by `ordinal_notes`
        return None

    def told(done: int, total: int) -> None:
        if progress is not None:
            progress("resamples", done, total)

    incomplete = prepared.reduction.incomplete
    if incomplete is not None:
        redone = pattern_bootstrap(
            (incomplete, prepared.reduction.moments),
            statistic,
            requested=requested,
            seed=spec.seed,
            workers=spec.workers,
            progress=told,
        )
        return Drawn(bootstrap=redone, jackknife=None)
    design = design_of(prepared, spec)
    if design is not None:
        by_cluster = cluster_bootstrap(
            prepared.reduction.rows,
            design,
            statistic,
            requested=requested,
            seed=spec.seed,
            workers=spec.workers,
            progress=told,
        )
        return Drawn(bootstrap=by_cluster, jackknife=None)
    rows = rows or prepared.reduction.rows
    drawn = bootstrap(
        rows,
        statistic,
        requested=requested,
        seed=spec.seed,
        workers=spec.workers,
        progress=told,
        options=resampling_options(spec),
    )
    return Drawn(bootstrap=drawn, jackknife=leave_out(rows, statistic, spec))


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """Resamples, and the jackknife where it is needed."""

    bootstrap: BootstrapResult
    jackknife: JackknifeResult | None


def _estimated(
    fit: PlsFit | CbSemFit,
    model: ModelSpec,
    layout: Layout,
    *,
    point: dict[str, Array],
    drawn: Drawn | None,
    spec: StudySpec,
) -> Estimated:
    ledger = drawn.bootstrap if drawn else None
    admissibility = verify(
        fit,
        by_reason=ledger.by_reason if ledger else {},
        requested=ledger.drawn if ledger else 0,
    )
    told = {reason.code for reason in admissibility.reasons}
    notes = [one for one in fit.diagnostics if one.code not in told]
    notes += unused_options(spec, staged=layout.staged)
    if ledger is None and fit.moments.missing == "pairwise" and spec.resamples != 0:
        notes.append(diagnostic("RESAMPLES_NEED_ROWS"))
    if ledger is not None and not _enough(ledger):
        notes.append(
            diagnostic("INTERVALS_WITHHELD", usable=ledger.usable, requested=ledger.requested)
        )
    leaves = drawn.jackknife if drawn else None
    return Estimated(
        fit=fit,
        model=model,
        layout=layout,
        sampled=_sampled(point, ledger, leaves, spec),
        ledger=ledger_of(ledger, spec),
        admissibility=admissibility,
        diagnostics=tuple(notes),
        inference=inference_of(ledger, leaves, point, model, spec.confidence),
    )


def _sampled(
    point: dict[str, Array],
    drawn: BootstrapResult | None,
    leaves: JackknifeResult | None,
    spec: StudySpec,
) -> Resampled:
    if drawn is None or not _enough(drawn):
        return Resampled(point=point, confidence=spec.confidence)
    return Resampled(
        point=point,
        draws=drawn.draws,
        confidence=spec.confidence,
        leaves=leaves.leaves if leaves else {},
        errors=drawn.errors,
        interval=spec.ci if leaves else "percentile",
    )


def _enough(drawn: BootstrapResult) -> bool:
    """Whether the usable resamples are more than a remnant: half of those drawn."""
    return drawn.usable >= max(LEAST_SHARE * drawn.requested, 2)


def ledger_of(
    drawn: BootstrapResult | None, spec: StudySpec | None = None
) -> ResampleLedger | None:
    """The ledger of a bootstrap, without its draws."""
    if drawn is None:
        return None
    return ResampleLedger(
        requested=drawn.requested,
        usable=drawn.usable,
        failed=drawn.failed,
        by_reason=dict(drawn.by_reason),
        seed=drawn.seed,
        interval=spec.ci if spec else "percentile",
        drawn=drawn.drawn,
        treatment=drawn.treatment,
        sign=spec.sign if spec else "none",
    )


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
