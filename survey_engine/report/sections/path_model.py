"""The model: path diagram with scores and R2, and the table of its paths."""

from __future__ import annotations

import pandas as pd

from survey_engine.document.blocks import Block, Omission, Paragraph, Section, TableBlock
from survey_engine.document.charts import PathDiagram, layered_grid
from survey_engine.document.charts.model import Edge, Node
from survey_engine.estimation.estimates import EffectEstimate
from survey_engine.estimation.fit_result import CbSemFit
from survey_engine.report.narrative.titles import model_title
from survey_engine.report.sections.context import Context, Table
from survey_engine.spec.model import ModelSpec


def build(context: Context) -> tuple[Section | Omission, ...]:
    """Diagram and table; a model without paths has neither."""
    if not context.result.paths:
        return (context.omission("model", "no_paths"),)
    blocks: list[Block] = [_diagram(context), _table(context)]
    fit = context.result.fit
    if isinstance(fit, CbSemFit):
        blocks.append(_fit_line(context, fit))
    title = model_title(context.result, context.words, context.numbers, context.labels)
    return (context.section("model", blocks, title=title),)


def excludes_zero(row: EffectEstimate) -> bool:
    """Whether the interval lies on one side of zero; False without an interval."""
    if row.ci_lower is None or row.ci_upper is None:
        return False
    return row.ci_lower > 0 or row.ci_upper < 0


def grid(model: ModelSpec) -> dict[str, tuple[float, float]]:
    """Column and row of every construct: as the author placed them, else in layers."""
    if all(name in model.layout for name in model.construct_names):
        return {name: (cell.column, cell.row) for name, cell in model.layout.items()}
    edges = [(path.source, path.target) for path in model.paths]
    return layered_grid(model.construct_names, edges)


def zero_verdict(context: Context, row: EffectEstimate) -> str:
    """Yes or no in words; a dash where there is no interval to judge by."""
    if row.ci_lower is None or row.ci_upper is None:
        return "–"
    return context.words.say("labels.yes" if excludes_zero(row) else "labels.no")


def _diagram(context: Context) -> Block:
    places = grid(context.result.model)
    nodes = tuple(
        Node(
            id=name,
            label=context.labels.construct(name),
            second_line=_second_line(context, name),
            column=places[name][0],
            row=places[name][1],
            emphasis=name == context.roles.index,
        )
        for name in context.result.model.construct_names
    )
    edges = tuple(
        Edge(
            source=row.source,
            target=row.target,
            value=row.est or 0.0,
            label=context.numbers.coefficient(row.est),
            significant=excludes_zero(row),
        )
        for row in context.result.paths
    )
    return context.figure("model", PathDiagram(nodes=nodes, edges=edges))


def _second_line(context: Context, name: str) -> str:
    scores = context.result.scores.performance if context.result.scores else ()
    parts = [context.numbers.points(row.est) for row in scores if row.construct == name]
    parts += [
        f"R² {context.numbers.coefficient(row.est)}"
        for row in context.result.r2
        if row.construct == name and row.est is not None
    ]
    return " · ".join(parts)


def _table(context: Context) -> TableBlock:
    f2 = {(row.source, row.target): row for row in context.result.assessment.f2}
    vif = {(row.source, row.target): row for row in context.result.assessment.vif_antecedents}
    rows = []
    for row in context.result.paths:
        inflation = vif.get((row.source, row.target))
        effect = f2.get((row.source, row.target))
        rows.append(
            [
                context.labels.construct(row.source),
                context.labels.construct(row.target),
                context.numbers.coefficient(row.est),
                context.numbers.interval_of(row, context.numbers.coefficient),
                zero_verdict(context, row),
                context.numbers.coefficient(effect.est) if effect else "–",
                context.numbers.points(inflation.est, 2) if inflation else "–",
            ]
        )
    return context.table(
        Table(
            key="paths",
            columns=("from", "to", "path", "interval", "excludes_zero", "f2", "vif"),
            rows=rows,
            left=2,
            numbers=effects_frame(context.result.paths),
        )
    )


def effects_frame(rows: tuple[EffectEstimate, ...]) -> pd.DataFrame:
    """Effects unrounded, in the result's long form."""
    return pd.DataFrame(
        [
            {
                "from": row.source,
                "to": row.target,
                "est": row.est,
                "ci_lower": row.ci_lower,
                "ci_upper": row.ci_upper,
            }
            for row in rows
        ]
    )


def _fit_line(context: Context, fit: CbSemFit) -> Block:
    """Chi-square and fit indices under a covariance-based diagram only."""
    values = fit_values(context, fit, context.result.fit_measures)
    return Paragraph(text=context.words.say("report.model.fit", **values), style="note")


def fit_values(
    context: Context, fit: CbSemFit, measures: dict[str, float | None]
) -> dict[str, object]:
    """Fit measures of a covariance-based solution, formatted, by placeholder."""
    numbers = context.numbers
    low, high = measures.get("rmsea_ci_lower"), measures.get("rmsea_ci_upper")
    return {
        "chisq": numbers.points(fit.chisq),
        "df": numbers.count(fit.df),
        "p": numbers.p_said(measures.get("pvalue")),
        "cfi": numbers.coefficient(measures.get("cfi"), 3),
        "tli": numbers.coefficient(measures.get("tli"), 3),
        "rmsea": numbers.coefficient(measures.get("rmsea"), 3),
        "rmsea_interval": numbers.interval(low, high, lambda v: numbers.coefficient(v, 3)),
        "srmr": numbers.coefficient(measures.get("srmr"), 3),
    }
