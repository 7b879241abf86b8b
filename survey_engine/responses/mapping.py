"""Which column of the file is which item: by id, alias, then question text; never a guess."""

from __future__ import annotations

from collections import defaultdict

from survey_engine.errors import ResponseError, Where, diagnostic
from survey_engine.instrument.model import Instrument, Item
from survey_engine.responses.choice_columns import choice_columns
from survey_engine.responses.column_evidence import by_answers, by_position
from survey_engine.responses.findings import refuse_unknown_columns
from survey_engine.responses.mapping_findings import mapping_findings
from survey_engine.responses.mapping_result import (
    CONFIDENCE,
    SURE,
    ColumnMapping,
    MappedItem,
    MappingResult,
)
from survey_engine.responses.matching import Matches, passes
from survey_engine.responses.saved_mapping import carried_over, moved_columns
from survey_engine.responses.survey_data import RawResponses

__all__ = [
    "CONFIDENCE",
    "SURE",
    "ColumnMapping",
    "MappedItem",
    "MappingResult",
    "map_columns",
]


def map_columns(
    raw: RawResponses, instrument: Instrument, *, given: ColumnMapping | None = None
) -> MappingResult:
    """Find the column of each item.

    Parameters
    ----------
    raw : RawResponses
        Column names and, where the file carries them, question texts are looked at.
    instrument : Instrument
    given : ColumnMapping or None
        Decisions of the user; they win over everything.

    Returns
    -------
    MappingResult
        AMBIGUOUS_MAPPING and ITEM_NOT_FOUND are errors in its diagnostics.

    Raises
    ------
    ResponseError
        UNKNOWN_COLUMN, UNKNOWN_ITEM or COLUMN_USED_TWICE if `given` does not fit.
    """
    given_before = given
    given, changed = carried_over(raw, given)
    decided = _decided(raw, instrument, given)
    open_items = [
        item
        for item in instrument.items
        if item.id not in decided and not (given and item.id in given.ignore)
    ]
    found = dict(decided)
    _ticks(raw, instrument, open_items, found, given)
    for evidence, matches in passes(raw, instrument):
        _one_pass(open_items, found, evidence, matches)
    _by_content(raw, instrument, open_items, found)
    mapped = tuple(
        found.get(
            item.id, MappedItem(item=item.id, column=None, confidence=0.0, evidence="unmatched")
        )
        for item in instrument.items
    )
    used = {c for one in mapped for c in (*one.taken, *one.candidates)}
    left = tuple(str(c) for c in raw.table.columns if c not in used)
    ignored = frozenset(given.ignore if given else ())
    return MappingResult(
        items=mapped,
        unmatched_columns=left,
        option_numbers={} if given is None else given.option_numbers,
        diagnostics=(
            *changed,
            *moved_columns(raw, given_before, mapped),
            *mapping_findings(raw, instrument, mapped, left=left, ignored=ignored),
        ),
    )


def _decided(
    raw: RawResponses, instrument: Instrument, given: ColumnMapping | None
) -> dict[str, MappedItem]:
    if given is None:
        return {}
    known = {item.id for item in instrument.items}
    strange = [item for item in (*given.columns, *given.ignore) if item not in known]
    if strange:
        raise ResponseError(
            *(
                diagnostic(
                    "UNKNOWN_ITEM",
                    where=Where(items=(item,)),
                    item=item,
                    instrument=instrument.id,
                )
                for item in strange
            )
        )
    refuse_unknown_columns(raw, given.columns.values())
    by_column: dict[str, list[str]] = defaultdict(list)
    for item, column in given.columns.items():
        by_column[column].append(item)
    for column, items in by_column.items():
        if len(items) > 1:
            where = Where(items=tuple(items), file=raw.source)
            raise ResponseError(diagnostic("COLUMN_USED_TWICE", where=where, column=column))
    return {
        item: MappedItem(item=item, column=column, confidence=1.0, evidence="given")
        for item, column in given.columns.items()
    }


def _one_pass(
    items: list[Item],
    found: dict[str, MappedItem],
    evidence: str,
    matches: Matches,
    *,
    keep_ties: bool = True,
) -> None:
    """Accept what fits one item and one column; keep ties as questions."""
    taken = {column for one in found.values() for column in one.taken}
    free = {
        item.id: [column for column in matches[item.id] if column not in taken]
        for item in items
        if item.id not in found
    }
    wanted: dict[str, list[str]] = defaultdict(list)
    for item_id, columns in free.items():
        for column in columns:
            wanted[column].append(item_id)
    for item_id, columns in free.items():
        if not columns:
            continue
        if len(columns) == 1 and len(wanted[columns[0]]) == 1:
            found[item_id] = MappedItem(
                item=item_id,
                column=columns[0],
                confidence=CONFIDENCE[evidence],
                evidence=evidence,
            )
        elif keep_ties:
            found[item_id] = MappedItem(
                item=item_id,
                column=None,
                confidence=0.0,
                evidence="ambiguous",
                candidates=tuple(columns),
            )


def _ticks(
    raw: RawResponses,
    instrument: Instrument,
    items: list[Item],
    found: dict[str, MappedItem],
    given: ColumnMapping | None,
) -> None:
    """Multiple-choice questions with one column a choice, before anything else takes them."""
    names = {c: k for k, c in _ids(raw, instrument).items()}
    for item in items:
        if item.type != "multiple":
            continue
        taken = {c for one in found.values() for c in one.taken} | set(names)
        split = choice_columns(raw, instrument, item, taken=taken)
        decided = given.choices.get(item.id) if given else None
        if decided:
            refuse_unknown_columns(raw, decided.values())
            text = None if split is None else split.text
            found[item.id] = MappedItem(
                item=item.id,
                column=None,
                confidence=1.0,
                evidence="given",
                parts=decided,
                text_column=text,
            )
            continue
        if split is not None:
            found[item.id] = MappedItem(
                item=item.id,
                column=None,
                confidence=CONFIDENCE[split.evidence],
                evidence=split.evidence,
                parts=split.parts,
                text_column=split.text,
                beside=split.joined,
            )


def _ids(raw: RawResponses, instrument: Instrument) -> dict[str, str]:
    """Columns that are named like an item that is no multiple-choice question."""
    single = {i.id for i in instrument.items if i.type != "multiple"}
    return {str(c): str(c) for c in raw.table.columns if str(c) in single}


def _by_content(
    raw: RawResponses,
    instrument: Instrument,
    items: list[Item],
    found: dict[str, MappedItem],
) -> None:
    """What stands in a column, then its place: for what names and texts leave open."""
    for evidence in ("answers", "position"):
        left = [item for item in items if item.id not in found]
        taken = {column for one in found.values() for column in one.taken}
        columns = [str(c) for c in raw.table.columns if str(c) not in taken]
        if not left or not columns or not found:
            return
        if evidence == "answers":
            matches = by_answers(raw, instrument, left, columns)
        else:
            placed = {name: one.taken[-1] for name, one in found.items() if one.taken}
            matches = by_position(raw, instrument, left, columns, placed)
        matches = {item.id: matches.get(item.id, []) for item in items}
        _one_pass(left, found, evidence, matches, keep_ties=evidence == "answers")
    for item in items:
        one = found.get(item.id)
        if one is not None and one.evidence == "position" and item.role == "indicator":
            # An indicator by its place alone would be a guess: it is asked.
            found[item.id] = MappedItem(
                item=item.id,
                column=None,
                confidence=0.0,
                evidence="ambiguous",
                candidates=one.taken,
            )
