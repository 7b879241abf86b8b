"""An export against its questionnaire: `RawResponses` to `SurveyData`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from survey_engine.errors import Diagnostic, ResponseError, Severity, Where, diagnostic
from survey_engine.instrument.model import Instrument, ResponseScale
from survey_engine.responses.answers import AnswerRules, ColumnAnswers, read_column
from survey_engine.responses.column_rules import column_rules
from survey_engine.responses.extra import (
    NUMBER_ROLES,
    Extra,
    extra_columns,
    split_off,
    with_ticks,
)
from survey_engine.responses.findings import answer_findings, missing_answers_read
from survey_engine.responses.mapping import ColumnMapping, MappingResult, map_columns
from survey_engine.responses.options import ResponseOptions, weight_values
from survey_engine.responses.personal import personal_data
from survey_engine.responses.quality import item_quality
from survey_engine.responses.reasons import explained
from survey_engine.responses.set_aside import kept_rows
from survey_engine.responses.shifted import choice_rules, shifted_rows
from survey_engine.responses.suggest import suggest_columns
from survey_engine.responses.survey_data import DataQuality, RawResponses, SurveyData


def validate(
    raw: RawResponses,
    instrument: Instrument,
    *,
    mapping: ColumnMapping | MappingResult | None = None,
    options: ResponseOptions | None = None,
) -> SurveyData:
    """Turn an export into validated answers in the direction "higher is better".

    Parameters
    ----------
    raw : RawResponses
    instrument : Instrument
    mapping : ColumnMapping, MappingResult or None
        The user's decisions, a finished mapping, or None to find the columns.
    options : ResponseOptions or None
        Case weights, segments, id column, missing codes, further columns. Items the
        instrument itself declares as weight, id or segment are used without options.

    Returns
    -------
    SurveyData
        Numbers of items with role indicator, nps or overall; every other column is in
        `extra` (mapped items under their id). What was found is in `diagnostics`;
        errors among them (OUT_OF_RANGE, ITEM_NOT_FOUND ...) leave the cell without a
        number, and the caller decides whether to go on.

    Raises
    ------
    ResponseError
        NO_ITEM_MATCHED, AMBIGUOUS_MAPPING with nothing else to use, UNKNOWN_COLUMN,
        UNKNOWN_ITEM, COLUMN_USED_TWICE.
    """
    asked = options or ResponseOptions()
    mapped = (
        mapping
        if isinstance(mapping, MappingResult)
        else map_columns(raw, instrument, given=mapping)
    )
    numbers = [
        item
        for item in instrument.items
        if item.role in NUMBER_ROLES and item.id in mapped.columns
    ]
    if not numbers:
        raise _nothing_matched(raw, instrument, mapped)
    extra = extra_columns(raw, instrument, mapped, asked)
    answers, rules, told = _answers(
        raw, instrument, mapped, asked.na_codes, mapped.option_numbers
    )
    checked = {**rules, **choice_rules(instrument, extra.others)}
    status = {name: one.status for name, one in answers.items()}
    status |= {name: one.status for name, one in extra.others.items()}
    told += shifted_rows(raw, mapped.columns, checked, status)
    data = _assembled(raw, instrument, mapped, answers=answers, extra=extra, told=told)
    wanted = extra.declared.group[: len(set(asked.group))]
    return replace(data, requested_groups=wanted)


def _nothing_matched(
    raw: RawResponses, instrument: Instrument, mapped: MappingResult
) -> ResponseError:
    errors = [d for d in mapped.diagnostics if d.severity is Severity.ERROR]
    if errors:
        return ResponseError(*errors)
    return ResponseError(
        diagnostic(
            "NO_ITEM_MATCHED",
            where=Where(file=raw.source),
            source=raw.source,
            instrument=instrument.id,
            known=", ".join(mapped.unmatched_columns[:8]),
        )
    )


def _answers(
    raw: RawResponses,
    instrument: Instrument,
    mapped: MappingResult,
    na_codes: tuple[float, ...],
    option_numbers: Mapping[str, bool],
) -> tuple[dict[str, ColumnAnswers], dict[str, AnswerRules], list[Diagnostic]]:
    """Answers and rules of every number item, and what the rules have to tell."""
    answers: dict[str, ColumnAnswers] = {}
    rules: dict[str, AnswerRules] = {}
    told: list[Diagnostic] = []
    for item in instrument.items:
        if item.role not in NUMBER_ROLES or item.id not in mapped.columns:
            continue
        column = mapped.columns[item.id]
        ruled = column_rules(
            raw,
            item.id,
            instrument.scale_of(item.id),
            column=column,
            na_codes=na_codes,
            option_numbers=option_numbers.get(item.id),
        )
        rules[item.id] = ruled.rules
        answers[item.id] = read_column(raw.table[column], ruled.rules)
        told += ruled.told
    return answers, rules, told


def _median_seconds(
    instrument: Instrument, extra: pd.DataFrame, paradata: pd.DataFrame
) -> float | None:
    """Median length of an interview: of the first item with role time that holds seconds.

    Times of day and dates are no lengths; a column counts when most of it are numbers.
    Without such an item the survey tool's own duration counts.
    """
    for item in instrument.items:
        if item.role == "time" and item.id in extra:
            seconds = pd.to_numeric(extra[item.id], errors="coerce")
            if seconds.notna().mean() > 0.5:
                return float(seconds.median())
    if "seconds" in paradata:
        own = pd.to_numeric(paradata["seconds"], errors="coerce")
        return float(own.median()) if own.notna().any() else None
    return None


def _not_used(found: Sequence[Diagnostic], declared: ResponseOptions) -> tuple[Diagnostic, ...]:
    """UNMATCHED_COLUMNS without the columns that were asked for as weights, groups, ids."""
    kept: list[Diagnostic] = []
    for one in found:
        if one.code == "UNMATCHED_COLUMNS":
            left = tuple(name for name in one.where.items if name not in declared.named)
            if not left:
                continue
            where = replace(one.where, items=left)
            one = replace(one, where=where, parameters={**one.parameters, "n": len(left)})
        kept.append(one)
    return tuple(kept)


def _turned(
    instrument: Instrument, names: Sequence[str], values: NDArray[np.float64]
) -> tuple[NDArray[np.float64], list[Diagnostic]]:
    """Items whose best answer is the lowest, turned to minimum + maximum - answer."""
    out = values.copy()
    turned: dict[str, ResponseScale] = {}
    for j, name in enumerate(names):
        if instrument.item(name).direction == "lower_is_better":
            scale = instrument.scale_of(name)
            out[:, j] = scale.minimum + scale.maximum - values[:, j]
            turned[name] = scale
    if not turned:
        return out, []
    recoding = {f"{s.minimum + s.maximum:g} − x" for s in turned.values()}
    where = Where(items=tuple(turned))
    return out, [
        diagnostic("RECODED_DIRECTION", where=where, recoding=", ".join(sorted(recoding)))
    ]


def _assembled(
    raw: RawResponses,
    instrument: Instrument,
    mapped: MappingResult,
    *,
    answers: dict[str, ColumnAnswers],
    extra: Extra,
    told: Sequence[Diagnostic],
) -> SurveyData:
    names = tuple(answers)
    rows = raw.table.index.to_numpy(dtype=np.int64)
    scales = {name: instrument.scale_of(name) for name in names}
    ranges = {name: (scale.minimum, scale.maximum) for name, scale in scales.items()}
    given = np.column_stack([answer.values for answer in answers.values()])
    reasons = explained(raw, instrument, answers, extra.others)
    status = np.column_stack([reasons[name] for name in names])
    values, turned = _turned(instrument, names, given)
    table, personal = split_off(with_ticks(instrument, extra, reasons), extra, instrument)
    declared = extra.declared
    keep, excluded, dropped = kept_rows(raw, status, declared.keep)
    others = [one for other in extra.others.values() for one in other.told]
    found = (
        *raw.diagnostics,
        *_not_used(mapped.diagnostics, declared),
        *told,
        *others,
        *answer_findings(answers, ranges, rows),
        *missing_answers_read(answers),
        *turned,
        *dropped,
        *personal_data(personal),
        *suggest_columns(table, declared=declared.named),
    )
    weights = None if declared.weights is None else weight_values(table[declared.weights])[keep]
    values, status = values[keep], status[keep]
    paradata = pd.DataFrame(index=raw.table.index) if raw.paradata is None else raw.paradata
    return SurveyData(
        columns=names,
        values=values,
        status=status,
        ranges=ranges,
        extra=table.loc[keep].reset_index(drop=True),
        quality=DataQuality(
            n_read=int(keep.size),
            n_kept=int(keep.sum()),
            excluded=excluded,
            items=item_quality(names, values, status, weights=weights),
            median_seconds=_median_seconds(instrument, table.loc[keep], paradata.loc[keep]),
            diagnostics=found,
        ),
        source=raw.source,
        platform=raw.platform,
        sha256=raw.sha256,
        weights=weights,
        instrument=instrument,
        mapping=mapped.columns,
        diagnostics=found,
        row_numbers=rows[keep],
        id_column=declared.id_column,
        weight_column=declared.weights,
        group_columns=declared.group,
        reasons={name: reasons[name][keep] for name in extra.others},
        paradata=paradata.loc[keep].reset_index(drop=True),
        personal=personal.loc[keep].reset_index(drop=True),
    )
