"""Excel workbooks (.xlsx): values only, one sheet, sizes checked before reading."""

from __future__ import annotations

import io
import warnings
import zipfile
import zlib
from collections.abc import Iterator
from typing import Any

from survey_engine.errors import Diagnostic, Where, diagnostic
from survey_engine.readers.source import (
    MAX_CELLS,
    MAX_COLUMNS,
    SourceFile,
    checked_table,
)
from survey_engine.responses.survey_data import RawResponses

MAX_UNPACKED = 500 * 2**20
MAX_RATIO = 200
# Below this a high ratio is harmless: an empty style sheet packs very well.
_RATIO_MATTERS = 20 * 2**20
_BLANK_RUN = 10_000
# What openpyxl and the zip and XML libraries under it raise on damaged sheets.
_BROKEN = (
    ValueError, TypeError, KeyError, IndexError, AttributeError, SyntaxError, EOFError,
    OSError, RuntimeError, zipfile.BadZipFile, zlib.error,
)  # fmt: skip


def claims(source: SourceFile) -> bool:
    """Zip archives; the other zip formats are refused before."""
    return source.content.startswith(b"PK\x03\x04")


def read(source: SourceFile, *, sheet: str | None = None) -> RawResponses:
    """Read one sheet of a workbook; numbers stay numbers, dates stay dates.

    Parameters
    ----------
    source : SourceFile
    sheet : str or None
        None takes the first sheet that holds rows, and says so if there are several.

    Raises
    ------
    ResponseError
        UNREADABLE_FILE, FILE_TOO_LARGE, TABLE_TOO_LARGE, SHEET_NOT_FOUND, EMPTY_FILE and
        those of
        `checked_table`.
    """
    _check_sizes(source)
    name, rows, found = _sheet_rows(source, sheet)
    header, records = _header_and_records(rows)
    table, told = checked_table(source, header, records)
    return RawResponses(
        table=table,
        platform="xlsx",
        source=source.name,
        sha256=source.sha256,
        diagnostics=(*found, *told),
        separator=None,
        encoding=None,
        labels={},
        sheet=name,
    )


def _sheet_rows(
    source: SourceFile, sheet: str | None
) -> tuple[str, list[tuple[Any, ...]], tuple[Diagnostic, ...]]:
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
            return _choose(source, book, sheet)
        finally:
            book.close()


def _check_sizes(source: SourceFile) -> None:
    """Refuse zip bombs by the declared sizes, before anything is unpacked."""
    try:
        with zipfile.ZipFile(io.BytesIO(source.content)) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, NotImplementedError) as problem:
        raise source.refuse("UNREADABLE_FILE", reason="zip", line=None) from problem
    total = sum(member.file_size for member in members)
    packed = max(1, sum(member.compress_size for member in members))
    if total > MAX_UNPACKED or (total > _RATIO_MATTERS and total > MAX_RATIO * packed):
        raise source.refuse("FILE_TOO_LARGE", size=total // 2**20, limit=MAX_UNPACKED // 2**20)


def _choose(
    source: SourceFile, book: Any, sheet: str | None
) -> tuple[str, list[tuple[Any, ...]], tuple[Diagnostic, ...]]:
    names = [one.title for one in book.worksheets]
    if sheet is not None and sheet not in names:
        raise source.refuse("SHEET_NOT_FOUND", sheet=sheet, sheets=", ".join(names))
    for name in names if sheet is None else [sheet]:
        rows = list(_rows(source, book[name]))
        if rows:
            break
    else:
        raise source.refuse("EMPTY_FILE")
    if sheet is None and len(names) > 1:
        others = ", ".join(other for other in names if other != name)
        told = diagnostic(
            "SHEET_CHOSEN", where=Where(file=source.name), sheet=name, others=others
        )
        return name, rows, (told,)
    return name, rows, ()


def _rows(source: SourceFile, sheet: Any) -> Iterator[tuple[Any, ...]]:
    """Rows of cell values; the sheet's declared dimension is not trusted."""
    sheet.reset_dimensions()
    cells = blank = 0
    try:
        for row in sheet.iter_rows(values_only=True):
            cells += len(row)
            if cells > MAX_CELLS or len(row) > MAX_COLUMNS:
                raise source.refuse("TABLE_TOO_LARGE", size=cells, limit=MAX_CELLS)
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


def _header_and_records(
    rows: list[tuple[Any, ...]],
) -> tuple[list[str], list[list[object]]]:
    first = next(
        i for i, row in enumerate(rows) if any(_value(cell) is not None for cell in row)
    )
    header = ["" if cell is None else str(cell) for cell in rows[first]]
    records = [[_value(cell) for cell in row] for row in rows[first + 1 :]]
    width = max([len(header), *(len(record) for record in records)])
    header += [""] * (width - len(header))
    return header, [record + [None] * (width - len(record)) for record in records]


def _value(cell: object) -> object:
    """A cell's value; text of spaces only is an empty cell."""
    if isinstance(cell, str) and not cell.strip():
        return None
    return cell
