"""A study's weights, means and scales for scoring others; and the refusals of doing so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np

from survey_engine.assessment.blocks import block_sizes, block_slices
from survey_engine.errors import Diagnostic, EstimationError, Where, diagnostic
from survey_engine.estimation.fit_result import PlsFit
from survey_engine.responses.survey_data import SurveyData
from survey_engine.scoring.frozen import (
    FrozenConstruct,
    FrozenItem,
    FrozenModel,
    NewScores,
    score_new,
)
from survey_engine.study.result import StudyResult


def freeze(result: StudyResult) -> FrozenModel | None:
    """What scoring needs; None without scores on 0-100 of observed items."""
    fit, scores = result.fit, result.scores
    if not isinstance(fit, PlsFit) or fit.first_stage is not None or scores is None:
        return None
    spec = fit.spec
    ranges, at = result.data.ranges, {item: j for j, item in enumerate(spec.indicators)}
    if any(item not in ranges for item in spec.indicators):
        return None
    constructs = []
    for row, block, construct in zip(
        scores.performance, block_slices(block_sizes(spec)), spec.constructs, strict=True
    ):
        if row.est is None:
            continue
        weights = scores.indicator_weights[block]
        items = tuple(
            FrozenItem(
                item=item,
                weight=float(weight),
                mean=float(fit.moments.mean[at[item]]),
                standard_deviation=float(fit.moments.standard_deviation[at[item]]),
                minimum=float(ranges[item][0]),
                maximum=float(ranges[item][1]),
            )
            for item, weight in zip(construct.indicators, weights, strict=True)
        )
        constructs.append(FrozenConstruct(construct=construct.name, items=items, score=row.est))
    return FrozenModel(
        model=spec.id,
        estimator=fit.estimator,
        n=result.n,
        index=None if result.index is None else result.index.construct,
        confidence=result.spec.confidence,
        constructs=tuple(constructs),
    )


def frozen_document(result: StudyResult) -> dict[str, Any] | None:
    """The same as plain values, for the result JSON."""
    frozen = freeze(result)
    return None if frozen is None else asdict(frozen)


def frozen_of(document: Mapping[str, Any], *, file: str) -> FrozenModel:
    """Read the frozen part of a result JSON.

    Raises
    ------
    EstimationError
        FROZEN_UNREADABLE.
    """
    try:
        block = dict(document["frozen"])
        constructs = tuple(
            FrozenConstruct(
                construct=one["construct"],
                score=float(one["score"]),
                items=tuple(FrozenItem(**item) for item in one["items"]),
            )
            for one in block.pop("constructs")
        )
        return FrozenModel(**block, constructs=constructs)
    except (KeyError, TypeError, ValueError) as problem:
        refused = diagnostic("FROZEN_UNREADABLE", where=Where(file=file), file=file)
        raise EstimationError(refused) from problem


def score_data(
    frozen: FrozenModel, data: SurveyData
) -> tuple[NewScores, tuple[Diagnostic, ...]]:
    """Score new answers with a frozen model.

    Raises
    ------
    EstimationError
        FROZEN_ITEM_MISSING and FROZEN_SCALE_CHANGED, every item by name.
    """
    problems = [*_missing(frozen, data), *_changed(frozen, data)]
    if problems:
        raise EstimationError(*problems)
    at = data.positions([item.item for item in frozen.items])
    found = score_new(frozen, data.values[:, at], data.weights)
    if found.n == 0:
        raise EstimationError(diagnostic("FROZEN_NO_ROWS", n=data.n))
    notes = [diagnostic("FROZEN_WEIGHTS_FIXED", model=frozen.model, n=frozen.n)]
    left = data.n - found.n
    if left:
        notes.append(diagnostic("FROZEN_ROWS_LEFT_OUT", left=left, n=data.n))
    return found, tuple(notes)


def _missing(frozen: FrozenModel, data: SurveyData) -> list[Diagnostic]:
    gone = tuple(item.item for item in frozen.items if item.item not in data.columns)
    return [diagnostic("FROZEN_ITEM_MISSING", where=Where(items=gone))] if gone else []


def _changed(frozen: FrozenModel, data: SurveyData) -> list[Diagnostic]:
    """Another declared scale; without one, answers beyond the scale of the fitted run."""
    found = []
    for item in frozen.items:
        if item.item not in data.columns:
            continue
        now = data.ranges.get(item.item)
        if now is None:
            values = data.values[:, data.columns.index(item.item)]
            seen = values[np.isfinite(values)]
            if not len(seen) or (seen.min() >= item.minimum and seen.max() <= item.maximum):
                continue
            now = (float(seen.min()), float(seen.max()))
        if (float(now[0]), float(now[1])) != (item.minimum, item.maximum):
            found.append(
                diagnostic(
                    "FROZEN_SCALE_CHANGED",
                    where=Where(items=(item.item,)),
                    before=f"{item.minimum:g}–{item.maximum:g}",
                    now=f"{now[0]:g}–{now[1]:g}",
                )
            )
    return found
