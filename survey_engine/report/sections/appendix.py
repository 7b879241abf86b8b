"""Appendix tables: loadings, weights, cross-loadings, effects, R2, VIF, items."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from survey_engine.document.blocks import Block, Column, Omission, Section, TableBlock
from survey_engine.estimation.estimates import (
    ConstructEstimate,
    EffectEstimate,
    IndicatorEstimate,
)
from survey_engine.report.sections.context import Context, Table
from survey_engine.report.sections.measurement import LOADING_GOOD, fornell_larcker
from survey_engine.report.sections.path_model import effects_frame

WEAK = 0.40


def build(context: Context) -> tuple[Section | Omission, ...]:
    """Measurement tables, then structural tables, then item statistics."""
    measurement: list[Block] = [_loadings(context)]
    if context.result.assessment.fornell_larcker:
        measurement.append(fornell_larcker(context))
    if context.result.assessment.cross_loadings:
        measurement.append(_cross_loadings(context))
    structure: list[Block] = [_effects(context, "total_effects", context.result.total_effects)]
    if context.result.indirect_effects:
        structure.append(_effects(context, "indirect_effects", context.result.indirect_effects))
    structure.append(_r2(context, context.result.r2))
    built: list[Section | Omission] = [
        context.section("appendix_measurement", measurement, appendix=True),
        context.section("appendix_structure", structure, appendix=True, starts_page=False),
        context.section("appendix_items", [_items(context)], appendix=True, starts_page=False),
    ]
    return (*built, _exploratory(context))


def _loadings(context: Context) -> TableBlock:
    weights = {(row.construct, row.item): row for row in context.result.weights}
    vif = {(row.construct, row.item): row for row in context.result.assessment.vif_items}
    flags: dict[tuple[int, int], str] = {}
    rows = []
    show = context.numbers.coefficient
    last = ""
    for at, row in enumerate(context.result.loadings):
        key = (row.construct, row.item)
        if row.est is not None and row.est < LOADING_GOOD:
            flags[(at, 2)] = "fail" if row.est < WEAK else "caution"
        label = context.labels.construct(row.construct)
        rows.append(
            [
                "" if row.construct == last else label,
                context.labels.item_with_id(row.item),
                show(row.est),
                context.numbers.interval_of(row, show),
                *_weight_cells(context, weights.get(key)),
                context.numbers.points(vif[key].est, 2) if key in vif else "–",
            ]
        )
        last = row.construct
    columns = ("construct", "item", "loading", "interval", "weight", "interval", "vif")
    return context.table(
        Table(
            key="loadings",
            columns=columns,
            rows=rows,
            left=2,
            flags=flags,
            numbers=_indicator_frame(context.result.loadings),
            dense=True,
        )
    )


def _weight_cells(context: Context, row: IndicatorEstimate | None) -> tuple[str, str]:
    if row is None:
        return "–", ""
    show = context.numbers.coefficient
    return show(row.est), context.numbers.interval_of(row, show)


def _indicator_frame(rows: Sequence[IndicatorEstimate]) -> pd.DataFrame:
    names = ("construct", "item", "est", "ci_lower", "ci_upper")
    return pd.DataFrame([{name: getattr(row, name) for name in names} for row in rows])


def _cross_loadings(context: Context) -> TableBlock:
    """Items by constructs; the largest of a row is marked when it is not its own."""
    names = context.result.model.construct_names
    own = {item: c.name for c in context.result.model.constructs for item in c.indicators}
    values = {(r.item, r.construct): r.est for r in context.result.assessment.cross_loadings}
    flags: dict[tuple[int, int], str] = {}
    rows = []
    items = list(dict.fromkeys(row.item for row in context.result.assessment.cross_loadings))
    for at, item in enumerate(items):
        row = [values.get((item, name)) for name in names]
        known = [abs(value) for value in row if value is not None]
        for place, (name, value) in enumerate(zip(names, row, strict=True)):
            if own.get(item) == name:
                largest = value is not None and abs(value) >= max(known)
                flags[(at, place + 1)] = "strong" if largest else "fail"
        rows.append([item, *(context.numbers.coefficient(value) for value in row)])
    block = context.table(
        Table(
            key="cross_loadings",
            columns=("item_id",),
            rows=rows,
            flags=flags,
            numbers=_indicator_frame(context.result.assessment.cross_loadings),
            dense=True,
        )
    )
    return with_construct_heads(context, block, names)


def with_construct_heads(
    context: Context, block: TableBlock, names: Sequence[str]
) -> TableBlock:
    """Append one right-aligned column a construct to the heads of a table."""
    extra = tuple(Column(head=context.labels.construct(name)) for name in names)
    return replace(block, columns=(*block.columns, *extra))


def _effects(context: Context, key: str, effects: Sequence[EffectEstimate]) -> TableBlock:
    show = context.numbers.coefficient
    rows = [
        [
            context.labels.construct(row.source),
            context.labels.construct(row.target),
            show(row.est),
            context.numbers.interval_of(row, show),
        ]
        for row in effects
    ]
    return context.table(
        Table(
            key=key,
            columns=("from", "to", "effect", "interval"),
            rows=rows,
            left=2,
            numbers=effects_frame(tuple(effects)),
            dense=True,
        )
    )


def _r2(context: Context, rows: Sequence[ConstructEstimate]) -> TableBlock:
    adjusted = {row.construct: row.r2_adj for row in context.result.assessment.constructs}
    show = context.numbers.coefficient
    known = [row for row in rows if row.est is not None]
    return context.table(
        Table(
            key="r2",
            columns=("construct", "r2", "interval", "r2_adj"),
            rows=[
                [
                    context.labels.construct(row.construct),
                    show(row.est),
                    context.numbers.interval_of(row, show),
                    show(adjusted.get(row.construct)),
                ]
                for row in known
            ],
            dense=True,
        )
    )


def _items(context: Context) -> TableBlock:
    wanted = set(context.observed_items)
    items = [item for item in context.result.data.quality.items if item.item in wanted]
    rows = []
    for item in items:
        low, high = context.result.data.ranges.get(item.item, (None, None))
        rows.append(
            [
                item.item,
                context.labels.item(item.item),
                context.numbers.count(item.n_valid),
                context.numbers.points(item.mean, 2),
                context.numbers.points(item.standard_deviation, 2),
                context.numbers.percent(item.shares.get(low, 0.0)) if low is not None else "–",
                context.numbers.percent(item.shares.get(high, 0.0))
                if high is not None
                else "–",
            ]
        )
    columns = ("item_id", "item", "n", "mean", "deviation", "floor", "ceiling")
    return context.table(Table(key="items", columns=columns, rows=rows, left=2, dense=True))


def _exploratory(context: Context) -> Section | Omission:
    """KMO, Bartlett and parallel analysis, where they were computed."""
    found = context.result.assessment.exploratory
    if found is None:
        return context.omission("exploratory", context.reason("not_computed"))
    numbers = context.numbers
    text = context.text(
        "exploratory.text",
        kmo=numbers.coefficient(found.kmo),
        chisq=numbers.points(found.bartlett_chisq),
        df=numbers.count(found.bartlett_df),
        p=numbers.p_said(found.bartlett_p),
        factors=numbers.count(found.n_factors),
    )
    pairs = zip(found.eigenvalues, found.parallel_eigenvalues, strict=False)
    rows = [
        [numbers.count(at), numbers.points(own, 2), numbers.points(random, 2)]
        for at, (own, random) in enumerate(pairs, start=1)
        if at <= found.n_factors + 3
    ]
    table = context.table(
        Table(
            key="eigenvalues", columns=("factor", "eigenvalue", "random"), rows=rows, dense=True
        )
    )
    return context.section("exploratory", (text, table), appendix=True, starts_page=False)
