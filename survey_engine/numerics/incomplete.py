"""Incomplete rows, grouped once by missing pattern so that likelihoods are a few products.

Rows of a pattern enter as their mean and as rows whose cross-products are the scatter
about it: never more than the pattern has rows, nor more than p. Patterns are held by the
number of missing columns, the size of the small systems each of them needs.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from survey_engine.numerics.moments import Array

Index = NDArray[np.intp]


@dataclass(frozen=True, kw_only=True)
class PatternGroup:
    """The patterns with the same number m of missing columns.

    Attributes
    ----------
    patterns : ndarray of int, shape (Q,)
        Their numbers.
    missing : ndarray of int, shape (Q, m)
        The missing columns of each.
    spread : ndarray of int, shape (R,)
        The scatter rows that belong to these patterns.
    spread_at : ndarray of int, shape (R,)
        For each of them the position in `patterns`.
    """

    patterns: Index
    missing: Index
    spread: Index
    spread_at: Index


@dataclass(frozen=True, kw_only=True)
class IncompleteRows:
    """Rows with gaps, sorted by pattern.

    Attributes
    ----------
    observed : ndarray of bool, shape (P, p)
        The patterns that occur.
    size : ndarray, shape (P,)
        Sum of case weights of each.
    count : ndarray of int, shape (P,)
        Rows of each.
    centre : ndarray, shape (p,)
        What was taken off the columns; every row below is about it.
    mean : ndarray, shape (P, p)
        Weighted mean of each pattern, 0 where missing.
    spread : ndarray, shape (R, p)
        Rows whose cross-products within a pattern give its scatter about `mean`.
    spread_of : ndarray of int, shape (R,)
        The pattern of each, ascending.
    groups : tuple[PatternGroup, ...]
    rows : ndarray, shape (n, p)
        The rows themselves, 0 where missing, in the caller's order.
    of_row : ndarray of int, shape (n,)
    weights : ndarray, shape (n,)
        1 without case weights.
    cluster : ndarray of int, shape (n,), or None
        Numbers 0..C-1; scores are summed within clusters for robust errors.
    """

    observed: NDArray[np.bool_]
    size: Array
    count: Index
    centre: Array
    mean: Array
    spread: Array
    spread_of: Index
    groups: tuple[PatternGroup, ...]
    rows: Array
    of_row: Index
    weights: Array
    cluster: Index | None = None

    @property
    def n(self) -> float:
        """Sum of case weights."""
        return float(self.size.sum())

    @cached_property
    def coverage(self) -> Array:
        """Share of rows (of weight) that answer both columns of a pair, shape (p, p)."""
        seen = self.observed.astype(np.float64)
        return np.asarray((seen * self.size[:, None]).T @ seen / self.n)


def group_rows(values: Array, weights: Array | None = None) -> IncompleteRows:
    """Group rows (n, p) with NaN for missing answers by pattern.

    Parameters
    ----------
    values : ndarray, shape (n, p)
        No row without any answer, no column without any.
    weights : ndarray, shape (n,), or None
        Positive case weights.
    """
    seen = ~np.isnan(values)
    share = np.ones(len(values)) if weights is None else weights
    filled = np.where(seen, values, 0.0)
    centre = (share @ filled) / (share @ seen)
    filled = np.where(seen, values - centre, 0.0)
    observed, of_row = _patterns(seen)
    order = np.argsort(of_row, kind="stable")
    count = np.bincount(of_row, minlength=len(observed)).astype(np.intp)
    first = np.concatenate(([0], np.cumsum(count)[:-1]))
    size = np.add.reduceat(share[order], first)
    weighted = filled * share[:, None]
    mean = np.add.reduceat(weighted[order], first, axis=0) / size[:, None]
    spread, spread_of = _scatter_rows(
        (filled - mean[of_row] * observed[of_row]) * np.sqrt(share)[:, None],
        order,
        first,
        count,
    )
    return IncompleteRows(
        observed=observed,
        size=size,
        count=count,
        centre=centre,
        mean=mean,
        spread=spread,
        spread_of=spread_of,
        groups=_groups(observed, spread_of),
        rows=filled,
        of_row=of_row,
        weights=share,
    )


def _patterns(seen: NDArray[np.bool_]) -> tuple[NDArray[np.bool_], Index]:
    """The distinct rows of `seen` and the number of each row's, by packed words."""
    packed = np.packbits(seen, axis=1)
    words = np.zeros((len(seen), -(-packed.shape[1] // 8) * 8), dtype=np.uint8)
    words[:, : packed.shape[1]] = packed
    keys = words.view(np.uint64)
    if keys.shape[1] == 1:
        _, first, of_row = np.unique(keys[:, 0], return_index=True, return_inverse=True)
    else:
        _, first, of_row = np.unique(keys, axis=0, return_index=True, return_inverse=True)
    return seen[first], of_row.reshape(-1).astype(np.intp)


def _scatter_rows(
    about: Array, order: Index, first: Index, count: Index
) -> tuple[Array, Index]:
    """Rows with the scatter of each pattern; crowded patterns are reduced to p rows."""
    p = about.shape[1]
    of_sorted = np.repeat(np.arange(len(count)), count)
    plain = (count > 1) & (count <= p)
    keep = plain[of_sorted]
    parts, numbers = [about[order[keep]]], [of_sorted[keep]]
    for g in np.flatnonzero(count > p):  # at most n / p patterns are that crowded
        block = about[order[first[g] : first[g] + count[g]]]
        root, vector = np.linalg.eigh(block.T @ block)
        parts.append(np.sqrt(np.maximum(root, 0.0))[:, None] * vector.T)
        numbers.append(np.full(p, g))
    spread_of = np.concatenate(numbers)
    sort = np.argsort(spread_of, kind="stable")
    return np.concatenate(parts)[sort], spread_of[sort].astype(np.intp)


def _groups(observed: NDArray[np.bool_], spread_of: Index) -> tuple[PatternGroup, ...]:
    gaps = (~observed).sum(axis=1)
    found = []
    at = np.zeros(len(observed), dtype=np.intp)
    for m in np.unique(gaps):
        patterns = np.flatnonzero(gaps == m)
        at[patterns] = np.arange(len(patterns))
        spread = np.flatnonzero(gaps[spread_of] == m)
        found.append(
            PatternGroup(
                patterns=patterns,
                missing=np.nonzero(~observed[patterns])[1].reshape(len(patterns), int(m)),
                spread=spread,
                spread_at=at[spread_of[spread]],
            )
        )
    return tuple(found)
