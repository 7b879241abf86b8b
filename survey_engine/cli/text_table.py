"""Plain text tables that line up with Chinese words in them."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence


def width(text: str) -> int:
    """Columns a text takes on a terminal: East Asian wide characters take two.

    >>> width("index"), width("指数")
    (5, 4)
    """
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def text_table(
    head: Sequence[str], rows: Sequence[Sequence[str]], *, right: Sequence[int] = ()
) -> str:
    """Lines of a table; the columns named in `right` are right-aligned.

    >>> print(text_table(("item", "mean"), [("A", "7.25")], right=(1,)))
    item  mean
    A     7.25
    """
    table = [tuple(head), *(tuple(row) for row in rows)]
    widths = [max(width(row[column]) for row in table) for column in range(len(head))]
    return "\n".join(
        "  ".join(
            _pad(cell, widths[column], left=column not in right)
            for column, cell in enumerate(row)
        ).rstrip()
        for row in table
    )


def _pad(text: str, columns: int, *, left: bool) -> str:
    space = " " * (columns - width(text))
    return text + space if left else space + text
