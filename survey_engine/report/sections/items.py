"""Items: what was answered, one diverging chart a construct and scale."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from survey_engine.document.blocks import Block, ChartBlock, Omission, Section
from survey_engine.document.charts import LikertChart
from survey_engine.document.charts.model import LikertRow
from survey_engine.report.sections.context import Context
from survey_engine.responses.survey_data import ItemQuality

Groups = tuple[tuple[int, int], ...]
_MOST_SINGLE = 7
_SMALLEST_LABEL = 0.06


def build(context: Context) -> tuple[Section | Omission, ...]:
    """Charts of every construct whose items have a declared scale."""
    blocks: list[Block] = []
    for construct in context.result.model.constructs:
        by_range: dict[tuple[float, float], list[ItemQuality]] = {}
        for item in context.result.data.quality.items:
            if item.item in construct.indicators and item.item in context.result.data.ranges:
                at = context.result.data.ranges[item.item]
                by_range.setdefault(at, []).append(item)
        for (low, high), items in by_range.items():
            blocks.append(_chart(context, construct.name, (int(low), int(high)), items))
    if not blocks:
        return (context.omission("items", "no_scale"),)
    return (context.section("items", blocks),)


def answer_groups(low: int, high: int) -> Groups:
    """Answers joined into at most seven groups, symmetric about the middle.

    Up to seven answers stand alone; more become five groups, whose sizes differ only in
    the middle and next to it (1-10 becomes 1-2, 3-4, 5-6, 7-8, 9-10).

    >>> answer_groups(1, 10)
    ((1, 2), (3, 4), (5, 6), (7, 8), (9, 10))
    >>> answer_groups(0, 10)
    ((0, 1), (2, 3), (4, 6), (7, 8), (9, 10))
    """
    count = high - low + 1
    if count <= _MOST_SINGLE:
        return tuple((value, value) for value in range(low, high + 1))
    side = count // 5
    rest = count - 5 * side
    sizes = [side] * 5
    sizes[2] += rest % 2
    for place in {2: (1, 3), 3: (1, 3), 4: (0, 1, 3, 4)}.get(rest, ()):
        sizes[place] += 1
    groups = []
    start = low
    for size in sizes:
        groups.append((start, start + size - 1))
        start += size
    return tuple(groups)


def _chart(
    context: Context, construct: str, scale: tuple[int, int], items: Sequence[ItemQuality]
) -> ChartBlock:
    groups = answer_groups(*scale)
    rows = tuple(_row(context, item, groups) for item in items)
    chart = LikertChart(
        rows=rows,
        category_labels=tuple(_group_label(group) for group in groups),
        neutral=len(groups) // 2 if len(groups) % 2 else None,
        n_label=context.words.say("heads.n"),
        mean_label=context.words.say("heads.mean"),
    )
    bases = [item.n_valid for item in items]
    low, high = (context.numbers.count(value) for value in (min(bases), max(bases)))
    base = (
        context.words.say("labels.base_items", n=low)
        if low == high
        else context.words.say("labels.base_items_range", low=low, high=high)
    )
    return context.figure(
        "items",
        chart,
        base=base,
        method=context.words.say("labels.shares_no_interval"),
        construct=context.labels.construct(construct),
        low=str(scale[0]),
        high=str(scale[1]),
    )


def _group_label(group: tuple[int, int]) -> str:
    return str(group[0]) if group[0] == group[1] else f"{group[0]}–{group[1]}"


def mean_of_shares(shares: Mapping[float, float]) -> float:
    """The mean from the very shares the bars show."""
    return float(sum(value * share for value, share in shares.items()))


def _row(context: Context, item: ItemQuality, groups: Groups) -> LikertRow:
    shares = tuple(
        float(sum(s for v, s in item.shares.items() if low <= v <= high))
        for low, high in groups
    )
    return LikertRow(
        label=context.labels.item(item.item),
        shares=shares,
        share_labels=tuple(
            f"{100 * share:.0f}" if share >= _SMALLEST_LABEL else "" for share in shares
        ),
        n_text=context.numbers.count(item.n_valid),
        mean_text=context.numbers.points(mean_of_shares(item.shares), 2),
    )
