"""Contingency tables of all pairs of items at once, by products of indicator columns.

Answers come as category positions 0, 1, ...; -1 is missing. A chunk of rows becomes a
block of zeros and ones, and its product with itself holds every table: exact counts in
float32 (chunks are far below 2^24 rows), weighted sums in float64.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from survey_engine.numerics.moments import Array

MISSING = -1
CHUNK_ROWS = 4096
"""Part of the definition of the digits of weighted sums."""


def pairs_of(p: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Positions of the p(p-1)/2 pairs: (0, 1), (0, 2), ..., the order of every result."""
    first, second = np.triu_indices(p, 1)
    return first, second


def pair_tables(codes: NDArray[np.int8], size: int, weights: Array | None = None) -> Array:
    """Contingency tables of every pair of columns.

    Parameters
    ----------
    codes : ndarray of int8, shape (n, p)
        Category positions below `size`; -1 where there is no answer.
    size : int
        Most categories of any item.
    weights : ndarray, shape (n,), optional

    Returns
    -------
    ndarray, shape (p, p, size, size)
        ``[i, j, a, b]`` is the (weighted) number of rows with answer a to item i and b
        to item j; ``[i, i]`` is diagonal. Rows that miss one of the two are left out.
    """
    n, p = codes.shape
    kind = np.float32 if weights is None else np.float64
    total = np.zeros((p * size, p * size))
    categories = np.arange(size, dtype=np.int8)
    for start in range(0, n, CHUNK_ROWS):
        part = codes[start : start + CHUNK_ROWS]
        hot = (part[:, :, None] == categories).reshape(len(part), p * size).astype(kind)
        if weights is None:
            total += hot.T @ hot
        else:
            total += (hot * weights[start : start + CHUNK_ROWS, None]).T @ hot
    return np.ascontiguousarray(total.reshape(p, size, p, size).transpose(0, 2, 1, 3))


def keep_margins(tables: Array) -> tuple[Array, NDArray[np.bool_]]:
    """Two-by-two tables with one empty cell, moved to half a respondent, margins kept.

    Without it the tetrachoric correlation is ±1 whatever the other cells say (Brown &
    Benedetti 1977, Psychometrika 42, p. 353). Other tables are left as they are.

    Parameters
    ----------
    tables : ndarray, shape (P, 2, 2)

    Returns
    -------
    tables : ndarray, shape (P, 2, 2)
    adjusted : ndarray of bool, shape (P,)
    """
    empty = tables == 0
    adjusted = empty.sum(axis=(1, 2)) == 1
    on_diagonal = empty[:, 0, 0] | empty[:, 1, 1]
    move = np.where(adjusted, np.where(on_diagonal, 0.5, -0.5), 0.0)
    signs = np.array([[1.0, -1.0], [-1.0, 1.0]])
    return tables + move[:, None, None] * signs, adjusted
