"""The index: how it is made, how answers spread, the same answers on other rulers."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from survey_engine.analysis.results import Ruler
from survey_engine.document.blocks import Block, ChartBlock, Omission, Section, TableBlock
from survey_engine.document.charts import Histogram
from survey_engine.document.charts.model import Bar, Mark
from survey_engine.report.narrative.titles import index_title
from survey_engine.report.sections.context import Context, Table
from survey_engine.scoring.result import SatisfactionIndex

_BINS = 10


def build(context: Context) -> tuple[Section | Omission, ...]:
    """The index chapter; an omission with the reason where there is no index."""
    index = context.result.index
    if index is None:
        return (context.omission("index", "not_admissible"),)
    blocks: list[Block] = [
        _recipe(context, index),
        _weights(context, index),
        _distribution(context, index),
    ]
    built: list[Section | Omission] = []
    if context.result.rulers:
        blocks += [_rulers(context), context.text("index.rulers", "note")]
        if any(ruler.method.endswith("_1_10") for ruler in context.result.rulers):
            blocks.append(context.text("index.not_nps", "note"))
    else:
        built.append(context.omission("rulers", context.reason("no_rulers")))
    built.append(context.omission("change", "one_wave"))
    title = index_title(context.result, context.words, context.numbers, context.brand.bands)
    lead = context.words.say("report.sections.index.lead", n=context.numbers.count(index.n))
    return (context.section("index", blocks, title=title, lead=lead), *built)


def _recipe(context: Context, index: SatisfactionIndex) -> Block:
    return context.text(
        "index.recipe",
        construct=context.labels.construct(index.construct),
        formula=context.words.choose("labels.formulas", index.formula),
        spread=context.numbers.points(index.standard_deviation),
    )


def _weights(context: Context, index: SatisfactionIndex) -> TableBlock:
    quality = {item.item: item for item in context.result.data.quality.items}
    rows = []
    for item, weight in index.indicator_weights.items():
        low, high = context.result.data.ranges.get(item, (None, None))
        mean = quality[item].mean if item in quality else None
        scale = (
            f"{context.numbers.points(low, 0)}–{context.numbers.points(high, 0)}"
            if low is not None
            else "–"
        )
        rows.append(
            [
                context.labels.question(item) or context.labels.item(item),
                item,
                scale,
                context.numbers.points(mean, 2),
                context.numbers.percent(weight, 1),
            ]
        )
    numbers = pd.DataFrame(
        {
            "item": list(index.indicator_weights),
            "weight": list(index.indicator_weights.values()),
        }
    )
    return context.table(
        Table(
            key="index_weights",
            columns=("question", "item_id", "scale", "mean", "index_weight"),
            rows=rows,
            left=2,
            numbers=numbers,
        )
    )


def case_index(context: Context, index: SatisfactionIndex) -> NDArray[np.float64]:
    """The index of each respondent behind it, 0-100, shape (n,).

    Listwise: those with every answer of the model; otherwise those with every answer of
    the index questions.
    """
    data = context.result.data
    used: NDArray[np.bool_] = np.ones(data.n, dtype=np.bool_)
    if context.result.fit.moments.missing == "listwise":
        at = [data.columns.index(item) for item in context.observed_items]
        used = np.asarray(np.isfinite(data.values[:, at]).all(axis=1), dtype=np.bool_)
    total = np.zeros(data.n)
    weights = sum(index.indicator_weights.values())
    low = sum(w * data.ranges[item][0] for item, w in index.indicator_weights.items())
    high = sum(w * data.ranges[item][1] for item, w in index.indicator_weights.items())
    for item, weight in index.indicator_weights.items():
        total += weight * data.values[:, data.columns.index(item)]
    cases = 100.0 * (total - low) / (high - low) if weights else total
    return np.asarray(cases[used & np.isfinite(cases)], dtype=np.float64)


def _distribution(context: Context, index: SatisfactionIndex) -> ChartBlock:
    """Respondents by index, in ten classes of ten points."""
    cases = case_index(context, index)
    counts, edges = np.histogram(cases, bins=_BINS, range=(0.0, 100.0))
    bars = tuple(
        Bar(
            label=f"{lower:.0f}–{upper:.0f}",
            value=float(count),
            text=context.numbers.count(int(count)),
        )
        for count, lower, upper in zip(counts, edges[:-1], edges[1:], strict=True)
    )
    mark = Mark(value=index.est or 0.0, label=context.numbers.points(index.est))
    return context.figure(
        "distribution",
        Histogram(
            bars=bars,
            axis_label=context.words.say("axes.case_index"),
            marks=(mark,),
            lower=0.0,
            upper=100.0,
        ),
        base=context.words.say("labels.base", n=context.numbers.count(cases.size)),
        method=context.words.say("labels.counts_no_interval"),
        index=context.numbers.points(index.est),
    )


def _rulers(context: Context) -> TableBlock:
    rows = [_ruler_row(context, ruler) for ruler in context.result.rulers]
    numbers = pd.DataFrame(
        [
            {
                "name": r.name,
                "item": r.item,
                "est": r.est,
                "lower": r.ci_lower,
                "upper": r.ci_upper,
            }
            for r in context.result.rulers
        ]
    )
    return context.table(
        Table(
            key="rulers",
            columns=("ruler", "question_short", "value", "interval", "n", "method"),
            rows=rows,
            left=2,
            numbers=numbers,
        )
    )


def _ruler_row(context: Context, ruler: Ruler) -> list[str]:
    shows = {
        "top_two_box": lambda value: context.numbers.percent(value, 1),
        "nps_style": context.numbers.balance,
    }
    show = shows.get(ruler.name, context.numbers.points)
    method = f"labels.methods.{ruler.method}"
    return [
        context.words.say(f"rulers.{ruler.name}.label"),
        context.labels.item(ruler.item),
        show(ruler.est),
        context.numbers.interval_of(ruler, show),
        context.numbers.count(ruler.n),
        context.words.say(method) if context.words.has(method) else ruler.method,
    ]
