"""Where labels go so that none covers another or a mark."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

from survey_engine.document.charts.boxes import Box, total_overlap
from survey_engine.document.charts.font_metrics import ASCENT, DESCENT


def lanes(
    anchors: Sequence[tuple[float, float]], *, left: float, right: float, gap: float
) -> list[tuple[float, int]]:
    """Stack labels under an axis in as few rows as needed.

    Parameters
    ----------
    anchors : sequence of (x, width)
        Wanted middle and width of each label, in pixels.
    left, right, gap : float
        Limits of the drawing and the least distance between neighbours.

    Returns
    -------
    list of (middle, lane)
        In the order of `anchors`; lane 0 is nearest the axis.
    """
    ends: list[float] = []
    placed: dict[int, tuple[float, int]] = {}
    for index in sorted(range(len(anchors)), key=lambda i: (anchors[i][0], i)):
        x, width = anchors[index]
        middle = min(max(x, left + width / 2), max(right - width / 2, left + width / 2))
        start = middle - width / 2
        lane = next((i for i, end in enumerate(ends) if end + gap <= start), len(ends))
        if lane == len(ends):
            ends.append(-math.inf)
        ends[lane] = middle + width / 2
        placed[index] = (middle, lane)
    return [placed[index] for index in range(len(anchors))]


def spread(
    anchors: Sequence[tuple[float, float]], *, left: float, right: float, gap: float
) -> list[float] | None:
    """Middles of labels side by side in one row, as near their wanted places as possible.

    Least squares under "no overlap" is isotonic regression of the places less the room
    before them (pool adjacent violators, Ayer et al. 1955).

    Parameters
    ----------
    anchors : sequence of (x, width)
    left, right, gap : float

    Returns
    -------
    list of float or None
        In the order of `anchors`; ``None`` when the row is too short for them.
    """
    order = sorted(range(len(anchors)), key=lambda i: (anchors[i][0], i))
    widths = [anchors[i][1] for i in order]
    if sum(widths) + gap * max(len(widths) - 1, 0) > right - left or not anchors:
        return None if anchors else []
    offsets = [0.0]
    for one, other in itertools.pairwise(widths):
        offsets.append(offsets[-1] + (one + other) / 2 + gap)
    free = _isotonic([anchors[i][0] - offset for i, offset in zip(order, offsets, strict=True)])
    low = left + widths[0] / 2
    high = right - widths[-1] / 2 - offsets[-1]
    middles = [0.0] * len(anchors)
    for i, value, offset in zip(order, free, offsets, strict=True):
        middles[i] = min(max(value, low), high) + offset
    return middles


def _isotonic(values: Sequence[float]) -> list[float]:
    pools: list[tuple[float, int]] = []
    for value in values:
        pools.append((value, 1))
        while len(pools) > 1 and pools[-2][0] > pools[-1][0]:
            (one, m), (other, n) = pools[-2], pools[-1]
            pools[-2:] = [((one * m + other * n) / (m + n), m + n)]
    return [mean for mean, count in pools for _ in range(count)]


def place_marks(
    anchors: Sequence[tuple[float, float]], *, right: float, gap: float
) -> list[tuple[float, int]]:
    """Labels of benchmarks: one row if they fit side by side, else stacked rows."""
    row = spread(anchors, left=0.0, right=right, gap=gap)
    if row is not None:
        return [(middle, 0) for middle in row]
    return lanes(anchors, left=0.0, right=right, gap=gap)


@dataclass(frozen=True)
class Anchor:
    """A point that wants a label of the given size, `reach` pixels away at least."""

    x: float
    y: float
    width: float
    size: float
    reach: float


_DIRECTIONS = tuple(
    (math.cos(math.radians(angle)), math.sin(math.radians(angle)))
    for angle in (-35, 35, -145, 145, -90, 90, 0, 180, -65, 65, -115, 115, -15, 15, 165, -165)
)


def _candidates(anchor: Anchor) -> list[Box]:
    height = (ASCENT + DESCENT) * anchor.size
    boxes = []
    for distance in (0, 6, 14, 24, 38, 56, 80, 110, 145):
        for cosine, sine in _DIRECTIONS:
            reach = anchor.reach + distance
            x, y = anchor.x + cosine * reach, anchor.y + sine * reach
            left = x + (cosine - 1) * anchor.width / 2
            top = y + (sine - 1) * height / 2
            boxes.append(Box(left, top, left + anchor.width, top + height))
    return boxes


def place_labels(
    anchors: Sequence[Anchor], *, hard: Sequence[Box], soft: Sequence[Box], bounds: Box
) -> list[Box]:
    """Put each label near its point: off every `hard` box and each other.

    Greedy from the most crowded point on, then sweeps until nothing improves; the cost
    is 1000 a covered unit of `hard` or another label, 1 a covered unit of `soft`
    (interval lines), then distance. Deterministic.
    """
    pools = [
        [box for box in _candidates(anchor) if box.inside(bounds)] or [_forced(anchor, bounds)]
        for anchor in anchors
    ]
    base = [
        [
            1000 * total_overlap(box, hard) + total_overlap(box, soft) + 0.02 * rank
            for rank, box in enumerate(pool)
        ]
        for pool in pools
    ]
    chosen: dict[int, Box] = {}
    order = sorted(range(len(anchors)), key=lambda i: (-min(base[i]), i))
    for _ in range(4):
        before = dict(chosen)
        for index in order:
            others = [box.grown(1.5) for other, box in chosen.items() if other != index]
            costs = [
                cost + 1000 * total_overlap(box, others)
                for cost, box in zip(base[index], pools[index], strict=True)
            ]
            chosen[index] = pools[index][costs.index(min(costs))]
        if chosen == before:
            break
    return [chosen[index] for index in range(len(anchors))]


def _forced(anchor: Anchor, bounds: Box) -> Box:
    height = (ASCENT + DESCENT) * anchor.size
    left = min(max(anchor.x - anchor.width / 2, bounds.left), bounds.right - anchor.width)
    top = min(max(anchor.y + anchor.reach, bounds.top), bounds.bottom - height)
    return Box(left, top, left + anchor.width, top + height)
