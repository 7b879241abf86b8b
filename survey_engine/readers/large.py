"""Files too large for memory: Parquet and UTF-8 text in chunks of typed answers.

Each distinct cell of a chunk is understood once, by the rules of the path in memory
(`AnswerRules`); whole columns of numbers on the scale need not even that.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np

from survey_engine.errors import Diagnostic, ResponseError, Where, diagnostic
from survey_engine.numerics.moments import Array
from survey_engine.readers.large_cells import ColumnReader, group_labels, weight_numbers
from survey_engine.readers.large_sources import (
    ParquetBatches,
    TextBatches,
    head_of,
    source_of,
)
from survey_engine.readers.read import MAX_BYTES
from survey_engine.readers.source import MAX_CELLS
from survey_engine.responses.answers import AnswerRules
from survey_engine.responses.chunked import AnswerChunk
from survey_engine.responses.options import ResponseOptions
from survey_engine.responses.plain import plain_table
from survey_engine.responses.survey_data import AnswerStatus

SMALL_TEXT = 50 * 2**20
"""Text up to these bytes is never read in chunks, whatever its number of cells."""


def is_large(path: Path) -> bool:
    """Whether a table is beyond what is read at once: more than `MAX_CELLS` cells.

    They are counted in a Parquet footer, and judged by size and first rows of a text.
    """
    path = Path(path)
    if not path.is_file():
        return False
    with path.open("rb") as file:
        mark = file.read(4)
    if mark == b"PAR1":
        found = ParquetBatches(path)
        return found.n_rows * len(found.names) > MAX_CELLS
    binary = mark[:2] in (b"PK", b"$F") or mark.startswith((b"\xd0\xcf", b"<sta"))
    if binary or path.stat().st_size <= SMALL_TEXT:
        return False
    text = TextBatches(path)
    return path.stat().st_size > MAX_BYTES or text.about_rows * len(text.names) > MAX_CELLS


@dataclass(frozen=True, kw_only=True)
class LargeFile:
    """`ChunkedAnswers` over a file.

    Attributes
    ----------
    source : ParquetBatches or TextBatches
    columns : tuple[str, ...]
    ranges : Mapping[str, tuple[float, float]]
    na_codes : tuple[float, ...]
    weights, group : str or None
        Columns of case weights and of groups.
    """

    source: ParquetBatches | TextBatches
    columns: tuple[str, ...]
    ranges: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    na_codes: tuple[float, ...] = ()
    weights: str | None = None
    group: str | None = None
    _readers: dict[str, ColumnReader] = field(default_factory=dict, repr=False)
    _read: dict[str, int] = field(default_factory=dict, repr=False)

    @property
    def name(self) -> str:
        """File name without its folder."""
        return self.source.path.name

    @property
    def n_rows(self) -> int:
        """Rows of the file: of the last reading, or as its footer says."""
        return self._read.get("rows", getattr(self.source, "n_rows", 0))

    @cached_property
    def sha256(self) -> str:
        """Of the file's bytes."""
        with self.source.path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    def chunks(self) -> Iterator[AnswerChunk]:
        """Read the file from its start.

        Raises
        ------
        ResponseError
            UNREADABLE_FILE
        """
        self._readers.clear()
        self._read.clear()
        self._readers.update({name: self._reader(name) for name in self.columns})
        beside = tuple(name for name in (self.weights, self.group) if name is not None)
        wanted = tuple(dict.fromkeys((*self.columns, *beside)))
        row = 1
        for batch in self.source.batches(wanted):
            parts = {name: batch.column(at) for at, name in enumerate(wanted)}
            read = [self._readers[name].read(parts[name], row) for name in self.columns]
            weights = None if self.weights is None else weight_numbers(parts[self.weights])
            self._count_weights(weights)
            yield AnswerChunk(
                values=tuple(values for values, _ in read),
                answered=tuple(seen for _, seen in read),
                weights=weights,
                groups=None if self.group is None else group_labels(parts[self.group]),
            )
            row += batch.num_rows
        self._read["rows"] = row - 1

    def _count_weights(self, weights: Array | None) -> None:
        if weights is None:
            return
        valid = np.isfinite(weights) & (weights >= 0)
        for kind, mask in (("INVALID_WEIGHT", ~valid), ("ZERO_WEIGHT", weights == 0)):
            self._read[kind] = self._read.get(kind, 0) + int(np.count_nonzero(mask))

    def _reader(self, name: str) -> ColumnReader:
        low, high = self.ranges.get(name, (None, None))
        codes = dict.fromkeys(self.na_codes, AnswerStatus.DONT_KNOW)
        return ColumnReader(name, AnswerRules(minimum=low, maximum=high, codes=codes))

    def findings(self) -> tuple[Diagnostic, ...]:
        """READ_IN_CHUNKS and what the cells of the last reading gave."""
        from survey_engine.readers.large_findings import cell_findings

        here = Where(file=self.name)
        found = [
            diagnostic("READ_IN_CHUNKS", where=here, rows=self.n_rows),
            *cell_findings(self._readers, self.ranges),
        ]
        found += [
            diagnostic(code, where=here, column=self.weights, n=self._read[code], found="—")
            for code in ("INVALID_WEIGHT", "ZERO_WEIGHT")
            if self._read.get(code)
        ]
        unread = self.source.unread
        if unread:
            columns = len(self.source.names)
            found.append(diagnostic("LARGE_ROWS_UNREAD", where=here, n=unread, columns=columns))
        return tuple(found)


def open_large(path: str | Path, *, options: ResponseOptions | None = None) -> LargeFile:
    """Open a table whose columns are the indicators, to be read in chunks.

    Parameters
    ----------
    path : str or Path
        Parquet or UTF-8 text with a header.
    options : ResponseOptions or None
        `columns` None takes what `plain_table` takes, judged by the first rows.

    Raises
    ------
    ResponseError
        FILE_NOT_FOUND, LARGE_ENCODING, UNREADABLE_FILE, UNKNOWN_COLUMN or
        DUPLICATE_COLUMN.
    """
    asked = options or ResponseOptions()
    path = Path(path)
    if not path.is_file():
        here = Where(file=path.name)
        raise ResponseError(diagnostic("FILE_NOT_FOUND", where=here, path=str(path)))
    source = source_of(path)
    columns = asked.columns
    if columns is None:
        columns = plain_table(head_of(source), options=asked).columns
    _refuse_names(source, (*columns, *asked.named))
    return LargeFile(
        source=source,
        columns=tuple(columns),
        ranges={} if asked.scale is None else dict.fromkeys(columns, asked.scale),
        na_codes=asked.na_codes,
        weights=asked.weights,
        group=asked.group[0] if asked.group else None,
    )


def _refuse_names(source: ParquetBatches | TextBatches, wanted: tuple[str, ...]) -> None:
    names = list(source.names)
    here = source.path.name
    problems = [
        diagnostic(
            "UNKNOWN_COLUMN",
            where=Where(items=(name,), file=here),
            column=name,
            known=", ".join(names[:8]),
        )
        for name in dict.fromkeys(wanted)
        if name not in names
    ]
    problems += [
        diagnostic("DUPLICATE_COLUMN", where=Where(items=(name,), file=here), column=name)
        for name in dict.fromkeys(wanted)
        if names.count(name) > 1
    ]
    if problems:
        raise ResponseError(*problems)
