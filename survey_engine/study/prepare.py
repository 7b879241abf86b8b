"""First stage of a study: everything that must hold before anything is fitted."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from survey_engine.errors import (
    Diagnostic,
    EstimationError,
    Severity,
    Where,
    diagnostic,
)
from survey_engine.estimation.cbsem.incomplete import TREATMENTS
from survey_engine.responses.impute import Imputed
from survey_engine.responses.quality import screen
from survey_engine.responses.reduce import Reduction, involved_items
from survey_engine.responses.reduce_ordinal import OrdinalReduction
from survey_engine.responses.survey_data import SurveyData
from survey_engine.scoring.hundred import ItemRange
from survey_engine.spec.bind import bind, observed_variables
from survey_engine.spec.identify import identify
from survey_engine.spec.model import ModelSpec, Roles
from survey_engine.study.imputed_rows import reduced
from survey_engine.study.ordinal import ordinal_notes, ordinal_of, with_ordinal
from survey_engine.study.result import StudySpec


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """A request whose model and data fit together.

    Attributes
    ----------
    data : SurveyData
        With the case weights the request names.
    model : ModelSpec
        With the index construct the request names.
    target : str or None
        The index construct.
    reduction : Reduction
        With polychoric correlations where items are ordered.
    ranges : ItemRange or None
        Of the indicators; None where a scale is not declared.
    metric : str
        ``"raw"`` or ``"standardised"``, decided.
    diagnostics : tuple of Diagnostic
    ordinal : OrdinalReduction or None
        Thresholds and polychoric correlations of all respondents.
    imputed : Imputed or None
        Completed data sets; `reduction` holds their averages then.
    """

    data: SurveyData
    model: ModelSpec
    target: str | None
    reduction: Reduction
    ranges: ItemRange | None
    metric: str
    diagnostics: tuple[Diagnostic, ...]
    ordinal: OrdinalReduction | None = None
    imputed: Imputed | None = None


def prepare(data: SurveyData, model: ModelSpec, spec: StudySpec) -> Prepared:
    """Identify, bind, screen and reduce.

    Raises
    ------
    EstimationError
        With every error found in the request, the model and the data.
    ResponseError
        No complete rows.
    """
    weighted, problems = _with_weights(data, spec)
    chosen, unknown = with_index(model, spec)
    found = [
        *problems,
        *_unknown_group(data, spec),
        *unknown,
        *identify(chosen, file=chosen.id),
        *bind(chosen, columns=data.columns, instrument=data.instrument, file=chosen.id),
        *screen(weighted, {c.name: c.indicators for c in chosen.constructs}),
    ]
    errors = [one for one in found if one.severity is Severity.ERROR]
    if errors:
        raise EstimationError(*_distinct(errors))
    _refuse_estimator(spec)
    ordinal = ordinal_of(weighted, columns_of(chosen, spec), spec)
    reduction, imputed = reduced(weighted, columns_of(chosen, spec), chosen, spec)
    _refuse_moments(reduction)
    reduction = with_ordinal(reduction, ordinal)
    if ordinal is not None and not spec.covariance_based:
        _refuse_indefinite(reduction)
    ranges = item_ranges(weighted, chosen)
    metric, notes = metric_of(ranges, spec)
    _refuse_with_gaps(chosen, spec, reduction)
    if spec.missing in TREATMENTS and reduction.incomplete is not None and not spec.quick:
        notes.append(diagnostic("RESAMPLED_IN_TWO_STAGES", missing=spec.missing))
    if spec.covariance_based and reduction.coverage is not None and reduction.diagnostics:
        notes.append(diagnostic("EM_NAIVE_ERRORS", n=reduction.moments.n))
    target = chosen.roles.index if chosen.roles else None
    if target is None:
        notes.append(diagnostic("NO_INDEX_CONSTRUCT"))
    elif ranges is None:
        undeclared = tuple(i for i in chosen.indicators if i not in weighted.ranges)
        notes.append(diagnostic("NO_DECLARED_SCALE", where=Where(items=undeclared)))
    return Prepared(
        data=weighted,
        model=chosen,
        target=target,
        reduction=reduction,
        ranges=ranges,
        metric=metric,
        diagnostics=_distinct(
            [
                *found,
                *reduction.diagnostics,
                *ordinal_notes(chosen, spec, ordinal),
                *notes,
            ]
        ),
        ordinal=ordinal,
        imputed=imputed,
    )


def _refuse_moments(reduction: Reduction) -> None:
    """Stop where the moments have a fault that no estimator can make good.

    Raises
    ------
    EstimationError
        ZERO_VARIANCE_ITEM, ZERO_COVERAGE or COVARIANCE_NOT_PD.
    """
    errors = [one for one in reduction.diagnostics if one.severity is Severity.ERROR]
    if errors:
        raise EstimationError(*errors)


def _refuse_estimator(spec: StudySpec) -> None:
    """Likelihood-based treatments of gaps need a likelihood.

    Raises
    ------
    EstimationError
        MISSING_NEEDS_ML.
    """
    if spec.missing in TREATMENTS and not spec.covariance_based:
        raise EstimationError(
            diagnostic("MISSING_NEEDS_ML", missing=spec.missing, estimator=spec.estimator)
        )


def _refuse_indefinite(reduction: Reduction) -> None:
    """Composites of indefinite polychoric correlations would have negative variances.

    Raises
    ------
    EstimationError
        COVARIANCE_NOT_PD.
    """
    moments = reduction.moments
    roots, directions = np.linalg.eigh(moments.correlation)
    if roots[0] <= 0:
        items = involved_items(moments.columns, directions[:, 0])
        root = f"{float(roots[0]):.3g}"
        raise EstimationError(
            diagnostic(
                "COVARIANCE_NOT_PD", where=Where(items=items), n=moments.n, eigenvalue=root
            )
        )


def _refuse_with_gaps(model: ModelSpec, spec: StudySpec, reduction: Reduction) -> None:
    """What needs rows without gaps cannot use those EM only expects.

    Raises
    ------
    EstimationError
        EM_UNSUPPORTED_OPTION.
    """
    if reduction.incomplete is None:
        return
    asked = {
        f"--ci {spec.ci}": spec.ci != "percentile",
        f"--inadmissible {spec.inadmissible}": spec.inadmissible != "drop",
        "--jackknife": spec.jackknife,
        "--exact-fit": spec.exact_fit,
        "A:B / A =~ B": model.staged and not spec.covariance_based,
    }
    what = ", ".join(option for option, wanted in asked.items() if wanted)
    if what:
        raise EstimationError(
            diagnostic("EM_UNSUPPORTED_OPTION", what=what, missing=spec.missing)
        )


def _distinct(found: list[Diagnostic]) -> tuple[Diagnostic, ...]:
    kept: list[Diagnostic] = []
    for one in found:
        if one not in kept:
            kept.append(one)
    return tuple(kept)


def columns_of(model: ModelSpec, spec: StudySpec) -> tuple[str, ...]:
    """Columns that enter: indicators for PLS, every observed variable for CB-SEM."""
    if spec.covariance_based:
        return observed_variables(model)
    constructs = set(model.construct_names)
    return tuple(i for i in dict.fromkeys(model.indicators) if i not in constructs)


def _with_weights(data: SurveyData, spec: StudySpec) -> tuple[SurveyData, list[Diagnostic]]:
    if spec.weights is None or spec.weights == data.weight_column:
        return data, []
    if spec.weights not in data.extra.columns:
        return data, [_no_column(spec.weights)]
    column = pd.to_numeric(data.extra[spec.weights], errors="coerce")
    weights = column.to_numpy(dtype=np.float64)
    return replace(data, weights=weights, weight_column=spec.weights), []


def _unknown_group(data: SurveyData, spec: StudySpec) -> list[Diagnostic]:
    if spec.group is None or spec.group in data.extra.columns or spec.group in data.columns:
        return []
    return [_no_column(spec.group)]


def _no_column(name: str) -> Diagnostic:
    return diagnostic("UNKNOWN_COLUMN_REQUESTED", where=Where(values=(name,)), column=name)


def with_index(model: ModelSpec, spec: StudySpec) -> tuple[ModelSpec, list[Diagnostic]]:
    """The model with the requested index construct among its roles."""
    if spec.index is None:
        return model, []
    if spec.index not in model.construct_names:
        problem = diagnostic(
            "UNKNOWN_INDEX_CONSTRUCT",
            where=Where(constructs=(spec.index,)),
            known=list(model.construct_names),
        )
        return model, [problem]
    if model.roles is None or model.roles.index == spec.index:
        roles = model.roles or Roles(index=spec.index)
        return model.model_copy(update={"roles": roles}), []
    # Drivers and outcomes were declared for another index: they are found again.
    return model.model_copy(update={"roles": Roles(index=spec.index)}), []


def item_ranges(data: SurveyData, model: ModelSpec) -> ItemRange | None:
    """Declared ends of the indicators' scales; None where one is not declared."""
    items = [i for i in model.indicators if i in data.columns]
    if not items or any(item not in data.ranges for item in items):
        return None
    limits = np.array([data.ranges[item] for item in items], dtype=np.float64)
    return ItemRange(minimum=limits[:, 0], maximum=limits[:, 1])


def metric_of(ranges: ItemRange | None, spec: StudySpec) -> tuple[str, list[Diagnostic]]:
    """Raw if and only if every indicator shares one declared scale, unless asked."""
    if spec.metric is not None:
        return spec.metric, []
    if ranges is None:
        return "standardised", []
    same = np.ptp(ranges.minimum) == 0 and np.ptp(ranges.maximum) == 0
    if same:
        return "raw", []
    notes = [] if spec.covariance_based else [diagnostic("SCALES_DIFFER")]
    return "standardised", notes
