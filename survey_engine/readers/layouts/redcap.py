"""REDCap exports, raw or with labels, longitudinal and repeated instruments."""

from __future__ import annotations

import re

import pandas as pd

from survey_engine.errors import Diagnostic, Where, diagnostic
from survey_engine.readers.content import Content
from survey_engine.readers.layouts.headers import folded, plain_text
from survey_engine.readers.layouts.paradata import PARTIAL, Told, column_of, flags, gathered
from survey_engine.readers.layouts.table import Layout
from survey_engine.readers.source import SourceFile
from survey_engine.responses.text import cell_text

_TICK = re.compile(r"\w+___\w+")
_CHOICE = re.compile(r".*\(choice=.*\)", re.DOTALL)
_OWN = frozenset(
    {
        "redcap_event_name", "redcap_repeat_instrument", "redcap_repeat_instance",
        "redcap_survey_identifier", "redcap_data_access_group", "survey identifier",
        "event name", "repeat instrument", "repeat instance", "survey timestamp", "complete?",
    }
)  # fmt: skip
_INCOMPLETE = dict.fromkeys(("0", "incomplete", "unvollständig"), PARTIAL)


def claims(content: Content) -> bool:
    """A record id first, with the tool's own columns or its way of writing ticks."""
    first = folded(content.sheet.row(0))
    ticks = any(_TICK.fullmatch(name) or _CHOICE.fullmatch(name) for name in first)
    complete = any(name.endswith("_complete") or name == "complete?" for name in first)
    own = bool(_OWN & set(first))
    record = bool(first) and first[0] in ("record_id", "record id", "study_id", "study id")
    return (record and (own or ticks or complete)) or (complete and (own or ticks))


def layout(source: SourceFile, content: Content) -> Layout:
    """Headers are field names or labels; two fields may share a label."""
    names = [plain_text(cell) for cell in content.sheet.row(0)]
    lower = folded(names)
    where = Where(file=source.name)
    events = _distinct(content, lower, ("redcap_event_name", "event name"))
    repeats = _distinct(content, lower, ("redcap_repeat_instrument", "repeat instrument"))
    notes: list[Diagnostic] = []
    if len(events) > 1:
        notes.append(diagnostic("REDCAP_EVENTS", where=where, found=", ".join(events[:8])))
    if repeats:
        notes.append(diagnostic("REDCAP_REPEATS", where=where, found=", ".join(repeats[:8])))
    return Layout(
        platform="redcap",
        names=names,
        labels={name: name for name in names if name},
        paradata=_paradata,
        repeated_names=True,
        traits=frozenset({"zero_is_blank"}),
        notes=tuple(notes),
    )


def _distinct(content: Content, header: list[str], names: tuple[str, ...]) -> list[str]:
    """What stands in the first of the named columns, sorted."""
    at = next((j for j, name in enumerate(header) if name in names), None)
    if at is None:
        return []
    return sorted({cell_text(cell) for cell in content.sheet.cells[1:, at]} - {""})


def _paradata(table: pd.DataFrame) -> Told:
    stamps = [c for c in table.columns if str(c).endswith("_timestamp")]
    out = gathered(
        table, respondent=("record_id", "Record ID"), ended=(*stamps, "Survey Timestamp")
    )
    event = column_of(table, "redcap_event_name", "Event Name")
    if event is not None and "respondent" in out:
        parts = zip(out["respondent"], event, strict=True)
        out["respondent"] = [f"{who} / {cell_text(when)}" for who, when in parts]
    done = [c for c in table.columns if str(c).endswith("_complete") or str(c) == "Complete?"]
    if len(done) == 1:
        out["status"] = flags(table[done[0]], _INCOMPLETE)
    return out
