"""`result_document`: a study as the versioned result JSON, every printed number in it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from survey_engine.errors import Diagnostic
from survey_engine.estimation.fit_result import CbSemFit, PlsFit
from survey_engine.study.agreement import agreement_rows
from survey_engine.study.canonical import plain, result_sha256
from survey_engine.study.document_after_fit import invariance, model_tests
from survey_engine.study.document_analysis import (
    actions,
    drivers,
    importance_performance,
    rulers,
    scores,
    segments,
    simple_opinion,
)
from survey_engine.study.document_assessment import (
    constructs,
    fornell_larcker,
    inflation,
)
from survey_engine.study.document_exploratory import exploratory
from survey_engine.study.document_imputation import imputation
from survey_engine.study.document_inference import (
    bootstrap_parameters,
    effects,
    exact_fit,
    first_stage,
    index_by_mode,
    inference,
    moderated_mediation,
    simple_slopes,
    slope_regions,
)
from survey_engine.study.document_prediction import group_comparison, prediction
from survey_engine.study.document_robustness import robustness_document
from survey_engine.study.document_rows import (
    construct_rows,
    effect_rows,
    indicator_rows,
    pair_rows,
    parameter_rows,
    pls_parameter_rows,
)
from survey_engine.study.frozen import frozen_document
from survey_engine.study.ordinal import ordinal_rows
from survey_engine.study.result import (
    CbSemOpinion,
    ChecklistLine,
    EngineOpinion,
    ResampleLedger,
    StudyResult,
)

Say = Callable[[Diagnostic], tuple[str, str]]
"""A diagnostic's message and remedy in the reader's language."""

SCHEMA = "1"


def result_document(result: StudyResult, say: Say) -> dict[str, Any]:
    """The result JSON as plain values.

    Parameters
    ----------
    result : StudyResult
    say : callable
        Gives ``(message, remedy)`` of a diagnostic.

    Returns
    -------
    dict
        Valid by ``schema/result-1.json``; `result_sha256` covers everything but
        time stamps, timings, host and the words of diagnostics.
    """
    document: dict[str, Any] = plain(
        {
            "schema": SCHEMA,
            **_headline(result),
            **_tables(result),
            **_analyses(result),
            "resamples": _ledger(result.resamples),
            "inference": inference(result.inference),
            "index_by_mode": index_by_mode(result.index_by_mode),
            **effects(result.effects),
            "exact_fit": exact_fit(result.exact_fit),
            "simple_slopes": simple_slopes(result.simple_slopes),
            "slope_regions": slope_regions(result.slope_regions),
            "bootstrap_parameters": bootstrap_parameters(result.bootstrap_parameters),
            "moderated_mediation": moderated_mediation(result.moderated_mediation),
            "first_stage": first_stage(result.first_stage),
            "prediction": prediction(result.prediction),
            "model_tests": model_tests(result.after_fit, result.fit),
            "invariance": invariance(result.after_fit),
            "robustness": robustness_document(result.robustness),
            "frozen": frozen_document(result),
            "ordinal": ordinal_rows(result.ordinal),
            "imputation": imputation(result.imputation),
            "agreement": agreement_rows(result.agreement),
            "group_comparison": group_comparison(result.group_comparison),
            "opinions": _opinions(result, say),
            "data": _data(result),
            "diagnostics": [_diagnostic(one, say) for one in result.diagnostics],
            "checklist": [_check(line) for line in result.checklist],
            "provenance": _provenance(result),
        }
    )
    document["result_sha256"] = result_sha256(document)
    return document


def _headline(result: StudyResult) -> dict[str, Any]:
    fit = result.fit
    admissibility = result.assessment.admissibility
    return {
        "estimator": fit.estimator,
        "metric": fit.metric if isinstance(fit, PlsFit) else None,
        "scheme": fit.scheme if isinstance(fit, PlsFit) and fit.scheme != "none" else None,
        "modes": _modes(fit) if isinstance(fit, PlsFit) else None,
        "missing": fit.moments.missing,
        "converged": fit.converged,
        "iterations": fit.iterations,
        "criterion": fit.criterion,
        "admissible": admissibility.verdict,
        "admissible_reasons": [reason.code for reason in admissibility.reasons],
        "n": result.n,
        "n_effective": result.n_effective,
        "index": _index(result),
        "fit": dict(result.fit_measures),
    }


def _modes(fit: PlsFit) -> dict[str, str]:
    return dict(zip(fit.spec.construct_names, fit.modes, strict=True))


def _index(result: StudyResult) -> dict[str, Any] | None:
    index = result.index
    if index is None:
        return None
    return {
        "construct": index.construct,
        "value": index.est,
        "ci_lower": index.ci_lower,
        "ci_upper": index.ci_upper,
        "se": index.se,
        "n": index.n,
        "formula": index.formula,
        "weights": dict(index.indicator_weights),
        "standard_deviation": index.standard_deviation,
        "confidence": index.confidence,
    }


def _tables(result: StudyResult) -> dict[str, Any]:
    fit, quality = result.fit, result.assessment
    covariance = result.groups_fit or fit
    if isinstance(covariance, CbSemFit):
        rows = parameter_rows(covariance)
    else:
        rows = pls_parameter_rows(result)
    return {
        "parameters": rows,
        "constructs": constructs(result),
        "loadings": indicator_rows(result.loadings),
        "weights": indicator_rows(result.weights),
        "cross_loadings": indicator_rows(quality.cross_loadings),
        "paths": effect_rows(result.paths),
        "total_effects": effect_rows(result.total_effects),
        "indirect_effects": effect_rows(result.indirect_effects),
        "r2": construct_rows(result.r2),
        "f2": effect_rows(quality.f2),
        "htmt": pair_rows(quality.htmt),
        "htmt2": pair_rows(quality.htmt2),
        "construct_correlations": pair_rows(quality.construct_correlations),
        "fornell_larcker": fornell_larcker(result),
        "vif": inflation(result),
        "exploratory": exploratory(quality.exploratory),
    }


def _analyses(result: StudyResult) -> dict[str, Any]:
    return {
        "scores": scores(result),
        "drivers": drivers(result.drivers),
        "importance_performance": importance_performance(result.importance_performance),
        "actions": actions(result.actions),
        "rulers": rulers(result.rulers),
        "segments": segments(result.segments),
    }


def _opinions(result: StudyResult, say: Say) -> dict[str, Any]:
    return {
        "simple": simple_opinion(result.simple_opinion),
        "engine": _engine(result.engine_opinion, say),
        "cbsem": _covariance(result.cbsem_opinion, result, say),
    }


def _engine(opinion: EngineOpinion | None, say: Say) -> dict[str, Any] | None:
    if opinion is None:
        return None
    return {
        "engine": opinion.engine,
        "version": opinion.version,
        "outcome": opinion.outcome,
        "reason": None if opinion.reason is None else _diagnostic(opinion.reason, say),
        "chisq": opinion.chisq,
        "chisq_reference": opinion.chisq_reference,
        "largest_difference": opinion.largest_difference,
    }


def _covariance(
    opinion: CbSemOpinion | None, result: StudyResult, say: Say
) -> dict[str, Any] | None:
    if opinion is None:
        return None
    return {
        "admissible": opinion.admissible,
        "reasons": [_diagnostic(reason, say) for reason in opinion.reasons],
        "failed_share": opinion.failed_share,
        "resamples": _ledger(opinion.ledger),
        "fit": dict(result.extra.get("cbsem_fit_measures", {})),
        "parameters": [] if opinion.fit is None else parameter_rows(opinion.fit),
    }


def _ledger(ledger: ResampleLedger | None) -> dict[str, Any] | None:
    if ledger is None:
        return None
    return {
        "requested": ledger.requested,
        "usable": ledger.usable,
        "failed": ledger.failed,
        "by_reason": dict(ledger.by_reason),
        "seed": ledger.seed,
        "interval": ledger.interval,
        "drawn": ledger.drawn,
        "treatment": ledger.treatment,
        "sign": ledger.sign,
    }


def _data(result: StudyResult) -> dict[str, Any]:
    """Who answered: counts, and the answers to each item."""
    data, quality = result.data, result.data.quality
    return {
        "source": data.source,
        "platform": data.platform,
        "n_read": quality.n_read,
        "n_kept": quality.n_kept,
        "n_used": result.n,
        "excluded": dict(quality.excluded),
        "median_seconds": quality.median_seconds,
        "weighted": result.fit.moments.weighted,
        "items": [
            {
                "item": item.item,
                "n_valid": item.n_valid,
                "n_dont_know": item.n_dont_know,
                "n_not_asked": item.n_not_asked,
                "n_skipped": item.n_skipped,
                "n_not_reached": item.n_not_reached,
                "n_refused": item.n_refused,
                "mean": item.mean,
                "standard_deviation": item.standard_deviation,
                "answers": [
                    {"value": value, "count": count, "share": item.shares.get(value)}
                    for value, count in sorted(item.counts.items())
                ],
            }
            for item in quality.items
        ],
    }


def _diagnostic(one: Diagnostic, say: Say) -> dict[str, Any]:
    message, remedy = say(one)
    return {
        "code": one.code,
        "severity": one.severity.value,
        "scope": one.scope.value,
        "where": one.where.to_dict(),
        "parameters": dict(one.parameters),
        "message": message,
        "remedy": remedy,
    }


def _check(line: ChecklistLine) -> dict[str, Any]:
    return {
        "item": line.item,
        "value": line.value,
        "cutoff": line.cutoff,
        "verdict": line.verdict,
        "source": line.source,
    }


def _provenance(result: StudyResult) -> dict[str, Any]:
    made = result.provenance
    return {
        "engine_version": made.engine_version,
        "packages": dict(made.packages),
        "python": made.python,
        "data_sha256": made.data_sha256,
        "instrument": made.instrument,
        "model": made.model,
        "settings": dict(made.settings),
        "seed": made.seed,
        "created": made.created,
    }
