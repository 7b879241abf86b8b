"""Which column of the file is which item: by id, alias, then question text; never a guess."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, Field

from survey_engine.errors import Diagnostic, ResponseError, Where, diagnostic
from survey_engine.instrument.model import Instrument, Item
from survey_engine.responses.findings import refuse_unknown_columns
from survey_engine.responses.matching import Matches, passes
from survey_engine.responses.survey_data import RawResponses

# Confidence by evidence; everything at or above the bar is used, ties are asked.
CONFIDENCE: dict[str, float] = {
    "given": 1.0,
    "id": 1.0,
    "alias": 0.98,
    "id_ignoring_case": 0.95,
    "question_text": 0.90,
    "short_label": 0.80,
    "question_text_within": 0.70,
    "unmatched": 0.0,
}
# Below this a match is used and shown for confirmation.
SURE = 0.85


class ColumnMapping(BaseModel):
    """Columns of a file by item id, as a person writes it in a mapping file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    columns: dict[str, str] = Field(description="column in the file by item id")
    ignore: tuple[str, ...] = Field(default=(), description="items not to look for")


@dataclass(frozen=True, kw_only=True)
class MappedItem:
    """One item's column, how sure that is, and why.

    Attributes
    ----------
    item : str
    column : str or None
    confidence : float
        0 (no column) to 1 (given, or the id itself).
    evidence : str
        A key of `CONFIDENCE`, or ``"ambiguous"``.
    candidates : tuple[str, ...]
        The columns that fit equally well, when ambiguous.
    """

    item: str
    column: str | None
    confidence: float
    evidence: str
    candidates: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class MappingResult:
    """Every item with its column, the columns left over, and what to ask."""

    items: tuple[MappedItem, ...]
    unmatched_columns: tuple[str, ...]
    diagnostics: tuple[Diagnostic, ...] = ()

    @property
    def columns(self) -> dict[str, str]:
        """Column by item id, matched items only."""
        return {one.item: one.column for one in self.items if one.column is not None}


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
    decided = _decided(raw, instrument, given)
    open_items = [
        item
        for item in instrument.items
        if item.id not in decided and not (given and item.id in given.ignore)
    ]
    found = dict(decided)
    for evidence, matches in passes(raw, instrument):
        _one_pass(open_items, found, evidence, matches)
    mapped = tuple(
        found.get(
            item.id, MappedItem(item=item.id, column=None, confidence=0.0, evidence="unmatched")
        )
        for item in instrument.items
    )
    used = {one.column for one in mapped} | {c for one in mapped for c in one.candidates}
    left = tuple(str(c) for c in raw.table.columns if c not in used)
    ignored = frozenset(given.ignore if given else ())
    return MappingResult(
        items=mapped,
        unmatched_columns=left,
        diagnostics=_diagnostics(raw, instrument, mapped, left=left, ignored=ignored),
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
    items: list[Item], found: dict[str, MappedItem], evidence: str, matches: Matches
) -> None:
    """Accept what fits one item and one column; keep ties as questions."""
    taken = {one.column for one in found.values() if one.column is not None}
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
        else:
            found[item_id] = MappedItem(
                item=item_id,
                column=None,
                confidence=0.0,
                evidence="ambiguous",
                candidates=tuple(columns),
            )


def _diagnostics(
    raw: RawResponses,
    instrument: Instrument,
    mapped: tuple[MappedItem, ...],
    *,
    left: tuple[str, ...],
    ignored: frozenset[str],
) -> tuple[Diagnostic, ...]:
    found: list[Diagnostic] = []
    missing = [one.item for one in mapped if one.evidence == "unmatched"]
    if not any(one.column or one.candidates for one in mapped):
        names = ", ".join(left[:8])
        where = Where(file=raw.source)
        return (
            diagnostic(
                "NO_ITEM_MATCHED",
                where=where,
                source=raw.source,
                instrument=instrument.id,
                known=names,
            ),
        )
    found += [
        diagnostic(
            "AMBIGUOUS_MAPPING",
            where=Where(items=(one.item,), file=raw.source),
            item=one.item,
            candidates=", ".join(one.candidates),
        )
        for one in mapped
        if one.evidence == "ambiguous"
    ]
    needed = {item.id for item in instrument.items if item.construct_name is not None} - ignored
    groups = (
        ("ITEM_NOT_FOUND", tuple(item for item in missing if item in needed)),
        ("OPTIONAL_ITEM_NOT_FOUND", tuple(item for item in missing if item not in needed)),
    )
    for code, items in groups:
        if items:
            found.append(
                diagnostic(code, where=Where(items=items, file=raw.source), n=len(items))
            )
    unsure = [one for one in mapped if 0 < one.confidence < SURE]
    if unsure:
        found.append(
            diagnostic(
                "MAPPING_UNSURE",
                where=Where(items=tuple(one.item for one in unsure), file=raw.source),
                found=", ".join(f"{one.item} ← {one.column}" for one in unsure),
            )
        )
    if left:
        found.append(
            diagnostic(
                "UNMATCHED_COLUMNS", where=Where(items=left, file=raw.source), n=len(left)
            )
        )
    return tuple(found)
