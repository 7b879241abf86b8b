"""Text decoded with the wrong code page (mojibake): seen by undoing it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from survey_engine.errors import ResponseError, Where, diagnostic
from survey_engine.readers.source import SourceFile

# Decoded as the first, written as the second.
_MISTAKES = (
    ("cp1252", "utf-8"),
    ("latin-1", "utf-8"),
    ("latin-1", "gb18030"),
    ("gb18030", "utf-8"),
)
_LOST = "\ufffd"


def undone(text: str) -> str | None:
    r"""The text as it was meant, when it was decoded wrongly; None for sound text.

    >>> undone("ZufriedenheitÃ¼"), undone("größer"), undone("ä½\xa0å¥½")
    ('Zufriedenheitü', None, '你好')
    """
    if text.isascii():
        return None
    for read_as, written_as in _MISTAKES:
        try:
            meant = text.encode(read_as).decode(written_as)
        except (UnicodeEncodeError, UnicodeDecodeError):
            continue
        if _is_better(text, meant, written_as):
            return meant
    return None


def _is_better(text: str, meant: str, written_as: str) -> bool:
    """Whether the other reading is plausible text where this one is none."""
    beyond = [c for c in meant if not c.isascii()]
    if not beyond or not all(c.isprintable() or c.isspace() for c in meant):
        return False
    if written_as == "gb18030":
        # Western letters in pairs become everyday Chinese characters or they do not.
        high = sum(not c.isascii() for c in text)
        return high >= 4 and all(
            "\u4e00" <= c <= "\u9fff" or c in "，。？！、；：（）" for c in beyond
        )
    return len(meant) < len(text)


def garbled_headers(
    source: SourceFile, names: Sequence[str], labels: Mapping[str, str]
) -> None:
    """Refuse a file whose column names or question texts are garbled.

    Raises
    ------
    ResponseError
        MOJIBAKE with column, the text as it stands and as it was meant.
    """
    texts = [labels.get(name, name) for name in names]
    beyond = [(j, text) for j, text in enumerate(texts, start=1) if not text.isascii()]
    hits = [(j, text, meant) for j, text in beyond if (meant := _meant(text)) is not None]
    if not hits or len(hits) * 2 < len(beyond):
        return
    column, text, meant = hits[0]
    where = Where(
        items=tuple(t for _, t, _ in hits[:8]), file=source.name, line=1, column=column
    )
    raise ResponseError(
        diagnostic("MOJIBAKE", where=where, n=len(hits), found=text[:60], meant=meant[:60])
    )


def _meant(text: str) -> str | None:
    return "?" if _LOST in text else undone(text)


def garbled_rows(cells: Iterable[tuple[int, object]]) -> tuple[tuple[int, ...], str, str]:
    """Rows of a text column whose cells are garbled, the first cell and what it means."""
    rows: list[int] = []
    first = ("", "")
    for row, cell in cells:
        if not isinstance(cell, str) or cell.isascii():
            continue
        meant = undone(cell)
        if meant is not None:
            first = first if rows else (cell, meant)
            rows.append(row)
    return tuple(rows), *first
