"""Tables no tool marks as its own: CSV, and workbooks with titles, groups and totals."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import pandas as pd

from survey_engine.errors import Diagnostic, Where, diagnostic
from survey_engine.readers.content import Content, Sheet
from survey_engine.readers.layouts.headers import plain_text
from survey_engine.readers.layouts.paradata import PARTIAL, TEST, Told, column_of, gathered
from survey_engine.readers.layouts.table import Layout
from survey_engine.readers.source import SourceFile
from survey_engine.responses.text import cell_text, number_of

_HEADER_WITHIN = 20
_FULL = 0.8
_TOTAL = re.compile(
    r"(?:grand )?(?:total|mean|average|sum|median|std\.?|sd|base|count|n|top.?2.*|mittelwert|"
    r"durchschnitt|summe|gesamt|basis|合计|总计|总数|平均.*|均值|标准差|小计|样本量)\s*[:=：]?.*",
    re.IGNORECASE,
)
_COMPLETE_WORDS = {
    "complete",
    "completed",
    "finished",
    "1",
    "1.0",
    "true",
    "yes",
    "完成",
    "已完成",
}
_OTHER_WORDS = {
    "partial": PARTIAL, "incomplete": PARTIAL, "unfinished": PARTIAL, "started": PARTIAL,
    "abgebrochen": PARTIAL, "未完成": PARTIAL, "test": TEST, "preview": TEST,
}  # fmt: skip


def claims(content: Content) -> bool:
    """Whatever no tool claims."""
    return bool(content.sheets)


def layout(source: SourceFile, content: Content) -> Layout:
    """The header is the first full row of words; titles, totals and notes are left out."""
    sheet = content.sheet
    head = _header_row(sheet)
    names = [
        plain_text(cell) if content.kind == "workbook" else cell for cell in sheet.row(head)
    ]
    groups = _groups(sheet, head)
    foot = _foot(sheet, head) if content.kind == "workbook" or head > 0 else []
    return Layout(
        platform="csv" if content.kind == "text" else "xlsx",
        names=names,
        start=head + 1,
        leave_out=frozenset(foot),
        paradata=own_paradata,
        groups={name: groups[j] for j, name in enumerate(names) if name and groups[j]},
        notes=_notes(source, sheet, head, names, foot),
    )


def _filled(sheet: Sheet, rows: int) -> list[int]:
    return [int(n) for n in pd.notna(sheet.cells[:rows]).sum(axis=1)]


def _header_row(sheet: Sheet) -> int:
    """The first row, unless it is clearly a title or a row of group names."""
    filled = _filled(sheet, _HEADER_WITHIN + 10)
    first = next((i for i, n in enumerate(filled) if n), 0)
    most = max(filled, default=0)
    if filled[first] >= _FULL * most:
        return first
    for number in range(first + 1, min(_HEADER_WITHIN, len(filled))):
        cells = [cell for cell in sheet.row(number) if cell]
        words = sum(number_of(cell_text(cell)) is None for cell in cells)
        if len(cells) >= _FULL * most and words >= _FULL * len(cells):
            return number
    return first


def _groups(sheet: Sheet, head: int) -> list[str]:
    """Titles above the header by column: merged cells reach over all they cover."""
    width = int(sheet.cells.shape[1])
    if head == 0 or sum(bool(cell) for cell in sheet.row(head - 1)) < 2:
        return [""] * width
    out = sheet.row(head - 1)
    for row, column, _, last in sheet.merged:
        if row == head - 1:
            out[column : last + 1] = [out[column]] * (last + 1 - column)
    return out


def _foot(sheet: Sheet, head: int) -> list[int]:
    """Rows at the end that are totals or notes, no responses."""
    cells = sheet.cells
    out: list[int] = []
    for number in range(cells.shape[0] - 1, head, -1):
        filled = [cell for cell in cells[number] if cell is not None]
        if not filled:
            continue
        text = cell_text(filled[0])
        lonely = len(filled) == 1 and cells.shape[1] > 3 and number_of(text) is None
        if not lonely and not (isinstance(filled[0], str) and _TOTAL.fullmatch(text)):
            break
        out.append(number)
    # A lonely text in the last row may be a person who answered nothing; both are no data.
    return out


def _notes(
    source: SourceFile, sheet: Sheet, head: int, names: Sequence[str], foot: Sequence[int]
) -> tuple[Diagnostic, ...]:
    found: list[Diagnostic] = []
    titles = [cell for row in range(head) for cell in sheet.row(row) if cell]
    if titles:
        where = Where(file=source.name, line=head + 1)
        said = "; ".join(titles[:3])[:120]
        found.append(diagnostic("TITLE_ROWS_LEFT_OUT", where=where, n=head, found=said))
    if foot:
        where = Where(file=source.name, rows=tuple(sorted(n - head for n in foot)))
        said = "; ".join(next(c for c in sheet.row(n) if c)[:40] for n in sorted(foot)[:5])
        found.append(diagnostic("FOOT_ROWS_LEFT_OUT", where=where, n=len(foot), found=said))
    hidden = tuple(names[j] for j in sheet.hidden if j < len(names) and names[j])
    if hidden:
        where = Where(file=source.name, items=hidden)
        found.append(diagnostic("HIDDEN_COLUMNS_READ", where=where, n=len(hidden)))
    return tuple(found)


def own_paradata(table: pd.DataFrame) -> Told:
    """Paradata from columns with the usual names, where their cells bear the name out."""
    out = gathered(
        table,
        started=("start", "started", "startdate", "start_date", "start_time", "date", "datum"),
        ended=("end", "ended", "enddate", "end_date", "end_time", "submitdate"),
        length=("duration", "duration_s", "seconds", "interviewtime", "dauer"),
    )
    for name in ("started", "ended", "seconds"):
        values = out.get(name)
        if values is not None and sum(v is not None for v in values) * 2 <= len(table):
            del out[name]
    status = _status(table)
    return out if status is None else {**out, "status": status}


def _status(table: pd.DataFrame) -> list[str] | None:
    """A column of completion words, if every cell is one of them."""
    column = column_of(table, "status", "complete", "completed", "finished")
    if column is None:
        return None
    words = [cell_text(cell).casefold() for cell in column]
    if np.all(
        [
            word in _OTHER_WORDS or word in _COMPLETE_WORDS | {"0", "0.0", "false", "no"}
            for word in words
        ]
    ):
        return [
            _OTHER_WORDS.get(w, "complete" if w in _COMPLETE_WORDS else PARTIAL) for w in words
        ]
    return None
