"""Appendix: prediction outside the sample."""

from __future__ import annotations

from survey_engine.document.blocks import Block, Omission, Section, TableBlock
from survey_engine.report.sections.context import Context, Table
from survey_engine.study.prediction import Prediction


def build(context: Context) -> tuple[Section | Omission, ...]:
    """Tables of what was asked for; nothing without prediction."""
    found: Prediction | None = context.result.prediction
    if found is None or not found.items:
        return ()
    blocks: list[Block] = [_errors(context, found)]
    if found.cvpat:
        blocks.append(_tests(context, found))
    return (context.section("appendix_prediction", blocks, appendix=True, starts_page=False),)


def _errors(context: Context, found: Prediction) -> TableBlock:
    show = context.numbers.coefficient
    overall = found.power[0]
    rows = [
        [
            context.labels.construct(row.construct),
            row.item,
            *(show(getattr(row, name)) for name in _NUMBERS),
        ]
        for row in found.items
    ]
    note = context.words.say(
        "report.tables.plspredict.note",
        folds=context.numbers.count(found.folds or 0),
        repetitions=context.numbers.count(found.repetitions or 0),
        better=overall.better,
        items=overall.items,
        power=context.words.say(f"labels.predictive_power.{overall.power}"),
    )
    columns = ("construct", "item_id", *_NUMBERS)
    return context.table(
        Table(key="plspredict", columns=columns, rows=rows, left=2, note=note, dense=True)
    )


_NUMBERS = ("rmse", "rmse_lm", "mae", "mae_lm", "q2_predict")


def _tests(context: Context, found: Prediction) -> TableBlock:
    show = context.numbers.coefficient
    rows = [
        [
            context.labels.construct(row.construct)
            if row.construct
            else context.words.say("labels.all_items"),
            context.words.say(f"labels.predicted_versus.{row.versus}"),
            show(row.difference),
            context.numbers.interval(row.ci_lower, row.ci_upper, show),
            context.numbers.p_value(row.p),
        ]
        for row in found.cvpat
    ]
    columns = ("construct", "versus", "loss_difference", "interval", "p_value")
    return context.table(Table(key="cvpat", columns=columns, rows=rows, left=2, dense=True))
