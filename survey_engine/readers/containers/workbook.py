"""Excel workbooks (.xlsx): values only, sizes checked before reading."""

from __future__ import annotations

import io
import re
import warnings
import zipfile
import zlib
from collections.abc import Iterator
from typing import Any

from survey_engine.errors import Diagnostic, Where, diagnostic
from survey_engine.readers.containers.zip_sizes import check_sizes
from survey_engine.readers.content import Content, Sheet, grid
from survey_engine.readers.source import MAX_CELLS, MAX_COLUMNS, SourceFile

_BLANK_RUN = 10_000
# What openpyxl and the zip and XML libraries under it raise on damaged sheets.
_BROKEN = (
    ValueError, TypeError, KeyError, IndexError, AttributeError, SyntaxError, EOFError,
    OSError, RuntimeError, zipfile.BadZipFile, zlib.error,
)  # fmt: skip
_HIDDEN = re.compile(rb"<col\b[^>]{0,300}>")
_ATTRIBUTE = re.compile(rb'\b(min|max|hidden)="([^"]{1,10})"')
_MERGED = re.compile(rb'<mergeCell ref="([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})"')
_DOCTYPE = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_MOST_MERGED = 10_000


def claims(source: SourceFile) -> bool:
    """Zip archives; the other zip formats are refused before."""
    return source.content.startswith(b"PK\x03\x04")


def parse(source: SourceFile, *, sheet: str | None = None) -> Content:
    """Read the sheets of a workbook; numbers stay numbers, dates stay dates.

    Formulas count with the value the program that saved the file had computed; macros,
    links and styles are not looked at.

    Parameters
    ----------
    source : SourceFile
    sheet : str or None
        None takes the first sheet that holds rows, and says so if there are several.

    Raises
    ------
    ResponseError
        UNREADABLE_FILE, TRUNCATED_FILE, FILE_TOO_LARGE, TABLE_TOO_LARGE, UNSAFE_XML,
        SHEET_NOT_FOUND, EMPTY_FILE.
    """
    check_sizes(source)
    _refuse_entities(source)
    import openpyxl

    with warnings.catch_warnings():
        # openpyxl warns of styles, validations and extensions it leaves out: not data.
        warnings.filterwarnings("ignore", category=UserWarning, module="openpyxl")
        try:
            book = openpyxl.load_workbook(
                io.BytesIO(source.content), read_only=True, data_only=True, keep_links=False
            )
        except Exception as problem:
            reason = type(problem).__name__
            raise source.refuse("UNREADABLE_FILE", reason=reason, line=None) from problem
        try:
            sheets, notes = _chosen(source, book, sheet)
        finally:
            book.close()
    return Content(kind="workbook", sheets=sheets, notes=notes)


def _refuse_entities(source: SourceFile) -> None:
    """No part of a workbook needs a document type; entity bombs do."""
    with zipfile.ZipFile(io.BytesIO(source.content)) as archive:
        for member in archive.infolist():
            if not member.filename.endswith((".xml", ".rels")):
                continue
            try:
                with archive.open(member) as part:
                    head = part.read(4096)
            except _BROKEN as problem:
                reason = type(problem).__name__
                raise source.refuse("UNREADABLE_FILE", reason=reason, line=None) from problem
            if _DOCTYPE.search(head) or _DOCTYPE.search(head.replace(b"\x00", b"")):
                raise source.refuse("UNSAFE_XML", part=member.filename[:80])


def _chosen(
    source: SourceFile, book: Any, wanted: str | None
) -> tuple[tuple[Sheet, ...], tuple[Diagnostic, ...]]:
    """The sheet to read first, then the others that hold rows."""
    names = [one.title for one in book.worksheets]
    if wanted is not None and wanted not in names:
        raise source.refuse("SHEET_NOT_FOUND", sheet=wanted, sheets=", ".join(names))
    order = names if wanted is None else [wanted]
    budget = [MAX_CELLS]
    found = [one for name in order if (one := _sheet(source, book[name], budget)) is not None]
    if not found:
        raise source.refuse("EMPTY_FILE")
    if wanted is not None or len(names) == 1:
        return tuple(found), ()
    others = ", ".join(other for other in names if other != found[0].name)
    where = Where(file=source.name)
    told = diagnostic("SHEET_CHOSEN", where=where, sheet=found[0].name, others=others)
    return tuple(found), (told,)


def _sheet(source: SourceFile, sheet: Any, budget: list[int]) -> Sheet | None:
    rows = [[_value(cell) for cell in row] for row in _rows(source, sheet, budget)]
    width = max((len(row) for row in rows), default=0)
    if not width or not any(cell is not None for row in rows for cell in row):
        return None
    merged, hidden = _shape(source, getattr(sheet, "_worksheet_path", ""))
    return Sheet(name=sheet.title, cells=grid(rows, width), merged=merged, hidden=hidden)


def _rows(source: SourceFile, sheet: Any, budget: list[int]) -> Iterator[tuple[Any, ...]]:
    """Rows of cell values; the sheet's declared dimension is not trusted."""
    blank = 0
    try:
        sheet.reset_dimensions()
        for row in sheet.iter_rows(values_only=True):
            budget[0] -= len(row)
            if budget[0] < 0 or len(row) > MAX_COLUMNS:
                raise source.refuse(
                    "TABLE_TOO_LARGE", size=MAX_CELLS - budget[0], limit=MAX_CELLS
                )
            if all(cell is None for cell in row):
                blank += 1
                continue
            # Formatted blank rows at the end are usual; content far below them is not.
            if blank > _BLANK_RUN:
                raise source.refuse("TABLE_TOO_LARGE", size=blank * len(row), limit=MAX_CELLS)
            yield from ((),) * blank
            blank = 0
            yield row
    except _BROKEN as problem:
        raise source.refuse(
            "UNREADABLE_FILE", reason=type(problem).__name__, line=None
        ) from problem


def _value(cell: object) -> object:
    """A cell's value; text of spaces only is an empty cell."""
    if isinstance(cell, str) and not cell.strip():
        return None
    return cell


def _shape(
    source: SourceFile, path: str
) -> tuple[tuple[tuple[int, int, int, int], ...], tuple[int, ...]]:
    """Merged ranges and hidden columns, which the streaming reader leaves out."""
    try:
        with zipfile.ZipFile(io.BytesIO(source.content)) as archive:
            xml = archive.read(path.lstrip("/"))
    except _BROKEN:
        return (), ()
    merged = tuple(
        (int(r0) - 1, _column(c0), int(r1) - 1, _column(c1))
        for c0, r0, c1, r1 in _MERGED.findall(xml)[:_MOST_MERGED]
    )
    hidden: list[int] = []
    for tag in _HIDDEN.findall(xml[: xml.find(b"<sheetData") + 1]):
        of = dict(_ATTRIBUTE.findall(tag))
        if of.get(b"hidden") in (b"1", b"true") and of.get(b"min", b"").isdigit():
            first, last = int(of[b"min"]), int(of.get(b"max", of[b"min"]))
            hidden += range(first - 1, min(last, MAX_COLUMNS))
    return merged, tuple(hidden)


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number - 1
