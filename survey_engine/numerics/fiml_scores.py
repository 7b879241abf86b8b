"""Casewise scores of incomplete rows, and their cross-products for sandwich errors."""

from __future__ import annotations

import numpy as np

from survey_engine.numerics.fiml import FimlPoint, half_scale, take_off
from survey_engine.numerics.incomplete import IncompleteRows, Index
from survey_engine.numerics.moments import Array
from survey_engine.numerics.symmetric import lower_triangle

# Rows in one array of casewise scores: bounds memory.
_ROWS = 20_000


def casewise_scores(
    rows: IncompleteRows, at: FimlPoint, mean: Array, chosen: slice | Index
) -> Array:
    """Score of single rows in means and ``vech`` covariances, shape (m, p + p*).

    Derivatives of each row's log-likelihood, without its case weight.
    """
    p = len(at.inverse)
    low = lower_triangle(p)
    pattern = rows.of_row[chosen]
    seen = rows.observed[pattern]
    deviation = np.where(seen, rows.rows[chosen] - (mean - rows.centre), 0.0)
    result = np.empty((len(pattern), p + len(low[0])))
    own = deviation @ at.inverse
    half = np.broadcast_to(at.inverse[low], (len(pattern), len(low[0]))).copy()
    for group, factor in zip(rows.groups, at.factors, strict=True):
        here = np.flatnonzero(np.isin(pattern, group.patterns))
        if factor.shape[-1] and here.size:
            each = factor[np.searchsorted(group.patterns, pattern[here])]
            take_off(each, deviation, own, here)
            half[here] -= (each @ np.swapaxes(each, 1, 2))[:, low[0], low[1]]
    result[:, :p] = own
    result[:, p:] = (own[:, low[0]] * own[:, low[1]] - half) * half_scale(p)
    return result


def score_products(
    rows: IncompleteRows,
    at: FimlPoint,
    mean: Array,
    *,
    jacobian: Array | None = None,
) -> Array:
    """Mean cross-product of the rows' weighted scores (the middle of a sandwich).

    Parameters
    ----------
    rows, at, mean
        Scores are summed within the clusters of `rows` first, if it has any.
    jacobian : ndarray, shape (p + p*, q), or None
        Scores are taken to q parameters first.

    Returns
    -------
    ndarray, shape (p + p*, p + p*) or (q, q)
    """
    n, cluster = len(rows.rows), rows.cluster
    total: Array | float = 0.0
    sums: Array | None = None
    for low in range(0, n, _ROWS):
        part = slice(low, min(low + _ROWS, n))
        scores = casewise_scores(rows, at, mean, part) * rows.weights[part, None]
        if jacobian is not None:
            scores = scores @ jacobian
        if cluster is None:
            total = total + scores.T @ scores
            continue
        if sums is None:
            sums = np.zeros((int(cluster.max()) + 1, scores.shape[1]))
        np.add.at(sums, cluster[part], scores)
    if sums is not None:
        # C / (C - 1): the sums have mean zero by estimation (as in lavaan and Stata).
        total = sums.T @ sums * (len(sums) / max(len(sums) - 1, 1))
    return np.asarray(total) / rows.n
