"""How much of R² goes with each of several correlated predictors.

References
----------
Johnson, J. W. (2000). A heuristic method for estimating the relative weight of predictor
variables in multiple regression. Multivariate Behavioral Research 35(1), 1-19.
Lindeman, R. H., Merenda, P. F. & Gold, R. Z. (1980). Introduction to bivariate and
multivariate analysis. Scott Foresman: R² averaged over all orders of entry, which the
weights equal exactly for two predictors.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from survey_engine.numerics.moments import Array

_SMALLEST_EIGENVALUE = 1e-10


def relative_weights(
    covariance: Array, target: int, predictors: Sequence[int]
) -> tuple[Array, Array]:
    """Johnson's relative weights; they sum to R² and are never negative.

    With the predictors' correlations ``R = P D P'``, ``L = P D^(1/2) P'`` holds the
    loadings on their nearest orthogonal counterparts and ``b = L^-1 r`` the slopes on
    those; the weight of predictor j is ``sum_k L[j, k]² b[k]²`` (Johnson 2000, eq. 2-5).

    Parameters
    ----------
    covariance : ndarray, shape (..., p, p)
    target : int
    predictors : sequence of int, length m

    Returns
    -------
    weights : ndarray, shape (..., m)
        NaN where a variance is zero or the predictors are collinear.
    r2 : ndarray, shape (...)
    """
    at = [*predictors, target]
    part = covariance[..., at, :][..., :, at]
    scale = np.sqrt(np.diagonal(part, axis1=-2, axis2=-1))
    with np.errstate(divide="ignore", invalid="ignore"):
        r = part / (scale[..., :, None] * scale[..., None, :])
    known = np.isfinite(r).all(axis=(-2, -1))
    safe = np.where(known[..., None, None], r, np.eye(len(at)))
    values, vectors = np.linalg.eigh(safe[..., :-1, :-1])
    known &= values[..., 0] > _SMALLEST_EIGENVALUE
    root = np.sqrt(np.where(known[..., None], values, 1.0))
    turned = np.swapaxes(vectors, -1, -2)
    loadings = (vectors * root[..., None, :]) @ turned
    slopes = ((vectors / root[..., None, :]) @ turned @ safe[..., :-1, -1:])[..., 0]
    weights = (loadings**2 @ (slopes**2)[..., None])[..., 0]
    weights = np.where(known[..., None], weights, np.nan)
    return weights, weights.sum(axis=-1)
