"""Chapters of a report without an index model: drivers and single scores."""

from __future__ import annotations

import pandas as pd

from survey_engine.analysis.item_scores import ItemScores
from survey_engine.analysis.overall_drivers import OverallDrivers
from survey_engine.document.blocks import (
    Block,
    ChartBlock,
    Column,
    Paragraph,
    Section,
    TableBlock,
)
from survey_engine.document.charts import IntervalChart
from survey_engine.document.charts.model import IntervalRow
from survey_engine.report.smaller_words import SmallerWords


def drivers_section(own: SmallerWords, found: OverallDrivers) -> Section:
    """Shares of R² with intervals, and the table beside them."""
    numbers = own.numbers

    def told(share: float | None, low: float | None, high: float | None) -> str:
        interval = numbers.interval(low, high, numbers.percent)
        return numbers.beside(numbers.percent(share), interval)

    rows = tuple(
        IntervalRow(
            label=own.label(one.item),
            est=100 * one.share,
            lower=None if one.ci_lower is None else 100 * one.ci_lower,
            upper=None if one.ci_upper is None else 100 * one.ci_upper,
            text=told(one.share, one.ci_lower, one.ci_upper),
        )
        for one in found.drivers
        if one.share is not None
    )
    chart = IntervalChart(rows=rows, axis_label=own.say("drivers.axis"), minimum=0.0)
    target = own.label(found.target)
    figure = ChartBlock(
        title=own.say("drivers.figure"),
        subtitle=own.say("drivers.subtitle", level=own.level),
        alt=own.say("drivers.alt", target=target),
        base=own.say("base", n=numbers.count(found.n)),
        interval_method=own.say(
            "drivers.interval", level=own.level, resamples=numbers.count(found.resamples)
        ),
        chart=chart,
    )
    means = {one.item: one.mean for one in own.found.scores}
    cells = tuple(
        (
            own.label(one.item),
            told(one.share, one.ci_lower, one.ci_upper),
            numbers.coefficient(one.correlation),
            numbers.points(means[one.item].value),
        )
        for one in found.drivers
    )
    table = TableBlock(
        title=own.say("drivers.table"),
        columns=_columns(own.words.node("smaller.drivers.heads"), own.level),
        rows=cells,
        note=own.say("drivers.note"),
        numbers=pd.DataFrame([vars(one) for one in found.drivers]),
    )
    return Section(
        id="drivers",
        kicker=own.say("kickers.drivers"),
        title=own.say("drivers.title", target=target),
        lead=own.say(
            "drivers.lead",
            r2=told(found.r2, found.r2_lower, found.r2_upper),
            n=len(found.drivers),
            target=target,
        ),
        blocks=(figure, table) if rows else (table,),
    )


def _columns(heads: list[str], level: str) -> tuple[Column, ...]:
    return tuple(
        Column(head=head.format(level=level), align="right" if k else "left")
        for k, head in enumerate(heads)
    )


def scores_section(own: SmallerWords) -> Section:
    """Mean, top answers and base of every question."""
    scores = own.found.scores
    rows = tuple(
        IntervalRow(
            label=own.label(one.item),
            est=one.mean.value,
            lower=one.mean.ci_lower,
            upper=one.mean.ci_upper,
            text=own.told(one.mean),
        )
        for one in scores
        if one.mean.value is not None
    )
    chart = IntervalChart(
        rows=rows, axis_label=own.say("scores.axis"), minimum=0.0, maximum=100.0
    )
    figure = ChartBlock(
        title=own.say("scores.figure"),
        subtitle=own.say("scores.subtitle", level=own.level),
        alt=own.say("scores.alt"),
        base=own.base,
        interval_method=own.say("scores.interval", level=own.level),
        chart=chart,
    )
    return Section(
        id="scores",
        kicker=own.say("kickers.scores"),
        title=own.say("scores.title"),
        lead=own.say("scores.lead"),
        blocks=(*((figure,) if rows else ()), _score_table(own, scores), *_net(own, scores)),
    )


def _score_table(own: SmallerWords, scores: tuple[ItemScores, ...]) -> TableBlock:
    quality = {one.item: one for one in own.found.data.quality.items}
    cells = []
    for one in scores:
        counts = quality[one.item]
        cells.append(
            (
                own.label(one.item),
                own.told(one.mean),
                own.told(one.top),
                own.numbers.count(one.mean.n),
                own.numbers.count(counts.n_dont_know),
            )
        )
    return TableBlock(
        title=own.say("scores.table"),
        columns=_columns(own.words.node("smaller.scores.heads"), own.level),
        rows=tuple(cells),
        note=own.say("scores.note", level=own.level),
        numbers=pd.DataFrame(
            [{"item": s.item, "mean": s.mean.value, "top": s.top.value} for s in scores]
        ),
    )


def _net(own: SmallerWords, scores: tuple[ItemScores, ...]) -> list[Block]:
    return [
        Paragraph(
            text=own.say(
                "scores.net",
                question=own.label(one.item),
                value=own.numbers.beside(
                    own.numbers.balance(one.net.value), own.interval(one.net)
                ),
                level=own.level,
                n=own.numbers.count(one.net.n),
            )
        )
        for one in scores
        if one.net is not None and one.net.value is not None
    ]
