"""What a mapping has to tell and to ask."""

from __future__ import annotations

from survey_engine.errors import Diagnostic, Where, diagnostic
from survey_engine.instrument.model import Instrument
from survey_engine.responses.mapping_result import SURE, MappedItem
from survey_engine.responses.survey_data import RawResponses

# More questions than this are no questions any more: the mapping file answers them.
MOST_QUESTIONS = 5


def mapping_findings(
    raw: RawResponses,
    instrument: Instrument,
    mapped: tuple[MappedItem, ...],
    *,
    left: tuple[str, ...],
    ignored: frozenset[str],
) -> tuple[Diagnostic, ...]:
    """NO_ITEM_MATCHED, AMBIGUOUS_MAPPING, ITEM_NOT_FOUND, MAPPING_UNSURE ... of a mapping."""
    found: list[Diagnostic] = []
    missing = [one.item for one in mapped if one.evidence == "unmatched"]
    if not any(one.matched or one.candidates for one in mapped):
        names = ", ".join(left[:8])
        where = Where(items=left, file=raw.source)
        return (
            diagnostic(
                "NO_ITEM_MATCHED",
                where=where,
                source=raw.source,
                instrument=instrument.id,
                known=names,
            ),
        )
    unclear = [one for one in mapped if one.evidence == "ambiguous"]
    found += [
        diagnostic(
            "AMBIGUOUS_MAPPING",
            where=Where(items=(one.item,), file=raw.source),
            item=one.item,
            candidates=", ".join(one.candidates),
        )
        for one in unclear[:MOST_QUESTIONS]
    ]
    if len(unclear) > MOST_QUESTIONS:
        where = Where(items=tuple(one.item for one in unclear), file=raw.source)
        found.append(diagnostic("TOO_MANY_QUESTIONS", where=where, n=len(unclear)))
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
                found=", ".join(f"{one.item} ← {', '.join(one.taken)}" for one in unsure),
            )
        )
    if left:
        found.append(
            diagnostic(
                "UNMATCHED_COLUMNS", where=Where(items=left, file=raw.source), n=len(left)
            )
        )
    return tuple(found)
