"""What the analyses return: drivers, priorities, actions, rulers, second opinions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from survey_engine.estimation.estimates import EffectEstimate, Estimate


@dataclass(frozen=True, kw_only=True)
class Driver(EffectEstimate):
    """Unstandardised total effect of a driver on the index, in index points per point.

    `per_five` etc. are simply 5 times `est`; `rank` is by `est`, 1 = strongest;
    `separable_from_next` says whether the interval of the difference to the next
    driver excludes 0.
    """

    rank: int
    separable_from_next: bool | None
    difference_to_next: Estimate | None
    includes_zero: bool


@dataclass(frozen=True, kw_only=True)
class DriverAnalysis:
    """Total effects of the drivers on the index construct, strongest first."""

    target: str
    drivers: tuple[Driver, ...]
    r2: Estimate


@dataclass(frozen=True, kw_only=True)
class MapPoint:
    """One construct on the importance-performance map, intervals both ways."""

    construct: str
    importance: Estimate
    performance: Estimate
    importance_vs_mean: Literal["above", "below", "unclear"]
    performance_vs_mean: Literal["above", "below", "unclear"]
    quadrant: Literal["improve_first", "keep_up", "secondary", "possible_overkill", "unclear"]


@dataclass(frozen=True, kw_only=True)
class ImportancePerformance:
    """The map with its reference lines (means of the drivers)."""

    target: str
    points: tuple[MapPoint, ...]
    mean_importance: float
    mean_performance: float


@dataclass(frozen=True, kw_only=True)
class PriorityAction:
    """An action by the stated rule: effect x room, only if separable.

    `gain` is the expected gain of the index, in points, if the item (all other things
    equal) rose by `step` points on 0-100.
    """

    rank: int
    construct: str
    item: str
    item_performance: Estimate
    construct_effect: Estimate
    step: float
    gain: Estimate
    leverage: float
    separable: bool
    overridden: bool = False


@dataclass(frozen=True, kw_only=True)
class Ruler(Estimate):
    """The same answers on another ruler.

    `name`: ``"top_two_box"`` (share, 0-1), ``"mean_times_ten"`` (points),
    ``"nps_style"`` (-100..100, with `promoters` and `detractors` as shares).
    """

    name: str
    item: str
    n: int
    method: str
    promoters: float | None = None
    passives: float | None = None
    detractors: float | None = None


@dataclass(frozen=True, kw_only=True)
class SegmentScore(Estimate):
    """The index construct's 0-100 mean in a segment, with the frozen overall weights.

    Withheld (`est` None) under 30 answers; `reason` then holds the rule:
    ``"fewer_than_10"``, ``"fewer_than_30"`` or ``"complementary"`` (the only other one
    withheld could be computed from the total).

    Attributes
    ----------
    difference_to_rest : Estimate or None
        Mean of the segment minus that of all others, in index points (Welch).
    p_holm : float or None
        Two-sided p of that difference, Holm-adjusted over the `comparisons` segments
        shown of this column.
    """

    column: str
    segment: str
    n: int
    withheld: bool
    caution: bool
    reason: str | None = None
    difference_to_rest: Estimate | None = None
    p_holm: float | None = None
    comparisons: int = 0


@dataclass(frozen=True, kw_only=True)
class SimpleSecondOpinion:
    """The plain average of the same questions, and whether the top two drivers agree."""

    index_unit_weights: Estimate
    index_model: Estimate
    top_two_model: tuple[str, ...]
    top_two_simple: tuple[str, ...]
    same_top_two: bool
