"""Drivers: what goes with the index, in points, with intervals and separability."""

from __future__ import annotations

import pandas as pd

from survey_engine.analysis.results import Driver, DriverAnalysis
from survey_engine.document.blocks import Block, Omission, Paragraph, Section, TableBlock
from survey_engine.document.charts import IntervalChart
from survey_engine.document.charts.model import IntervalRow
from survey_engine.report.narrative.findings import (
    association_not_shown,
    leading_group,
    strongest_driver,
)
from survey_engine.report.narrative.titles import drivers_title
from survey_engine.report.sections.context import Context, Table


def build(context: Context) -> tuple[Section | Omission, ...]:
    """Forest of total effects per 5 points, the separability sentence, the table."""
    analysis = context.result.drivers
    if analysis is None or not analysis.drivers:
        return (context.omission("drivers", context.reason("no_drivers")),)
    blocks: list[Block] = [_forest(context, analysis), *_sentences(context)]
    blocks.append(_table(context, analysis))
    target = context.labels.inside(analysis.target)
    title = drivers_title(context.result, context.words, context.labels)
    lead = context.words.say(
        "report.sections.drivers.lead",
        target=target,
        r2=context.numbers.percent(analysis.r2.est),
    )
    return (context.section("drivers", blocks, title=title, lead=lead),)


def _forest(context: Context, analysis: DriverAnalysis) -> Block:
    rows = tuple(
        IntervalRow(
            label=context.labels.construct(driver.source),
            est=5.0 * driver.est,
            lower=None if driver.ci_lower is None else 5.0 * driver.ci_lower,
            upper=None if driver.ci_upper is None else 5.0 * driver.ci_upper,
            text=context.numbers.estimate(driver, context.numbers.five),
            hollow=driver.includes_zero,
        )
        for driver in analysis.drivers
        if driver.est is not None
    )
    target = context.labels.inside(analysis.target)
    chart = IntervalChart(
        rows=rows,
        axis_label=context.words.say("axes.effect_of_five", target=target),
        minimum=None,
        maximum=None,
        zero_line=True,
        reference=None,
    )
    return context.figure("drivers", chart, target=target)


def _sentences(context: Context) -> list[Paragraph]:
    """The leading driver or group, then every driver whose association is not shown."""
    rules = (strongest_driver, leading_group, association_not_shown)
    told = [context.teller.tell(c) for rule in rules for c in rule(context.result)]
    joiner = str(context.words.node("formats.sentence"))
    return [Paragraph(text=joiner.join((f.headline, f.detail))) for f in told]


def _table(context: Context, analysis: DriverAnalysis) -> TableBlock:
    direct = {(row.source, row.target): row for row in context.result.paths}
    rows = []
    for driver in analysis.drivers:
        path = direct.get((driver.source, driver.target))
        rows.append(
            [
                context.numbers.count(driver.rank),
                context.labels.construct(driver.source),
                context.numbers.estimate(driver, context.numbers.five),
                context.numbers.coefficient(path.est) if path else "–",
                _difference(context, driver),
                _separable(context, driver),
            ]
        )
    return context.table(
        Table(
            key="drivers",
            columns=("rank", "driver", "per_five", "direct_path", "to_next", "separable"),
            rows=rows,
            left=2,
            numbers=_frame(analysis),
        )
    )


def _difference(context: Context, driver: Driver) -> str:
    if driver.difference_to_next is None:
        return "–"
    return context.numbers.estimate(driver.difference_to_next, context.numbers.five)


def _separable(context: Context, driver: Driver) -> str:
    if driver.separable_from_next is None:
        return "–"
    return context.words.say("labels.yes" if driver.separable_from_next else "labels.no")


def _frame(analysis: DriverAnalysis) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "driver": d.source,
                "effect": d.est,
                "ci_lower": d.ci_lower,
                "ci_upper": d.ci_upper,
                "separable_from_next": d.separable_from_next,
            }
            for d in analysis.drivers
        ]
    )
