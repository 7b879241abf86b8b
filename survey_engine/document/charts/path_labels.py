"""Where the coefficients of a path diagram stand: in a gap of their arrow or beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from survey_engine.document.charts.boxes import Box, total_overlap
from survey_engine.document.charts.path_routing import Array, Curve

_PLACES = (0.5, 0.44, 0.56, 0.38, 0.62, 0.32, 0.68, 0.26, 0.74, 0.2, 0.8, 0.15, 0.85)
_MARGIN = 3.0


@dataclass(frozen=True)
class PlacedLabel:
    """The box of a label; `gap` is the stretch of its arrow left out, if it stands in it."""

    box: Box
    gap: tuple[float, float] | None


def _around(x: float, y: float, width: float, height: float) -> Box:
    return Box(x - width / 2, y - height / 2, x + width / 2, y + height / 2)


def _gap(samples: Array, box: Box) -> tuple[float, float] | None:
    inside = (samples[:, 0] >= box.left) & (samples[:, 0] <= box.right)
    inside &= (samples[:, 1] >= box.top) & (samples[:, 1] <= box.bottom)
    index = np.flatnonzero(inside)
    if len(index) == 0:
        return None
    last = len(samples) - 1
    return max(index[0] - 1, 0) / last, min(index[-1] + 1, last) / last


def _crosses(box: Box, samples: Array) -> bool:
    inside = (samples[:, 0] > box.left) & (samples[:, 0] < box.right)
    inside &= (samples[:, 1] > box.top) & (samples[:, 1] < box.bottom)
    return bool(inside.any())


def _candidates(curve: Curve, width: float, height: float) -> list[tuple[float, PlacedLabel]]:
    samples = curve.samples(201)
    length = float(np.hypot(*np.diff(samples, axis=0).T).sum())
    found: list[tuple[float, PlacedLabel]] = []
    for t in _PLACES:
        x, y = (float(v) for v in curve.at(np.array([t]))[0])
        box = _around(x, y, width, height)
        gap = _gap(samples, box.grown(1.0))
        head = 14 / max(length, 1.0)
        if gap and gap[0] > 0.06 and gap[1] < 0.94 - head and gap[1] - gap[0] < 0.6:
            found.append((12 * abs(t - 0.5), PlacedLabel(box, gap)))
        before, after = curve.at(np.array([max(t - 0.02, 0), min(t + 0.02, 1)]))
        dx, dy = after - before
        norm = max(float(np.hypot(dx, dy)), 1e-9)
        nx, ny = -dy / norm, dx / norm
        reach = abs(nx) * width / 2 + abs(ny) * height / 2 + 5
        for sign, extra in ((1, 0), (-1, 0), (1, 8), (-1, 8), (1, 18), (-1, 18)):
            away = sign * (reach + extra)
            beside = _around(x + nx * away, y + ny * away, width, height)
            if not _crosses(beside.grown(1.5), samples):
                found.append((9 + extra + 12 * abs(t - 0.5), PlacedLabel(beside, None)))
    return found


def place_path_labels(
    curves: Sequence[Curve],
    sizes: Sequence[tuple[float, float]],
    *,
    nodes: Sequence[Box],
    bounds: Box,
) -> list[PlacedLabel]:
    """A place for every label, off nodes, other arrows and other labels.

    Parameters
    ----------
    curves : sequence of Curve
    sizes : sequence of (width, height)
        Label boxes in pixels, in the order of `curves`.
    nodes : sequence of Box
    bounds : Box
    """
    sampled = [curve.samples(129) for curve in curves]
    pools: list[list[tuple[float, PlacedLabel]]] = []
    for index, (curve, (width, height)) in enumerate(zip(curves, sizes, strict=True)):
        pool = []
        for cost, label in _candidates(curve, width, height):
            near = label.box.grown(_MARGIN)
            cost += 100 * total_overlap(near, nodes)
            cost += sum(
                4000
                for other, samples in enumerate(sampled)
                if other != index and _crosses(near, samples)
            )
            cost += 0 if label.box.inside(bounds) else 1e5
            pool.append((cost, label))
        pools.append(pool)
    return _settle(pools)


def _settle(pools: Sequence[list[tuple[float, PlacedLabel]]]) -> list[PlacedLabel]:
    chosen: dict[int, PlacedLabel] = {}
    order = sorted(range(len(pools)), key=lambda i: (-min(cost for cost, _ in pools[i]), i))
    for _ in range(5):
        before = dict(chosen)
        for index in order:
            others = [label.box.grown(2) for other, label in chosen.items() if other != index]
            costs = [
                cost + 100 * total_overlap(label.box, others) for cost, label in pools[index]
            ]
            chosen[index] = pools[index][costs.index(min(costs))][1]
        if chosen == before:
            break
    return [chosen[index] for index in range(len(pools))]
