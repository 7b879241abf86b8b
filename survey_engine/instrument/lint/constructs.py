"""Lint of constructs: enough questions, one scale, one direction."""

from __future__ import annotations

import math
from collections.abc import Iterator

from survey_engine.errors import Diagnostic, Where, diagnostic
from survey_engine.instrument.model import Instrument, Item

GOAL = 0.70


def projected_reliability(count: int, correlation: float) -> float:
    """Reliability of `count` items of mean inter-item correlation (Spearman–Brown).

    ``k r / (1 + (k - 1) r)``: Spearman (1910), British Journal of Psychology 3, 271–295;
    Brown (1910), ibid., 296–322.

    >>> round(projected_reliability(3, 0.5), 3)
    0.75
    """
    return count * correlation / (1 + (count - 1) * correlation)


def needed_items(correlation: float, goal: float = GOAL) -> int:
    """The fewest items whose projected reliability reaches `goal`."""
    exact = goal * (1 - correlation) / (correlation * (1 - goal))
    return max(1, math.ceil(exact - 1e-9))


def lint_constructs(instrument: Instrument, *, correlation: float) -> Iterator[Diagnostic]:
    """Remarks on each construct; `correlation` is the expected one among its items."""
    blocks: dict[str, list[Item]] = {}
    for item in instrument.items:
        if item.construct_name is not None and item.role == "indicator":
            blocks.setdefault(item.construct_name, []).append(item)
    for name, items in blocks.items():
        yield from _number(name, items, correlation)
        yield from _ranges(instrument, name, items)
        turned = [item.id for item in items if item.direction == "lower_is_better"]
        if 0 < len(turned) < len(items):
            where = Where(constructs=(name,), items=tuple(turned))
            yield diagnostic("LINT_REVERSED_MIX", where=where)


def _number(name: str, items: list[Item], correlation: float) -> Iterator[Diagnostic]:
    where = Where(constructs=(name,), items=tuple(item.id for item in items))
    said = f"{correlation:.2f}"
    three = f"{projected_reliability(3, correlation):.2f}"
    projected = projected_reliability(len(items), correlation)
    if len(items) == 1:
        yield diagnostic("LINT_SINGLE_ITEM", where=where, projected=three, correlation=said)
    elif projected < GOAL:
        yield diagnostic(
            "LINT_LOW_RELIABILITY", where=where, count=len(items), goal=f"{GOAL:.2f}",
            projected=f"{projected:.2f}", needed=needed_items(correlation), correlation=said,
        )  # fmt: skip
    elif len(items) == 2:
        yield diagnostic(
            "LINT_TWO_ITEMS", where=where, projected=f"{projected:.2f}", three=three,
            correlation=said,
        )  # fmt: skip


def _ranges(instrument: Instrument, name: str, items: list[Item]) -> Iterator[Diagnostic]:
    scales = [instrument.scale_of(item.id) for item in items]
    ranges = list(dict.fromkeys((scale.minimum, scale.maximum) for scale in scales))
    if len(ranges) > 1:
        shown = [f"{low:g}–{high:g}" for low, high in ranges]
        where = Where(constructs=(name,), items=tuple(item.id for item in items))
        yield diagnostic("LINT_MIXED_SCALES", where=where, scales=shown)
