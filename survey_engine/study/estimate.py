"""Second stage of a study: the fit, its resamples, and whether it may be interpreted."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from survey_engine.assessment.admissibility import verify
from survey_engine.assessment.blocks import block_slices
from survey_engine.assessment.component_fit import component_fit
from survey_engine.assessment.composite_fit import composite_fit
from survey_engine.assessment.resampled import Resampled
from survey_engine.assessment.result import Admissibility
from survey_engine.errors import Diagnostic, diagnostic
from survey_engine.estimation.fit_result import CbSemFit, PlsFit
from survey_engine.estimation.pls.estimator import PlsEstimator
from survey_engine.estimation.pls.stages import StagedModel
from survey_engine.numerics.moments import Array
from survey_engine.spec.model import ModelSpec
from survey_engine.study.bootstrap_parameters import point_values
from survey_engine.study.cbsem_statistic import CbSemStatistic, cbsem_solution, measured
from survey_engine.study.covariance import (
    both_admissible,
    cbsem_estimator,
    continuous_note,
    fit_by_groups,
    model_of_all,
    moments_with_rows,
)
from survey_engine.study.drawn import Drawn, Progress, enough, ledger_of, resample, sampled_of
from survey_engine.study.exact_fit import RESAMPLES as EXACT_FIT_RESAMPLES
from survey_engine.study.exact_fit import ExactFit, exact_fit
from survey_engine.study.index_sensitivity import IndexByMode, index_sensitivity
from survey_engine.study.inference import (
    Inference,
    inference_of,
    unused_options,
)
from survey_engine.study.prepare import Prepared
from survey_engine.study.quantities import Layout, Solution, layout_of, quantities
from survey_engine.study.result import ResampleLedger, StudySpec
from survey_engine.study.second_look import SECOND_LOOK_RESAMPLES
from survey_engine.study.staged_input import described_by, pls_input
from survey_engine.study.statistic import pls_solution, pls_statistic, staged_point

PLS_RESAMPLES = 10_000
CBSEM_RESAMPLES = 5_000


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
    layout = replace(layout, staged=given.staged is not None, geometric=spec.robustness)
    statistic = pls_statistic(estimator, fit, layout, sign=spec.sign, given=given)
    drawn = resample(
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
    layout = replace(layout, geometric=spec.measurement_tests)
    statistic = CbSemStatistic(
        estimator=estimator, spec=own, moments=moments, layout=layout, fit=fit
    )
    sound = verify(fit).verdict == "yes"
    drawn = None
    if fit.converged:
        drawn = resample(
            prepared,
            statistic,
            spec=spec,
            # A doubtful solution gets its failure rate, not an afternoon of resamples.
            default=CBSEM_RESAMPLES if sound else SECOND_LOOK_RESAMPLES,
            progress=progress,
        )
    point = quantities(_as_answered(cbsem_solution(fit), prepared, model), layout)
    point |= point_values(fit)
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
    if ledger is not None and not enough(ledger):
        notes.append(
            diagnostic("INTERVALS_WITHHELD", usable=ledger.usable, requested=ledger.requested)
        )
    leaves = drawn.jackknife if drawn else None
    return Estimated(
        fit=fit,
        model=model,
        layout=layout,
        sampled=sampled_of(point, ledger, leaves, spec),
        ledger=ledger_of(ledger, spec),
        admissibility=admissibility,
        diagnostics=tuple(notes),
        inference=inference_of(ledger, leaves, point, model, spec.confidence),
    )
