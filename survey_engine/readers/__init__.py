"""Any export to `RawResponses`, recognised by its content; one file a platform.

A new platform is one new module with `claims` and `read`, and its name in `READERS`
(most specific first).
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import cast

from survey_engine.errors import ResponseError, Where, diagnostic
from survey_engine.readers import delimited, excel, spss
from survey_engine.readers.refused import ENCRYPTED, refused_kind
from survey_engine.readers.source import Reader, SourceFile
from survey_engine.responses.survey_data import RawResponses

READERS: tuple[Reader, ...] = cast(tuple[Reader, ...], (spss, excel, delimited))

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
        UNSUPPORTED_FILE, ENCRYPTED_FILE, or the reader's own.
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
    content = path.read_bytes()
    source = SourceFile(
        name=path.name, content=content, sha256=hashlib.sha256(content).hexdigest()
    )
    if not content.strip():
        raise source.refuse("EMPTY_FILE")
    kind = refused_kind(source)
    if kind == ENCRYPTED:
        raise source.refuse("ENCRYPTED_FILE")
    if kind is not None:
        raise source.refuse("UNSUPPORTED_FILE", kind=kind)
    reader = next(reader for reader in READERS if reader.claims(source))
    return reader.read(source, sheet=sheet)
