"""Items that other items determine: copies, exact lines, and sets that add up."""

from __future__ import annotations

import numpy as np
from scipy import linalg

from survey_engine.errors import Diagnostic, Where, diagnostic
from survey_engine.numerics.moments import Array

# 1 - r of two items, and the share of an item's variance the others leave unexplained.
_EXACT = 1e-9
_USED = 1e-6


def collinear_items(items: tuple[str, ...], values: Array) -> tuple[Diagnostic, ...]:
    """COLLINEAR_ITEMS: one diagnostic per copied pair and per set that adds up.

    Parameters
    ----------
    items : tuple of str, length p
    values : ndarray, shape (n, p)
        NaN where there is no number; every item varies. Complete rows are used.
    """
    complete = values[~np.isnan(values).any(axis=1)]
    if len(items) < 2 or complete.shape[0] <= len(items):
        return ()
    centred = complete - complete.mean(axis=0)
    norm = np.sqrt(np.square(centred).sum(axis=0))
    varying = np.flatnonzero(norm > 0)
    names = [items[j] for j in varying]
    standard = centred[:, varying] / norm[varying]
    pairs = _pairs(names, complete[:, varying], standard)
    drop = {names.index(one.where.items[1]) for one in pairs}
    rest = [j for j in range(len(names)) if j not in drop]
    return (*pairs, *_sets([names[j] for j in rest], standard[:, rest]))


def _pairs(names: list[str], values: Array, standard: Array) -> list[Diagnostic]:
    correlation = standard.T @ standard
    found: list[Diagnostic] = []
    for j, k in np.argwhere(np.triu(np.abs(correlation) > 1 - _EXACT, 1)):
        same = bool(np.array_equal(values[:, j], values[:, k]))
        found.append(
            diagnostic(
                "COLLINEAR_ITEMS",
                where=Where(items=(names[j], names[k])),
                kind="identical" if same else "linear",
                n=int(values.shape[0]),
            )
        )
    return found


def _sets(names: list[str], standard: Array) -> list[Diagnostic]:
    """Dependent columns by pivoted QR; the support of each names its set."""
    if len(names) < 3:
        return []
    _, upper, order = linalg.qr(standard, mode="economic", pivoting=True)
    diagonal = np.abs(np.diagonal(upper))
    rank = int((diagonal > np.sqrt(_EXACT)).sum())
    found: list[Diagnostic] = []
    for k in range(rank, len(names)):
        part = linalg.solve_triangular(upper[:rank, :rank], upper[:rank, k])
        with_it = [int(order[j]) for j in np.flatnonzero(np.abs(part) > _USED)]
        members = tuple(names[j] for j in sorted((*with_it, int(order[k]))))
        where = Where(items=members)
        found.append(
            diagnostic("COLLINEAR_ITEMS", where=where, kind="set", n=int(standard.shape[0]))
        )
    return found
