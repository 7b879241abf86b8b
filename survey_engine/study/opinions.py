"""Fourth stage of a study: the same model through other engines; never fails the run."""

from __future__ import annotations

from survey_engine.assessment.fit_measures import fit_measures
from survey_engine.errors import Diagnostic, Scope, SurveyEngineError, diagnostic
from survey_engine.estimation.cbsem.incomplete import TREATMENTS
from survey_engine.estimation.fit_result import CbSemFit, PlsFit
from survey_engine.study.estimate import Estimated
from survey_engine.study.prepare import Prepared
from survey_engine.study.result import CbSemOpinion, EngineOpinion, StudySpec
from survey_engine.study.second_look import second_look


def covariance_opinion(
    prepared: Prepared, estimated: Estimated, spec: StudySpec
) -> CbSemOpinion | None:
    """The covariance-based fit beside a PLS study: why PLS leads, or that both agree."""
    if not spec.wants_second_opinion or not isinstance(estimated.fit, PlsFit):
        return None
    try:
        fit, admissibility, ledger = second_look(prepared, seed=spec.seed)
    except SurveyEngineError as problem:
        reason = ", ".join(dict.fromkeys(d.code for d in problem.diagnostics))
        failed = diagnostic("SECOND_OPINION_FAILED", scope=Scope.SECOND_OPINION, reason=reason)
        return CbSemOpinion(
            fit=None, admissible="no", reasons=(failed,), failed_share=None, ledger=None
        )
    return CbSemOpinion(
        fit=fit,
        admissible=admissibility.verdict,
        reasons=admissibility.reasons,
        failed_share=None if ledger is None else ledger.failed / ledger.requested,
        ledger=ledger,
    )


def reference_fit(estimated: Estimated, beside: CbSemOpinion | None) -> CbSemFit | None:
    """The own maximum-likelihood fit another engine is compared with."""
    if isinstance(estimated.fit, CbSemFit):
        # Another engine is asked about complete-data ML of covariances only; where gaps
        # stand against it, it says so itself.
        fit = estimated.fit
        gaps = fit.moments.missing in TREATMENTS
        return fit if fit.family == "ml" and (gaps or not fit.means) else None
    return None if beside is None else beside.fit


def cbsem_measures(beside: CbSemOpinion | None) -> dict[str, float | None]:
    """Fit measures of the covariance-based fit beside PLS; empty without one."""
    if beside is None or beside.fit is None:
        return {}
    return fit_measures(beside.fit)


def reasons_of(
    beside: CbSemOpinion | None, engine: EngineOpinion | None
) -> tuple[Diagnostic, ...]:
    """What the opinions have to say, each with its own scope."""
    found = () if beside is None else beside.reasons
    if engine is not None and engine.reason is not None:
        found = (*found, engine.reason)
    return found
