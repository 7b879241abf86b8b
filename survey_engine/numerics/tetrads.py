"""Tetrads: differences of products of covariances that one common factor makes zero.

References
----------
Bollen, K. A. & Ting, K.-F. (1993). Confirmatory tetrad analysis. Sociological
Methodology 23, 147-175.
Gudergan, S. P., Ringle, C. M., Wende, S. & Will, A. (2008). Confirmatory tetrad analysis
in PLS path modeling. Journal of Business Research 61, 1238-1249.
"""

from __future__ import annotations

import numpy as np

from survey_engine.numerics.moments import Array

Tetrad = tuple[int, int, int, int]
"""Items g, h, i, j of ``s_gh s_ij - s_gi s_hj``."""


def model_tetrads(count: int) -> tuple[Tetrad, ...]:
    """A set of ``p (p - 3) / 2`` tetrads of which none follows from the others.

    Parameters
    ----------
    count : int
        Items of the block, at least 4.
    """
    first = [(0, 1, i, j) for i in range(2, count) for j in range(i + 1, count)]
    # s_02 s_1j = s_0j s_12, written as s_02 s_1j - s_0j s_21: items 0, 2, j, 1.
    second = [(0, 2, j, 1) for j in range(3, count)]
    return (*first, *second)


PAIRED: tuple[Tetrad, ...] = ((0, 2, 3, 1),)
"""The one tetrad that vanishes for two items of one construct and two of another."""


def tetrads(covariance: Array, which: tuple[Tetrad, ...]) -> Array:
    """Values of tetrads, shape (..., T), of covariances (..., p, p)."""
    at = np.array(which, dtype=np.intp)
    g, h, i, j = at.T
    return np.asarray(
        covariance[..., g, h] * covariance[..., i, j]
        - covariance[..., g, i] * covariance[..., h, j]
    )
