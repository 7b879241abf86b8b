"""The known name closest to a misspelt one."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import SequenceMatcher

_MAX_LENGTH = 80
_MAX_CANDIDATES = 500
_LIKELY = 0.75


def similarity(first: str, second: str) -> float:
    """Between 0 and 1; letter case counts little.

    >>> similarity("Image", "image") > 0.9 > similarity("Image", "Value")
    True
    """
    a, b = first[:_MAX_LENGTH], second[:_MAX_LENGTH]
    if a == b:
        return 1.0
    return 0.99 * SequenceMatcher(None, a.casefold(), b.casefold(), autojunk=False).ratio()


def nearest_name(wanted: str, known: Iterable[str]) -> str | None:
    """The most similar known name; None if there are none.

    >>> nearest_name("Satisfation", ["Quality", "Satisfaction"])
    'Satisfaction'
    """
    candidates = [name for name, _ in zip(known, range(_MAX_CANDIDATES), strict=False)]
    return max(candidates, key=lambda name: similarity(wanted, name), default=None)


def likely_meant(wanted: str, known: Iterable[str]) -> str | None:
    """The nearest name if it is near enough to be what was meant, else None."""
    best = nearest_name(wanted, known)
    return best if best is not None and similarity(wanted, best) >= _LIKELY else None


def short_list(names: Iterable[str], *, limit: int = 12) -> list[str]:
    """The first names, and an ellipsis when there are more."""
    every = list(names)
    return every[:limit] + (["…"] if len(every) > limit else [])
