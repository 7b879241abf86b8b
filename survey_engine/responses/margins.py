"""Margins of a population: what share of it belongs to each category of each column.

A margin is over one column, or over several crossed (``"sex * age"``). One crossed margin
alone is post-stratification; several margins are raked.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from survey_engine.errors import Diagnostic, ResponseError, Where, diagnostic
from survey_engine.responses.text import cell_text

CROSS = " * "
SHARES_SUM = 1e-6
TOTALS_AGREE = 1e-3


@dataclass(frozen=True, kw_only=True)
class Margin:
    """Wanted shares of the categories of a column, or of crossed columns.

    Attributes
    ----------
    columns : tuple[str, ...]
    shares : Mapping[tuple[str, ...], float]
        By category (one text a column), positive, sum 1.
    total : float
        Sum of the numbers as given.
    """

    columns: tuple[str, ...]
    shares: Mapping[tuple[str, ...], float]
    total: float

    @property
    def name(self) -> str:
        """The columns as one text."""
        return CROSS.join(self.columns)


def read_margins(
    given: Mapping[str, Any], *, file: str | None = None
) -> tuple[tuple[Margin, ...], tuple[Diagnostic, ...]]:
    """Margins out of plain data: column → category → share, percentage or total.

    Parameters
    ----------
    given : Mapping
        ``{"sex": {"f": 0.52, "m": 0.48}}``; crossed columns nest their categories,
        ``{"sex * age": {"f": {"18-34": 0.2, …}, …}}``.
    file : str, optional
        Name shown in diagnostics.

    Returns
    -------
    tuple of Margin, tuple of Diagnostic
        ``MARGIN_TOTALS_DIFFER`` where populations of different size are given.

    Raises
    ------
    ResponseError
        ``MARGINS_UNREADABLE``, ``MARGIN_NOT_POSITIVE``, ``MARGIN_SHARES_SUM``: all of
        them at once.
    """
    margins: list[Margin] = []
    faults: list[Diagnostic] = []
    for name, numbers in given.items():
        try:
            margins.append(_margin(str(name), numbers, file))
        except ResponseError as problem:
            faults += problem.diagnostics
    if not given:
        faults.append(_unreadable("–", file))
    if faults:
        raise ResponseError(*faults)
    return tuple(margins), _totals(margins, file)


def _margin(name: str, given: Any, file: str | None) -> Margin:
    columns = tuple(part.strip() for part in name.split(CROSS.strip()))
    if len(set(columns)) < len(columns) or "" in columns:
        raise ResponseError(_unreadable(name, file))
    numbers = dict(_leaves(given, len(columns), name, file))
    place = Where(items=columns, file=file)
    wrong = [k for k, v in numbers.items() if not math.isfinite(v) or v <= 0]
    if wrong:
        raise ResponseError(
            *(
                diagnostic(
                    "MARGIN_NOT_POSITIVE",
                    where=place,
                    margin=name,
                    category=CROSS.join(k),
                    found=f"{numbers[k]:g}",
                )
                for k in wrong
            )
        )
    total = math.fsum(numbers.values())
    # Numbers above 1 are percentages or people; a sum near 1 is meant to be 1.
    if max(numbers.values()) <= 1 and abs(total - 1) > SHARES_SUM:
        raise ResponseError(
            diagnostic("MARGIN_SHARES_SUM", where=place, margin=name, total=f"{total:.6g}")
        )
    shares = {key: number / total for key, number in numbers.items()}
    return Margin(columns=columns, shares=shares, total=total)


def _leaves(
    given: Any, depth: int, name: str, file: str | None
) -> Iterator[tuple[tuple[str, ...], float]]:
    """Every category with its number; categories of crossed columns lie nested."""
    if not isinstance(given, Mapping) or not given:
        raise ResponseError(_unreadable(name, file))
    for key, below in given.items():
        text = cell_text(key)
        if depth > 1:
            for rest, number in _leaves(below, depth - 1, name, file):
                yield (text, *rest), number
        elif isinstance(below, bool) or not isinstance(below, int | float):
            raise ResponseError(_unreadable(name, file))
        else:
            yield (text,), float(below)


def _unreadable(name: str, file: str | None) -> Diagnostic:
    return diagnostic("MARGINS_UNREADABLE", where=Where(file=file), margin=name)


def _totals(margins: list[Margin], file: str | None) -> tuple[Diagnostic, ...]:
    people = [one for one in margins if one.total > 1 + SHARES_SUM]
    totals = [one.total for one in people]
    if len(totals) < 2 or max(totals) <= min(totals) * (1 + TOTALS_AGREE):
        return ()
    found = ", ".join(f"{one.name} {one.total:g}" for one in people)
    columns = tuple(dict.fromkeys(c for one in people for c in one.columns))
    return (
        diagnostic("MARGIN_TOTALS_DIFFER", where=Where(items=columns, file=file), found=found),
    )
