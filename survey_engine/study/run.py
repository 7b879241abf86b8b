"""`run_study`: validated answers and a model in, everything computed out.

A pure function: no file, no clock; randomness comes from the seed of the request.
"""

from __future__ import annotations

from dataclasses import replace

from survey_engine.analysis.groups.results import GroupComparison
from survey_engine.assessment.assess import assess
from survey_engine.assessment.exploratory import explore
from survey_engine.assessment.fit_measures import fit_measures
from survey_engine.assessment.result import Assessment, Exploratory
from survey_engine.assessment.tables import (
    connected_pairs,
    construct_table,
    effect_table,
    indicator_table,
)
from survey_engine.errors import Diagnostic, Scope, Severity
from survey_engine.estimation.fit_result import CbSemFit, PlsFit
from survey_engine.execution import executed_by
from survey_engine.responses.survey_data import SurveyData
from survey_engine.spec.model import ModelSpec
from survey_engine.study.after_fit import after_fit, refuse_without_factors
from survey_engine.study.agreement import agreement_of
from survey_engine.study.bootstrap_parameters import bootstrap_parameters
from survey_engine.study.checklist import fill
from survey_engine.study.construct_rows import construct_rows
from survey_engine.study.cutoffs import unknown_cutoffs
from survey_engine.study.describe import Described, describe
from survey_engine.study.drawn import Progress
from survey_engine.study.effects import effects_of
from survey_engine.study.engine_opinion import engine_opinion
from survey_engine.study.estimate import Estimated, pls_estimator
from survey_engine.study.group_comparison import group_comparison, refuse_groups
from survey_engine.study.imputed import estimate_study, pooled_measures
from survey_engine.study.imputed_information import ImputationSummary
from survey_engine.study.moderated_mediation import moderated_mediations
from survey_engine.study.opinions import (
    cbsem_measures,
    covariance_opinion,
    reasons_of,
    reference_fit,
)
from survey_engine.study.ordinal import ordinal_answers
from survey_engine.study.prediction import Prediction, predict, refuse_impossible
from survey_engine.study.prepare import Prepared, prepare
from survey_engine.study.provenance import provenance_of
from survey_engine.study.result import StudyResult, StudySpec
from survey_engine.study.robustness import checked_robustness
from survey_engine.study.staged_tables import first_stage_tables, slope_regions, slope_table


def run_study(
    data: SurveyData,
    model: ModelSpec,
    spec: StudySpec,
    *,
    progress: Progress | None = None,
    created: str | None = None,
) -> StudyResult:
    """Prepare, estimate, describe, ask for other opinions, assemble.

    Parameters
    ----------
    data : SurveyData
    model : ModelSpec
    spec : StudySpec
    progress : callable, optional
        Called with ``"resamples"`` and finished and all chunks of the main bootstrap.
    created : str, optional
        Time stamp for the provenance; the only field outside the result's hash.

    Returns
    -------
    StudyResult
        Also for an inadmissible solution: then `index` is None and the reasons are
        among `diagnostics`.

    Raises
    ------
    SurveyEngineError
        With every error of the request, the model and the data; or why the model
        cannot be estimated from them.
    """
    refuse_without_factors(spec)
    prepared = prepare(data, model, spec)
    return run_prepared(
        prepared, spec, told=data.diagnostics, progress=progress, created=created
    )


def run_prepared(
    prepared: Prepared,
    spec: StudySpec,
    *,
    told: tuple[Diagnostic, ...] = (),
    progress: Progress | None = None,
    created: str | None = None,
) -> StudyResult:
    """`run_study` from moments on.

    Parameters
    ----------
    prepared : Prepared
    spec : StudySpec
    told : tuple of Diagnostic
        What reading and validating found.
    progress, created
        As for `run_study`.

    Raises
    ------
    EstimationError
    """
    refuse_impossible(prepared, spec)
    refuse_groups(prepared, spec)
    with executed_by(spec.executor):
        estimated, imputation = estimate_study(prepared, spec, progress=progress)
    described = describe(estimated.prepared or prepared, estimated, spec)
    effects = effects_of(estimated.sampled, estimated.model)
    others = spec
    if imputation is not None:  # other engines see one data set; told by `reduced`
        others = spec.model_copy(update={"second_opinion": False})
    beside = covariance_opinion(prepared, estimated, others)
    predicted, (compared, about_groups) = _beyond(prepared, estimated, spec)
    mapped = described.importance_performance
    checked = checked_robustness(prepared, estimated, spec, mapped)
    engine = None
    if others.wants_second_opinion:
        engine = engine_opinion(prepared, reference_fit(estimated, beside))
    exploratory, notes = _explored(prepared, spec)
    agreed, about_agreement = agreement_of(prepared, spec)
    diagnostics = (
        *told,
        *_told_by(prepared, estimated, described, spec),
        *effects.diagnostics,
        *(predicted.diagnostics if predicted else ()),
        *about_groups,
        *(checked.diagnostics if checked else ()),
        *notes,
        *about_agreement,
        *reasons_of(beside, engine),
    )
    result = _assemble(
        prepared,
        estimated,
        described,
        spec,
        assessment=assess(
            replace(estimated.fit, spec=estimated.model),
            estimated.sampled,
            estimated.admissibility,
            exploratory=exploratory,
        ),
        imputation=imputation,
    )
    result = replace(
        result,
        engine_opinion=engine,
        cbsem_opinion=beside,
        provenance=replace(result.provenance, created=created),
        inference=estimated.inference,
        index_by_mode=estimated.index_by_mode,
        effects=effects,
        exact_fit=estimated.exact_fit,
        groups_fit=estimated.groups_fit,
        ordinal=ordinal_answers(prepared.ordinal, prepared.model, estimated.fit),
        imputation=imputation,
        agreement=agreed,
        simple_slopes=slope_table(estimated),
        slope_regions=slope_regions(estimated),
        bootstrap_parameters=bootstrap_parameters(estimated.fit, estimated.sampled),
        moderated_mediation=moderated_mediations(
            estimated.sampled, estimated.staged, estimated.model
        ),
        first_stage=first_stage_tables(estimated),
        prediction=predicted,
        robustness=checked,
        group_comparison=compared,
        extra={"cbsem_fit_measures": cbsem_measures(beside)},
    )
    scored, about_scores = construct_rows(prepared, estimated, result, spec)
    everything = _distinct((*diagnostics, *about_scores))
    result = replace(result, construct_rows=scored, diagnostics=everything)
    return _asked(result, prepared)


def _told_by(
    prepared: Prepared, estimated: Estimated, described: Described, spec: StudySpec
) -> tuple[Diagnostic, ...]:
    """What the first three stages found."""
    return (
        *prepared.diagnostics,
        *estimated.diagnostics,
        *_accepted(estimated.admissibility.reasons, spec),
        *described.diagnostics,
    )


def _asked(result: StudyResult, prepared: Prepared) -> StudyResult:
    """The result with what was asked of a covariance-based fit, and the checklist."""
    answers = after_fit(prepared, result.fit, result.spec, result.groups_fit)
    if answers is not None:
        found = _distinct((*result.diagnostics, *answers.diagnostics))
        result = replace(result, after_fit=answers, diagnostics=found)
    lines = fill(result)
    told = unknown_cutoffs(lines, result.spec.cutoffs)
    return replace(result, checklist=lines, diagnostics=(*result.diagnostics, *told))


def _beyond(
    prepared: Prepared, estimated: Estimated, spec: StudySpec
) -> tuple[Prediction | None, tuple[GroupComparison | None, tuple[Diagnostic, ...]]]:
    """Prediction and groups of a plain PLS run; other engines and staged models have none."""
    fit = estimated.fit
    if not isinstance(fit, PlsFit) or estimated.staged is not None or not fit.converged:
        return None, (None, ())
    estimator = pls_estimator(prepared, spec)
    predicted = predict(prepared, fit, estimator, spec)
    with executed_by(spec.executor):
        return predicted, group_comparison(prepared, fit, estimator, spec)


def _explored(
    prepared: Prepared, spec: StudySpec
) -> tuple[Exploratory | None, tuple[Diagnostic, ...]]:
    if not spec.wants_exploratory:
        return None, ()
    found = explore(prepared.reduction.moments, seed=spec.seed)
    return (None, (found,)) if isinstance(found, Diagnostic) else (found, ())


def _measures(
    estimated: Estimated, imputation: ImputationSummary | None
) -> dict[str, float | None]:
    """Of the fit by groups where there is one."""
    if imputation is not None and isinstance(estimated.fit, CbSemFit):
        return pooled_measures(estimated.fit, imputation)
    if isinstance(estimated.fit, CbSemFit):
        return fit_measures(estimated.groups_fit or estimated.fit)
    return estimated.measures


def _accepted(reasons: tuple[Diagnostic, ...], spec: StudySpec) -> tuple[Diagnostic, ...]:
    """Reasons against the solution; accepted by the request, they only warn."""
    if not spec.accept_inadmissible:
        return reasons
    return tuple(
        replace(reason, severity=Severity.WARNING)
        if reason.severity is Severity.ERROR and reason.scope is Scope.PRIMARY
        else reason
        for reason in reasons
    )


def _distinct(found: tuple[Diagnostic, ...]) -> tuple[Diagnostic, ...]:
    kept: list[Diagnostic] = []
    for one in found:
        if one not in kept:
            kept.append(one)
    return tuple(kept)


def _assemble(
    prepared: Prepared,
    estimated: Estimated,
    described: Described,
    spec: StudySpec,
    *,
    assessment: Assessment,
    imputation: ImputationSummary | None,
) -> StudyResult:
    sampled, model, fit = estimated.sampled, estimated.model, estimated.fit
    reached, longer = connected_pairs(model)
    explained = {path.target for path in model.paths}
    settings = {"metric": getattr(fit, "metric", prepared.metric), "resamples": None}
    if estimated.ledger is not None:
        settings["resamples"] = str(estimated.ledger.requested)
    return StudyResult(
        spec=spec,
        model=prepared.model if estimated.staged is None else model,
        data=prepared.data,
        n=fit.moments.n,
        n_effective=fit.moments.n_effective,
        fit=fit,
        assessment=assessment,
        fit_measures=_measures(estimated, imputation),
        index=described.index,
        scores=described.scores,
        loadings=indicator_table("loadings", sampled, model),
        weights=indicator_table("weights", sampled, model),
        paths=effect_table("paths", sampled, model),
        total_effects=effect_table("total_effects", sampled, model, pairs=reached),
        indirect_effects=effect_table("indirect_effects", sampled, model, pairs=longer),
        r2=construct_table("r2", sampled, model, only=explained),
        drivers=described.drivers,
        importance_performance=described.importance_performance,
        actions=described.actions,
        rulers=described.rulers,
        segments=described.segments,
        simple_opinion=described.simple_opinion,
        engine_opinion=None,
        cbsem_opinion=None,
        resamples=estimated.ledger,
        checklist=(),
        diagnostics=(),
        provenance=provenance_of(
            prepared.data, prepared.model, spec, settings=settings, created=None
        ),
    )
