"""The response scale behind the numbers of a column, and codes that are no answers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

SPECIAL = frozenset(
    {-999.0, -99.0, -98.0, -97.0, -9.0, -8.0, -7.0, -2.0, -1.0, 0.0, 8.0, 9.0, 66.0, 77.0, 88.0,
     96.0, 97.0, 98.0, 99.0, 888.0, 997.0, 998.0, 999.0}
)  # fmt: skip
_HINT = re.compile(r"(?<!\d)([01])\s*(?:[-–—~～]|to|bis|至|到)\s*(5|7|10)(?!\d)")
_RANGES = ((1.0, 5.0), (1.0, 7.0), (1.0, 10.0), (0.0, 10.0))
_RARE = 0.2
_FEWEST_VALUES = 3


@dataclass(frozen=True, kw_only=True)
class Range:
    """A proposed scale.

    Attributes
    ----------
    minimum, maximum : float
    special : tuple[float, ...]
        Numbers seen beyond the scale that look like codes.
    evidence : str
        ``"named"`` (the header says so), ``"seen"`` (both ends were chosen) or
        ``"assumed"`` (nobody chose an end).
    """

    minimum: float
    maximum: float
    special: tuple[float, ...] = ()
    evidence: str = "seen"


def range_of(counts: Mapping[float, int], header: str, *, recommends: bool) -> Range | None:
    """The scale of whole-number answers; None where they are no ratings.

    Parameters
    ----------
    counts : Mapping[float, int]
        Respondents by number.
    header : str
        Its own words may name the ends: "(1-5)", "0 to 10".
    recommends : bool
        Whether it asks how likely one is to recommend (customarily 0-10).

    Examples
    --------
    >>> range_of({1: 4, 3: 20, 5: 9, 99: 2}, "Staff", recommends=False)
    Range(minimum=1.0, maximum=5.0, special=(99.0,), evidence='seen')
    """
    if not counts or any(value != int(value) for value in counts):
        return None
    hint = _HINT.search(header)
    if hint:
        low, high = float(hint.group(1)), float(hint.group(2))
        return _fitting(counts, low, high, evidence="named")
    if recommends and max(counts) > 7:
        found = _fitting(counts, 0.0, 10.0)
        if found is not None:
            return found
    if len(counts) < _FEWEST_VALUES:
        return None
    for low, high in _RANGES:
        found = _fitting(counts, low, high)
        if found is not None:
            return found
    return None


def _fitting(
    counts: Mapping[float, int], low: float, high: float, *, evidence: str = ""
) -> Range | None:
    beyond = sorted(float(value) for value in counts if not low <= value <= high)
    inside = [value for value in counts if low <= value <= high]
    share = sum(counts[value] for value in beyond) / sum(counts.values())
    if not inside or not SPECIAL.issuperset(beyond) or share > _RARE:
        return None
    if {8.0, 9.0} <= set(beyond):  # both together are answers of a longer scale
        return None
    seen = min(inside) == low and max(inside) == high
    told = evidence or ("seen" if seen else "assumed")
    return Range(minimum=low, maximum=high, special=tuple(beyond), evidence=told)
