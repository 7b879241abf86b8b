"""Answers of items that are no indicators: choices, ticks, numbers, open text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from survey_engine.errors import Diagnostic, Where, diagnostic
from survey_engine.instrument.model import Instrument, Item, ResponseScale
from survey_engine.responses.answers import EMPTY_WORDS, VOCABULARY, read_column
from survey_engine.responses.choice_columns import joined_text_column
from survey_engine.responses.column_rules import column_rules
from survey_engine.responses.mapping import MappedItem
from survey_engine.responses.multiple import Ticks, read_joined, read_split
from survey_engine.responses.scales import scale_of_item
from survey_engine.responses.survey_data import AnswerStatus, RawResponses
from survey_engine.responses.text import cell_text, number_of

ASKED_ROLES = frozenset({"segment", "open", "other"})
_BLANK = AnswerStatus.SKIPPED
_SHOWN = 5


@dataclass(frozen=True, kw_only=True)
class OtherAnswers:
    """One item that is no indicator.

    Attributes
    ----------
    item : str
    codes : ndarray, shape (n,)
        Answer codes, NaN where there is none (open text, ticks).
    status : ndarray of int8, shape (n,)
    columns : Mapping[str, Series]
        What stands in `SurveyData.extra`: the answers under the item's id; of ticks one
        column a choice (``channels/shop``), 1 or 0, and the text typed for "other".
    ticks : Ticks or None
    used : tuple of str
        Columns of the file this item took.
    told : tuple of Diagnostic
    """

    item: str
    codes: NDArray[np.float64]
    status: NDArray[np.int8]
    columns: Mapping[str, pd.Series[Any]]
    ticks: Ticks | None = None
    used: tuple[str, ...] = ()
    told: tuple[Diagnostic, ...] = field(default=())


def read_other(
    raw: RawResponses, instrument: Instrument, item: Item, found: MappedItem
) -> OtherAnswers:
    """Read one item by the kind of its scale.

    Parameters
    ----------
    raw : RawResponses
    instrument : Instrument
    item : Item
    found : MappedItem
        With a column or, for ticks, the columns of its choices.
    """
    scale = scale_of_item(instrument, item)
    if item.type == "multiple":
        return _ticks(raw, item, scale, found)
    column = str(found.column)
    if item.type == "number":
        return _number(raw, item, scale, column)
    if scale.labels and item.role != "open" and item.type != "text":
        return _choice(raw, instrument, item, scale, column)
    return _text(raw, item, column)


def _text(raw: RawResponses, item: Item, column: str) -> OtherAnswers:
    cells = raw.table[column].to_numpy(dtype=object)
    labels = {cell_text(code): text for code, text in raw.value_labels.get(column, {}).items()}
    texts: list[str | None] = []
    status = np.zeros(len(cells), dtype=np.int8)
    for i, cell in enumerate(cells):
        text = cell_text(cell)
        state = raw.states.get(text)
        named = labels.get(text, text if item.role == "segment" else cell)
        texts.append(None if state is not None or not text else named)
        if texts[i] is None:
            status[i] = _BLANK if state is None else state
    series = pd.Series(texts, index=raw.table.index, dtype=object)
    return OtherAnswers(
        item=item.id,
        codes=np.full(len(cells), np.nan),
        status=status,
        columns={item.id: series},
        used=(column,),
    )


def _number(raw: RawResponses, item: Item, scale: ResponseScale, column: str) -> OtherAnswers:
    cells = [cell_text(cell) for cell in raw.table[column].to_numpy(dtype=object)]
    status = np.zeros(len(cells), dtype=np.int8)
    out: list[object] = []
    for i, text in enumerate(cells):
        state = raw.states.get(text, VOCABULARY.get(text.casefold()))
        number = number_of(text) if state is None else None
        if state is not None or text.casefold() in EMPTY_WORDS:
            status[i] = _BLANK if state is None else state
        elif number is None:
            status[i] = AnswerStatus.INVALID
        elif scale.missing.get(int(number)) if number == int(number) else None:
            number, status[i] = None, AnswerStatus.DONT_KNOW
        out.append(text if status[i] == AnswerStatus.INVALID else number)
    series = pd.Series(out, index=raw.table.index, dtype=object)
    unknown = [(int(i), cells[i]) for i in np.flatnonzero(status == AnswerStatus.INVALID)]
    return OtherAnswers(
        item=item.id,
        codes=np.array([x if isinstance(x, float) else np.nan for x in out]),
        status=status,
        columns={item.id: series},
        used=(column,),
        told=_unknown(raw, item, unknown),
    )


def _choice(
    raw: RawResponses, instrument: Instrument, item: Item, scale: ResponseScale, column: str
) -> OtherAnswers:
    """One of the listed answers, under its label in the questionnaire's first language."""
    ruled = column_rules(raw, item.id, scale, column=column)
    answers = read_column(raw.table[column], ruled.rules)
    language = instrument.languages[0]
    out: list[object] = []
    unknown: list[tuple[int, str]] = []
    for i, (code, status) in enumerate(zip(answers.values, answers.status, strict=True)):
        words = scale.labels.get(int(code)) if np.isfinite(code) else None
        if words:
            out.append(words.get(language) or next(iter(words.values())))
        elif status in (AnswerStatus.ANSWERED, AnswerStatus.INVALID):
            out.append(answers.cells[i])
            unknown.append((i, answers.cells[i]))
        else:
            out.append(None)
    return OtherAnswers(
        item=item.id,
        codes=answers.values,
        status=answers.status,
        columns={item.id: pd.Series(out, index=raw.table.index, dtype=object)},
        used=(column,),
        told=(*ruled.told, *_unknown(raw, item, unknown)),
    )


def _ticks(
    raw: RawResponses, item: Item, scale: ResponseScale, found: MappedItem
) -> OtherAnswers:
    if found.parts:
        ticks = read_split(
            raw.table,
            scale,
            found.parts,
            text=found.text_column,
            states=raw.states,
            zero_is_blank="zero_is_blank" in raw.traits,
        )
        used = (*found.parts.values(), *found.beside)
        text = found.text_column
    else:
        column = str(found.column)
        text = joined_text_column(raw, item, scale, column) if scale.other else None
        typed = None if text is None else raw.table[text]
        ticks = read_joined(raw.table[column], scale, text=typed, states=raw.states)
        used = (column,)
    if text is not None:
        used = (*used, text)
    return OtherAnswers(
        item=item.id,
        codes=np.full(len(raw.table), np.nan),
        status=ticks.status,
        columns={},
        ticks=ticks,
        used=tuple(dict.fromkeys(used)),
        told=_unknown(raw, item, ticks.unknown),
    )


def tick_columns(
    item: Item, scale: ResponseScale, ticks: Ticks, status: NDArray[np.int8], index: Any
) -> dict[str, pd.Series[Any]]:
    """Columns of ticks once routing has said who saw the question: 1, 0, or blank."""
    seen = status == AnswerStatus.ANSWERED
    out: dict[str, pd.Series[Any]] = {}
    for j, code in enumerate(ticks.codes):
        name = next(iter(scale.names.get(code, ())), str(code))
        cells = [
            int(tick) if ok else None for tick, ok in zip(ticks.ticked[:, j], seen, strict=True)
        ]
        out[f"{item.id}/{name}"] = pd.Series(cells, index=index, dtype=object)
    if scale.other is not None:
        out[f"{item.id}_other"] = pd.Series(ticks.typed, index=index, dtype=object)
    return out


def _unknown(
    raw: RawResponses, item: Item, unknown: list[tuple[int, str]]
) -> tuple[Diagnostic, ...]:
    if not unknown:
        return ()
    rows = raw.table.index.to_numpy(dtype=np.int64)
    counts = Counter(text for _, text in unknown)
    where = Where(
        items=(item.id,), rows=tuple(int(rows[i]) for i, _ in unknown), file=raw.source
    )
    found = ", ".join(f"{text[:40]} × {k}" for text, k in counts.most_common(_SHOWN))
    return (diagnostic("UNKNOWN_CHOICES", where=where, n=len(unknown), found=found),)
