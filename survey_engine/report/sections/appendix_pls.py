"""Appendix of a PLS study: mediation, simple slopes, overall fit, index by weighting."""

from __future__ import annotations

from survey_engine.document.blocks import Block, Omission, Section, TableBlock
from survey_engine.report.sections.context import Context, Table
from survey_engine.study.exact_fit import ExactFit

_LEVELS = {-1.0: "low", 0.0: "mean", 1.0: "high"}
_FIT = ("srmr", "d_uls", "d_g", "nfi", "rms_theta")


def build(context: Context) -> tuple[Section | Omission, ...]:
    """Whatever the study has of these; nothing for other engines."""
    blocks: list[Block] = []
    result = context.result
    if result.simple_slopes:
        blocks.append(_slopes(context))
    if result.slope_regions:
        blocks.append(_regions(context))
    if result.moderated_mediation:
        blocks.append(_moderated(context))
    if result.effects is not None and any(row.decision for row in result.effects.mediation):
        blocks.append(_mediation(context))
    if result.fit_measures.get("d_g") is not None or "rms_theta" in result.fit_measures:
        blocks.append(_fit(context))
    if result.index_by_mode:
        blocks.append(_by_mode(context))
    if not blocks:
        return ()
    return (context.section("appendix_pls", blocks, appendix=True, starts_page=False),)


def _mediation(context: Context) -> TableBlock:
    show = context.numbers.coefficient
    rows = [
        [
            context.labels.construct(row.source),
            context.labels.construct(row.target),
            show(None if row.direct is None else row.direct.est),
            show(row.indirect.est),
            context.numbers.interval_of(row.indirect, show),
            context.words.say(f"labels.mediation.{row.decision}"),
        ]
        for row in context.result.effects.mediation
        if row.decision is not None
    ]
    columns = ("from", "to", "direct", "indirect", "interval", "mediation")
    return context.table(Table(key="mediation", columns=columns, rows=rows, left=2, dense=True))


def _slopes(context: Context) -> TableBlock:
    show = context.numbers.coefficient
    rows = []
    for row in context.result.simple_slopes:
        level = _LEVELS[row.level]
        rows.append(
            [
                context.labels.construct(row.source),
                context.labels.construct(row.target),
                context.words.say(
                    f"labels.slope_levels.{level}",
                    moderator=context.labels.construct(row.moderator),
                ),
                show(row.est),
                context.numbers.interval_of(row, show),
            ]
        )
    columns = ("from", "to", "at_level", "effect", "interval")
    return context.table(
        Table(key="simple_slopes", columns=columns, rows=rows, left=3, dense=True)
    )


def _regions(context: Context) -> TableBlock:
    show = context.numbers.coefficient
    rows = [
        [
            context.labels.construct(row.source),
            context.labels.construct(row.target),
            context.words.say(
                f"labels.slope_regions.{row.significant}",
                moderator=context.labels.construct(row.moderator),
                lower=show(row.lower),
                upper=show(row.upper),
            ),
        ]
        for row in context.result.slope_regions
    ]
    columns = ("from", "to", "differs_from_zero")
    return context.table(Table(key="slope_regions", columns=columns, rows=rows, left=3))


def _moderated(context: Context) -> TableBlock:
    show = context.numbers.coefficient
    rows = []
    for row in context.result.moderated_mediation:
        way = " → ".join(context.labels.construct(name) for name in row.through)
        moderator = context.labels.construct(row.moderator)
        places = [(_LEVELS[one.level], one) for one in row.conditional]
        if row.est is not None:
            places.append(("change", row))
        rows += [
            [
                way,
                context.words.say(f"labels.slope_levels.{place}", moderator=moderator),
                show(one.est),
                context.numbers.interval_of(one, show),
            ]
            for place, one in places
        ]
    columns = ("way", "at_level", "effect", "interval")
    return context.table(
        Table(key="moderated_mediation", columns=columns, rows=rows, left=2, dense=True)
    )


def _fit(context: Context) -> TableBlock:
    measures, numbers = context.result.fit_measures, context.numbers
    tests: dict[str, ExactFit] = {
        row.measure: row for row in context.result.exact_fit if row.model == "estimated"
    }
    rows = []
    for name in _FIT:
        label = context.words.say(f"labels.fit_names.{name}")
        own = numbers.points(measures.get(name), 3)
        free = numbers.points(measures.get(f"{name}_saturated"), 3)
        row = [label, own, free]
        if tests:
            test = tests.get(name)
            row += [
                numbers.points(None if test is None else test.quantile_95, 3),
                numbers.p_value(None if test is None else test.p),
            ]
        rows.append(row)
    columns: tuple[str, ...] = ("fit_measure", "fit_estimated", "fit_saturated")
    if tests:
        columns = (*columns, "fit_quantile", "p_value")
    return context.table(Table(key="pls_fit", columns=columns, rows=rows, dense=True))


def _by_mode(context: Context) -> TableBlock:
    rows = [
        [
            context.words.say(f"labels.outer_modes.{row.mode}"),
            context.words.say("labels.used_here") if row.used else "",
            context.numbers.points(row.value),
        ]
        for row in context.result.index_by_mode
    ]
    columns = ("outer_mode", "", "index_value")
    return context.table(
        Table(key="index_by_mode", columns=columns, rows=rows, left=2, dense=True)
    )
