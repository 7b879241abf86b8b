"""Symmetric matrices as vectors of their lower triangles."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from survey_engine.numerics.moments import Array

Index = NDArray[np.intp]


@lru_cache(maxsize=64)
def lower_triangle(size: int) -> tuple[Index, Index]:
    """Rows and columns of the lower triangle with diagonal, column by column (vech)."""
    columns, rows = np.triu_indices(size)
    return rows, columns


def vech(matrices: Array) -> Array:
    """Lower triangles, shape (..., p (p + 1) / 2), of symmetric (..., p, p)."""
    rows, columns = lower_triangle(matrices.shape[-1])
    return np.asarray(matrices[..., rows, columns])


def doubled(size: int) -> Array:
    """How often each element of vech stands in the full matrix: 1 or 2."""
    rows, columns = lower_triangle(size)
    return np.where(rows == columns, 1.0, 2.0)
