"""Rows whose answers stand one or a few columns beside their questions."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from survey_engine.errors import Diagnostic, Where, diagnostic
from survey_engine.instrument.model import Instrument
from survey_engine.responses.answers import AnswerRules, rules_of_scale
from survey_engine.responses.other_answers import OtherAnswers
from survey_engine.responses.scales import scale_of_item
from survey_engine.responses.survey_data import AnswerStatus, RawResponses

_FARTHEST = 3
# A few odd cells are odd cells; from here on a shift is looked for.
_FEWEST_INVALID = 3
_FITTING = 0.9
_MOST_ROWS = 2_000


def choice_rules(
    instrument: Instrument, others: Mapping[str, OtherAnswers]
) -> dict[str, AnswerRules]:
    """Rules of the questions with listed answers or numbers that are no indicators."""
    found: dict[str, AnswerRules] = {}
    for item in (instrument.item(name) for name in others):
        scale = scale_of_item(instrument, item)
        if item.type == "number":
            found[item.id] = AnswerRules()
        elif item.type in ("rating", "choice") and item.role != "open" and scale.labels:
            found[item.id] = rules_of_scale(scale)
    return found


def shifted_rows(
    raw: RawResponses,
    columns: Mapping[str, str],
    rules: Mapping[str, AnswerRules],
    status: Mapping[str, NDArray[np.int8]],
) -> tuple[Diagnostic, ...]:
    """SHIFTED_ROWS where moving a row's cells makes its unreadable answers readable.

    Parameters
    ----------
    raw : RawResponses
    columns : Mapping[str, str]
        Column of the file by item.
    rules, status : Mappings by item
    """
    at = {str(name): j for j, name in enumerate(raw.table.columns)}
    names = sorted((n for n in rules if n in columns), key=lambda n: at[columns[n]])
    invalid = np.column_stack([status[n] == AnswerStatus.INVALID for n in names])
    suspects = np.flatnonzero(invalid.sum(axis=1) >= _FEWEST_INVALID)[:_MOST_ROWS]
    if not suspects.size:
        return ()
    spots = np.array([at[columns[name]] for name in names])
    cells = raw.table.to_numpy(dtype=object)
    hits: dict[int, tuple[int, int]] = {}
    for i in suspects:
        found = _shift(cells[i], spots, [rules[n] for n in names], invalid[i])
        if found is not None:
            hits[int(i)] = found
    if not hits:
        return ()
    rows = raw.table.index.to_numpy(dtype=np.int64)
    by, column = next(iter(hits.values()))
    where = Where(
        rows=tuple(int(rows[i]) for i in hits),
        items=(str(raw.table.columns[column]),),
        file=raw.source,
        column=column + 1,
    )
    return (diagnostic("SHIFTED_ROWS", where=where, n=len(hits), by=f"{by:+d}"),)


def _shift(
    cells: NDArray[np.object_],
    spots: NDArray[np.int64],
    rules: list[AnswerRules],
    invalid: NDArray[np.bool_],
) -> tuple[int, int] | None:
    """The move that makes the unreadable cells readable, and the first column moved."""
    first = int(np.flatnonzero(invalid)[0])
    wrong = np.flatnonzero(invalid)
    for by in sorted(range(-_FARTHEST, _FARTHEST + 1), key=abs):
        if by == 0:
            continue
        moved = spots[wrong] + by
        inside = (moved >= 0) & (moved < cells.size)
        good = sum(
            rules[j].read(cells[k]).status is not AnswerStatus.INVALID
            for j, k, ok in zip(wrong, moved, inside, strict=True)
            if ok
        )
        after = [j for j in range(first, len(rules)) if 0 <= spots[j] + by < cells.size]
        filled = [j for j in after if cells[spots[j] + by] is not None]
        fine = sum(
            rules[j].read(cells[spots[j] + by]).status is AnswerStatus.ANSWERED for j in filled
        )
        if good >= _FITTING * wrong.size and filled and fine >= _FITTING * len(filled):
            return by, int(spots[first])
    return None
