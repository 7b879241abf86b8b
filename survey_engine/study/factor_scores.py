"""Factor scores of a study's respondents, with the row of the file each belongs to."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from survey_engine.assessment.model_tests.factor_scores import Method, factor_scores
from survey_engine.assessment.model_tests.point import ModelPoint
from survey_engine.estimation.fit_result import CbSemFit
from survey_engine.numerics.moments import Array
from survey_engine.study.prepare import Prepared
from survey_engine.study.result import StudySpec
from survey_engine.study.segments import segment_labels

METHODS: tuple[Method, ...] = ("regression", "bartlett")


def scored_rows(
    prepared: Prepared, point: ModelPoint, fit: CbSemFit, spec: StudySpec
) -> tuple[dict[str, Array], NDArray[np.int64]]:
    """Scores by method, and rows of the file from 1; empty if the study asks for none.

    Rows without a group have no scores where groups were fitted.
    """
    if not spec.factor_scores:
        return {}, np.empty(0, dtype=np.int64)
    rows = prepared.reduction.incomplete or prepared.reduction.rows
    answers = rows.values[:, [rows.columns.index(name) for name in point.sample.observed]]
    group = _groups(prepared, fit, spec, len(answers))
    known = group >= 0
    mean = np.stack([one.moments.mean for one in fit.groups])
    found: dict[str, Array] = {
        method: factor_scores(
            point, answers[known], group=group[known], sample_mean=mean, method=method
        )
        for method in METHODS
    }
    return found, prepared.data.rows[prepared.reduction.used][known]


def _groups(prepared: Prepared, fit: CbSemFit, spec: StudySpec, n: int) -> NDArray[np.intp]:
    """Group of each row from 0; -1 where it has none."""
    if len(fit.groups) == 1 or spec.group is None:
        return np.zeros(n, dtype=np.intp)
    labels = [one.label for one in fit.groups]
    told = segment_labels(prepared, spec.group)
    return np.array([labels.index(x) if x in labels else -1 for x in told], dtype=np.intp)
