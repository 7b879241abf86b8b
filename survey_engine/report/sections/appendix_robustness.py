"""Appendix of the robustness checks; nothing for a study without them."""

from __future__ import annotations

from survey_engine.document.blocks import Block, Omission, Section, TableBlock
from survey_engine.report.sections.appendix_classes import class_blocks
from survey_engine.report.sections.appendix_necessity import necessity_blocks
from survey_engine.report.sections.context import Context, Table
from survey_engine.study.robustness import Robustness


def build(context: Context) -> tuple[Section | Omission, ...]:
    """Quadratic terms, tetrads, merged constructs, necessary conditions, classes."""
    found = context.result.robustness
    if found is None:
        return ()
    blocks: list[Block] = [_quadratic(context, found)]
    if found.tetrads:
        blocks.append(_tetrads(context, found))
    if found.merged:
        blocks.append(_merged(context, found))
    blocks += necessity_blocks(context, found)
    if found.classes is not None:
        blocks += class_blocks(context, found)
    section = context.section("appendix_robustness", blocks, appendix=True, starts_page=False)
    return (section,)


def _quadratic(context: Context, found: Robustness) -> TableBlock:
    show = context.numbers.coefficient
    rows = [
        [
            context.labels.construct(row.source),
            context.labels.construct(row.target),
            show(row.est),
            context.numbers.interval_of(row, show),
            context.numbers.p_value(row.p),
        ]
        for row in found.quadratic
    ]
    columns = ("from", "to", "quadratic", "interval", "p_value")
    return context.table(
        Table(key="robust_quadratic", columns=columns, rows=rows, left=2, dense=True)
    )


def _tetrads(context: Context, found: Robustness) -> TableBlock:
    rows = []
    for one in found.tetrads:
        told = "–"
        if one.reflective is not None:
            key = "reflective" if one.reflective else "not_reflective"
            told = context.words.say(f"labels.robustness.{key}")
        rows.append(
            [
                context.labels.construct(one.construct),
                context.words.enumerate(one.borrowed),
                told,
                context.numbers.count(len(one.tetrads)),
            ]
        )
    columns = ("construct", "borrowed", "cta", "tetrads")
    return context.table(
        Table(key="robust_tetrads", columns=columns, rows=rows, left=3, dense=True)
    )


def _merged(context: Context, found: Robustness) -> TableBlock:
    numbers = context.numbers
    rows = [
        [
            context.words.enumerate(
                [context.labels.construct(one.first), context.labels.construct(one.second)]
            ),
            context.words.say(f"labels.robustness.{one.outcome}"),
            numbers.coefficient(one.htmt, 3),
            numbers.coefficient(one.htmt2, 3),
            numbers.points(one.index_merged),
            numbers.coefficient(one.largest_change, 3),
        ]
        for one in found.merged
    ]
    columns = ("merged_pair", "", "htmt", "htmt2", "index_merged", "path_change")
    return context.table(
        Table(key="robust_merged", columns=columns, rows=rows, left=2, dense=True)
    )
