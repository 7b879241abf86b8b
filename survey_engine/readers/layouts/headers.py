"""Header cells made plain: tags, no-break spaces, blanks that mean "as to the left"."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence

_TAG = re.compile(r"<[^<>]{1,200}>")


def plain_text(cell: str) -> str:
    r"""A header without tags, entities, line breaks and no-break spaces.

    >>> plain_text("<strong>How&nbsp;much</strong>\n do you agree?")
    'How much do you agree?'
    """
    return " ".join(html.unescape(_TAG.sub("", cell[:4000])).replace("\u00a0", " ").split())


def filled_right(cells: Sequence[str], *, stop: Sequence[bool]) -> list[str]:
    """Blank cells take the text to their left, except behind columns that stand alone."""
    out: list[str] = []
    last = ""
    for cell, alone in zip(cells, stop, strict=True):
        if cell:
            last = "" if alone else cell
        out.append(cell or last)
    return out


def folded(names: Sequence[str]) -> list[str]:
    """Header names in lower case without surrounding blanks."""
    return [plain_text(name).casefold() for name in names]
