"""Permutations as moments: who belongs to which group, times what rows hold.

As in the bootstrap, permutations come in chunks with a `SeedSequence` child each, so the
digits do not depend on the number of workers.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from survey_engine.numerics.item_products import BLOCK, ItemProducts
from survey_engine.numerics.moments import Array
from survey_engine.numerics.resampling import ResamplingTask


def group_moments(
    products: ItemProducts, membership: NDArray[np.intp], groups: int
) -> tuple[Array, Array]:
    """Moments of every group under B divisions of the rows.

    Parameters
    ----------
    membership : ndarray of int, shape (B, n)
        Group of each row, from 0.

    Returns
    -------
    mean : ndarray, shape (B, G, p)
    covariance : ndarray, shape (B, G, p, p)
        Divisor n of the group (sum of its weights).
    """
    size = len(membership)
    means, covariances = [], []
    totals = [products.empty(size) for _ in range(groups)]
    for block in range(products.n_blocks):
        first = block * BLOCK
        part = membership[:, first : first + products.rows_of(block)]
        for group, total in enumerate(totals):
            products.add(total, block, (part == group).astype(np.float64))
    for total in totals:
        mean, covariance = products.moments(total)
        means.append(mean)
        covariances.append(covariance)
    return np.stack(means, axis=1), np.stack(covariances, axis=1)


def permuted_membership(membership: NDArray[np.intp], task: ResamplingTask) -> NDArray[np.intp]:
    """Random divisions into groups of the same sizes, shape (task.size, n)."""
    draws = np.random.default_rng(task.seed)
    compact = membership.astype(np.uint8 if membership.max() < 256 else np.intp)
    repeated = np.broadcast_to(compact, (task.size, len(compact)))
    return np.asarray(draws.permuted(repeated, axis=1), dtype=np.intp)
