"""Starting values of composites: weights of the first canonical variate."""

from __future__ import annotations

import numpy as np

from survey_engine.estimation.cbsem.composites import Composite
from survey_engine.estimation.cbsem.entry import Entry
from survey_engine.numerics.moments import Array

SMALLEST_PIVOT = 0.05
"""Of the largest weight: what a starting weight of the pivot is at least."""


def canonical_weights(correlation: Array, at: list[int], known: Array) -> Array:
    """Starting weights: the block's first canonical variate with all other variables.

    Parameters
    ----------
    correlation : ndarray, shape (p, p)
    at : list of int
        The block, the pivot first.
    known : ndarray, shape (K,)
        Fixed weights; NaN where free.

    Returns
    -------
    ndarray, shape (K,)
        With 1 for the pivot.
    """
    block = np.array(at, dtype=np.intp)
    others = np.setdiff1d(np.arange(len(correlation)), block)
    own = correlation[np.ix_(block, block)]
    between = correlation[np.ix_(block, others)]
    rest = correlation[np.ix_(others, others)]
    shared = between @ np.linalg.lstsq(rest, between.T, rcond=None)[0]
    left = np.linalg.inv(np.linalg.cholesky(own))
    vector = left.T @ np.linalg.eigh(left @ shared @ left.T)[1][:, -1]
    # A pivot that hardly counts would make the others huge.
    smallest = SMALLEST_PIVOT * float(np.abs(vector).max())
    pivot = vector[0] if abs(vector[0]) > smallest else np.copysign(smallest, vector[0])
    found = vector / pivot
    found[0] = 1.0
    return np.where(np.isnan(known), found, known)


def known_weights(one: Composite, rows: tuple[Entry, ...], values: Array) -> Array:
    """Fixed weights of a composite among `values`, pivot first; NaN where free, (K,)."""
    at = {e.rhs: i for i, e in enumerate(rows) if e.op == "<~" and e.lhs == one.name}
    places = [at[item] for item in one.indicators]
    free = [bool(rows[i].free) for i in places]
    return np.where(free, np.nan, values[places])


def set_block(
    name: str,
    rows: tuple[Entry, ...],
    values: Array,
    data: tuple[Array, Array, dict[str, int]],
) -> None:
    """Set the free weights of a composite, and the loadings that go with them, in place.

    Parameters
    ----------
    name : str
    rows : tuple of Entry
    values : ndarray, shape (E,)
        Changed.
    data : tuple
        Weights (p,), covariances (p, p), position of each observed variable.
    """
    weight, covariance, position = data
    with_items = covariance @ weight
    variance = float(weight @ with_items)
    for i, entry in enumerate(rows):
        if not entry.free or entry.lhs != name:
            continue
        if entry.op == "<~":  # in the matrices with its sign turned
            values[i] = -weight[position[entry.rhs]]
        elif entry.hidden:
            values[i] = with_items[position[entry.rhs]] / variance
