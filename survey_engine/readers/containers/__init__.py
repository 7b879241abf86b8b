"""Bytes to cells, one file a container format; nothing here knows a survey tool.

This is what runs in the reading process: it needs no pandas and hands back plain cells.
A new format is one new module with `claims` and `parse`, and its name in `CONTAINERS`
(most specific first).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol, cast

from survey_engine.errors import Diagnostic
from survey_engine.readers.containers import archive, parquet, statistics, text, workbook
from survey_engine.readers.content import Content
from survey_engine.readers.refused import ENCRYPTED, refused_kind
from survey_engine.readers.source import SourceFile


class Container(Protocol):
    """One format: says whether bytes are its own, and gives their cells."""

    def claims(self, source: SourceFile) -> bool:
        """Whether the bytes are of this format."""
        ...

    def parse(self, source: SourceFile, *, sheet: str | None = None) -> Content:
        """The cells; raises ResponseError."""
        ...


CONTAINERS: tuple[Container, ...] = cast(
    tuple[Container, ...], (statistics, parquet, workbook, text)
)


def container_of(source: SourceFile) -> Container:
    """The container of a file; the last one takes what no other claims."""
    return next(one for one in CONTAINERS if one.claims(source))


def kind_of(source: SourceFile) -> str:
    """Which libraries a file needs: ``text``, ``workbook``, ``statistics`` or ``parquet``."""
    if source.content.startswith(b"PK\x03\x04"):
        return "workbook"
    container = next((one for one in CONTAINERS[:2] if one.claims(source)), text)
    return str(container.__name__).rsplit(".", 1)[-1]  # type: ignore[attr-defined]


def parse(source: SourceFile, *, sheet: str | None = None) -> Content:
    """Cells of a file of any format.

    Raises
    ------
    ResponseError
        EMPTY_FILE, UNSUPPORTED_FILE, ENCRYPTED_FILE, or the container's own.
    """
    if not source.content.strip():
        raise source.refuse("EMPTY_FILE")
    notes: tuple[Diagnostic, ...] = ()
    if archive.claims(source):
        source, opened = archive.member_of(source)
        notes = opened.notes
        if not source.content.strip():
            raise source.refuse("EMPTY_FILE")
    kind = refused_kind(source)
    if kind == ENCRYPTED:
        raise source.refuse("ENCRYPTED_FILE")
    if kind is not None:
        raise source.refuse("UNSUPPORTED_FILE", kind=kind)
    content = container_of(source).parse(source, sheet=sheet)
    return replace(content, notes=(*notes, *content.notes))
