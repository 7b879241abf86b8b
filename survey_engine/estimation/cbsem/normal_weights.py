"""Normal-theory weights of the statistics ``(mean, vech S)``."""

from __future__ import annotations

import numpy as np

from survey_engine.numerics.moments import Array
from survey_engine.numerics.symmetric import lower_triangle


def normal_weight(inverse: Array, *, means: bool) -> Array:
    """``1/2 D'(W x W)D`` for vech, W itself for means; shape (..., k, k).

    Parameters
    ----------
    inverse : ndarray, shape (..., p, p)
        W, the inverse of a covariance matrix.
    means : bool
        Whether the statistics begin with the means.

    Notes
    -----
    Element (ij, kl) of the second part is ``c_ij c_kl (w_ik w_jl + w_il w_jk) / 4`` with
    c = 1 on the diagonal and 2 off it (Browne 1974, eq. 15).
    """
    p = inverse.shape[-1]
    i, j = lower_triangle(p)
    first = inverse[..., i[:, None], i] * inverse[..., j[:, None], j]
    second = inverse[..., i[:, None], j] * inverse[..., j[:, None], i]
    times = np.where(i == j, 1.0, 2.0)
    weight = (first + second) * (np.outer(times, times) / 4)
    if not means:
        return np.asarray(weight)
    k = p + len(i)
    whole = np.zeros((*inverse.shape[:-2], k, k))
    whole[..., :p, :p] = inverse
    whole[..., p:, p:] = weight
    return whole
