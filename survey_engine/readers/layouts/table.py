"""From a sheet and its layout to `RawResponses`: the one place where rows become people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from survey_engine.errors import Diagnostic, ResponseError, Where, diagnostic
from survey_engine.readers.content import Content
from survey_engine.readers.garbled import garbled_headers, garbled_rows
from survey_engine.readers.source import SourceFile
from survey_engine.responses.survey_data import AnswerStatus, RawResponses

Paradata = Callable[[pd.DataFrame], Mapping[str, Sequence[object]]]
_SHOWN_ROWS = 50


@dataclass(frozen=True, kw_only=True)
class Layout:
    """What a survey tool's sheet is made of.

    Attributes
    ----------
    platform : str
    names : sequence of str
        Column names, one a column of the sheet.
    labels : Mapping[str, str]
        Question text by column name.
    start : int
        0-based row of the first response.
    leave_out : frozenset of int
        Rows below the header that are no responses: totals, notes.
    paradata : callable or None
        From the table to columns ``respondent``, ``status`` (complete, partial, test),
        ``started``, ``ended`` (ISO 8601), ``seconds``, ``language``.
    states : Mapping[str, AnswerStatus]
        What this tool writes for "no number", by cell text.
    groups : Mapping[str, str]
        Title above a column by its name.
    traits : frozenset of str
        ``zero_is_blank``: 0 in a tick column may mean not seen; ``unseen_words``: N/A
        stands for questions not shown; ``option_numbers``: answers may be counted from 1.
    repeated_names : bool
        Whether equal headers are usual here: then they are numbered and told.
    clean : callable or None
        Applied to each cell that is text.
    """

    platform: str
    names: Sequence[str]
    labels: Mapping[str, str] = field(default_factory=dict)
    start: int = 1
    leave_out: frozenset[int] = frozenset()
    paradata: Paradata | None = None
    states: Mapping[str, AnswerStatus] = field(default_factory=dict)
    groups: Mapping[str, str] = field(default_factory=dict)
    traits: frozenset[str] = frozenset()
    repeated_names: bool = False
    clean: Callable[[str], str] | None = None
    value_labels: Mapping[str, Mapping[float, str]] = field(default_factory=dict)
    notes: tuple[Diagnostic, ...] = ()


def numbered(names: Sequence[str]) -> tuple[list[str], tuple[str, ...]]:
    """Names made unique by " (2)", " (3)"; and those that stood more than once."""
    seen: Counter[str] = Counter()
    out: list[str] = []
    for name in names:
        seen[name] += 1 if name else 0
        out.append(name if seen[name] <= 1 else f"{name} ({seen[name]})")
    return out, tuple(name for name, k in seen.items() if k > 1)


def build(source: SourceFile, content: Content, layout: Layout) -> RawResponses:
    """The table of an export with its question texts, states and paradata.

    Raises
    ------
    ResponseError
        NO_DATA_ROWS, DUPLICATE_COLUMN, HEADER_UNCLEAR, RAGGED_ROWS, TRUNCATED_FILE,
        MOJIBAKE.
    """
    refuse_broken_rows(source, content, layout)
    names = [name.strip() for name in layout.names]
    notes = list(layout.notes)
    if layout.repeated_names:
        names, twice = numbered(names)
        if twice:
            where = Where(items=twice, file=source.name)
            notes.append(diagnostic("REPEATED_HEADERS_NUMBERED", where=where, n=len(twice)))
    garbled_headers(source, names, layout.labels)
    cells = content.sheet.cells[layout.start :]
    left = [number - layout.start for number in layout.leave_out]
    table, found = checked_table(source, names, cells, left)
    if layout.clean is not None:
        table = table.map(lambda x: layout.clean(x) if isinstance(x, str) else x)  # type: ignore[misc]
    notes += _garbled(source, table)
    paradata = None
    if layout.paradata is not None:
        of = layout.paradata(table)
        paradata = pd.DataFrame(
            {k: pd.Series(list(v), dtype=object, index=table.index) for k, v in of.items()},
            index=table.index,
        )
    return RawResponses(
        table=table,
        platform=layout.platform,
        source=source.name,
        sha256=source.sha256,
        labels={k: v for k, v in (content.labels | layout.labels).items() if v},  # type: ignore[operator]
        value_labels=layout.value_labels,
        missing_codes=content.missing_codes,
        encoding=content.encoding,
        separator=content.separator,
        sheet=content.sheet.name or None,
        diagnostics=(*content.notes, *notes, *found),
        states=layout.states,
        paradata=paradata,
        groups=layout.groups,
        traits=layout.traits,
    )


def _garbled(source: SourceFile, table: pd.DataFrame) -> list[Diagnostic]:
    """GARBLED_CELLS of each column with text that was decoded wrongly."""
    found: list[Diagnostic] = []
    for name in table.columns:
        cells = zip(table.index.tolist(), table[name].to_numpy(dtype=object), strict=True)
        rows, first, meant = garbled_rows(cells)
        if rows:
            where = Where(items=(str(name),), rows=rows, file=source.name)
            found.append(
                diagnostic(
                    "GARBLED_CELLS",
                    where=where,
                    n=len(rows),
                    found=first[:40],
                    meant=meant[:40],
                )
            )
    return found


def refuse_broken_rows(source: SourceFile, content: Content, layout: Layout) -> None:
    """TRUNCATED_FILE and RAGGED_ROWS, with data rows counted as the layout counts them."""
    width = int(content.sheet.cells.shape[1])
    last = int(content.sheet.cells.shape[0]) - 1
    if content.cut is not None:
        row, column = content.cut
        raise source.refuse(
            "TRUNCATED_FILE", row=max(0, row - layout.start + 1), column=column + 1
        )
    ragged = [(row, n) for row, n in content.ragged if row >= layout.start]
    ragged = [(row, n) for row, n in ragged if row not in layout.leave_out]
    if not ragged:
        return
    row, cells = ragged[0]
    if len(ragged) == 1 and row == last and cells < width:
        raise source.refuse("TRUNCATED_FILE", row=row - layout.start + 1, column=cells)
    rows = tuple(row - layout.start + 1 for row, _ in ragged)
    where = Where(rows=rows[:_SHOWN_ROWS], file=source.name, column=min(cells, width) + 1)
    raise ResponseError(diagnostic("RAGGED_ROWS", where=where, n=len(rows), columns=width))


def checked_table(
    source: SourceFile, header: Sequence[str], cells: Any, leave_out: Sequence[int] = ()
) -> tuple[pd.DataFrame, tuple[Diagnostic, ...]]:
    """A table of object cells (None = empty) from a header and a block of cells.

    Blank rows and columns without name and content are left out and told. The index
    is the 1-based data row of the file.

    Raises
    ------
    ResponseError
        NO_DATA_ROWS, DUPLICATE_COLUMN, HEADER_UNCLEAR.
    """
    found: list[Diagnostic] = []
    there = np.asarray(pd.notna(cells), dtype=bool).reshape(cells.shape)
    filled: NDArray[np.bool_] = np.asarray(there.any(axis=1), dtype=bool)
    filled[list(leave_out)] = False
    if not filled.any():
        raise source.refuse("NO_DATA_ROWS", columns=sum(1 for name in header if name))
    rows = np.flatnonzero(filled) + 1
    blank = set(range(1, int(rows[-1]))) - set(rows.tolist()) - {n + 1 for n in leave_out}
    if blank:
        where = Where(rows=tuple(sorted(blank)), file=source.name)
        found.append(diagnostic("BLANK_ROWS", where=where, n=len(blank)))
    table = pd.DataFrame(cells[filled], index=pd.Index(rows, dtype="int64"), dtype=object)
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
        again = [j for j in named if header[j].strip() == twice[0]][1]
        raise ResponseError(
            diagnostic(
                "DUPLICATE_COLUMN",
                where=Where(items=twice, file=source.name, line=1, column=again + 1),
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
