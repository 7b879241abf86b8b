"""Record batches of large files by Arrow: Parquet row groups, blocks of delimited text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from survey_engine.errors import ResponseError, Where, diagnostic
from survey_engine.readers.containers import text
from survey_engine.readers.source import SourceFile
from survey_engine.responses.survey_data import RawResponses

BATCH_ROWS = 262_144
BLOCK_BYTES = 2**20
HEAD_BYTES = 256 * 2**10
HEAD_ROWS = 1_000


def _unreadable(path: Path, problem: Exception) -> ResponseError:
    reason = type(problem).__name__
    where = Where(file=path.name)
    return ResponseError(diagnostic("UNREADABLE_FILE", where=where, reason=reason, line=None))


@dataclass(frozen=True)
class ParquetBatches:
    """A Parquet file; its footer is read once."""

    path: Path
    unread: int = 0
    kind: str = "parquet"

    @cached_property
    def _file(self) -> Any:
        import pyarrow as pa
        import pyarrow.parquet as pq

        try:
            return pq.ParquetFile(self.path)
        except (pa.ArrowException, ValueError, OSError) as problem:
            raise _unreadable(self.path, problem) from problem

    @property
    def n_rows(self) -> int:
        """Rows, as the footer says."""
        return int(self._file.metadata.num_rows)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Names of the columns."""
        return tuple(map(str, self._file.schema_arrow.names))

    def batches(self, columns: tuple[str, ...]) -> Iterator[Any]:
        """Record batches with these columns, in this order.

        Raises
        ------
        ResponseError
            UNREADABLE_FILE
        """
        import pyarrow as pa

        try:
            read = self._file.iter_batches(batch_size=BATCH_ROWS, columns=list(columns))
            for batch in read:
                yield batch.select(list(columns))
        except (pa.ArrowException, OSError) as problem:
            raise _unreadable(self.path, problem) from problem

    def head(self) -> pd.DataFrame:
        """The first rows."""
        for batch in self._file.iter_batches(batch_size=HEAD_ROWS):
            frame: pd.DataFrame = batch.to_pandas()
            return frame
        return pd.DataFrame(columns=list(self.names))


@dataclass(frozen=True)
class TextBatches:
    """UTF-8 text with a header; separator as the reader of small files finds it."""

    path: Path
    kind: str = "csv"
    _skipped: list[int] = field(default_factory=list, repr=False)

    @property
    def unread(self) -> int:
        """Rows with a cell too many or too few, left out by the last reading."""
        return len(self._skipped)

    @cached_property
    def _bytes(self) -> bytes:
        with self.path.open("rb") as file:
            head = file.read(HEAD_BYTES)
        return head[: head.rfind(b"\n") + 1] or head

    @cached_property
    def about_rows(self) -> int:
        """Rows, judged by the length of the first ones."""
        rows = max(len(self._content.sheet.cells), 1)
        return int(self.path.stat().st_size / max(len(self._bytes), 1) * rows)

    @cached_property
    def _content(self) -> Any:
        start = SourceFile(name=self.path.name, content=self._bytes, sha256="")
        found = text.parse(start)
        if found.encoding not in ("utf-8", "utf-8-sig", "ascii"):
            where = Where(file=self.path.name)
            raise ResponseError(
                diagnostic("LARGE_ENCODING", where=where, encoding=found.encoding)
            )
        return found

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Names of the columns, stripped."""
        return tuple(self._content.sheet.row(0))

    def batches(self, columns: tuple[str, ...]) -> Iterator[Any]:
        """Record batches of distinct texts and their codes, with these columns.

        Raises
        ------
        ResponseError
            UNREADABLE_FILE
        """
        import pyarrow as pa
        from pyarrow import csv

        self._skipped.clear()
        words = pa.dictionary(pa.int32(), pa.string())
        declared = self._bytes.removeprefix(b"\xef\xbb\xbf").lower().startswith(b"sep=")
        # Positions instead of names: another column may have an empty or a double name.
        every = [f"c{at}" for at in range(len(self.names))]
        wanted = [every[self.names.index(name)] for name in columns]
        try:
            reader = csv.open_csv(
                self.path,
                read_options=csv.ReadOptions(
                    block_size=BLOCK_BYTES, column_names=every, skip_rows=2 if declared else 1
                ),
                parse_options=csv.ParseOptions(
                    delimiter=self._content.separator,
                    newlines_in_values=True,
                    invalid_row_handler=self._left_out,
                ),
                convert_options=csv.ConvertOptions(
                    include_columns=wanted,
                    column_types=dict.fromkeys(wanted, words),
                    strings_can_be_null=True,
                    null_values=[""],
                ),
            )
            yield from reader
        except (pa.ArrowException, OSError) as problem:
            raise _unreadable(self.path, problem) from problem

    def _left_out(self, row: Any) -> str:
        self._skipped.append(row.actual_columns)
        return "skip"

    def head(self) -> pd.DataFrame:
        """The first rows, cells as text."""
        cells = self._content.sheet.cells[1 : HEAD_ROWS + 1]
        return pd.DataFrame(cells, columns=list(self.names))


def source_of(path: Path) -> ParquetBatches | TextBatches:
    """What reads the file: Parquet by its mark, else text."""
    with path.open("rb") as file:
        parquet = file.read(4) == b"PAR1"
    return ParquetBatches(path) if parquet else TextBatches(path)


def head_of(source: ParquetBatches | TextBatches) -> RawResponses:
    """The first rows as a small table, to judge the columns by."""
    table = source.head()
    table.index = pd.RangeIndex(1, len(table) + 1)
    return RawResponses(table=table, platform=source.kind, source=source.path.name, sha256="")
