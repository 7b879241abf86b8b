"""Segments: the index by group, small groups withheld or marked."""

from __future__ import annotations

import pandas as pd

from survey_engine.analysis.results import SegmentScore
from survey_engine.document.blocks import (
    Block,
    ChartBlock,
    Omission,
    Paragraph,
    Section,
    TableBlock,
)
from survey_engine.document.charts import IntervalChart
from survey_engine.document.charts.model import IntervalRow, Mark
from survey_engine.report.narrative.findings import segment_differs
from survey_engine.report.sections.context import Context, Table


def build(context: Context) -> tuple[Section | Omission, ...]:
    """One chart and table a segment column."""
    if not context.result.segments:
        return (context.omission("segments", "no_segments"),)
    columns = list(dict.fromkeys(row.column for row in context.result.segments))
    blocks: list[Block] = []
    for column in columns:
        rows = [row for row in context.result.segments if row.column == column]
        if any(row.est is not None for row in rows):
            blocks.append(_chart(context, column, rows))
        blocks.append(_table(context, column, rows))
    told = [context.teller.tell(found) for found in segment_differs(context.result)]
    joiner = str(context.words.node("formats.sentence"))
    blocks += [Paragraph(text=joiner.join((f.headline, f.detail))) for f in told]
    if not told:
        blocks.append(context.text("segments.none"))
    blocks.append(context.text("segments.note", "note"))
    return (context.section("segments", blocks, starts_page=False),)


def _label(row: SegmentScore) -> str:
    mark = "†" if row.caution else ""
    return f"{row.segment}{mark}"


def _overall(context: Context) -> Mark | None:
    index = context.result.index
    if index is None or index.est is None:
        return None
    label = context.words.say("labels.all", value=context.numbers.points(index.est))
    return Mark(value=index.est, label=label)


def _chart(context: Context, column: str, rows: list[SegmentScore]) -> ChartBlock:
    chart = IntervalChart(
        rows=tuple(
            IntervalRow(
                label=_label(row),
                est=row.est,
                lower=row.ci_lower,
                upper=row.ci_upper,
                text=context.numbers.estimate(row, context.numbers.points),
                hollow=row.caution,
            )
            for row in rows
            if row.est is not None
        ),
        axis_label=context.words.say("axes.score"),
        minimum=0.0,
        maximum=100.0,
        zero_line=False,
        reference=_overall(context),
    )
    return context.figure("segments", chart, column=context.labels.item(column))


def _table(context: Context, column: str, rows: list[SegmentScore]) -> TableBlock:
    cells = [
        [
            _label(row),
            context.numbers.count(row.n),
            _withheld(context, row) if row.withheld else context.numbers.points(row.est),
            "" if row.withheld else context.numbers.interval_of(row, context.numbers.points),
            _difference(context, row),
            "" if row.withheld else context.numbers.p_value(row.p_holm),
        ]
        for row in rows
    ]
    numbers = pd.DataFrame(
        [{"segment": r.segment, "n": r.n, "est": None if r.withheld else r.est} for r in rows]
    )
    return context.table(
        Table(
            key="segments",
            columns=("segment", "n", "score", "interval", "to_rest", "p_holm"),
            rows=cells,
            numbers=numbers,
        ),
        column=context.labels.item(column),
    )


def _withheld(context: Context, row: SegmentScore) -> str:
    """Why a score is not shown: too few answers, or to protect a group with too few."""
    reason = "complementary" if row.reason == "complementary" else "small"
    return context.words.say(f"labels.withheld_{reason}")


def _difference(context: Context, row: SegmentScore) -> str:
    """Difference to all others with its interval; empty where the segment is withheld."""
    if row.withheld or row.difference_to_rest is None:
        return ""
    return context.numbers.estimate(row.difference_to_rest, context.numbers.change)
