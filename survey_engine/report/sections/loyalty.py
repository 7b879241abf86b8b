"""Loyalty and other outcomes: what goes with the index downstream."""

from __future__ import annotations

from survey_engine.analysis.results import Ruler
from survey_engine.document.blocks import Block, ChartBlock, Omission, Section, TableBlock
from survey_engine.document.charts import StackedShares
from survey_engine.document.charts.model import IntervalRow, LikertRow
from survey_engine.estimation.estimates import EffectEstimate
from survey_engine.report.sections.context import Context, Table
from survey_engine.report.sections.path_model import effects_frame, zero_verdict


def build(context: Context) -> tuple[Section | Omission, ...]:
    """Scores of the outcomes, total effects of the index on them, recommendation."""
    target = context.roles.index
    effects = [row for row in context.result.total_effects if row.source == target]
    if not effects:
        return (context.omission("loyalty", "no_outcomes"),)
    blocks: list[Block] = [_table(context, effects)]
    shares = [
        row
        for row in context.result.rulers
        if row.detractors is not None and row.est is not None
    ]
    built: list[Section | Omission] = []
    if shares:
        blocks.append(_shares(context, shares))
    else:
        built.append(context.omission("recommendation", context.reason("no_recommendation")))
    names = context.words.enumerate([context.labels.inside(row.target) for row in effects])
    title = context.words.say(
        "report.sections.loyalty.title", target=context.labels.inside(target), list=names
    )
    return (context.section("loyalty", blocks, title=title, starts_page=False), *built)


def _table(context: Context, effects: list[EffectEstimate]) -> TableBlock:
    scores = {
        row.construct: row
        for row in (context.result.scores.performance if context.result.scores else ())
    }
    r2 = {row.construct: row for row in context.result.r2}
    rows = []
    for row in effects:
        score = scores.get(row.target)
        explained = r2.get(row.target)
        rows.append(
            [
                context.labels.construct(row.target),
                context.numbers.estimate(score, context.numbers.points) if score else "–",
                context.numbers.estimate(row, context.numbers.coefficient),
                zero_verdict(context, row),
                context.numbers.coefficient(explained.est) if explained else "–",
            ]
        )
    return context.table(
        Table(
            key="outcomes",
            columns=("outcome", "score", "total_effect", "excludes_zero", "r2"),
            rows=rows,
            numbers=effects_frame(tuple(effects)),
        ),
        target=context.labels.inside(context.roles.index),
    )


def _shares(context: Context, rulers: list[Ruler]) -> ChartBlock:
    rows = tuple(_row(context, ruler) for ruler in rulers)
    chart = StackedShares(
        rows=rows,
        category_labels=tuple(
            context.words.say(f"labels.{name}")
            for name in ("detractors", "passives", "promoters")
        ),
        intervals=tuple(_lane(context, ruler) for ruler in rulers),
        interval_label=context.words.say("rulers.nps_style.label"),
    )
    return context.figure(
        "recommendation",
        chart,
        base=context.words.say("labels.base_items", n=context.numbers.count(rulers[0].n)),
        method=_method(context, rulers[0]),
    )


def _method(context: Context, ruler: Ruler) -> str:
    key = f"labels.methods.{ruler.method}"
    method = context.words.say(key) if context.words.has(key) else ruler.method
    return context.words.say("labels.interval_by", level=context.level, method=method)


def _row(context: Context, ruler: Ruler) -> LikertRow:
    shares = tuple(v or 0.0 for v in (ruler.detractors, ruler.passives, ruler.promoters))
    return LikertRow(
        label=context.labels.item(ruler.item),
        shares=shares,
        share_labels=tuple(context.numbers.percent(share) for share in shares),
        n_text=context.numbers.count(ruler.n),
        mean_text="",
    )


def _lane(context: Context, ruler: Ruler) -> IntervalRow:
    return IntervalRow(
        label=context.labels.item(ruler.item),
        est=ruler.est or 0.0,
        lower=ruler.ci_lower,
        upper=ruler.ci_upper,
        text=context.numbers.estimate(ruler, context.numbers.balance),
    )
