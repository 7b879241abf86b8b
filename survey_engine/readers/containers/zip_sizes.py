"""Zip archives measured by their directory before anything is unpacked."""

from __future__ import annotations

import io
import zipfile

from survey_engine.readers.source import SourceFile

MAX_UNPACKED = 500 * 2**20
MAX_RATIO = 200
MAX_MEMBERS = 10_000
# Below this a high ratio is harmless: an empty style sheet packs very well.
_RATIO_MATTERS = 20 * 2**20


def check_sizes(source: SourceFile) -> list[zipfile.ZipInfo]:
    """Members of the archive, once their declared sizes are bearable.

    Raises
    ------
    ResponseError
        TRUNCATED_FILE, UNREADABLE_FILE, FILE_TOO_LARGE.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(source.content)) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError) as problem:
        if b"PK\x05\x06" not in source.content:
            raise source.refuse("TRUNCATED_FILE", row="–", column="–") from problem
        raise source.refuse("UNREADABLE_FILE", reason="zip", line=None) from problem
    total = sum(member.file_size for member in members)
    packed = max(1, sum(member.compress_size for member in members))
    bomb = total > _RATIO_MATTERS and total > MAX_RATIO * packed
    if total > MAX_UNPACKED or bomb or len(members) > MAX_MEMBERS:
        raise source.refuse("FILE_TOO_LARGE", size=total // 2**20, limit=MAX_UNPACKED // 2**20)
    return members
