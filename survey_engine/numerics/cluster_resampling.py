"""Resamples of whole clusters within strata, from sums per cluster.

References
----------
Rao, J. N. K. & Wu, C. F. J. (1988). Resampling inference with complex survey data. JASA 83,
231-241. Field, C. A. & Welsh, A. H. (2007). Bootstrapping clustered data. JRSS B 69, 369-390.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from survey_engine.numerics.moments import Array, RowSource
from survey_engine.numerics.resampling import ResamplingTask
from survey_engine.numerics.symmetric import lower_triangle

Index = NDArray[np.intp]


@dataclass(frozen=True, kw_only=True)
class ClusterSums:
    """Weighted sums of every cluster about a common origin.

    Attributes
    ----------
    sums : ndarray, shape (C, 1 + p + p(p+1)/2)
        Weight, items, products of items.
    origin : ndarray, shape (p,)
    strata : tuple of ndarray of int
        The clusters of each stratum.
    n_rows : int
    """

    sums: Array
    origin: Array
    strata: tuple[Index, ...]
    n_rows: int


def cluster_sums(rows: RowSource, cluster: Index, stratum: Index) -> ClusterSums:
    """Sum rows by cluster.

    Parameters
    ----------
    rows : RowSource
        Complete rows.
    cluster, stratum : ndarray of int, shape (n,)
        Numbers of each row. The same cluster number in two strata is two clusters.
    """
    blocks = list(rows.chunks())
    values = np.concatenate([block for block, _ in blocks])
    weights = np.concatenate([np.ones(len(b)) if w is None else w for b, w in blocks])
    pairs, own = np.unique(np.column_stack((stratum, cluster)), axis=0, return_inverse=True)
    own = own.reshape(-1)
    origin = values.mean(axis=0)
    about = values - origin
    low, high = lower_triangle(values.shape[1])
    columns = np.concatenate(
        (np.ones((len(values), 1)), about, about[:, low] * about[:, high]), 1
    )
    sums = np.zeros((len(pairs), columns.shape[1]))
    np.add.at(sums, own, columns * weights[:, None])
    strata = tuple(np.flatnonzero(pairs[:, 0] == s) for s in np.unique(pairs[:, 0]))
    return ClusterSums(sums=sums, origin=origin, strata=strata, n_rows=len(values))


def resampled_clusters(laid: ClusterSums, task: ResamplingTask) -> tuple[Array, Array]:
    """Means (size, p) and covariances (size, p, p) of one chunk of resamples.

    Each stratum gives as many clusters as it has, drawn with replacement.
    """
    draws = np.random.default_rng(task.seed)
    counts = np.zeros((task.size, len(laid.sums)))
    row = np.arange(task.size)[:, None]
    for clusters in laid.strata:
        picked = clusters[draws.integers(0, len(clusters), (task.size, len(clusters)))]
        np.add.at(counts, (row, picked), 1.0)
    total = counts @ laid.sums
    p = len(laid.origin)
    size, first = total[:, :1], total[:, 1 : 1 + p]
    low, high = lower_triangle(p)
    square = np.empty((task.size, p, p))
    square[:, low, high] = square[:, high, low] = total[:, 1 + p :] / size
    mean = first / size
    covariance = square - mean[:, :, None] * mean[:, None, :]
    return mean + laid.origin, covariance
