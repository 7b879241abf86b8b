"""The invariance ladder of a study: its groups, and what its verdicts mean."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from survey_engine.assessment.model_tests.ladder import Ladder
from survey_engine.assessment.model_tests.run_ladder import invariance_ladder
from survey_engine.errors import (
    Diagnostic,
    EstimationError,
    SurveyEngineError,
    Where,
    diagnostic,
)
from survey_engine.estimation.cbsem.grouped import GroupedMoments
from survey_engine.estimation.fit_result import CbSemFit
from survey_engine.numerics.moments import ArrayRows
from survey_engine.responses.row_moments import moments_of_rows, scaled_weights
from survey_engine.study.prepare import Prepared
from survey_engine.study.result import StudySpec
from survey_engine.study.segments import segment_labels


def invariance_of(
    prepared: Prepared, fit: CbSemFit, spec: StudySpec
) -> tuple[Ladder | None, tuple[Diagnostic, ...]]:
    """The ladder across ``spec.group``; None where it was not asked for or has no solution.

    Raises
    ------
    EstimationError
        INVARIANCE_NEEDS_GROUPS, INVARIANCE_GROUP_SMALL.
    """
    if not spec.invariance or spec.group is None:
        return None, ()
    moments = moments_by_group(prepared, fit.moments.columns, spec.group)
    try:
        ladder = invariance_ladder(
            fit.spec,
            moments,
            group=spec.group,
            # Differences of shifted statistics are not defined step by step: scaled ones are.
            method="mlm" if fit.estimator == "mlmv" else fit.estimator,
            partial=spec.group_partial,
        )
    except SurveyEngineError as problem:
        reason = ", ".join(dict.fromkeys(one.code for one in problem.diagnostics))
        return None, (diagnostic("INVARIANCE_NOT_FITTED", column=spec.group, reason=reason),)
    return ladder, _told(ladder)


def _told(ladder: Ladder) -> tuple[Diagnostic, ...]:
    found = [
        diagnostic(
            "INVARIANCE_BROKEN",
            where=Where(groups=ladder.labels),
            step=step.step,
            column=ladder.group,
            fall=f"{-step.delta_cfi:.3f}",
        )
        for step in ladder.steps
        if step.verdict == "fails" and step.delta_cfi is not None
    ]
    searched = [step.freed for step in ladder.steps if step.searched]
    if searched:
        found.append(diagnostic("INVARIANCE_SEARCHED", where=Where(parameters=searched[-1])))
    return tuple(found)


def moments_by_group(
    prepared: Prepared, columns: tuple[str, ...], group: str
) -> GroupedMoments:
    """Moments of the complete rows of each group, in order of first appearance.

    Rows without a group belong to none.

    Raises
    ------
    EstimationError
        INVARIANCE_NEEDS_GROUPS, INVARIANCE_GROUP_SMALL.
    """
    rows, labels = prepared.reduction.rows, segment_labels(prepared, group)
    names = tuple(dict.fromkeys(label for label in labels if label is not None))
    if len(names) < 2:
        raise EstimationError(
            diagnostic("INVARIANCE_NEEDS_GROUPS", where=Where(values=(group,)), column=group)
        )
    at = [rows.columns.index(name) for name in columns]
    parts = [_part(rows, at, np.array([label == name for label in labels])) for name in names]
    small = [
        diagnostic(
            "INVARIANCE_GROUP_SMALL",
            where=Where(groups=(name,), values=(name,)),
            n=part.n_rows,
            items=len(columns),
        )
        for name, part in zip(names, parts, strict=True)
        if part.n_rows <= len(columns)
    ]
    if small:
        raise EstimationError(*small)
    return GroupedMoments(
        labels=names, groups=tuple(moments_of_rows(part) for part in parts), rows=tuple(parts)
    )


def _part(rows: ArrayRows, at: list[int], inside: NDArray[np.bool_]) -> ArrayRows:
    weights = None if rows.weights is None else scaled_weights(rows.weights[inside])
    columns = tuple(rows.columns[k] for k in at)
    return ArrayRows(columns=columns, values=rows.values[inside][:, at], weights=weights)
