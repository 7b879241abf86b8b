"""SPSS (.sav, .zsav, .por) and Stata (.dta) files by pyreadstat, a C library.

Broken files can crash the library, so this runs in the reading process only.
"""

from __future__ import annotations

import math
import re
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from survey_engine.readers.content import Content, Sheet
from survey_engine.readers.source import MAX_CELLS, MAX_COLUMNS, SourceFile

_STATA_NEW = b"<stata_dta>"
_STATA_OLD = re.compile(rb"[\x68-\x73][\x01\x02]\x01\x00")
# A portable file opens with 200 characters of splash lines and this mark.
_PORTABLE = re.compile(rb"SPSSPORT|\xe2\xd7\xe2\xe2\xd7\xd6\xd9\xe3")


def kind_of(content: bytes) -> str | None:
    """``"sav"``, ``"por"``, ``"dta"`` or None."""
    if content.startswith((b"$FL2", b"$FL3")):
        return "sav"
    if content.startswith(_STATA_NEW) or _STATA_OLD.match(content):
        return "dta"
    if _PORTABLE.search(content[:1024].replace(b"\r", b"").replace(b"\n", b"")):
        return "por"
    return None


def claims(source: SourceFile) -> bool:
    """The magic bytes of the three formats."""
    return kind_of(source.content) is not None


def parse(source: SourceFile, *, sheet: str | None = None) -> Content:
    """Read a file of SPSS or Stata with labels and user-missing codes.

    Raises
    ------
    ResponseError
        UNREADABLE_FILE, EMPTY_FILE, TABLE_TOO_LARGE, SHEET_NOT_FOUND.
    """
    if sheet is not None:
        raise source.refuse("SHEET_NOT_FOUND", sheet=sheet, sheets="—")
    kind = kind_of(source.content) or "sav"
    columns, meta = _read(source, kind)
    names = list(columns)
    if not names:
        raise source.refuse("EMPTY_FILE")
    n = len(columns[names[0]])
    cells = np.full((n + 1, len(names)), None, dtype=object)
    cells[0, :] = names
    for j, name in enumerate(names):
        cells[1:, j] = [_plain(cell) for cell in columns[name]]
    return Content(
        kind="stata" if kind == "dta" else "spss",
        sheets=(Sheet(name="", cells=cells),),
        encoding=meta.file_encoding,
        labels={k: v for k, v in meta.column_names_to_labels.items() if v},
        value_labels={
            name: {_plain(code): str(text) for code, text in of.items()}
            for name, of in meta.variable_value_labels.items()
        },
        missing_codes={
            name: codes
            for j, name in enumerate(names)
            if (codes := _codes(meta.missing_ranges.get(name, []), set(cells[1:, j])))
        },
    )


def _read(source: SourceFile, kind: str) -> tuple[dict[str, Any], Any]:
    import pyreadstat

    reader = getattr(pyreadstat, f"read_{kind}")
    more = {} if kind == "por" else {"user_missing": True}
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / f"upload.{kind}"
        copy.write_bytes(source.content)
        try:
            _, shape = reader(str(copy), metadataonly=True, output_format="dict")
            rows, width = max(0, shape.number_rows or 0), shape.number_columns or 0
            if width > MAX_COLUMNS or rows * width > MAX_CELLS:
                raise source.refuse("TABLE_TOO_LARGE", size=rows * width, limit=MAX_CELLS)
            frame, meta = reader(str(copy), output_format="dict", **more)
        except MemoryError:
            raise
        except (pyreadstat.ReadstatError, pyreadstat.PyreadstatError) as problem:
            reason = str(problem)[:200]
            raise source.refuse("UNREADABLE_FILE", reason=reason, line=None) from problem
        except (ValueError, TypeError, KeyError, OverflowError, OSError, IndexError) as problem:
            reason = type(problem).__name__
            raise source.refuse("UNREADABLE_FILE", reason=reason, line=None) from problem
    return frame, meta


def _plain(cell: Any) -> Any:
    """A cell of plain type; empty text and missing as None."""
    if cell is None or cell != cell or cell == "":
        return None
    if isinstance(cell, (bool, int, str)) or hasattr(cell, "isoformat"):
        return cell
    number = float(cell)
    return number if math.isfinite(number) else None


def _codes(ranges: list[Any], seen: set[Any]) -> tuple[float, ...]:
    """The declared missing codes: single values, and values in the data within ranges."""
    codes: set[float] = set()
    for one in ranges:
        low, high = one["lo"], one["hi"]
        if isinstance(low, str) or isinstance(high, str):
            continue
        codes.update(x for x in (low, high) if math.isfinite(x) and abs(x) < 1e300)
        codes.update(x for x in seen if isinstance(x, (int, float)) and low <= x <= high)
    return tuple(sorted(codes))
