"""Fourth-order moments of rows: the sampling covariance of means and covariances.

Gamma is n times the asymptotic covariance of ``(mean, vech S)`` whatever the
distribution (Browne 1984, eq. 3.4). It is all that robust standard errors, scaled tests
and WLS weights ask of the rows.
"""

from __future__ import annotations

import numpy as np

from survey_engine.numerics.moments import Array, RowSource
from survey_engine.numerics.symmetric import lower_triangle, vech

CHUNK_ROWS = 4096
"""Rows per block: the block of products of a 24-item model stays in the cache."""


def gamma_of(
    rows: RowSource, columns: tuple[str, ...], mean: Array, covariance: Array
) -> Array:
    """Gamma of ``(mean, vech S)``, shape (k, k) with k = p + p (p + 1) / 2.

    Parameters
    ----------
    rows : RowSource
        Complete rows. With case weights w (scaled to sum n) the result is that of
        weighted moments, ``sum w^2 a a' / n``.
    columns : tuple of str
        The p columns wanted, in order.
    mean : ndarray, shape (p,)
    covariance : ndarray, shape (p, p)
        With divisor n, of the same rows and weights.

    Returns
    -------
    ndarray
        Divisor n (sum of weights).
    """
    at = [rows.columns.index(name) for name in columns]
    first, second = lower_triangle(len(columns))
    centre = np.concatenate((np.zeros(len(columns)), vech(covariance)))
    total, count = np.zeros((len(centre), len(centre))), 0.0
    for block, weights in rows.chunks():
        chosen = block[:, at]
        for start in range(0, len(block), CHUNK_ROWS):
            away = chosen[start : start + CHUNK_ROWS] - mean
            each = np.concatenate((away, away[:, first] * away[:, second]), axis=1) - centre
            if weights is None:
                total += each.T @ each
                count += len(each)
            else:
                part = weights[start : start + CHUNK_ROWS]
                # Weighted means vary with the squares of the weights.
                weighted = each * part[:, None]
                total += weighted.T @ weighted
                count += float(part.sum())
    return total / count
