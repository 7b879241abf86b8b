"""Qualtrics CSV and TSV: up to three header rows, answers as numbers or as words."""

from __future__ import annotations

import json
import re

import pandas as pd

from survey_engine.readers.content import Content
from survey_engine.readers.layouts.paradata import (
    PARTIAL,
    TEST,
    Told,
    column_of,
    flags,
    gathered,
)
from survey_engine.readers.layouts.table import Layout
from survey_engine.readers.source import SourceFile

_KNOWN = {
    "startdate", "enddate", "status", "ipaddress", "progress", "finished", "recordeddate",
    "responseid", "distributionchannel", "userlanguage", "responsetype", "_recordid",
}  # fmt: skip
_DERIVED = re.compile(
    r".*(?:_NPS_GROUP|_DO(?:_\d+)?|_First Click|_Last Click|_Page Submit|_Click Count)$"
)
# 1 preview, 2 test, 9 spam preview, 17 offline preview.
_STATUS = dict.fromkeys(
    (
        "1",
        "2",
        "9",
        "17",
        "survey preview",
        "survey test",
        "spam preview",
        "offline survey preview",
    ),
    TEST,
)
_UNFINISHED = dict.fromkeys(("0", "false", "falsch", "否"), PARTIAL)


def claims(content: Content) -> bool:
    """Four of the tool's own columns in one of the first three rows."""
    return any(_own(content, row) >= 4 for row in range(3)) and _names_response(content)


def _own(content: Content, row: int) -> int:
    return len(_KNOWN & {_folded(name) for name in _names(content.sheet.row(row))})


def _names_response(content: Content) -> bool:
    first = {_folded(name) for row in range(3) for name in _names(content.sheet.row(row))}
    return bool({"responseid", "_recordid"} & first)


def _folded(name: str) -> str:
    return "".join(name.casefold().split())


def _names(row: list[str]) -> list[str]:
    """Names of a header row; of the third one, the import ids in its JSON."""
    return [_import_id(cell) if cell.startswith("{") else cell for cell in row]


def _import_id(cell: str) -> str:
    try:
        found = json.loads(cell)
    except (ValueError, RecursionError):
        return cell
    return str(found.get("ImportId", cell)) if isinstance(found, dict) else cell


def layout(_source: SourceFile, content: Content) -> Layout:
    """Names from the first row, question texts from the second, as far as they are left."""
    sheet = content.sheet
    rows = [sheet.row(number) for number in range(3)]
    start = 1
    while start < 3 and (
        any(cell.startswith('{"ImportId"') for cell in rows[start])
        or (_own(content, start) >= 3 and not _has_dates(rows[start]))
    ):
        start += 1
    if start < 3 and any(cell.startswith('{"ImportId"') for cell in rows[2]):
        start = 3
    names = _names(rows[0])
    labels = {}
    if start > 1 and not rows[1][0].startswith("{"):
        labels = {
            name: text.replace(" - Selected Choice", "")
            for name, text in zip(names, rows[1], strict=True)
            if name and text and not _DERIVED.fullmatch(name)
        }
    return Layout(
        platform="qualtrics", names=names, labels=labels, start=start, paradata=_paradata
    )


def _has_dates(row: list[str]) -> bool:
    return any(re.match(r"\d{4}-\d\d-\d\d|\d{1,2}/\d{1,2}/\d{4}", cell) for cell in row)


def _paradata(table: pd.DataFrame) -> Told:
    out = gathered(
        table,
        respondent=("ResponseId", "_recordId"),
        started=("StartDate",),
        ended=("EndDate",),
        length=("Duration (in seconds)", "duration"),
        language=("UserLanguage",),
    )
    status = ["complete"] * len(table)
    for names, words in ((("Finished",), _UNFINISHED), (("Status", "Response Type"), _STATUS)):
        column = column_of(table, *names)
        if column is not None:
            told = flags(column, words)
            status = [
                new if new != "complete" else old for new, old in zip(told, status, strict=True)
            ]
    return {**out, "status": status}
