"""The way from a path to `RawResponses`."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

from survey_engine.errors import Diagnostic, ResponseError, Where, diagnostic
from survey_engine.readers.content import Content
from survey_engine.readers.layouts import read_content
from survey_engine.readers.sandbox import parse
from survey_engine.readers.source import SourceFile
from survey_engine.responses.survey_data import RawResponses

MAX_BYTES = 500 * 2**20


def read_file(path: Path, *, sheet: str | None = None) -> RawResponses:
    """Read an export of any known platform; nothing in it is trusted.

    Parameters
    ----------
    path : Path
    sheet : str or None
        Sheet of a workbook; None takes the first with content.

    Returns
    -------
    RawResponses

    Raises
    ------
    ResponseError
        With one named diagnostic: FILE_NOT_FOUND, EMPTY_FILE, FILE_TOO_LARGE,
        UNSUPPORTED_FILE, ENCRYPTED_FILE, READER_CRASHED, or the reader's own.
    """
    path = Path(path)
    here = Where(file=path.name)
    if not path.is_file():
        raise ResponseError(diagnostic("FILE_NOT_FOUND", where=here, path=str(path)))
    size = path.stat().st_size
    if size > MAX_BYTES:
        raise ResponseError(
            diagnostic(
                "FILE_TOO_LARGE",
                where=here,
                size=size // 2**20,
                limit=MAX_BYTES // 2**20,
            )
        )
    return read_bytes(path.read_bytes(), name=path.name, sheet=sheet, folder=path.parent)


def read_bytes(
    content: bytes, *, name: str, sheet: str | None = None, folder: Path | None = None
) -> RawResponses:
    """Read an upload that is in memory already; otherwise as `read_file`.

    Parameters
    ----------
    content : bytes
    name : str
        What the file is called: said in messages, never believed.
    sheet : str or None
    folder : Path or None
        Where a syntax file that belongs to the export may stand.

    Raises
    ------
    ResponseError
    """
    source = SourceFile(
        name=Path(name).name,
        content=content,
        sha256=hashlib.sha256(content).hexdigest(),
        folder=folder,
    )
    found = parse(source, sheet=sheet)
    told = (*found.notes, *_misnamed(source, found))
    return read_content(source, replace(found, notes=told))


_KINDS = {
    "text": (".csv", ".tsv", ".txt", ".dat", ".tab"),
    "workbook": (".xlsx",),
    "spss": (".sav", ".zsav", ".por"),
    "stata": (".dta",),
    "parquet": (".parquet", ".pq"),
}


def _misnamed(source: SourceFile, content: Content) -> tuple[Diagnostic, ...]:
    """NAME_SAYS_OTHERWISE when the ending is another format's."""
    ending = Path(source.name).suffix.lower()
    known = {one for endings in _KINDS.values() for one in endings}
    if ending not in known or ending in _KINDS[content.kind]:
        return ()
    where = Where(file=source.name)
    return (diagnostic("NAME_SAYS_OTHERWISE", where=where, named=ending, kind=content.kind),)
