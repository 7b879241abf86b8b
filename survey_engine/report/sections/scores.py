"""Scores of all constructs on 0-100, by the route of the index."""

from __future__ import annotations

from survey_engine.document.blocks import Omission, Section
from survey_engine.document.charts import IntervalChart
from survey_engine.document.charts.model import IntervalRow
from survey_engine.report.narrative.titles import scores_title
from survey_engine.report.sections.context import Context


def build(context: Context) -> tuple[Section | Omission, ...]:
    """One interval a construct, highest first; the index construct is emphasised."""
    scores = context.result.scores
    if scores is None:
        return (context.omission("scores", context.reason("no_scores")),)
    ordered = sorted(scores.performance, key=lambda row: -(row.est or 0.0))
    rows = tuple(
        IntervalRow(
            label=context.labels.construct(row.construct),
            est=row.est,
            lower=row.ci_lower,
            upper=row.ci_upper,
            text=context.numbers.estimate(row, context.numbers.points),
            emphasis=row.construct == context.roles.index,
        )
        for row in ordered
        if row.est is not None
    )
    chart = IntervalChart(
        rows=rows,
        axis_label=context.words.say("axes.score"),
        minimum=0.0,
        maximum=100.0,
        zero_line=False,
        reference=None,
    )
    blocks = (context.figure("scores", chart), context.text("scores.note", "note"))
    title = scores_title(scores.performance, context.words, context.labels)
    return (context.section("scores", blocks, title=title, starts_page=False),)
