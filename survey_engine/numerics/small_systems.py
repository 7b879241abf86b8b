"""Many small symmetric systems at once, the batch on the last axis.

LAPACK costs about a microsecond a call for a 3 x 3 system; elimination written over
the batch axis costs a few nanoseconds per system and gives the same bits however the
batch is cut, because every system sees the same scalar operations in the same order.
"""

from __future__ import annotations

import numpy as np

from survey_engine.numerics.moments import Array


def solve_symmetric(matrix: Array, right: Array) -> tuple[Array, Array]:
    """Solve ``A x = b`` for many symmetric positive definite `A` by elimination.

    No pivoting: for positive definite matrices it is backward stable without.

    Parameters
    ----------
    matrix : ndarray, shape (m, m, ...)
        Correlation or covariance matrices, batch axes last.
    right : ndarray, shape (m, r, ...)
        Right-hand sides.

    Returns
    -------
    solution : ndarray, shape (m, r, ...)
        Without meaning where the pivot is not positive.
    pivot : ndarray, shape (...)
        The smallest pivot. For a correlation matrix pivot j is 1 - R² of column j on
        the columns before it: 0 or below means singular.
    """
    left, solution = matrix.copy(), right.copy()
    size = left.shape[0]
    pivot = left[0, 0].copy()
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        for k in range(size):
            np.minimum(pivot, left[k, k], out=pivot)
            factor = left[k + 1 :, k] / left[k, k]
            left[k + 1 :, k + 1 :] -= factor[:, None] * left[k, k + 1 :]
            solution[k + 1 :] -= factor[:, None] * solution[k]
        for k in range(size - 1, -1, -1):
            for j in range(k + 1, size):
                solution[k] -= left[k, j] * solution[j]
            solution[k] /= left[k, k]
    return solution, pivot


def inverse_symmetric(matrix: Array) -> tuple[Array, Array]:
    """Inverses of many symmetric positive definite matrices, shape (m, m, ...).

    Returns the inverses and the smallest pivots, as `solve_symmetric`.
    """
    size = matrix.shape[0]
    identity = np.zeros_like(matrix)
    identity[np.arange(size), np.arange(size)] = 1.0
    return solve_symmetric(matrix, identity)
