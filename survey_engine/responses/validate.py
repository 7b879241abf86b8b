"""An export against its questionnaire: `RawResponses` to `SurveyData`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from survey_engine.errors import Diagnostic, ResponseError, Severity, Where, diagnostic
from survey_engine.instrument.model import Instrument, Item, ResponseScale
from survey_engine.responses.answers import ColumnAnswers, read_column, rules_of_scale
from survey_engine.responses.findings import (
    answer_findings,
    file_codes,
    missing_answers_read,
    refuse_unknown_columns,
)
from survey_engine.responses.mapping import ColumnMapping, MappingResult, map_columns
from survey_engine.responses.options import ResponseOptions, weight_values
from survey_engine.responses.personal import personal_data
from survey_engine.responses.quality import item_quality
from survey_engine.responses.routing import explained_blanks
from survey_engine.responses.suggest import suggest_columns
from survey_engine.responses.survey_data import (
    AnswerStatus,
    DataQuality,
    RawResponses,
    SurveyData,
)
from survey_engine.responses.text import cell_text

NUMBER_ROLES = frozenset({"indicator", "nps", "overall"})


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
    extra, declared = _extra(raw, instrument, mapped, asked)
    answers = {
        item.id: _answers(raw, instrument, item, mapped.columns[item.id], asked.na_codes)
        for item in numbers
    }
    data = _assembled(raw, instrument, mapped, answers=answers, extra=extra, declared=declared)
    return replace(data, requested_groups=declared.group[: len(set(asked.group))])


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
    item: Item,
    column: str,
    na_codes: tuple[float, ...],
) -> ColumnAnswers:
    rules = rules_of_scale(
        instrument.scale_of(item.id), na_codes=na_codes, file_codes=file_codes(raw, column)
    )
    return read_column(raw.table[column], rules)


def _extra(
    raw: RawResponses,
    instrument: Instrument,
    mapped: MappingResult,
    options: ResponseOptions,
) -> tuple[pd.DataFrame, ResponseOptions]:
    """Columns that are no numbers of items, and the options under their names there.

    Raises UNKNOWN_COLUMN if an option names neither a column nor a mapped item.
    """
    role = {item.id: item.role for item in instrument.items}
    column_of = mapped.columns
    others = {i: c for i, c in column_of.items() if role[i] not in NUMBER_ROLES}
    name_of = {column: item for item, column in others.items()}
    refuse_unknown_columns(raw, (n for n in options.named if n not in column_of))

    def settled(name: str) -> str:
        return name if name in column_of else name_of.get(name, name)

    def of_role(wanted: str) -> tuple[str, ...]:
        return tuple(item for item in others if role[item] == wanted)

    ids, weights = of_role("id"), of_role("weight")
    declared = ResponseOptions(
        weights=settled(options.weights) if options.weights else next(iter(weights), None),
        group=tuple(dict.fromkeys((*(settled(n) for n in options.group), *of_role("segment")))),
        id_column=settled(options.id_column) if options.id_column else next(iter(ids), None),
        na_codes=options.na_codes,
        extra_columns=tuple(settled(n) for n in options.extra_columns),
    )
    taken = set(column_of.values())
    sources = {
        name_of.get(c, c): c
        for c in map(str, raw.table.columns)
        if c in name_of or c not in taken
    }
    sources.update({n: column_of.get(n, n) for n in declared.named if n not in sources})
    segments = set(declared.group)
    table = {
        name: _segment(raw, column) if name in segments else raw.table[column]
        for name, column in sources.items()
    }
    return pd.DataFrame(table, index=raw.table.index), declared


def _segment(raw: RawResponses, column: str) -> pd.Series[Any]:
    """Segment names: the file's own label of a code where it has one, else the cell."""
    labels = {cell_text(code): text for code, text in raw.value_labels.get(column, {}).items()}
    texts = [cell_text(cell) for cell in raw.table[column].to_numpy(dtype=object)]
    named = [labels.get(text, text) or None for text in texts]
    return pd.Series(named, index=raw.table.index, dtype=object)


def _median_seconds(instrument: Instrument, extra: pd.DataFrame) -> float | None:
    """Median length of an interview: of the first item with role time that holds seconds.

    Times of day and dates are no lengths; a column counts when most of it are numbers.
    """
    for item in instrument.items:
        if item.role == "time" and item.id in extra:
            seconds = pd.to_numeric(extra[item.id], errors="coerce")
            if seconds.notna().mean() > 0.5:
                return float(seconds.median())
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


def _statuses(
    instrument: Instrument,
    answers: dict[str, ColumnAnswers],
    extra: pd.DataFrame,
    values: NDArray[np.float64],
) -> NDArray[np.int8]:
    items = [instrument.item(name) for name in answers]
    status = np.column_stack([answer.status for answer in answers.values()])
    texts = {
        item.id: np.array([cell_text(cell) != "" for cell in extra[item.id]], dtype=bool)
        for item in instrument.items
        if item.role in ("segment", "open", "other") and item.id in extra
    }
    order = [item.id for item in instrument.items if item.id in answers or item.id in texts]
    return explained_blanks(items, values, status, texts=texts, order=order)


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
    extra: pd.DataFrame,
    declared: ResponseOptions,
) -> SurveyData:
    names = tuple(answers)
    rows = raw.table.index.to_numpy(dtype=np.int64)
    scales = {name: instrument.scale_of(name) for name in names}
    ranges = {name: (scale.minimum, scale.maximum) for name, scale in scales.items()}
    given = np.column_stack([answer.values for answer in answers.values()])
    status = _statuses(instrument, answers, extra, given)
    values, turned = _turned(instrument, names, given)
    keep, dropped = _answered_rows(status, rows)
    found = (
        *raw.diagnostics,
        *_not_used(mapped.diagnostics, declared),
        *answer_findings(answers, ranges, rows),
        *missing_answers_read(answers),
        *turned,
        *dropped,
        *personal_data(extra),
        *suggest_columns(extra, declared=declared.named),
    )
    weights = None if declared.weights is None else weight_values(extra[declared.weights])[keep]
    values, status = values[keep], status[keep]
    return SurveyData(
        columns=names,
        values=values,
        status=status,
        ranges=ranges,
        extra=extra.loc[keep].reset_index(drop=True),
        quality=DataQuality(
            n_read=int(keep.size),
            n_kept=int(keep.sum()),
            excluded={"no_answer": int((~keep).sum())} if dropped else {},
            items=item_quality(names, values, status, weights=weights),
            median_seconds=_median_seconds(instrument, extra.loc[keep]),
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
    )


def _answered_rows(
    status: NDArray[np.int8], rows: NDArray[np.int64]
) -> tuple[NDArray[np.bool_], list[Diagnostic]]:
    """Rows with at least one answer; those without any are left out and counted."""
    blank = (AnswerStatus.SKIPPED, AnswerStatus.NOT_REACHED, AnswerStatus.NOT_ASKED)
    keep = np.asarray(~np.isin(status, blank).all(axis=1), dtype=np.bool_)
    if not keep.any():
        raise ResponseError(diagnostic("NO_DATA_ROWS", columns=int(status.shape[1])))
    if keep.all():
        return keep, []
    empty = tuple(int(row) for row in rows[~keep])
    return keep, [diagnostic("EMPTY_RESPONSES", where=Where(rows=empty), n=len(empty))]
