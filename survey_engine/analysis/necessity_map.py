"""The combined map: importance, performance and necessity of every driver (cIPMA).

A driver can matter on average and still not be needed, and a needed one can matter little:
raising the average driver does nothing for respondents whom a necessary one holds back.

References
----------
Hauff, S., Richter, N. F., Sarstedt, M. & Ringle, C. M. (2024). Importance and performance in
PLS-SEM and NCA: Introducing the combined importance-performance map analysis (cIPMA).
Journal of Retailing and Consumer Services 78, 103723.
Sarstedt, M., Richter, N. F., Hauff, S. & Ringle, C. M. (2024). Combined importance-performance
map analysis (cIPMA) in partial least squares structural equation modeling (PLS-SEM): a
SmartPLS 4 tutorial. Journal of Marketing Analytics 12, 746-760.
Richter, N. F., Schubring, S., Hauff, S., Ringle, C. M. & Sarstedt, M. (2020). When predictors
of outcomes are necessary. Industrial Management & Data Systems 120, 2243-2267: must-have and
should-have.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from survey_engine.analysis.answers import Answers
from survey_engine.analysis.necessity import Necessity
from survey_engine.analysis.results import ImportancePerformance, MapPoint
from survey_engine.assessment.resampled import number
from survey_engine.estimation.estimates import Estimate
from survey_engine.numerics.ceiling import bottleneck

Standing = Literal["must_and_should", "must", "should", "neither"]
"""Must-have: necessary. Should-have: at least as important as the drivers on average."""

_STANDINGS: dict[tuple[bool, bool], Standing] = {
    (True, True): "must_and_should",
    (True, False): "must",
    (False, True): "should",
    (False, False): "neither",
}
_TINY = 1e-9
"""Scores nearer than this are the same score."""


@dataclass(frozen=True, kw_only=True)
class NecessityPoint:
    """One driver on the combined map.

    Attributes
    ----------
    importance, performance : Estimate
        As on the importance-performance map.
    effect_size, p : float
        Of the step ceiling (CE-FDH) and its permutation test.
    necessary : bool
        By both cut-offs.
    needed : float or None
        Least 0-100 score of the driver among respondents with the desired level of the
        outcome or more. None: any score goes with it, or nobody has it.
    share_below : float or None
        (Weighted) share of respondents with less than that; None if nobody has the level.
    """

    construct: str
    importance: Estimate
    performance: Estimate
    effect_size: float | None
    p: float
    necessary: bool
    needed: float | None
    share_below: float | None
    standing: Standing

    @property
    def holds_back(self) -> bool:
        """Whether it is necessary and somebody lacks it."""
        return self.necessary and bool(self.share_below)


@dataclass(frozen=True, kw_only=True)
class NecessityMap:
    """The combined map at one desired level of the outcome, on 0-100.

    Attributes
    ----------
    share_at_level : float
        (Weighted) share of respondents who have that level or more.
    first : str or None
        The must-have to look at first: of the necessary drivers that somebody lacks, the
        one that most respondents lack.
    points : tuple[NecessityPoint, ...]
        Necessary ones first, then by the share below, then by leverage.
    """

    outcome: str
    level: float
    share_at_level: float
    effect_size_cutoff: float
    p_cutoff: float
    mean_importance: float
    mean_performance: float
    first: str | None
    points: tuple[NecessityPoint, ...]


def necessity_map(
    mapped: ImportancePerformance,
    necessity: Sequence[Necessity],
    scores: Mapping[str, Answers],
    *,
    level: float,
    cutoffs: tuple[float, float],
) -> NecessityMap:
    """Join the importance-performance map with necessity at a level of the outcome.

    Parameters
    ----------
    scores : Mapping[str, Answers]
        Each respondent's 0-100 scores, of the outcome and of every driver mapped.
    level : float
        Wanted of the outcome, on 0-100.
    cutoffs : (float, float)
        Effect size from which, and p below which, a condition counts as necessary.
    """
    tested = {one.source: one for one in necessity}
    outcome = scores[mapped.target]
    points = [
        _point(
            point,
            tested[point.construct],
            (scores[point.construct], outcome),
            important=(point.importance.est or 0.0) >= mapped.mean_importance,
            limits=(level, *cutoffs),
        )
        for point in mapped.points
        if point.construct in tested
    ]
    points.sort(key=_order)
    return NecessityMap(
        outcome=mapped.target,
        level=level,
        share_at_level=outcome.share(outcome.values >= level - _TINY),
        effect_size_cutoff=cutoffs[0],
        p_cutoff=cutoffs[1],
        mean_importance=mapped.mean_importance,
        mean_performance=mapped.mean_performance,
        first=next((one.construct for one in points if one.holds_back), None),
        points=tuple(points),
    )


def _point(
    point: MapPoint,
    tested: Necessity,
    scores: tuple[Answers, Answers],
    *,
    important: bool,
    limits: tuple[float, float, float],
) -> NecessityPoint:
    level, effect_size, p = limits
    needed, share = _needed(scores[0], scores[1], level)
    size = tested.ce_fdh
    necessary = size is not None and size >= effect_size and tested.ce_fdh_p < p
    return NecessityPoint(
        construct=point.construct,
        importance=point.importance,
        performance=point.performance,
        effect_size=size,
        p=tested.ce_fdh_p,
        necessary=necessary,
        needed=needed,
        share_below=share,
        standing=_STANDINGS[necessary, important],
    )


def _needed(
    driver: Answers, outcome: Answers, level: float
) -> tuple[float | None, float | None]:
    """The bottleneck of a level in points, and the share of respondents below it."""
    low, width = outcome.values.min(), np.ptp(outcome.values)
    if not width > 0 or level > low + width + _TINY:
        return None, None
    at = np.clip((level - low) / width, 0.0, 1.0)
    step, _ = bottleneck(driver.values, outcome.values, np.array([at]))
    share = number(step[0])
    if share is None:
        return None, 0.0
    needed = float(driver.values.min() + share * np.ptp(driver.values))
    return needed, driver.share(driver.values < needed - _TINY)


def _order(point: NecessityPoint) -> tuple[bool, float, float]:
    leverage = (point.importance.est or 0.0) * (100 - (point.performance.est or 0.0))
    return not point.necessary, -(point.share_below or 0.0), -leverage
