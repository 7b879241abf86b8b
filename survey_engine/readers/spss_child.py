"""Reads one SPSS file in a process of its own and prints it as JSON.

Run as a script, never imported: the C library under pyreadstat can crash on broken
files, and this process is the one that may die. It knows nothing of the engine.
"""

from __future__ import annotations

import json
import math
import sys
from typing import Any

SECONDS = 60
MEMORY = 2 * 2**30


def _limit() -> None:
    try:
        import resource
    except ImportError:  # Windows has no such limits
        return
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _plain(cell: Any) -> Any:
    """A JSON value; dates as ISO text, empty text and missing as None."""
    if cell is None or cell != cell or cell == "":
        return None
    if isinstance(cell, (bool, int, str)):
        return cell
    if hasattr(cell, "isoformat"):
        return cell.isoformat()
    number = float(cell)
    return number if math.isfinite(number) else None


def _codes(ranges: list[Any], seen: set[Any]) -> list[float]:
    """The declared missing codes: single values, and values in the data within ranges."""
    codes: set[float] = set()
    for one in ranges:
        low, high = one["lo"], one["hi"]
        if isinstance(low, str) or isinstance(high, str):
            continue
        codes.update(x for x in (low, high) if math.isfinite(x) and abs(x) < 1e300)
        codes.update(x for x in seen if isinstance(x, (int, float)) and low <= x <= high)
    return sorted(codes)


def main(path: str) -> None:
    """Print ``{"columns", "cells", "labels", "value_labels", "missing", "encoding"}``."""
    _limit()
    import pyreadstat

    reader = pyreadstat.read_sav
    frame, meta = reader(path, user_missing=True, output_format="dict")
    cells = {name: [_plain(cell) for cell in column] for name, column in frame.items()}
    labels = meta.variable_value_labels
    result = {
        "columns": list(meta.column_names),
        "cells": cells,
        "labels": {k: v for k, v in meta.column_names_to_labels.items() if v},
        "value_labels": {
            name: [[_plain(code), str(text)] for code, text in of.items()]
            for name, of in labels.items()
        },
        "missing": {
            name: _codes(ranges, set(cells[name]))
            for name, ranges in meta.missing_ranges.items()
        },
        "encoding": meta.file_encoding,
    }
    json.dump(result, sys.stdout)


if __name__ == "__main__":
    main(sys.argv[1])
