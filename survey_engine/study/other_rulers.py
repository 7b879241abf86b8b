"""Which questions are shown on which other ruler; see `analysis.rulers` for the rulers."""

from __future__ import annotations

import numpy as np

from survey_engine.analysis.answers import Answers
from survey_engine.analysis.results import Ruler
from survey_engine.analysis.rulers import (
    MeasuredItem,
    is_one_to_ten,
    mean_times_ten,
    nps_style,
    top_two_box,
)
from survey_engine.assessment.blocks import block_sizes, block_slices
from survey_engine.scoring.hundred import ItemRange
from survey_engine.study.prepare import Prepared
from survey_engine.study.result import StudySpec


def other_rulers(prepared: Prepared, spec: StudySpec) -> tuple[Ruler, ...]:
    """The index questions, and the question on recommending, on other rulers."""
    if prepared.ranges is None or prepared.target is None:
        return ()
    model = prepared.model
    block = block_slices(block_sizes(model))[model.construct_names.index(prepared.target)]
    measured = [_measured(prepared, item, prepared.ranges) for item in model.indicators[block]]
    rows = [top_two_box(item, spec.confidence) for item in measured]
    if measured and all(is_one_to_ten(item) for item in measured):
        average = np.mean([item.answers.values for item in measured], axis=0)
        answers = Answers(values=average, weights=measured[0].answers.weights)
        rows.append(mean_times_ten(prepared.target, answers, spec.confidence))
    recommending = recommend_item(prepared)
    if recommending is not None:
        balance = nps_style(recommending, spec.confidence)
        rows += [] if balance is None else [balance]
    return tuple(rows)


def _measured(prepared: Prepared, item: str, ranges: ItemRange) -> MeasuredItem:
    rows = prepared.reduction.rows
    at = prepared.model.indicators.index(item)
    return MeasuredItem(
        item=item,
        answers=Answers(values=rows.values[:, rows.columns.index(item)], weights=rows.weights),
        minimum=float(ranges.minimum[at]),
        maximum=float(ranges.maximum[at]),
    )


def recommend_item(prepared: Prepared) -> MeasuredItem | None:
    """The question on recommending and its answers.

    The item the instrument gives the role ``nps``; without one, the indicator of the
    loyalty construct whose wording asks about recommending (recommend, 推荐).
    """
    data, instrument = prepared.data, prepared.data.instrument
    if instrument is None or prepared.ranges is None:
        return None
    for item in instrument.items:
        if item.role == "nps" and item.id in data.columns and item.id in data.ranges:
            return _outside_the_model(data_item=item.id, prepared=prepared)
    roles = prepared.model.roles
    if roles is None or roles.loyalty is None:
        return None
    for name in prepared.model.construct_named(roles.loyalty).indicators:
        known = [item for item in instrument.items if item.id == name]
        words = " ".join(known[0].text.values()).lower() if known else ""
        if "recommend" in words or "推荐" in words:
            return _measured(prepared, name, prepared.ranges)
    return None


def _outside_the_model(*, data_item: str, prepared: Prepared) -> MeasuredItem | None:
    """An item that is no indicator: everybody who answered it, with their weights."""
    data = prepared.data
    values = data.values[:, data.columns.index(data_item)]
    seen = np.isfinite(values)
    weights = data.weights
    if weights is not None:
        seen &= np.isfinite(weights) & (weights > 0)
    if not seen.any():
        return None
    low, high = data.ranges[data_item]
    answers = Answers(values=values[seen], weights=None if weights is None else weights[seen])
    return MeasuredItem(item=data_item, answers=answers, minimum=low, maximum=high)
