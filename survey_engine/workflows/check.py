"""`check`: the quality screen, then a trial fit by PLS and ML, then admissibility."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from survey_engine.errors import Diagnostic, Scope, Severity, SurveyEngineError
from survey_engine.responses.survey_data import SurveyData
from survey_engine.spec.bind import observed_variables
from survey_engine.spec.model import ModelSpec
from survey_engine.study.ordinal import ordinal_of
from survey_engine.study.result import StudyResult, StudySpec
from survey_engine.workflows.clean import respondent_warnings
from survey_engine.workflows.run_study import (
    StudyRequest,
    analyse,
    beyond_memory,
    load_identified,
    open_request,
    response_options,
    screened,
)

TRIALS = ("pls", "ml")
ORDERED_TRIALS = ("pls", "wlsmv")


@dataclass(frozen=True, kw_only=True)
class TrialFit:
    """One engine's trial: None where it could not be fitted at all."""

    estimator: str
    converged: bool | None
    verdict: str | None


@dataclass(frozen=True, kw_only=True)
class CheckReport:
    """What `check` found; `diagnostics` covers data and trials, each once."""

    data: SurveyData
    trials: tuple[TrialFit, ...]
    diagnostics: tuple[Diagnostic, ...]

    @property
    def n(self) -> int:
        """Responses kept; of a table read in chunks there are no rows, only their number."""
        return self.data.n or self.data.quality.n_kept


def check(request: StudyRequest) -> CheckReport:
    """Screen the data and, with a model, fit it once by each engine without resamples.

    The PLS trial belongs to the requested analysis; what only the covariance-based
    trial finds has the scope of an engine and never fails the check.

    Raises
    ------
    SurveyEngineError
        The file or the model cannot be read.
    """
    model = None if request.model is None else load_identified(request.model)
    if beyond_memory(request):
        return _check_large(request, model)
    data = screened(open_request(request, model).data, model)
    found = [*data.diagnostics, *respondent_warnings(data)]
    trials: list[TrialFit] = []
    if model is not None and not _has_errors(found):
        found = _merged(found, _ordered_answers(data, model, request.spec))
        if not _has_errors(found):
            for estimator in ORDERED_TRIALS if request.spec.ordered else TRIALS:
                trial, told = _trial(data, model, request.spec, estimator)
                trials.append(trial)
                found = _merged(found, told)
    return CheckReport(data=data, trials=tuple(trials), diagnostics=tuple(found))


def _check_large(request: StudyRequest, model: ModelSpec | None) -> CheckReport:
    """What one reading in chunks shows; the trials share its moments."""
    from survey_engine.workflows.large_study import read_large

    table = read_large(request.export, model, request.spec, response_options(request))
    found = list(table.data.diagnostics)
    trials: list[TrialFit] = []
    if model is not None and not _has_errors(found):

        def run(_data: SurveyData, model: ModelSpec, spec: StudySpec) -> StudyResult:
            return table.analyse(model, spec)

        # Weighted covariance-based models need rows for their errors.
        for estimator in TRIALS if request.spec.weights is None else TRIALS[:1]:
            trial, told = _trial(table.data, model, request.spec, estimator, run=run)
            trials.append(trial)
            found = _merged(found, told)
    return CheckReport(data=table.data, trials=tuple(trials), diagnostics=tuple(found))


def _ordered_answers(data: SurveyData, model: ModelSpec, spec: StudySpec) -> list[Diagnostic]:
    """Categories that are empty or hardly used, group by group; nothing without `ordered`."""
    try:
        found = ordinal_of(data, observed_variables(model), spec, group=spec.group)
    except SurveyEngineError as problem:
        return list(problem.diagnostics)
    return [] if found is None else list(found.diagnostics)


def _merged(found: list[Diagnostic], told: list[Diagnostic]) -> list[Diagnostic]:
    """Each thing once, whichever engine said it and wherever in the file.

    A caution of the screen that stops the analysis asked for becomes that error.
    """
    merged = list(found)
    place = {repr(_gist(entry)): at for at, entry in enumerate(merged)}
    for entry in told:
        at = place.setdefault(repr(_gist(entry)), len(merged))
        if at == len(merged):
            merged.append(entry)
        elif entry.scope is Scope.PRIMARY and entry.severity is Severity.ERROR:
            merged[at] = entry
    return merged


def _gist(entry: Diagnostic) -> tuple[object, ...]:
    where = replace(entry.where, file=None, line=None, column=None)
    return entry.code, where, sorted(map(str, entry.parameters.items()))


def _has_errors(found: list[Diagnostic]) -> bool:
    return any(entry.severity is Severity.ERROR for entry in found)


def _trial(
    data: SurveyData,
    model: ModelSpec,
    spec: StudySpec,
    estimator: str,
    *,
    run: Callable[[SurveyData, ModelSpec, StudySpec], StudyResult] = analyse,
) -> tuple[TrialFit, list[Diagnostic]]:
    trial = spec.model_copy(
        update={"estimator": estimator, "resamples": 0, "second_opinion": False}
    )
    try:
        result = run(data, model, trial)
    except SurveyEngineError as problem:
        failed = TrialFit(estimator=estimator, converged=None, verdict=None)
        return failed, _scoped(problem.diagnostics, data, estimator)
    verdict = result.assessment.admissibility
    told = (*result.diagnostics, *verdict.reasons)
    fitted = TrialFit(
        estimator=estimator, converged=result.fit.converged, verdict=verdict.verdict
    )
    return fitted, _scoped(told, data, estimator)


def _scoped(told: tuple[Diagnostic, ...], data: SurveyData, estimator: str) -> list[Diagnostic]:
    own = [entry for entry in told if entry not in data.diagnostics]
    if estimator == TRIALS[0]:
        return own
    return [replace(entry, scope=Scope.ENGINE) for entry in own]
