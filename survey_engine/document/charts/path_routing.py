"""Arrows between boxes that touch no third box, and labels that touch nothing.

Every arrow is one cubic curve. Candidates bend by several amounts at either end; those
that come near a box they do not belong to are dropped, then one candidate an arrow is
chosen so that crossings and shared tracks are few. Labels are placed last.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from survey_engine.document.charts.boxes import Box

Array = npt.NDArray[np.float64]

_BENDS = (
    0.0,
    26.0,
    -26.0,
    52.0,
    -52.0,
    85.0,
    -85.0,
    125.0,
    -125.0,
    175.0,
    -175.0,
    235.0,
    -235.0,
)
_SAMPLES = 33
_KEEP = 8
_CLEARANCE = 7.0


@dataclass(frozen=True)
class Curve:
    """A cubic from the border of one box to the border of another."""

    points: tuple[tuple[float, float], ...]

    def at(self, t: float | Array) -> Array:
        """Position(s) at `t` in [0, 1], shape ``(..., 2)``."""
        return bezier(np.asarray(self.points), np.asarray(t, dtype=float))

    def samples(self, count: int = 65) -> Array:
        """`count` positions along the curve, shape ``(count, 2)``."""
        return self.at(np.linspace(0.0, 1.0, count))

    def part(self, start: float, end: float) -> Curve:
        """The piece between two parameters (de Casteljau)."""
        points = np.asarray(self.points)
        left = _split(points, end)[0]
        right = _split(left, start / end)[1] if start > 0 else left
        return Curve(tuple((float(x), float(y)) for x, y in right))


def bezier(points: Array, t: Array) -> Array:
    """Cubic Bezier curve(s): control points ``(..., 4, 2)`` at `t`, shape ``(..., T, 2)``."""
    u = 1.0 - t
    weights = np.stack([u**3, 3 * u * u * t, 3 * u * t * t, t**3], axis=-1)
    return np.asarray(weights @ points)


def _split(points: Array, t: float) -> tuple[Array, Array]:
    left, right = [points[0]], [points[-1]]
    level = points
    while len(level) > 1:
        level = level[:-1] * (1 - t) + level[1:] * t
        left.append(level[0])
        right.append(level[-1])
    return np.array(left), np.array(right[::-1])


def _border(box: Box, towards: Array, gap: float) -> Array:
    """Where rays from the middle of `box` leave it (grown by `gap`); `towards` is (K, 2)."""
    centre = np.array(box.centre)
    half = np.array([box.width / 2 + gap, box.height / 2 + gap])
    direction = towards - centre
    with np.errstate(divide="ignore", invalid="ignore"):
        reach = np.min(np.where(direction == 0, np.inf, half / np.abs(direction)), axis=1)
    return np.asarray(centre + direction * reach[:, None])


def _candidates(source: Box, target: Box) -> tuple[Array, Array]:
    """Control points (K, 4, 2) and base cost (K,) of every bend combination."""
    start, end = np.array(source.centre), np.array(target.centre)
    along = end - start
    normal = np.array([-along[1], along[0]]) / max(float(np.hypot(*along)), 1e-9)
    pairs = [
        (one, two)
        for one, two in itertools.product(_BENDS, _BENDS)
        if one * two >= 0 or abs(one) + abs(two) <= 110
    ]
    bends = np.array(pairs)
    first = start + along * 0.33 + bends[:, :1] * normal
    second = start + along * 0.67 + bends[:, 1:] * normal
    tail, head = _border(source, first, 1.0), _border(target, second, 3.0)
    points = np.stack([tail, first, second, head], axis=1)
    cost = 0.22 * np.abs(bends).max(axis=1) + 0.30 * np.abs(bends[:, 0] - bends[:, 1])
    return points, cost + 14 * _turning(points)


def _turning(points: Array) -> Array:
    """How far each curve turns from its first to its last leg, in radians, shape (K,).

    Short arrows turn sharply for the same bend, and an arrow that hooks into its box
    reads badly.
    """
    legs = np.diff(points, axis=1)
    angles = np.arctan2(legs[..., 1], legs[..., 0])
    turns = np.diff(angles, axis=1)
    return np.asarray(np.abs((turns + np.pi) % (2 * np.pi) - np.pi).sum(axis=1))


def _node_hits(samples: Array, boxes: Sequence[Box], grow: float) -> Array:
    """How many of the samples (K, S, 2) lie in the grown boxes, shape (K,)."""
    if not boxes:
        return np.zeros(len(samples))
    edges = np.array([[b.left, b.top, b.right, b.bottom] for b in boxes])
    x, y = samples[:, :, None, 0], samples[:, :, None, 1]
    inside = (x > edges[:, 0] - grow) & (x < edges[:, 2] + grow)
    inside &= (y > edges[:, 1] - grow) & (y < edges[:, 3] + grow)
    return np.asarray(inside.sum(axis=(1, 2)), dtype=float)


def crossings(one: Array, other: Array) -> Array:
    """Number of crossings of polylines (K, S, 2) with polylines (L, S, 2), shape (K, L)."""
    p, r = one[:, None, :-1, None], np.diff(one, axis=1)[:, None, :, None]
    q, s = other[None, :, None, :-1], np.diff(other, axis=1)[None, :, None, :]
    gap = q - p
    cross = r[..., 0] * s[..., 1] - r[..., 1] * s[..., 0]
    with np.errstate(divide="ignore", invalid="ignore"):
        t = (gap[..., 0] * s[..., 1] - gap[..., 1] * s[..., 0]) / cross
        u = (gap[..., 0] * r[..., 1] - gap[..., 1] * r[..., 0]) / cross
    hit = (np.abs(cross) > 1e-12) & (t >= 0) & (t <= 1) & (u >= 0) & (u <= 1)
    return np.asarray(hit.sum(axis=(2, 3)), dtype=float)


def _shared_track(one: Array, other: Array) -> Array:
    """Share of samples closer than a few pixels to the other curve, shape (K, L)."""
    inner_one, inner_other = one[:, 2:-2], other[:, 2:-2]
    gap = inner_one[:, None, :, None] - inner_other[None, :, None, :]
    near = np.min(np.hypot(gap[..., 0], gap[..., 1]), axis=3) < 9.0
    return np.asarray(near.mean(axis=2), dtype=float)


def _pool(source: Box, target: Box, others: Sequence[Box], bounds: Box) -> tuple[Array, Array]:
    points, cost = _candidates(source, target)
    samples = bezier(points, np.linspace(0, 1, _SAMPLES))
    hits = _node_hits(samples, others, _CLEARANCE)
    hits += _node_hits(samples[:, 1:-1], [source, target], 0.0)
    outside = (samples[..., 0] < bounds.left) | (samples[..., 0] > bounds.right)
    outside |= (samples[..., 1] < bounds.top) | (samples[..., 1] > bounds.bottom)
    total = cost + 1000 * hits + 500 * outside.sum(axis=1)
    best = np.argsort(total, kind="stable")[:_KEEP]
    return points[best], total[best]


def route(boxes: dict[str, Box], ends: Sequence[tuple[str, str]], bounds: Box) -> list[Curve]:
    """One curve an arrow, clear of every box it does not belong to wherever one exists.

    Parameters
    ----------
    boxes : dict
        Box of each node.
    ends : sequence of (source, target)
    bounds : Box
        Curves stay inside.
    """
    pools = []
    for source, target in ends:
        others = [box for name, box in boxes.items() if name not in (source, target)]
        pools.append(_pool(boxes[source], boxes[target], others, bounds))
    if not pools:
        return []
    coarse = [bezier(points, np.linspace(0, 1, 13)) for points, _ in pools]
    pair_cost = {}
    for i, j in itertools.combinations(range(len(pools)), 2):
        clash = 28 * crossings(coarse[i], coarse[j])
        clash += 60 * (
            _shared_track(coarse[i], coarse[j]) + _shared_track(coarse[j], coarse[i]).T
        )
        pair_cost[i, j], pair_cost[j, i] = clash, clash.T
    chosen = _choose([cost for _, cost in pools], pair_cost)
    return [
        Curve(tuple((float(x), float(y)) for x, y in points[index]))
        for (points, _), index in zip(pools, chosen, strict=True)
    ]


def _choose(costs: Sequence[Array], pair_cost: dict[tuple[int, int], Array]) -> list[int]:
    chosen = [0] * len(costs)
    for _ in range(6):
        before = list(chosen)
        for i, cost in enumerate(costs):
            total = cost.copy()
            for j in range(len(costs)):
                if j != i:
                    total += pair_cost[i, j][:, chosen[j]]
            chosen[i] = int(np.argmin(total))
        if chosen == before:
            break
    return chosen
