"""Canonical answers as a table that any program opens and the engine reads back."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from survey_engine.responses.survey_data import AnswerStatus, SurveyData

_RISKY = ("=", "+", "-", "@", "\t", "\r")


def clean_table(data: SurveyData) -> pd.DataFrame:
    """Canonical answers for ``-o clean.csv``: one column an item, then the rest.

    Cells without a number hold the reason (``dont_know``, ``not_asked``, ``skipped``,
    ``not_reached``, ``refused``, ``invalid``), whole numbers have no decimal point, and
    text that a spreadsheet would run as a formula is guarded by an apostrophe. Answers
    stand as they were given, items with direction "lower is better" too: reading the
    table with the same instrument gives the same `SurveyData`.
    """
    table: dict[str, Any] = {"row": data.rows}
    for j, name in enumerate(data.columns):
        cells = [f"{value:g}" for value in _as_given(data, j)]
        status = data.status[:, j]
        table[name] = [
            cell if state == AnswerStatus.ANSWERED else AnswerStatus(state).name.lower()
            for cell, state in zip(cells, status, strict=True)
        ]
    for column in data.extra.columns:
        name = str(_guarded(_unused(str(column), table)))
        reasons = data.reasons.get(str(column).split("/", 1)[0])
        told = reasons is not None and not _is_open(data, str(column))
        table[name] = [
            _reason(reasons[i])
            if told and reasons is not None and _empty(cell)
            else _guarded(cell)
            for i, cell in enumerate(data.extra[column])
        ]
    for column in data.paradata.columns:
        table[_unused(f"response_{column}", table)] = list(data.paradata[column])
    return pd.DataFrame(table)


def _is_open(data: SurveyData, name: str) -> bool:
    """Whether a column holds free text, where a word for "no answer" would be an answer."""
    if data.instrument is None:
        return True
    roles = {item.id: item.role for item in data.instrument.items}
    return roles.get(name.split("/", 1)[0], "open") == "open"


def _empty(cell: object) -> bool:
    return cell is None or cell != cell or cell == ""


def _reason(status: int) -> str | None:
    """The word for a cell without an answer; None where ticks say all there is to say."""
    found = AnswerStatus(status)
    return None if found is AnswerStatus.ANSWERED else found.name.lower()


def _as_given(data: SurveyData, j: int) -> NDArray[np.float64]:
    name, values = data.columns[j], data.values[:, j]
    if data.instrument is None:
        return values
    if data.instrument.item(name).direction != "lower_is_better":
        return values
    low, high = data.ranges[name]
    return low + high - values


def _unused(name: str, table: dict[str, Any]) -> str:
    return name if name not in table else f"{name}_as_read"


def _guarded(cell: object) -> object:
    if isinstance(cell, str) and cell.startswith(_RISKY):
        try:
            float(cell)
        except ValueError:
            return "'" + cell
    return cell
