"""`--missing mi` before the fit: what cannot go with it, and the completed data sets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from survey_engine.errors import EstimationError, diagnostic
from survey_engine.responses.impute import Imputed, has_gaps, impute_answers
from survey_engine.responses.reduce import Reduction, reduce
from survey_engine.responses.survey_data import SurveyData
from survey_engine.spec.model import ModelSpec
from survey_engine.study.result import StudySpec

FEW = 5
"""Fewer imputations than this are warned of: df and FMI would be mostly noise."""
_REFUSED = (
    "group",
    "cluster",
    "strata",
    "ordered",
    "jackknife",
    "exact_fit",
    "predict",
    "cvpat",
    "rival",
    "blindfold",
    "redundancy",
    "robustness",
    "compare_groups",
    "modification_indices",
    "measurement_tests",
    "invariance",
    "factor_scores",
    "dynamic_cutoffs",
    "group_equal",
    "group_partial",
)
_VALUED = ("ci", "inadmissible", "sign")


def reduced(
    data: SurveyData, columns: Sequence[str], model: ModelSpec, spec: StudySpec
) -> tuple[Reduction, Imputed | None]:
    """The moments a request asks for, and the completed data sets of ``"mi"``.

    Without any gap ``"mi"`` is the analysis of complete rows, and says so.

    Raises
    ------
    EstimationError
        IMPUTATION_UNSUPPORTED with every option that cannot go with it.
    ResponseError
        See `reduce` and `impute_answers`.
    """
    if spec.missing != "mi":
        reduction = reduce(data, columns, missing=spec.missing)
        default = StudySpec()
        changed = [
            f"--{name}"
            for name in ("imputations", "imputation")
            if getattr(spec, name) != getattr(default, name)
        ]
        if changed:
            note = diagnostic("IMPUTATION_UNUSED", options=", ".join(changed))
            reduction = replace(reduction, diagnostics=(*reduction.diagnostics, note))
        return reduction, None
    if not has_gaps(data, columns):
        reduction = reduce(data, columns, missing="listwise")
        note = diagnostic("IMPUTATION_NOT_NEEDED", n=reduction.moments.n)
        return replace(reduction, diagnostics=(*reduction.diagnostics, note)), None
    _refuse(model, spec)
    reduction, imputed = impute_answers(
        data, columns, m=spec.imputations, method=spec.imputation, seed=spec.seed
    )
    notes = list(reduction.diagnostics)
    if spec.imputations < FEW:
        notes.append(diagnostic("IMPUTATIONS_FEW", m=spec.imputations, least=FEW))
    if spec.wants_second_opinion:
        notes.append(diagnostic("IMPUTATION_ONE_ENGINE"))
    return replace(reduction, diagnostics=tuple(notes)), imputed


def _refuse(model: ModelSpec, spec: StudySpec) -> None:
    default = StudySpec()
    what = [
        f"--{name.replace('_', '-')}"
        for name in _REFUSED
        if getattr(spec, name) != getattr(default, name)
    ]
    what += [
        f"--{name} {getattr(spec, name)}"
        for name in _VALUED
        if getattr(spec, name) != getattr(default, name)
    ]
    if model.staged and not spec.covariance_based:
        what.append("A:B / A =~ B")
    if what:
        raise EstimationError(diagnostic("IMPUTATION_UNSUPPORTED", what=", ".join(what)))
