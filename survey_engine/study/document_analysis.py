"""Drivers, priorities, rulers, segments and the simple opinion in the result JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from survey_engine.analysis.results import (
    DriverAnalysis,
    ImportancePerformance,
    PriorityAction,
    Ruler,
    SegmentScore,
    SimpleSecondOpinion,
)
from survey_engine.assessment.tables import fields
from survey_engine.estimation.estimates import Estimate
from survey_engine.study.document_rows import Rows, construct_rows, estimate_fields
from survey_engine.study.result import StudyResult

FIVE = 5.0
"""Effects are told as "+5 points on the driver go with +x on the index"."""


def times_five(estimate: Estimate | None) -> dict[str, Any] | None:
    """An effect for a rise of five points."""
    if estimate is None:
        return None
    return {k: None if v is None else FIVE * v for k, v in fields(estimate).items()}


def scores(result: StudyResult) -> dict[str, Any] | None:
    """Every construct on 0-100, with the indicator weights of the route (sum 1)."""
    found = result.scores
    if found is None:
        return None
    owned = [(row.construct, row.item) for row in result.weights]
    weights = found.indicator_weights.tolist()
    return {
        "formula": found.formula,
        "constructs": construct_rows(found.performance),
        "standard_deviations": dict(
            zip(result.model.construct_names, found.standard_deviation.tolist(), strict=True)
        ),
        "indicator_weights": [
            {"construct": construct, "item": item, "est": weight}
            for (construct, item), weight in zip(owned, weights, strict=True)
        ],
    }


def drivers(found: DriverAnalysis | None) -> dict[str, Any] | None:
    """Total effects on the index, points per point and per five points."""
    if found is None:
        return None
    return {
        "target": found.target,
        "r2": fields(found.r2),
        "drivers": [
            {
                "from": row.source,
                "to": row.target,
                "rank": row.rank,
                **fields(row),
                "per_five": times_five(row),
                "includes_zero": row.includes_zero,
                "separable_from_next": row.separable_from_next,
                "difference_to_next": estimate_fields(row.difference_to_next),
                "difference_to_next_per_five": times_five(row.difference_to_next),
            }
            for row in found.drivers
        ],
    }


def importance_performance(found: ImportancePerformance | None) -> dict[str, Any] | None:
    """The map: points, intervals both ways, reference lines, leverage."""
    if found is None:
        return None
    return {
        "target": found.target,
        "mean_importance": found.mean_importance,
        "mean_importance_per_five": FIVE * found.mean_importance,
        "mean_performance": found.mean_performance,
        "points": [
            {
                "construct": point.construct,
                "importance": fields(point.importance),
                "importance_per_five": times_five(point.importance),
                "performance": fields(point.performance),
                "importance_vs_mean": point.importance_vs_mean,
                "performance_vs_mean": point.performance_vs_mean,
                "quadrant": point.quadrant,
                "leverage": (point.importance.est or 0.0)
                * (100 - (point.performance.est or 0.0)),
            }
            for point in found.points
        ],
    }


def actions(found: Sequence[PriorityAction]) -> Rows:
    """The actions of the stated rule."""
    return [
        {
            "rank": row.rank,
            "construct": row.construct,
            "item": row.item,
            "item_performance": fields(row.item_performance),
            "construct_effect": fields(row.construct_effect),
            "step": row.step,
            "gain": fields(row.gain),
            "leverage": row.leverage,
            "separable": row.separable,
            "overridden": row.overridden,
        }
        for row in found
    ]


def rulers(found: Sequence[Ruler]) -> Rows:
    """The same answers on other rulers; shares from 0 to 1."""
    return [
        {
            "name": row.name,
            "item": row.item,
            "n": row.n,
            "method": row.method,
            **fields(row),
            "promoters": row.promoters,
            "passives": row.passives,
            "detractors": row.detractors,
        }
        for row in found
    ]


def segments(found: Sequence[SegmentScore]) -> Rows:
    """The index by segment; withheld ones hold no number but their size."""
    return [
        {
            "column": row.column,
            "segment": row.segment,
            "n": row.n,
            **fields(row),
            "withheld": row.withheld,
            "caution": row.caution,
            "reason": row.reason,
            "difference_to_rest": estimate_fields(row.difference_to_rest),
            "p_holm": row.p_holm,
            "comparisons": row.comparisons,
        }
        for row in found
    ]


def simple_opinion(found: SimpleSecondOpinion | None) -> dict[str, Any] | None:
    """Plain averages beside the model."""
    if found is None:
        return None
    return {
        "index_unit_weights": fields(found.index_unit_weights),
        "index_model": fields(found.index_model),
        "top_two_model": list(found.top_two_model),
        "top_two_simple": list(found.top_two_simple),
        "same_top_two": found.same_top_two,
    }
