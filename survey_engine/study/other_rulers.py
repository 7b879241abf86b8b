"""Which questions are shown on which other ruler; see `analysis.rulers` for the rulers.

Rulers count answers: only real ones, never filled-in values.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from survey_engine.analysis.answers import Answers
from survey_engine.analysis.results import Ruler
from survey_engine.analysis.rulers import (
    MeasuredItem,
    is_one_to_ten,
    mean_times_ten,
    nps_style,
    top_two_box,
)
from survey_engine.numerics.moments import Array
from survey_engine.responses.survey_data import SurveyData
from survey_engine.study.prepare import Prepared
from survey_engine.study.result import StudySpec


def other_rulers(prepared: Prepared, spec: StudySpec) -> tuple[Ruler, ...]:
    """The index questions, and the question on recommending, on other rulers.

    The base is the respondents of the model; for a question on recommending outside
    the model, everybody who answered it.
    """
    rows: list[Ruler] = []
    if prepared.target is not None:
        rows += _index_questions(prepared, prepared.target, spec.confidence)
    recommending = recommend_item(prepared)
    if recommending is not None:
        balance = nps_style(recommending, spec.confidence)
        rows += [] if balance is None else [balance]
    return tuple(rows)


def _index_questions(prepared: Prepared, target: str, confidence: float) -> list[Ruler]:
    data, used = prepared.data, prepared.reduction.used
    items = prepared.model.construct_named(target).indicators
    measured = [_measured(data, item, used) for item in items if item in data.ranges]
    known = [item for item in measured if item is not None]
    rows = [top_two_box(item, confidence) for item in known]
    if len(known) == len(items) and all(is_one_to_ten(item) for item in known):
        at = [data.columns.index(item) for item in items]
        complete = used & np.isfinite(data.values[:, at]).all(axis=1)
        average = data.values[complete][:, at].mean(axis=1)
        answers = Answers(values=average, weights=_weights(data, complete))
        rows.append(mean_times_ten(target, answers, confidence))
    return rows


def _weights(data: SurveyData, where: NDArray[np.bool_]) -> Array | None:
    return None if data.weights is None else data.weights[where]


def _measured(data: SurveyData, item: str, base: NDArray[np.bool_]) -> MeasuredItem | None:
    """The answers of some respondents to an item; None if nobody answered."""
    values = data.values[:, data.columns.index(item)]
    seen = base & np.isfinite(values)
    if data.weights is not None:
        seen &= np.isfinite(data.weights) & (data.weights > 0)
    if not seen.any():
        return None
    low, high = data.ranges[item]
    answers = Answers(values=values[seen], weights=_weights(data, seen))
    return MeasuredItem(item=item, answers=answers, minimum=low, maximum=high)


def recommend_item(prepared: Prepared) -> MeasuredItem | None:
    """The question on recommending and its answers.

    The item the instrument gives the role ``nps``; without one, the indicator of the
    loyalty construct whose wording asks about recommending (recommend, 推荐).
    """
    data, instrument = prepared.data, prepared.data.instrument
    if instrument is None:
        return None
    for item in instrument.items:
        if item.role == "nps" and item.id in data.columns and item.id in data.ranges:
            return _measured(data, item.id, np.ones(data.n, dtype=bool))
    roles = prepared.model.roles
    if roles is None or roles.loyalty is None:
        return None
    for name in prepared.model.construct_named(roles.loyalty).indicators:
        known = [item for item in instrument.items if item.id == name]
        words = " ".join(known[0].text.values()).lower() if known else ""
        if ("recommend" in words or "推荐" in words) and name in data.ranges:
            return _measured(data, name, prepared.reduction.used)
    return None
