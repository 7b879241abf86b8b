"""A mapping kept for the next file of the same survey, and what changed since."""

from __future__ import annotations

from collections.abc import Sequence

from survey_engine.errors import Diagnostic, Where, diagnostic
from survey_engine.responses.mapping_result import ColumnMapping, MappedItem, MappingResult
from survey_engine.responses.survey_data import RawResponses

_SHOWN = 12


def mapping_to_save(raw: RawResponses, found: MappingResult) -> ColumnMapping:
    """The columns found in a file, to be edited and given again."""
    return ColumnMapping(
        columns=found.columns,
        choices={one.item: dict(one.parts) for one in found.items if one.parts},
        option_numbers=dict(found.option_numbers),
        platform=raw.platform,
        file_columns=tuple(map(str, raw.table.columns)),
    )


def carried_over(
    raw: RawResponses, given: ColumnMapping | None
) -> tuple[ColumnMapping | None, tuple[Diagnostic, ...]]:
    """A saved mapping without the columns that are gone, and COLUMNS_CHANGED.

    A mapping written by hand (without ``file_columns``) is returned as it is: a column it
    names must be there.
    """
    if given is None or not given.file_columns:
        return given, ()
    have, before = list(map(str, raw.table.columns)), list(given.file_columns)
    added = [c for c in have if c not in before]
    removed = [c for c in before if c not in have]
    if not added and not removed:
        return given, ()
    kept = {item: c for item, c in given.columns.items() if c in have}
    choices = {
        item: {k: c for k, c in parts.items() if c in have}
        for item, parts in given.choices.items()
    }
    told = diagnostic(
        "COLUMNS_CHANGED",
        where=Where(file=raw.source, items=(*added, *removed)),
        added=", ".join(added[:_SHOWN]) or "–",
        removed=", ".join(removed[:_SHOWN]) or "–",
    )
    changed = given.model_copy(
        update={"columns": kept, "choices": {i: of for i, of in choices.items() if of}}
    )
    return changed, (told,)


def moved_columns(
    raw: RawResponses, before: ColumnMapping | None, mapped: Sequence[MappedItem]
) -> tuple[Diagnostic, ...]:
    """MAPPED_COLUMN_MOVED for items whose saved column is gone and that have another."""
    if before is None or not before.file_columns:
        return ()
    have = set(map(str, raw.table.columns))
    return tuple(
        diagnostic(
            "MAPPED_COLUMN_MOVED",
            where=Where(items=(one.item,), file=raw.source),
            column=old,
            found=one.column,
        )
        for one in mapped
        if (old := before.columns.get(one.item)) not in have
        and old is not None
        and one.column is not None
    )
