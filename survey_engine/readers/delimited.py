"""Delimited text: CSV with any separator and encoding."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator
from itertools import islice

from survey_engine.errors import Diagnostic, ResponseError, Where, diagnostic
from survey_engine.readers.decode import decode
from survey_engine.readers.source import MAX_COLUMNS, SourceFile, checked_table
from survey_engine.responses.survey_data import RawResponses

SEPARATORS = (",", ";", "\t", "|")
_TRIED_RECORDS = 200
_SHOWN_ROWS = 50


def claims(source: SourceFile) -> bool:
    """Text is what no other reader claims."""
    return bool(source.content)


def read(source: SourceFile, *, sheet: str | None = None) -> RawResponses:
    """Read a delimited text file; cells stay text, None where empty.

    Raises
    ------
    ResponseError
        EMPTY_FILE, NO_DATA_ROWS, DUPLICATE_COLUMN, HEADER_UNCLEAR, RAGGED_ROWS,
        NUL_BYTES, UNREADABLE_ENCODING, UNREADABLE_FILE; SHEET_NOT_FOUND if a sheet is
        asked of a file that has none.
    """
    if sheet is not None:
        raise source.refuse("SHEET_NOT_FOUND", sheet=sheet, sheets="—")
    decoded = decode(source)
    text = decoded.text.replace("\r\n", "\n").replace("\r", "\n")
    if not text.strip():
        raise source.refuse("EMPTY_FILE")
    declared, text = _declared_separator(text)
    separator = declared or _separator(source, text)
    header, records = _records(source, text, separator)
    rows = _even(source, header, records)
    table, found = checked_table(source, header, rows)
    if decoded.guessed:
        found = (_guessed(source, decoded.encoding, decoded.sample), *found)
    return RawResponses(
        table=table,
        platform="csv",
        source=source.name,
        sha256=source.sha256,
        encoding=decoded.encoding,
        separator=separator,
        diagnostics=found,
    )


def _guessed(source: SourceFile, encoding: str, sample: str) -> Diagnostic:
    where = Where(file=source.name)
    return diagnostic("ENCODING_GUESSED", where=where, encoding=encoding, sample=sample)


def _declared_separator(text: str) -> tuple[str | None, str]:
    """Excel's first line ``sep=;``, taken off the text."""
    first, _, rest = text.partition("\n")
    if first.lower().startswith("sep=") and len(first) == 5:
        return first[4], rest
    return None, text


def _separator(source: SourceFile, text: str) -> str:
    """The separator under which most records have as many cells as the header."""
    best, best_score = ",", (0.0, 0)
    for separator in SEPARATORS:
        widths = [len(r) for r in islice(_reader(source, text, separator), _TRIED_RECORDS) if r]
        if not widths or widths[0] < 2:
            continue
        agreeing = Counter(widths)[widths[0]] / len(widths)
        score = (round(agreeing, 1), widths[0])
        if score > best_score:
            best, best_score = separator, score
    return best


def _reader(source: SourceFile, text: str, separator: str) -> Iterator[list[str]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    try:
        yield from reader
    except csv.Error as problem:
        # A cell beyond 128 KB: nearly always a quotation mark that is never closed.
        raise source.refuse(
            "UNREADABLE_FILE", reason=str(problem), line=reader.line_num
        ) from problem


def _records(
    source: SourceFile, text: str, separator: str
) -> tuple[list[str], list[list[str]]]:
    lines = _reader(source, text, separator)
    header: list[str] = next(
        (record for record in lines if any(cell.strip() for cell in record)), []
    )
    if len(header) > MAX_COLUMNS:
        raise source.refuse("TABLE_TOO_LARGE", size=len(header), limit=MAX_COLUMNS)
    return [cell.strip() for cell in header], list(lines)


def _even(
    source: SourceFile, header: list[str], records: list[list[str]]
) -> list[list[str | None]]:
    """Rows of the header's length; empty cells at the end may be too many, never answers."""
    width = len(header)
    ragged: list[int] = []
    rows: list[list[str | None]] = []
    for number, record in enumerate(records, start=1):
        cells = [cell if cell.strip() else None for cell in record]
        over = cells[width:]
        if (cells and len(cells) < width and any(cells)) or any(c is not None for c in over):
            ragged.append(number)
        rows.append((cells + [None] * width)[:width])
    if ragged:
        raise ResponseError(
            diagnostic(
                "RAGGED_ROWS",
                where=Where(rows=tuple(ragged[:_SHOWN_ROWS]), file=source.name),
                n=len(ragged),
                columns=width,
            )
        )
    return rows
