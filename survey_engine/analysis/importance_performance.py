"""The importance-performance map, with intervals both ways (Ringle & Sarstedt 2016)."""

from __future__ import annotations

from typing import Literal

import numpy as np

from survey_engine.analysis.results import DriverAnalysis, ImportancePerformance, MapPoint
from survey_engine.assessment.resampled import Resampled
from survey_engine.estimation.estimates import Estimate
from survey_engine.spec.model import ModelSpec

Position = Literal["above", "below", "unclear"]
Quadrant = Literal["improve_first", "keep_up", "secondary", "possible_overkill", "unclear"]

_QUADRANTS: dict[tuple[Position, Position], Quadrant] = {
    ("above", "below"): "improve_first",
    ("above", "above"): "keep_up",
    ("below", "below"): "secondary",
    ("below", "above"): "possible_overkill",
}


def position(estimate: Estimate, line: float) -> Position:
    """Where an interval lies against a line; ``"unclear"`` if it crosses or is absent."""
    if estimate.ci_lower is None or estimate.ci_upper is None:
        return "unclear"
    if estimate.ci_lower > line:
        return "above"
    return "below" if estimate.ci_upper < line else "unclear"


def map_drivers(
    sampled: Resampled, model: ModelSpec, drivers: DriverAnalysis
) -> ImportancePerformance | None:
    """Place every driver by its effect on the index and its own 0-100 score.

    The lines are the means of the drivers shown. A driver without a score (a negative
    indicator weight) is left out; None when no driver remains.
    """
    at = {name: k for k, name in enumerate(model.construct_names)}
    shown = [
        driver
        for driver in drivers.drivers
        if sampled.value("performance", at[driver.source]) is not None
    ]
    if not shown:
        return None
    scores = {d.source: sampled.estimate("performance", at[d.source]) for d in shown}
    across = float(np.mean([driver.est for driver in shown if driver.est is not None]))
    upward = float(np.mean([s.est for s in scores.values() if s.est is not None]))
    points = []
    for driver in shown:
        importance = Estimate(
            est=driver.est,
            se=driver.se,
            ci_lower=driver.ci_lower,
            ci_upper=driver.ci_upper,
        )
        sideways = position(importance, across)
        height = position(scores[driver.source], upward)
        points.append(
            MapPoint(
                construct=driver.source,
                importance=importance,
                performance=scores[driver.source],
                importance_vs_mean=sideways,
                performance_vs_mean=height,
                quadrant=_QUADRANTS.get((sideways, height), "unclear"),
            )
        )
    return ImportancePerformance(
        target=drivers.target,
        points=tuple(points),
        mean_importance=across,
        mean_performance=upward,
    )
