"""Which category of a margin each respondent belongs to."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from survey_engine.errors import Diagnostic, Where, diagnostic
from survey_engine.responses.margins import CROSS, Margin
from survey_engine.responses.survey_data import SurveyData
from survey_engine.responses.text import cell_text


def margin_codes(
    data: SurveyData, margin: Margin, used: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], list[Diagnostic]]:
    """Category number of each respondent (-1 unknown), and what stands in the way."""
    unknown = [c for c in margin.columns if c not in data.columns and c not in data.extra]
    if unknown:
        known = ", ".join(map(str, (*data.extra.columns, *data.columns)))
        told = [
            diagnostic("MARGIN_UNKNOWN_COLUMN", where=Where(items=(c,)), column=c, known=known)
            for c in unknown
        ]
        return np.full(data.n, -1, dtype=np.int64), told
    rows, row_of = _combinations(data, margin.columns)
    place = {category: k for k, category in enumerate(_as_in_data(data, margin))}
    codes = np.array([place.get(row, -1) for row in rows], dtype=np.int64)[row_of]
    found: list[Diagnostic] = []
    lost = used & (codes < 0)
    if lost.any():
        seen = [CROSS.join(rows[k]) or "—" for k in np.unique(row_of[lost])]
        found.append(
            diagnostic(
                "RAKING_UNKNOWN_CATEGORY",
                where=Where(
                    items=margin.columns,
                    rows=tuple(int(row) for row in data.rows[lost]),
                    values=tuple(seen),
                ),
                margin=margin.name,
                n=int(lost.sum()),
                found=", ".join(seen),
                known=", ".join(CROSS.join(c) or "—" for c in place),
            )
        )
    counts = np.bincount(codes[used & (codes >= 0)], minlength=len(place))
    found += [
        diagnostic(
            "RAKING_EMPTY_CATEGORY",
            where=Where(items=margin.columns, values=(CROSS.join(category),)),
            margin=margin.name,
            category=CROSS.join(category) or "—",
            percent=round(100 * share, 2),
        )
        for k, (category, share) in enumerate(margin.shares.items())
        if counts[k] == 0
    ]
    return codes, found


def _combinations(
    data: SurveyData, columns: tuple[str, ...]
) -> tuple[list[tuple[str, ...]], NDArray[np.intp]]:
    """Distinct combinations of the columns as texts, and that of each respondent."""
    codes, texts = [], []
    for column in columns:
        cells = data.extra[column] if column in data.extra else _answers(data, column)
        code, distinct = pd.factorize(cells, use_na_sentinel=False)
        codes.append(code)
        texts.append([cell_text(cell) for cell in distinct])
    seen, row_of = np.unique(np.column_stack(codes), axis=0, return_inverse=True)
    rows = [tuple(texts[j][k] for j, k in enumerate(row)) for row in seen]
    return rows, row_of.reshape(-1)


def _answers(data: SurveyData, item: str) -> pd.Series[Any]:
    return pd.Series(data.values[:, data.columns.index(item)])


def _as_in_data(data: SurveyData, margin: Margin) -> list[tuple[str, ...]]:
    """Categories as the data write them: codes and labels of any language are known."""
    known = [_spellings(data, column) for column in margin.columns]
    return [
        tuple(known[j].get(part, part) for j, part in enumerate(category))
        for category in margin.shares
    ]


def _spellings(data: SurveyData, column: str) -> dict[str, str]:
    """What the answers of a choice are called elsewhere → what stands in `extra`."""
    if data.instrument is None or column not in data.extra:
        return {}
    if column not in {item.id for item in data.instrument.items}:
        return {}
    if not data.instrument.item(column).scale:
        return {}
    first = data.instrument.languages[0]
    found: dict[str, str] = {}
    for code, words in data.instrument.scale_of(column).labels.items():
        shown = cell_text(words.get(first) or next(iter(words.values()), ""))
        found |= {cell_text(word): shown for word in words.values()} | {str(code): shown}
    return found
