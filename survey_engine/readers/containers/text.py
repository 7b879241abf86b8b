"""Delimited text: CSV with any separator and encoding."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from itertools import islice

from survey_engine.errors import Diagnostic, Where, diagnostic
from survey_engine.readers.containers.decode import decode
from survey_engine.readers.content import Content, Sheet, grid
from survey_engine.readers.source import MAX_CELLS, MAX_COLUMNS, SourceFile

SEPARATORS = (",", ";", "\t", "|")
_TRIED_RECORDS = 200
# Titles above a table are short rows at the very start.
_TITLE_ROWS = 10
# A cell may hold this much text; a quotation mark never closed holds more.
MAX_FIELD = 10 * 2**20


def claims(source: SourceFile) -> bool:
    """Text is what no other container claims."""
    return bool(source.content)


def parse(source: SourceFile, *, sheet: str | None = None) -> Content:
    """Split a delimited text file; cells stay text, None where empty.

    Raises
    ------
    ResponseError
        EMPTY_FILE, TABLE_TOO_LARGE, NUL_BYTES, UNREADABLE_ENCODING, UNREADABLE_FILE;
        SHEET_NOT_FOUND if a sheet is asked of a file that has none.
    """
    if sheet is not None:
        raise source.refuse("SHEET_NOT_FOUND", sheet=sheet, sheets="—")
    decoded = decode(source)
    text = decoded.text.replace("\r\n", "\n").replace("\r", "\n")
    if not text.strip():
        raise source.refuse("EMPTY_FILE")
    declared, text = _declared_separator(text)
    separator = declared or _separator(source, text)
    records = list(_reader(source, text, separator))
    while records and not any(cell.strip() for cell in records[-1]):
        records.pop()
    width = _width(records)
    if width > MAX_COLUMNS or width * len(records) > MAX_CELLS:
        raise source.refuse("TABLE_TOO_LARGE", size=width * len(records), limit=MAX_CELLS)
    cells = [[cell if cell.strip() else None for cell in record] for record in records]
    notes: tuple[Diagnostic, ...] = ()
    if decoded.guessed:
        where = Where(file=source.name)
        notes = (
            diagnostic(
                "ENCODING_GUESSED",
                where=where,
                encoding=decoded.encoding,
                sample=decoded.sample,
            ),
        )
    return Content(
        kind="text",
        sheets=(Sheet(name="", cells=grid(cells, width)),),
        encoding=decoded.encoding,
        separator=separator,
        ragged=_ragged(cells, width),
        cut=_cut(text, records),
        notes=notes,
    )


def _declared_separator(text: str) -> tuple[str | None, str]:
    """Excel's first line ``sep=;``, taken off the text."""
    first, _, rest = text.partition("\n")
    if first.lower().startswith("sep=") and len(first) == 5:
        return first[4], rest
    return None, text


def _separator(source: SourceFile, text: str) -> str:
    """The separator under which most records have as many cells as the widest first ones."""
    best, best_score = ",", (0.0, 0)
    for separator in SEPARATORS:
        widths = [len(r) for r in islice(_reader(source, text, separator), _TRIED_RECORDS) if r]
        if not widths:
            continue
        width = _usual(widths)
        if width < 2:
            continue
        score = (round(Counter(widths)[width] / len(widths), 1), width)
        if score > best_score:
            best, best_score = separator, score
    return best


def _usual(widths: list[int]) -> int:
    """Width of the header: the first record's, unless narrow titles stand above a table."""
    counts = Counter(widths)
    first, (most, times) = widths[0], counts.most_common(1)[0]
    title = first < most and times > counts[first] and most in widths[1:_TITLE_ROWS]
    return most if title and first <= max(2, most // 3) else first


def _width(records: list[list[str]]) -> int:
    widths = [len(r) for r in records if any(cell.strip() for cell in r)]
    return _usual(widths[:_TRIED_RECORDS]) if widths else 0


def _reader(source: SourceFile, text: str, separator: str) -> Iterator[list[str]]:
    csv.field_size_limit(MAX_FIELD)
    quote = _quote(text, separator)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, quotechar=quote)
    try:
        yield from reader
    except csv.Error as problem:
        # A cell beyond the limit: nearly always a quotation mark that is never closed.
        raise source.refuse(
            "UNREADABLE_FILE", reason=str(problem), line=reader.line_num
        ) from problem


def _quote(text: str, separator: str) -> str:
    """The apostrophe where cells stand between two of them and nowhere between quotes."""
    head = text[:100_000]
    between = re.findall(
        rf"(?:^|{re.escape(separator)})'[^'\n]*'(?=[{re.escape(separator)}\n])", head
    )
    return "'" if '"' not in head and len(between) >= 2 else '"'


def _ragged(records: list[list[str | None]], width: int) -> tuple[tuple[int, int], ...]:
    """Rows of another width; empty cells at the end may be too many, never answers."""
    found: list[tuple[int, int]] = []
    table = False
    for number, record in enumerate(records):
        over = any(cell is not None for cell in record[width:])
        short = len(record) < width and any(cell is not None for cell in record)
        table = table or (len(record) >= width and any(cell is not None for cell in record))
        if over or (short and (table or number >= _TITLE_ROWS)):
            found.append((number, len(record)))
    return tuple(found)


def _cut(text: str, records: list[list[str]]) -> tuple[int, int] | None:
    """The last cell, when its quotation mark is never closed: the file ends inside it."""
    if not records or text.count('"') % 2 == 0:
        return None
    last = records[-1][-1]
    # Quotes are odd by accident too (inches); an open one swallows line ends or the end.
    opened = text.rstrip("\n").endswith(last.rstrip("\n")) and f'"{last}' in text
    return (len(records) - 1, len(records[-1]) - 1) if opened else None
