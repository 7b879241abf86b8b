"""Necessity beside importance and performance: what a high index cannot do without."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from survey_engine.analysis.necessity_map import NecessityMap, NecessityPoint
from survey_engine.document.blocks import Block, Paragraph, TableBlock
from survey_engine.document.charts import PriorityMap
from survey_engine.document.charts.model import MapKey, MapMark
from survey_engine.report.sections.context import Context, Table
from survey_engine.report.sections.priorities import map_mark, quadrant_words
from survey_engine.study.robustness import Robustness

_SIZES = (0.02, 0.1)
"""Shares whose bubbles stand in the key."""


def necessity_blocks(context: Context, found: Robustness) -> list[Block]:
    """The tests at every level, then the map at the level wanted."""
    if not found.necessity:
        return []
    blocks: list[Block] = [_tests(context, found)]
    joined = found.necessity_map
    if joined is not None and joined.points:
        blocks += [_map(context, joined), _advice(context, joined), _table(context, joined)]
    return blocks


def _tests(context: Context, found: Robustness) -> TableBlock:
    numbers = context.numbers
    rows = [
        [
            context.labels.construct(one.source),
            numbers.coefficient(one.ce_fdh),
            numbers.p_value(one.ce_fdh_p),
            numbers.coefficient(one.cr_fdh),
            numbers.p_value(one.cr_fdh_p),
        ]
        for one in found.necessity
    ]
    columns = ("construct", "necessity_d", "p_value", "necessity_line", "p_value")
    return context.table(Table(key="robust_necessity", columns=columns, rows=rows, dense=True))


def _map(context: Context, joined: NecessityMap) -> Block:
    words, target = context.words, context.labels.inside(joined.outcome)
    chart = PriorityMap(
        points=tuple(_mark(context, point, joined.first) for point in joined.points),
        x_label=words.say("axes.effect_of_five", target=target),
        y_label=words.say("axes.performance"),
        x_mean=5.0 * joined.mean_importance,
        y_mean=joined.mean_performance,
        quadrant_labels=quadrant_words(context),
        key=MapKey(
            filled=words.say("labels.robustness.bubble"),
            hollow=words.say("labels.robustness.ring"),
            sizes=tuple((share, context.numbers.percent(share)) for share in _SIZES),
        ),
    )
    return context.figure("necessity_map", chart, target=target, wanted=_level(joined))


def _mark(context: Context, point: NecessityPoint, first: str | None) -> MapMark:
    label = context.labels.construct(point.construct)
    return replace(
        map_mark(label, point.importance, point.performance),
        attention=point.construct == first,
        hollow=not point.necessary,
        share=(point.share_below or 0.0) if point.necessary else None,
    )


def _level(joined: NecessityMap) -> str:
    return f"{joined.level:g}"


def _advice(context: Context, joined: NecessityMap) -> Paragraph:
    """Which must-have comes first, or that none holds anybody back."""
    values: dict[str, object] = {
        "wanted": _level(joined),
        "target": context.labels.inside(joined.outcome),
        "reached": context.numbers.percent(joined.share_at_level),
    }
    if not joined.share_at_level > 0:
        return context.text("robustness.not_reached", "body", **values)
    holding = [point for point in joined.points if point.holds_back]
    if not holding:
        return context.text("robustness.none_holds_back", "body", **values)
    first, others = holding[0], holding[1:]
    numbers, labels = context.numbers, context.labels
    told = context.words.say(
        "report.robustness.must_have_first",
        driver=labels.construct(first.construct),
        inside=labels.inside(first.construct),
        needed=numbers.points(first.needed),
        share=numbers.percent(first.share_below),
        **values,
    )
    parts = [told]
    if others:
        named = context.words.enumerate([labels.inside(one.construct) for one in others])
        parts.append(context.words.say("report.robustness.then", list=named))
    joiner = str(context.words.node("formats.sentence"))
    return Paragraph(text=joiner.join(parts))


def _table(context: Context, joined: NecessityMap) -> TableBlock:
    numbers = context.numbers
    rows = [
        [
            context.labels.construct(point.construct),
            numbers.coefficient(point.effect_size),
            numbers.p_value(point.p),
            numbers.points(point.needed),
            numbers.percent(point.share_below),
            numbers.five(point.importance.est),
            numbers.points(point.performance.est),
            context.words.say(f"labels.robustness.{point.standing}"),
        ]
        for point in joined.points
    ]
    columns = (
        "driver",
        "necessity_d",
        "p_value",
        "needed_level",
        "below_needed",
        "per_five",
        "performance",
        "standing",
    )
    table = Table(
        key="robust_necessity_map",
        columns=columns,
        rows=rows,
        dense=True,
        numbers=pd.DataFrame(
            [
                {
                    "driver": point.construct,
                    "effect_size": point.effect_size,
                    "p": point.p,
                    "needed": point.needed,
                    "share_below": point.share_below,
                    "standing": point.standing,
                }
                for point in joined.points
            ]
        ),
    )
    return context.table(
        table,
        target=context.labels.inside(joined.outcome),
        wanted=_level(joined),
        reached=numbers.percent(joined.share_at_level),
        d=numbers.coefficient(joined.effect_size_cutoff),
        p=numbers.coefficient(joined.p_cutoff),
    )
