"""Variance inflation and Cohen's f2, from correlations alone. Batched cores."""

from __future__ import annotations

import numpy as np

from survey_engine.assessment.blocks import block_slices
from survey_engine.numerics.moments import Array
from survey_engine.numerics.small_systems import inverse_symmetric

_LARGEST = 1e12


def inverse_diagonal(correlation: Array) -> Array:
    """Diagonal of the inverse, the variance inflation factors ``1 / (1 - R2_j)``.

    Parameters
    ----------
    correlation : ndarray, shape (..., m, m)

    Returns
    -------
    ndarray, shape (..., m)
        NaN for a singular or non-finite matrix.
    """
    finite = np.all(np.isfinite(correlation), axis=(-2, -1))
    identity = np.eye(correlation.shape[-1])
    safe = np.where(finite[..., None, None], correlation, identity)
    if safe.ndim == 3:  # a batch of small systems: elimination over the batch axis
        whole, pivot = inverse_symmetric(np.ascontiguousarray(np.moveaxis(safe, 0, -1)))
        at = np.arange(len(identity))
        diagonal = whole[at, at].T
        fine = finite & (pivot > 1 / _LARGEST) & np.all(diagonal < _LARGEST, axis=1)
        return np.where(fine[:, None], diagonal, np.nan)
    try:
        inverse = np.linalg.inv(safe)
    except np.linalg.LinAlgError:
        # One exactly singular matrix stops the whole batch: take those out by name.
        finite = finite & (np.linalg.eigvalsh(safe)[..., 0] > 1 / _LARGEST)
        inverse = np.linalg.inv(np.where(finite[..., None, None], safe, identity))
    diagonal = np.diagonal(inverse, axis1=-2, axis2=-1)
    positive = np.all((diagonal > 0) & (diagonal < _LARGEST), axis=-1)
    return np.where((finite & positive)[..., None], diagonal, np.nan)


def item_inflation(correlation: Array, sizes: tuple[int, ...]) -> Array:
    """VIF of each indicator on the others of its block: (..., p, p) to (..., p).

    NaN for single indicators.
    """
    result = np.full(correlation.shape[:-1], np.nan)
    for block, size in zip(block_slices(sizes), sizes, strict=True):
        if size > 1:
            result[..., block] = inverse_diagonal(correlation[..., block, block])
    return result


def antecedent_inflation(correlations: Array, adjacency: Array) -> Array:
    """VIF of each antecedent within each equation.

    Parameters
    ----------
    correlations : ndarray, shape (..., K, K)
        Of the constructs.
    adjacency : ndarray, shape (K, K)
        1 at [i, j] where a path leads from i to j.

    Returns
    -------
    ndarray, shape (..., K, K)
        At [i, j] for each path i to j, NaN elsewhere and where j has one antecedent.
    """
    result = np.full(correlations.shape, np.nan)
    for j in range(adjacency.shape[1]):
        at = np.flatnonzero(adjacency[:, j])
        if at.size > 1:
            predictors = correlations[..., at, :][..., :, at]
            result[..., at, j] = inverse_diagonal(predictors)
    return result


def f_squared(correlations: Array, paths: Array, r2: Array, adjacency: Array) -> Array:
    """Cohen's (1988) effect size of each path, the scores kept.

    ``(R2_incl - R2_excl) / (1 - R2_incl)``. Dropping one predictor from a regression of
    standardised variables lowers R2 by ``b^2 / [C^-1]_ii``, so no second regression is
    needed.

    Parameters
    ----------
    correlations, paths, adjacency : ndarray, shape (..., K, K)
        `paths` standardised, from row to column.
    r2 : ndarray, shape (..., K)

    Returns
    -------
    ndarray, shape (..., K, K)
        NaN where there is no path, or where R2 is not below 1.
    """
    result = np.full(correlations.shape, np.nan)
    for j in range(adjacency.shape[1]):
        at = np.flatnonzero(adjacency[:, j])
        if at.size == 0:
            continue
        predictors = correlations[..., at, :][..., :, at]
        inflation = inverse_diagonal(predictors)
        unexplained = 1 - r2[..., j, None]
        with np.errstate(divide="ignore", invalid="ignore"):
            value = paths[..., at, j] ** 2 / inflation / unexplained
        result[..., at, j] = np.where(unexplained > 0, value, np.nan)
    return result
