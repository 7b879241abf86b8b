"""What listwise deletion left out, said the same way in memory and in chunks."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from survey_engine.errors import Diagnostic, Severity, Where, diagnostic
from survey_engine.numerics.moments import Array

# Listwise deletion is told as information up to this share of rows, then warned of.
LISTWISE_CAUTION = 0.10
WORST_ITEMS = 3


def worst_items(names: tuple[str, ...], gaps: NDArray[np.int64]) -> tuple[str, ...]:
    """Up to three items with the most missing answers, worst first."""
    order = np.argsort(-gaps, kind="stable")[:WORST_ITEMS]
    return tuple(names[j] for j in order if gaps[j] > 0)


def listwise_findings(
    names: tuple[str, ...],
    gaps: NDArray[np.int64],
    rows: tuple[int, int],
    *,
    constant: NDArray[np.bool_],
    values: Array,
) -> list[Diagnostic]:
    """LISTWISE_DELETION, and ZERO_VARIANCE_ITEM for items that vary in the file only.

    Parameters
    ----------
    names : tuple of p str
    gaps : ndarray of int, shape (p,)
        Missing answers by item.
    rows : (complete rows, rows read)
    constant : ndarray of bool, shape (p,)
        Items that vary in the file but not among the complete rows.
    values : ndarray, shape (p,)
        The one answer of each constant item.
    """
    n, n_read = rows
    if n == n_read:
        return []
    share = (n_read - n) / n_read
    found = [
        diagnostic(
            "LISTWISE_DELETION",
            where=Where(items=worst_items(names, gaps)),
            severity=Severity.WARNING if share > LISTWISE_CAUTION else Severity.INFO,
            n=n,
            n_read=n_read,
            dropped=n_read - n,
            percent=round(100 * share, 1),
        )
    ]
    hit = np.flatnonzero(constant)
    if hit.size:
        kept = tuple(float(values[j]) for j in hit)
        found.append(
            diagnostic(
                "ZERO_VARIANCE_ITEM",
                where=Where(items=tuple(names[j] for j in hit), values=kept),
                value=kept[0],
                n=n,
                cause="listwise",
            )
        )
    return found
