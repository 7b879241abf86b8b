"""Appendix: the model compared between groups, where they measure the same."""

from __future__ import annotations

from survey_engine.analysis.groups.results import GroupComparison, PairOfGroups
from survey_engine.document.blocks import Block, Omission, Section, TableBlock
from survey_engine.report.sections.context import Context, Table


def build(context: Context) -> tuple[Section | Omission, ...]:
    """MICOM and path differences, pair by pair; nothing where they were not asked for."""
    found: GroupComparison | None = context.result.group_comparison
    if found is None:
        return ()
    blocks: list[Block] = []
    if found.omnibus:
        blocks.append(_omnibus(context, found))
    for pair in found.pairs:
        blocks += [_micom(context, found, pair), _paths(context, pair)]
    title = context.words.say("report.sections.appendix_groups.title", column=found.column)
    section = context.section(
        "appendix_groups", blocks, title=title, appendix=True, starts_page=False
    )
    return (section,)


def _omnibus(context: Context, found: GroupComparison) -> TableBlock:
    rows = [
        [
            context.labels.construct(row.source),
            context.labels.construct(row.target),
            context.numbers.p_value(row.p),
        ]
        for row in found.omnibus
    ]
    columns = ("from", "to", "p_value")
    return context.table(Table(key="omnibus", columns=columns, rows=rows, left=2, dense=True))


def _micom(context: Context, found: GroupComparison, pair: PairOfGroups) -> TableBlock:
    show, p = context.numbers.coefficient, context.numbers.p_value
    rows = [
        [
            context.labels.construct(row.construct),
            show(row.correlation, 3),
            p(row.correlation_p),
            show(row.mean_difference),
            p(row.mean_p),
            show(row.log_variance_ratio),
            p(row.variance_p),
            context.words.say(f"labels.invariance.{row.invariance}"),
        ]
        for row in pair.micom
    ]
    columns = (
        "construct",
        "micom_correlation",
        "micom_p",
        "mean_difference",
        "mean_p",
        "log_variance",
        "variance_p",
        "invariance",
    )
    return context.table(
        Table(key="micom", columns=columns, rows=rows, dense=True),
        first=pair.first,
        second=pair.second,
        permutations=context.numbers.count(found.permutations),
    )


def _paths(context: Context, pair: PairOfGroups) -> TableBlock:
    show, p = context.numbers.coefficient, context.numbers.p_value
    rows = [
        [
            context.labels.construct(row.source),
            context.labels.construct(row.target),
            show(row.first),
            show(row.second),
            show(row.difference),
            p(row.p_holm),
            show(row.p_henseler),
            p(row.p_welch),
        ]
        for row in pair.paths
    ]
    columns = (
        "from",
        "to",
        "group_first",
        "group_second",
        "path_difference",
        "p_holm",
        "p_henseler",
        "p_welch",
    )
    return context.table(
        Table(key="path_differences", columns=columns, rows=rows, left=2, dense=True),
        first=pair.first,
        second=pair.second,
    )
