"""Columns that are no numbers of items: segments, ids, times, weights, open answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from survey_engine.instrument.model import Instrument
from survey_engine.responses.findings import refuse_unknown_columns
from survey_engine.responses.mapping import MappingResult
from survey_engine.responses.options import ResponseOptions
from survey_engine.responses.other_answers import (
    ASKED_ROLES,
    OtherAnswers,
    read_other,
    tick_columns,
)
from survey_engine.responses.personal import personal_columns
from survey_engine.responses.survey_data import RawResponses
from survey_engine.responses.text import cell_text

NUMBER_ROLES = frozenset({"indicator", "nps", "overall"})


@dataclass(frozen=True, kw_only=True)
class Extra:
    """What stands beside the numbers.

    Attributes
    ----------
    table : DataFrame, n rows
        Without the ticks, which routing has to explain first.
    declared : ResponseOptions
        The options under the names the columns have in `table`.
    others : Mapping[str, OtherAnswers]
        Items of the questionnaire among them.
    places : Mapping[str, int]
        Where in `table` the ticks of an item belong.
    """

    table: pd.DataFrame
    declared: ResponseOptions
    others: Mapping[str, OtherAnswers]
    places: Mapping[str, int]


def extra_columns(
    raw: RawResponses,
    instrument: Instrument,
    mapped: MappingResult,
    options: ResponseOptions,
) -> Extra:
    """Read every column that is no number of an item.

    Raises
    ------
    ResponseError
        UNKNOWN_COLUMN if an option names neither a column nor a mapped item.
    """
    role = {item.id: item.role for item in instrument.items}
    others = {
        one.item: read_other(raw, instrument, instrument.item(one.item), one)
        for one in mapped.items
        if role[one.item] in ASKED_ROLES and one.matched
    }
    column_of = mapped.columns
    declared = _declared(raw, column_of, role, options)
    owner = {column: other for other in others.values() for column in other.used}
    name_of = {
        column: item
        for item, column in column_of.items()
        if role[item] not in NUMBER_ROLES | ASKED_ROLES
    }
    taken = {c for item, c in column_of.items() if role[item] in NUMBER_ROLES}
    table: dict[str, pd.Series[Any]] = {}
    places: dict[str, int] = {}
    segments = set(declared.group)
    for column in map(str, raw.table.columns):
        if column in owner:
            other = owner[column]
            if other.ticks is not None:
                places.setdefault(other.item, len(table))
            table.update({n: s for n, s in other.columns.items() if n not in table})
        elif column not in taken:
            name = name_of.get(column, column)
            table[name] = _segment(raw, column) if name in segments else raw.table[column]
    for name in declared.named:
        if name not in table:
            column = column_of.get(name, name)
            table[name] = _segment(raw, column) if name in segments else raw.table[column]
    frame = pd.DataFrame(table, index=raw.table.index)
    return Extra(table=frame, declared=declared, others=others, places=places)


def _declared(
    raw: RawResponses,
    column_of: Mapping[str, str],
    role: Mapping[str, str],
    options: ResponseOptions,
) -> ResponseOptions:
    name_of = {c: i for i, c in column_of.items() if role[i] not in NUMBER_ROLES}
    refuse_unknown_columns(raw, (n for n in options.named if n not in column_of))

    def settled(name: str) -> str:
        return name if name in column_of else name_of.get(name, name)

    def of_role(wanted: str) -> tuple[str, ...]:
        return tuple(item for item in column_of if role[item] == wanted)

    ids, weights = of_role("id"), of_role("weight")
    return ResponseOptions(
        weights=settled(options.weights) if options.weights else next(iter(weights), None),
        group=tuple(dict.fromkeys((*(settled(n) for n in options.group), *of_role("segment")))),
        id_column=settled(options.id_column) if options.id_column else next(iter(ids), None),
        na_codes=options.na_codes,
        extra_columns=tuple(settled(n) for n in options.extra_columns),
        keep=options.keep,
    )


def _segment(raw: RawResponses, column: str) -> pd.Series[Any]:
    """Segment names: the file's own label of a code where it has one, else the cell."""
    labels = {cell_text(code): text for code, text in raw.value_labels.get(column, {}).items()}
    texts = [cell_text(cell) for cell in raw.table[column].to_numpy(dtype=object)]
    named = [labels.get(text, text) or None for text in texts]
    return pd.Series(named, index=raw.table.index, dtype=object)


def with_ticks(
    instrument: Instrument, extra: Extra, reasons: Mapping[str, NDArray[np.int8]]
) -> pd.DataFrame:
    """The other columns with the ticks of each multiple-choice question in their place."""
    table = extra.table
    blocks = [table.iloc[:, :0]]
    last = 0
    for name, place in sorted(extra.places.items(), key=lambda pair: pair[1]):
        ticks = extra.others[name].ticks
        if ticks is None:
            continue
        item, scale = instrument.item(name), instrument.scale_of(name)
        columns = tick_columns(item, scale, ticks, reasons[name], table.index)
        blocks += [table.iloc[:, last:place], pd.DataFrame(columns, index=table.index)]
        last = place
    return pd.concat([*blocks, table.iloc[:, last:]], axis=1)


def split_off(
    table: pd.DataFrame, extra: Extra, instrument: Instrument
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Columns to work with, and those with personal data that nobody declared."""
    open_items = {item.id for item in instrument.items if item.role == "open"}
    asked = {n for other in extra.others.values() for n in other.columns} - open_items
    ticks = tuple(f"{name}/" for name in extra.places)
    declared = {*extra.declared.named, *asked}
    seen = table[[c for c in table if c not in declared and not str(c).startswith(ticks)]]
    hit = list(personal_columns(seen))
    return table.drop(columns=hit), table[hit]
