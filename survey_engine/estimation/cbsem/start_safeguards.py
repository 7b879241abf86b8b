"""Starting values kept away from what no search comes back from."""

from __future__ import annotations

import numpy as np

from survey_engine.numerics.moments import Array


def relative_loadings(off: Array, variance: Array) -> Array:
    """Loadings up to scale: covariance with the other items, kept away from zero."""
    total = off.sum(axis=1)
    size = np.sqrt(variance)
    relative = np.abs(total / size)
    # The (lower) median without numpy's checks, which cost more than the sort.
    reference = float(np.sort(relative)[(len(relative) - 1) // 2]) or 1.0
    small = relative < 0.05 * reference
    total = np.where(small, 0.05 * reference * size * np.where(total < 0, -1, 1), total)
    return np.asarray(total / float(np.abs(total).max()))


def positive_definite(covariance: Array) -> Array:
    """Shrink correlations until the smallest eigenvalue is at least .02."""
    scale = np.sqrt(np.maximum(np.diagonal(covariance), 1e-12))
    correlation = covariance / np.outer(scale, scale)
    np.fill_diagonal(correlation, 1.0)
    correlation = np.clip(correlation, -0.98, 0.98)
    np.fill_diagonal(correlation, 1.0)
    smallest = float(np.linalg.eigvalsh(correlation)[0])
    if smallest < 0.02:
        share = 0.98 / (1 - smallest)
        correlation = share * correlation + (1 - share) * np.eye(len(scale))
    return np.asarray(correlation * np.outer(scale, scale))
