"""Parquet files by pyarrow: the footer's counts are checked before a row is read."""

from __future__ import annotations

import io
from typing import Any

import numpy as np

from survey_engine.readers.content import Content, Sheet
from survey_engine.readers.source import MAX_CELLS, MAX_COLUMNS, SourceFile

_MARK = b"PAR1"


def claims(source: SourceFile) -> bool:
    """The mark at the start."""
    return source.content.startswith(_MARK)


def parse(source: SourceFile, *, sheet: str | None = None) -> Content:
    """Read a Parquet file; lists of choices stay lists, dictionaries become their words.

    Raises
    ------
    ResponseError
        TRUNCATED_FILE, UNREADABLE_FILE, TABLE_TOO_LARGE, DUPLICATE_COLUMN,
        SHEET_NOT_FOUND.
    """
    if sheet is not None:
        raise source.refuse("SHEET_NOT_FOUND", sheet=sheet, sheets="—")
    if not source.content.endswith(_MARK):
        raise source.refuse("TRUNCATED_FILE", row="–", column="–")
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(io.BytesIO(source.content))
        rows, width = file.metadata.num_rows, file.metadata.num_columns
        if rows < 0 or width > MAX_COLUMNS or rows * max(width, 1) > MAX_CELLS:
            raise source.refuse("TABLE_TOO_LARGE", size=rows * width, limit=MAX_CELLS)
        table = file.read(use_threads=False)
    except (pa.ArrowException, ValueError, OSError, TypeError, KeyError) as problem:
        reason = type(problem).__name__
        raise source.refuse("UNREADABLE_FILE", reason=reason, line=None) from problem
    if table.num_columns == 0:
        raise source.refuse("EMPTY_FILE")
    try:
        cells = _cells(table)
    except (pa.ArrowException, ValueError, OverflowError, TypeError) as problem:
        reason = type(problem).__name__
        raise source.refuse("UNREADABLE_FILE", reason=reason, line=None) from problem
    return Content(kind="parquet", sheets=(Sheet(name="", cells=cells),))


def _cells(table: Any) -> Any:
    cells = np.full((table.num_rows + 1, table.num_columns), None, dtype=object)
    cells[0, :] = [str(name) for name in table.column_names]
    for j, column in enumerate(table.columns):
        for i, cell in enumerate(column.to_pylist(), start=1):
            cells[i, j] = _plain(cell)
    return cells


def _plain(cell: Any) -> Any:
    """Numbers, text, dates and lists of text; whatever else is there as its text."""
    if cell is None or (isinstance(cell, float) and not np.isfinite(cell)):
        return None
    if isinstance(cell, (bool, int, float)) or hasattr(cell, "isoformat"):
        return cell
    if isinstance(cell, list):
        return [str(one) for one in cell if one is not None]
    text = cell.decode("utf-8", "replace") if isinstance(cell, bytes) else str(cell)
    return text if text.strip() else None
