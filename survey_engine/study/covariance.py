"""Covariance-based requests: the estimator, its moments, and the fit by groups."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal, cast

import numpy as np
from numpy.typing import NDArray

from survey_engine.assessment.result import Admissibility
from survey_engine.errors import Diagnostic, EstimationError, Severity, Where, diagnostic
from survey_engine.estimation.cbsem.estimator import CbSemEstimator
from survey_engine.estimation.cbsem.grouped import GroupedMoments
from survey_engine.estimation.cbsem.incomplete import TREATMENTS
from survey_engine.estimation.cbsem.methods import METHODS
from survey_engine.estimation.fit_result import CbSemFit
from survey_engine.numerics.moments import ArrayRows, Moments
from survey_engine.numerics.ordinal_moments import OrdinalMoments
from survey_engine.responses.row_moments import kish_n, mean_and_covariance, scaled_weights
from survey_engine.spec.model import ModelSpec
from survey_engine.spec.statements import statements_of
from survey_engine.study.ordinal import ordinal_of
from survey_engine.study.prepare import Prepared
from survey_engine.study.result import StudySpec
from survey_engine.study.segments import segment_labels
from survey_engine.study.survey_design import design_of

Treatment = Literal["listwise", "fiml", "two-stage", "robust-two-stage"]
_WITHOUT_ROWS = ("pairwise", "em")
"""Treatments after which the rows are not those the moments came from."""


def cbsem_estimator(spec: StudySpec) -> CbSemEstimator:
    """The estimator a request asks for."""
    return CbSemEstimator(
        method=spec.estimator,
        std_lv=spec.std_lv,
        orthogonal=spec.orthogonal,
        fixed_x=spec.fixed_x,
        meanstructure=spec.meanstructure,
        kind=spec.kind,
        group_equal=spec.group_equal,
        group_partial=spec.group_partial,
        parameterization=spec.parameterization,
        bounds=spec.bounds,
        information=spec.information,
        likelihood=spec.likelihood,
        missing=cast(Treatment, spec.missing if spec.missing in TREATMENTS else "listwise"),
    )


def moments_with_rows(
    prepared: Prepared, spec: StudySpec
) -> GroupedMoments | tuple[OrdinalMoments, ...]:
    """Moments of all respondents, with the rows (with gaps for FIML) and their clusters."""
    if prepared.ordinal is not None:
        return prepared.ordinal.moments
    reduction = prepared.reduction
    moments = reduction.moments
    if moments.missing in _WITHOUT_ROWS or reduction.rows.n_rows == 0:
        return GroupedMoments.single(moments)
    design = design_of(prepared, spec) if spec.cluster is not None else None
    cluster = None if design is None else design.cluster
    return GroupedMoments.single(moments, _rows(prepared), cluster)


def _rows(prepared: Prepared) -> ArrayRows:
    reduction = prepared.reduction
    if reduction.moments.missing in TREATMENTS:
        return reduction.incomplete or reduction.rows
    return reduction.rows


def model_of_all(model: ModelSpec) -> ModelSpec:
    """The model without what is written per group, for all respondents together.

    Labels per group feed definitions and constraints, so those go with them.
    """
    statements = statements_of(model)
    if all(max(len(s.fixed), len(s.start), len(s.label)) <= 1 for s in statements):
        return model
    kept = [
        s.model_copy(update={"fixed": (), "start": (), "label": ()})
        if max(len(s.fixed), len(s.start), len(s.label)) > 1
        else s
        for s in statements
        if s.op not in (":=", "==", "<", ">")
    ]
    return model.model_copy(update={"statements": tuple(kept)})


def fit_by_groups(
    prepared: Prepared, spec: StudySpec
) -> tuple[CbSemFit | None, tuple[Diagnostic, ...]]:
    """The model fitted to all groups at once; None without a group column.

    Raises
    ------
    EstimationError
        The groups cannot be fitted, and the request holds parameters equal across them.
    """
    if spec.group is None or not spec.covariance_based:
        return None, ()
    estimator = cbsem_estimator(spec)
    moments, notes = _by_group(prepared, spec, spec.group)
    try:
        fit = estimator.fit(prepared.model, moments)
    except EstimationError as problem:
        if (
            spec.group_equal
            or spec.group_partial
            or model_of_all(prepared.model) is not (prepared.model)
        ):
            raise
        reason = ", ".join(dict.fromkeys(one.code for one in problem.diagnostics))
        where = Where(values=(spec.group,))
        failed = diagnostic("GROUPS_NOT_FITTED", where=where, column=spec.group, reason=reason)
        return None, (*notes, failed)
    told = diagnostic(
        "GROUPS_FITTED",
        where=Where(groups=tuple(group.label for group in fit.groups)),
        column=spec.group,
        count=len(fit.groups),
        n=fit.moments.n,
    )
    return fit, (*notes, told, *fit.diagnostics)


def _by_group(
    prepared: Prepared, spec: StudySpec, group: str
) -> tuple[GroupedMoments | tuple[OrdinalMoments, ...], tuple[Diagnostic, ...]]:
    columns = prepared.reduction.moments.columns
    ordinal = ordinal_of(prepared.data, columns, spec, group=group)
    if ordinal is None:
        return moments_by_group(prepared, group)
    return ordinal.moments, ordinal.diagnostics


def moments_by_group(
    prepared: Prepared, group: str
) -> tuple[GroupedMoments, tuple[Diagnostic, ...]]:
    """Moments and rows of every group, in order of first appearance.

    Raises
    ------
    EstimationError
        GROUP_ROWS_NEEDED where the treatment of missing answers left moments only, or
        no respondent has a group.
    """
    reduction = prepared.reduction
    labels = segment_labels(prepared, group)
    if reduction.moments.missing in _WITHOUT_ROWS or not any(labels):
        raise EstimationError(diagnostic("GROUP_ROWS_NEEDED", column=group))
    known = tuple(dict.fromkeys(label for label in labels if label is not None))
    column = np.array(labels, dtype=object)
    rows = _rows(prepared)
    parts = [_part(reduction.moments, rows, np.asarray(column == label)) for label in known]
    lost = sum(label is None for label in labels)
    notes: tuple[Diagnostic, ...] = ()
    if lost:
        where = Where(values=(group,))
        notes = (diagnostic("GROUP_CELLS_EMPTY", where=where, column=group, n=lost),)
    moments = GroupedMoments(
        labels=known,
        groups=tuple(part[0] for part in parts),
        rows=tuple(part[1] for part in parts),
    )
    return moments, notes


def _part(
    of_all: Moments, rows: ArrayRows, chosen: NDArray[np.bool_]
) -> tuple[Moments, ArrayRows]:
    values = rows.values[chosen]
    weights = None if rows.weights is None else scaled_weights(rows.weights[chosen])
    mean, covariance = of_all.mean, of_all.covariance
    if not np.isnan(values).any():
        # With gaps the estimator finds the group's moments itself.
        mean, covariance = mean_and_covariance(values, weights)
    moments = replace(
        of_all,
        n=len(values),
        n_effective=kish_n(weights, len(values)),
        mean=mean,
        covariance=covariance,
    )
    return moments, ArrayRows(columns=rows.columns, values=values, weights=weights)


def both_admissible(first: Admissibility, second: Admissibility) -> Admissibility:
    """The worse verdict of two fits, with the reasons of both."""
    worst = max(first, second, key=lambda one: ("yes", "doubtful", "no").index(one.verdict))
    reasons = dict.fromkeys(repr(one) for one in (*first.reasons, *second.reasons))
    of_text = {repr(one): one for one in (*first.reasons, *second.reasons)}
    return Admissibility(verdict=worst.verdict, reasons=tuple(of_text[t] for t in reasons))


def continuous_note(spec: StudySpec) -> tuple[Diagnostic, ...]:
    """Diagonal weights are made for ordered answers."""
    if spec.covariance_based and not spec.ordered and METHODS[spec.estimator].family == "dwls":
        return (
            diagnostic("DWLS_CONTINUOUS", severity=Severity.WARNING, estimator=spec.estimator),
        )
    return ()
