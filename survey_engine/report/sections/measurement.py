"""Measurement quality: reliability, convergent and discriminant validity, flagged."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from survey_engine.assessment.result import ConstructReliability
from survey_engine.document.blocks import Block, Omission, Paragraph, Section, TableBlock
from survey_engine.document.charts import HeatTable
from survey_engine.document.charts.model import HeatCell
from survey_engine.report.narrative.findings import (
    AVE_LOW,
    HTMT_CLOSE,
    RHO_C_LOW,
    hardly_distinct,
    unreliable,
    weak_item,
)
from survey_engine.report.narrative.titles import measurement_title
from survey_engine.report.sections.context import Context, Table

LOADING_GOOD = 0.708
_REDUNDANT = 0.95


def build(context: Context) -> tuple[Section | Omission, ...]:
    """Failures first in words, then the tables with every failure marked."""
    blocks: list[Block] = [*_sentences(context), _reliability(context)]
    if context.result.assessment.htmt:
        blocks.append(_htmt(context))
    title = measurement_title(context.result, context.words)
    return (context.section("measurement", blocks, title=title),)


def _sentences(context: Context) -> list[Paragraph]:
    rules = (hardly_distinct, weak_item, unreliable)
    told = [context.teller.tell(c) for rule in rules for c in rule(context.result)]
    joiner = str(context.words.node("formats.sentence"))
    return [Paragraph(text=joiner.join((f.headline, f.detail))) for f in told]


def _loadings(context: Context, construct: str) -> list[float]:
    rows = context.result.loadings
    return [r.est for r in rows if r.construct == construct and r.est is not None]


def _reliability(context: Context) -> TableBlock:
    flags: dict[tuple[int, int], str] = {}
    rows = []
    for at, row in enumerate(context.result.assessment.constructs):
        loadings = _loadings(context, row.construct)
        rows.append(_reliability_row(context, row, loadings))
        checks = (
            (2, min(loadings, default=None), LOADING_GOOD),
            (3, row.alpha, RHO_C_LOW),
            (4, row.rho_a, RHO_C_LOW),
            (5, row.rho_c, RHO_C_LOW),
            (6, row.ave, AVE_LOW),
        )
        for column, value, bound in checks:
            if value is not None and value < bound and row.n_items > 1:
                flags[(at, column)] = "fail"
            elif value is not None and column in (3, 4, 5) and value > _REDUNDANT:
                flags[(at, column)] = "caution"
    return context.table(
        Table(
            key="reliability",
            columns=("construct", "n_items", "loadings", "alpha", "rho_a", "rho_c", "ave"),
            rows=rows,
            flags=flags,
            numbers=_reliability_frame(context.result.assessment.constructs),
        )
    )


def _reliability_row(
    context: Context, row: ConstructReliability, loadings: Sequence[float]
) -> list[str]:
    show = context.numbers.coefficient
    spread = f"{show(min(loadings))}–{show(max(loadings))}" if len(loadings) > 1 else "–"
    return [
        context.labels.construct(row.construct),
        context.numbers.count(row.n_items),
        spread,
        *(show(value) for value in (row.alpha, row.rho_a, row.rho_c, row.ave)),
    ]


def _reliability_frame(rows: Sequence[ConstructReliability]) -> pd.DataFrame:
    names = ("construct", "n_items", "alpha", "alpha_raw", "rho_a", "rho_c", "omega", "ave")
    return pd.DataFrame([{name: getattr(row, name) for name in names} for row in rows])


def _htmt(context: Context) -> Block:
    names = [
        name
        for name in context.result.model.construct_names
        if any(name in (pair.first, pair.second) for pair in context.result.assessment.htmt)
    ]
    values = {
        frozenset((pair.first, pair.second)): pair.est
        for pair in context.result.assessment.htmt
    }
    cells = tuple(
        tuple(
            _cell(context, values.get(frozenset((row, column))) if at > place else None)
            for place, column in enumerate(names[:-1])
        )
        for at, row in enumerate(names)
        if at
    )
    labels = [context.labels.construct(name) for name in names]
    chart = HeatTable(
        row_labels=tuple(labels[1:]),
        column_labels=tuple(labels[:-1]),
        cells=cells,
        low=0.0,
        high=1.0,
    )
    bound = context.numbers.coefficient(HTMT_CLOSE)
    return context.figure("htmt", chart, bound=bound)


def _cell(context: Context, value: float | None) -> HeatCell:
    if value is None:
        return HeatCell(value=None, text="")
    flagged = value >= HTMT_CLOSE
    return HeatCell(value=value, text=context.numbers.coefficient(value), flag=flagged)


def fornell_larcker(context: Context) -> TableBlock:
    """The Fornell-Larcker check of every construct; not applicable without an AVE."""
    flags: dict[tuple[int, int], str] = {}
    rows = []
    for at, row in enumerate(context.result.assessment.fornell_larcker):
        verdict = "labels.not_applicable"
        if row.passes is not None:
            verdict = "labels.pass" if row.passes else "labels.fail"
        if row.passes is False:
            flags[(at, 4)] = "fail"
        other = row.with_construct
        rows.append(
            [
                context.labels.construct(row.construct),
                context.numbers.coefficient(row.sqrt_ave),
                context.numbers.coefficient(row.largest_correlation),
                context.labels.construct(other) if other else "–",
                context.words.say(verdict),
            ]
        )
    return context.table(
        Table(
            key="fornell_larcker",
            columns=("construct", "sqrt_ave", "largest_correlation", "with", "verdict"),
            rows=rows,
            flags=flags,
        )
    )
