"""What every reader gets and gives back: the bytes of a file, a checked table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import pandas as pd

from survey_engine.errors import CODES, Diagnostic, ResponseError, Where, diagnostic
from survey_engine.responses.survey_data import RawResponses

MAX_COLUMNS = 20_000
MAX_CELLS = 50_000_000


@dataclass(frozen=True, kw_only=True)
class SourceFile:
    """A file as it came.

    Attributes
    ----------
    name : str
        File name without its folder.
    content : bytes
    sha256 : str
    """

    name: str
    content: bytes
    sha256: str

    def refuse(self, code: str, **parameters: object) -> ResponseError:
        """The error of this file, to be raised by the caller."""
        return ResponseError(
            Diagnostic(
                code=code,
                severity=CODES[code],
                where=Where(file=self.name),
                parameters=parameters,
            )
        )


class Reader(Protocol):
    """One platform: says whether a file is its own, and reads it."""

    def claims(self, source: SourceFile) -> bool:
        """Whether the bytes are of this platform."""
        ...

    def read(self, source: SourceFile, *, sheet: str | None) -> RawResponses:
        """Read the file; raises ResponseError."""
        ...


def checked_table(
    source: SourceFile, header: Sequence[str], records: Sequence[Sequence[object]]
) -> tuple[pd.DataFrame, tuple[Diagnostic, ...]]:
    """A table of object cells (None = empty) from a header and rows of one length.

    Blank rows and columns without name and content are left out and told. The index
    is the 1-based data row of the file.

    Raises
    ------
    ResponseError
        NO_DATA_ROWS, DUPLICATE_COLUMN, HEADER_UNCLEAR.
    """
    found: list[Diagnostic] = []
    filled = [any(cell is not None for cell in record) for record in records]
    if not any(filled):
        raise source.refuse("NO_DATA_ROWS", columns=len(header))
    blank = [number for number, full in enumerate(filled, start=1) if not full]
    if blank and blank[0] <= len(filled) - filled[::-1].index(True):
        inside = tuple(n for n in blank if n < len(filled) - filled[::-1].index(True))
        if inside:
            where = Where(rows=inside, file=source.name)
            found.append(diagnostic("BLANK_ROWS", where=where, n=len(inside)))
    cells = np.empty((sum(filled), len(header)), dtype=object)
    for i, record in enumerate(r for r, full in zip(records, filled, strict=True) if full):
        cells[i, :] = record
    rows = np.flatnonzero(filled) + 1
    table = pd.DataFrame(cells, index=pd.Index(rows, dtype="int64"), dtype=object)
    names, kept, unnamed = _names(source, header, table)
    table = table.loc[:, kept]
    table.columns = pd.Index(names, dtype=object)
    if unnamed:
        where = Where(items=tuple(unnamed), file=source.name)
        found.append(diagnostic("UNNAMED_COLUMN", where=where, n=len(unnamed)))
    return table, tuple(found)


def _names(
    source: SourceFile, header: Sequence[str], table: pd.DataFrame
) -> tuple[list[str], list[int], list[str]]:
    """Names, positions of the columns kept, and the names made up."""
    kept = [j for j, name in enumerate(header) if name.strip() or bool(table[j].notna().any())]
    named = [j for j in kept if header[j].strip()]
    if len(named) * 2 < len(kept) or not named:
        raise source.refuse("HEADER_UNCLEAR", named=len(named), columns=len(kept))
    counts = Counter(header[j].strip() for j in named)
    twice = tuple(name for name, k in counts.items() if k > 1)
    if twice:
        raise ResponseError(
            diagnostic(
                "DUPLICATE_COLUMN",
                where=Where(items=twice, file=source.name),
                column=", ".join(twice),
            )
        )
    names: list[str] = []
    unnamed: list[str] = []
    for j in kept:
        name = header[j].strip()
        if not name:
            name = f"column_{j + 1}"
            unnamed.append(name)
        names.append(name)
    return names, kept, unnamed
