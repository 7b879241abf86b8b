"""Priorities: the importance-performance map with intervals, and up to three actions."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from survey_engine.analysis.results import ImportancePerformance, MapPoint, PriorityAction
from survey_engine.document.blocks import (
    ActionCard,
    ActionList,
    Block,
    Omission,
    Paragraph,
    Section,
    TableBlock,
)
from survey_engine.document.charts import PriorityMap
from survey_engine.document.charts.model import MapMark
from survey_engine.estimation.estimates import Estimate
from survey_engine.report.narrative.findings import (
    lags_importance_unclear,
    matters_and_lags,
    matters_and_strong,
    matters_at_average,
)
from survey_engine.report.narrative.titles import priorities_title
from survey_engine.report.sections.context import Context, Table

_QUADRANTS = ("possible_overkill", "keep_up", "secondary", "improve_first")


def build(context: Context) -> tuple[Section | Omission, ...]:
    """The map chapter and the actions after it."""
    mapped = context.result.importance_performance
    built: list[Section | Omission] = []
    if mapped is None or not mapped.points:
        built.append(context.omission("priorities", context.reason("no_map")))
    else:
        blocks: list[Block] = [_map(context, mapped), *_sentences(context)]
        blocks.append(_table(context, mapped))
        title = priorities_title(context.result, context.words, context.labels)
        built.append(context.section("priorities", blocks, title=title))
    return (*built, _actions(context))


def _map(context: Context, mapped: ImportancePerformance) -> Block:
    points = tuple(
        replace(
            map_mark(
                context.labels.construct(point.construct), point.importance, point.performance
            ),
            attention=point.quadrant == "improve_first",
        )
        for point in mapped.points
    )
    target = context.labels.inside(mapped.target)
    chart = PriorityMap(
        points=points,
        x_label=context.words.say("axes.effect_of_five", target=target),
        y_label=context.words.say("axes.performance"),
        x_mean=5.0 * mapped.mean_importance,
        y_mean=mapped.mean_performance,
        quadrant_labels=quadrant_words(context),
    )
    return context.figure("priorities", chart, target=target)


def map_mark(label: str, importance: Estimate, performance: Estimate) -> MapMark:
    """A point of a map: effects of five points across, scores upward."""
    x, y = importance, performance
    x_est, y_est = x.est or 0.0, y.est or 0.0
    return MapMark(
        label=label,
        x=5.0 * x_est,
        x_lower=5.0 * (x_est if x.ci_lower is None else x.ci_lower),
        x_upper=5.0 * (x_est if x.ci_upper is None else x.ci_upper),
        y=y_est,
        y_lower=y_est if y.ci_lower is None else y.ci_lower,
        y_upper=y_est if y.ci_upper is None else y.ci_upper,
    )


def quadrant_words(context: Context) -> dict[str, str]:
    """Names of the four corners of a map."""
    return {name: context.words.say(f"quadrants.{name}") for name in _QUADRANTS}


def _sentences(context: Context) -> list[Paragraph]:
    rules = (matters_and_lags, matters_and_strong, matters_at_average, lags_importance_unclear)
    told = [context.teller.tell(c) for rule in rules for c in rule(context.result)]
    if not told:
        return [context.text("priorities.none")]
    joiner = str(context.words.node("formats.sentence"))
    return [Paragraph(text=joiner.join((f.headline, f.detail))) for f in told]


def _table(context: Context, mapped: ImportancePerformance) -> TableBlock:
    """Room and leverage of each driver, largest leverage first."""
    ordered = sorted(mapped.points, key=lambda p: -leverage(p))
    rows = [
        [
            context.labels.construct(point.construct),
            context.numbers.estimate(point.importance, context.numbers.five),
            context.numbers.estimate(point.performance, context.numbers.points),
            context.numbers.points(100.0 - (point.performance.est or 0.0)),
            context.numbers.points(leverage(point)),
            context.words.say(f"quadrants.{point.quadrant}"),
        ]
        for point in ordered
    ]
    numbers = pd.DataFrame(
        [
            {
                "driver": p.construct,
                "importance": p.importance.est,
                "performance": p.performance.est,
                "leverage": leverage(p),
                "quadrant": p.quadrant,
            }
            for p in ordered
        ]
    )
    return context.table(
        Table(
            key="priorities",
            columns=("driver", "per_five", "performance", "room", "leverage", "place"),
            rows=rows,
            numbers=numbers,
        ),
        importance=context.numbers.five(mapped.mean_importance),
        performance=context.numbers.points(mapped.mean_performance),
    )


def leverage(point: MapPoint) -> float:
    """Effect times room to 100 (Ringle and Sarstedt 2016)."""
    return (point.importance.est or 0.0) * (100.0 - (point.performance.est or 0.0))


def _actions(context: Context) -> Section | Omission:
    if not context.result.actions:
        return context.omission("actions", context.reason("no_actions"))
    cards = tuple(_card(context, action) for action in context.result.actions)
    blocks = (ActionList(cards=cards), context.text("actions.note", "note"))
    return context.section("actions", blocks)


def _card(context: Context, action: PriorityAction) -> ActionCard:
    numbers, words = context.numbers, context.words
    item = context.labels.item(action.item)
    values = {
        "item": item,
        "item_id": action.item,
        "construct": context.labels.inside(action.construct),
        "target": context.labels.inside(context.roles.index),
        "step": numbers.points(action.step, 0),
        "performance": numbers.points(action.item_performance.est),
        "gain": _gain(context, action),
    }
    values["gain_interval"] = context.aside(action.gain, lambda v: numbers.change(v, 2))
    values["performance_interval"] = context.aside(action.item_performance, numbers.points)
    own = _own_text(context, action)
    return ActionCard(
        rank=action.rank,
        title=own or words.say("report.actions.title", **values),
        why=words.say("report.actions.why", **values),
        gain=words.say("report.actions.gain", **values),
        conditions="" if action.separable else words.say("report.actions.unclear", **values),
    )


def _gain(context: Context, action: PriorityAction) -> str:
    """The gain; Chinese says "higher by", so a plus sign would say it twice."""
    text = context.numbers.change(action.gain.est, 2)
    return text if context.words.language == "en" else text.lstrip("+")


def _own_text(context: Context, action: PriorityAction) -> str:
    """The instrument's own words for this action, if its author gave any."""
    instrument = context.result.data.instrument
    if instrument is None:
        return ""
    return context.labels.fill(instrument.item(action.item).action.text)
