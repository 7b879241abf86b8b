"""Discriminant validity: HTMT and Fornell-Larcker. Number-level cores, batched."""

from __future__ import annotations

import numpy as np

from survey_engine.assessment.blocks import membership
from survey_engine.numerics.moments import Array


def htmt(correlation: Array, sizes: tuple[int, ...]) -> Array:
    """Heterotrait-monotrait ratio of **absolute** item correlations.

    Mean correlation between two blocks over the geometric mean of the mean correlations
    within them; the mean within a single item is 1 (Henseler, Ringle & Sarstedt 2015,
    JAMS 43, eq. 6; absolute values as seminr takes them).

    Parameters
    ----------
    correlation : ndarray, shape (..., p, p)
    sizes : tuple of int, length K

    Returns
    -------
    ndarray, shape (..., K, K)
        Symmetric; the diagonal is NaN.
    """
    member = membership(sizes)
    count = np.asarray(sizes, dtype=float)
    shape = correlation.shape
    p, k = member.shape
    rows = int(np.prod(shape[:-1], dtype=np.int64))
    half = np.abs(correlation).reshape(rows, p) @ member
    sums = np.matmul(member.T, half.reshape(*shape[:-2], p, k))
    pairs = count * (count - 1)
    inside = np.diagonal(sums, axis1=-2, axis2=-1) - count
    with np.errstate(divide="ignore", invalid="ignore"):
        monotrait = np.where(count > 1, inside / np.where(pairs > 0, pairs, 1.0), 1.0)
        root = np.sqrt(monotrait)
        ratio = sums / (count[:, None] * count) / (root[..., :, None] * root[..., None, :])
    ratio = np.where(np.isfinite(ratio), ratio, np.nan)
    ratio[..., np.arange(k), np.arange(k)] = np.nan
    return ratio


def largest_correlation(correlations: Array) -> tuple[Array, Array]:
    """For each construct the largest absolute correlation with another, and with which.

    Parameters
    ----------
    correlations : ndarray, shape (K, K), K >= 2

    Returns
    -------
    value : ndarray, shape (K,)
    partner : ndarray of int, shape (K,)
    """
    others = np.abs(correlations.copy())
    np.fill_diagonal(others, -1.0)
    others = np.where(np.isfinite(others), others, -1.0)
    partner = np.argmax(others, axis=1)
    value = np.take_along_axis(others, partner[:, None], axis=1)[:, 0]
    return np.where(value >= 0, value, np.nan), partner
