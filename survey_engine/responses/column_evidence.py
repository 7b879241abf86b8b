"""Evidence beyond names and texts: what stands in a column, and where the column stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from survey_engine.instrument.model import Instrument, Item
from survey_engine.responses.answers import EMPTY_WORDS, VOCABULARY, rules_of_scale
from survey_engine.responses.scales import scale_of_item
from survey_engine.responses.survey_data import AnswerStatus, RawResponses
from survey_engine.responses.text import cell_text, number_of

_FEWEST_ANSWERS = 2
_LOOKED_AT = 500
_FITTING = 0.95
# Paradata and contacts are no answers to anything.
_UNASKED = frozenset({"id", "weight", "time"})


def _cells(raw: RawResponses, column: str) -> set[str]:
    cells = {cell_text(cell) for cell in raw.table[column].dropna().head(_LOOKED_AT)}
    return {c for c in cells if c.casefold() not in EMPTY_WORDS and c not in raw.states}


def fits(raw: RawResponses, instrument: Instrument, item: Item, column: str) -> bool:
    """Whether nearly every cell of a column can be an answer to an item."""
    cells = {c for c in _cells(raw, column) if c.casefold() not in VOCABULARY}
    scale = scale_of_item(instrument, item)
    numbers = sum(number_of(cell) is not None for cell in cells)
    if not cells or item.type == "multiple":
        return False
    if item.role == "open" or item.type == "text":
        return False
    if item.type == "number":
        return numbers >= _FITTING * len(cells)
    rules = rules_of_scale(scale)
    good = sum(rules.read(cell).status is AnswerStatus.ANSWERED for cell in cells)
    return good >= _FITTING * len(cells)


def by_answers(
    raw: RawResponses, instrument: Instrument, items: Sequence[Item], columns: Sequence[str]
) -> dict[str, list[str]]:
    """Columns whose words are the labels of an item that offers them."""
    found: dict[str, list[str]] = {}
    for item in items:
        scale = scale_of_item(instrument, item)
        labelled = item.type in ("rating", "choice") and len(scale.labels) >= _FEWEST_ANSWERS
        found[item.id] = [
            column
            for column in columns
            if labelled
            and len(words := _cells(raw, column)) >= _FEWEST_ANSWERS
            and all(number_of(word) is None for word in words)
            and fits(raw, instrument, item, column)
        ]
    return found


def by_position(
    raw: RawResponses,
    instrument: Instrument,
    items: Sequence[Item],
    columns: Sequence[str],
    placed: Mapping[str, str],
) -> dict[str, list[str]]:
    """Left-over columns between the columns of an item's neighbours, where they fit.

    Parameters
    ----------
    items, columns : sequences
        Without a partner so far.
    placed : Mapping[str, str]
        Column by item id of those that have one.
    """
    at = {str(name): j for j, name in enumerate(raw.table.columns)}
    order = [item.id for item in instrument.items]
    spots = {name: at[column] for name, column in placed.items() if column in at}
    found: dict[str, list[str]] = {}
    for item in items:
        if item.role in _UNASKED:
            continue
        k = order.index(item.id)
        before = [spots[name] for name in order[:k] if name in spots]
        after = [spots[name] for name in order[k + 1 :] if name in spots]
        if not before or (after and after[0] < before[-1]):
            continue
        low, high = before[-1], after[0] if after else len(at)
        found[item.id] = [
            c for c in columns if low < at[c] < high and fits(raw, instrument, item, c)
        ]
    return found
