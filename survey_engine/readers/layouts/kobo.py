"""KoboToolbox and ODK: ``group/name`` headers, submission columns at the end."""

from __future__ import annotations

import pandas as pd

from survey_engine.errors import Diagnostic, Where, diagnostic
from survey_engine.readers.content import Content
from survey_engine.readers.layouts.headers import plain_text
from survey_engine.readers.layouts.paradata import Told, gathered
from survey_engine.readers.layouts.table import Layout
from survey_engine.readers.source import SourceFile

_OWN = frozenset(
    {"_uuid", "_submission_time", "meta/instanceID", "KEY", "_index", "__version__"}
)
_PARENT = frozenset({"_parent_index", "_submission__id", "PARENT_KEY"})


def claims(content: Content) -> bool:
    """Two of the submission columns."""
    first = {name.strip() for name in content.sheet.row(0)}
    return len(_OWN & first) >= 2 and ("_id" in first or "KEY" in first or "_uuid" in first)


def layout(source: SourceFile, content: Content) -> Layout:
    """Headers are names or labels, with the path of their groups before a slash."""
    names = [plain_text(cell) for cell in content.sheet.row(0)]
    return Layout(
        platform="kobotoolbox",
        names=names,
        labels={name: name.rsplit("/", 1)[-1] for name in names if name},
        paradata=_paradata,
        repeated_names=True,
        traits=frozenset({"space_joined"}),
        notes=_notes(source, content, names),
    )


def _notes(source: SourceFile, content: Content, names: list[str]) -> tuple[Diagnostic, ...]:
    where = Where(file=source.name)
    repeats = [one.name for one in content.sheets[1:] if _PARENT & set(one.row(0))]
    found: list[Diagnostic] = []
    if repeats:
        found.append(diagnostic("REPEATS_LEFT_OUT", where=where, sheets=", ".join(repeats)))
    if "__version__" in names:
        column = content.sheet.cells[1:, names.index("__version__")]
        versions = {str(cell) for cell in column if cell is not None}
        if len(versions) > 1:
            found.append(diagnostic("FORM_VERSIONS_MIXED", where=where, n=len(versions)))
    return tuple(found)


def _paradata(table: pd.DataFrame) -> Told:
    return gathered(
        table,
        respondent=("_uuid", "KEY", "_id"),
        started=("start", "starttime"),
        ended=("end", "endtime", "_submission_time", "SubmissionDate"),
    )
