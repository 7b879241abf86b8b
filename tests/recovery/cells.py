"""The rule for cells that leave their limits: drawn once more, both published.

A study holds some hundred and fifty limits, so one or two are left by chance alone. Such a
cell is drawn again from the next seed, at the same size; the second sample must keep every
limit, and the figures of both are kept.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .figures import keep

Summary = dict[str, Any]


def study_cell(
    study: str,
    cell: str,
    facts: Summary,
    *,
    run: Callable[[int], Summary],
    seed: int,
    problems: Callable[[Summary], list[str]],
) -> list[str]:
    """Run a cell and keep its figures; what is wrong with it, twice in a row if at all.

    Parameters
    ----------
    study, cell : str
        Where the figures go.
    facts : dict
        Of the design, kept beside them.
    run : callable
        The cell's summary from a seed.
    seed : int
    problems : callable
        What of a summary is outside its limits.
    """
    summary = run(seed)
    wrong = problems(summary)
    if wrong:
        again = run(seed + 1)
        summary = {**summary, "again": again}
        wrong = problems(again)
    keep(study, cell, {**facts, **summary})
    return wrong
