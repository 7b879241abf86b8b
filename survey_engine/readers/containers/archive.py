"""ZIP files that survey tools send: the one table inside is read, nothing is unpacked."""

from __future__ import annotations

import io
import zipfile
import zlib
from pathlib import PurePosixPath

from survey_engine.errors import Where, diagnostic
from survey_engine.readers.containers.zip_sizes import check_sizes
from survey_engine.readers.content import Content
from survey_engine.readers.source import SourceFile

TABLES = (".csv", ".tsv", ".txt", ".xlsx", ".sav", ".dta", ".parquet")


def tables_in(content: bytes) -> list[str]:
    """Names of the tables in an archive, largest first; [] if it is none of ours."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError):
        return []
    if any(m.filename in ("[Content_Types].xml", "mimetype") for m in members):
        return []
    hits = [m for m in members if m.filename.lower().endswith(TABLES) and not _hidden(m)]
    return [m.filename for m in sorted(hits, key=lambda m: -m.file_size)]


def _hidden(member: zipfile.ZipInfo) -> bool:
    """What Apple's archiver adds."""
    path = PurePosixPath(member.filename)
    return path.name.startswith(".") or "__MACOSX" in path.parts


def claims(source: SourceFile) -> bool:
    """A zip archive that is no workbook and holds a table."""
    return source.content.startswith(b"PK\x03\x04") and bool(tables_in(source.content))


def member_of(source: SourceFile) -> tuple[SourceFile, Content]:
    """The largest table of the archive as a file of its own, and a note of what was left.

    Raises
    ------
    ResponseError
        UNSAFE_PATH if a member would be written outside its folder, FILE_TOO_LARGE,
        ENCRYPTED_FILE, UNREADABLE_FILE.
    """
    members = check_sizes(source)
    for member in members:
        path = PurePosixPath(member.filename.replace("\\", "/"))
        if path.is_absolute() or ".." in path.parts or ":" in member.filename[:3]:
            raise source.refuse("UNSAFE_PATH", part=member.filename[:80])
    names = tables_in(source.content)
    if any(m.flag_bits & 1 for m in members if m.filename in names):
        raise source.refuse("ENCRYPTED_FILE")
    try:
        with zipfile.ZipFile(io.BytesIO(source.content)) as archive:
            content = archive.read(names[0])
    except (zipfile.BadZipFile, zlib.error, RuntimeError, OSError, EOFError) as problem:
        reason = type(problem).__name__
        raise source.refuse("UNREADABLE_FILE", reason=reason, line=None) from problem
    inside = SourceFile(name=source.name, content=content, sha256=source.sha256)
    where = Where(file=source.name)
    told = diagnostic(
        "ARCHIVE_MEMBER_READ", where=where, part=names[0], others=", ".join(names[1:]) or "–"
    )
    return inside, Content(kind="archive", sheets=(), notes=(told,))
