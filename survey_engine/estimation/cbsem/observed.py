"""What the sample brings: its covariances, their determinant, values fixed by it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from survey_engine.estimation.parameter_table import ParameterTable
from survey_engine.numerics.moments import Array

SINGULAR = 1e-10
"""Below this share of own variance, given the items before it, an item adds nothing."""


@dataclass(frozen=True, kw_only=True)
class Sample:
    """One or many sample covariance matrices with a common number of observations.

    Attributes
    ----------
    covariance : ndarray, shape (..., p, p)
        Divisor n (normal likelihood) or n - 1 (Wishart).
    log_determinant : ndarray, shape (...)
        NaN where the matrix is not positive definite.
    n : float
        What F is multiplied by: n, or n - 1 under Wishart.
    fixed : ndarray, shape (..., n_entries)
        Fixed values of the parameter table, those taken from the sample included.
    """

    covariance: Array
    log_determinant: Array
    n: float
    fixed: Array

    def take(self, at: NDArray[np.intp]) -> Sample:
        """The covariances at these positions of the leading axis."""
        return Sample(
            covariance=self.covariance[at],
            log_determinant=self.log_determinant[at],
            n=self.n,
            fixed=self.fixed[at],
        )


def cholesky(matrices: Array) -> Array:
    """Lower Cholesky factors; NaN for matrices that are not positive definite."""
    try:
        return np.asarray(np.linalg.cholesky(matrices))
    except np.linalg.LinAlgError:
        if matrices.ndim == 2:
            return np.full(matrices.shape, np.nan)
        return np.stack([cholesky(matrix) for matrix in matrices])


def log_determinant(factor: Array) -> Array:
    """Log determinant from a Cholesky factor, shape (...)."""
    diagonal = np.diagonal(factor, axis1=-2, axis2=-1)
    return np.asarray(2 * np.log(diagonal).sum(axis=-1))


def sample(table: ParameterTable, covariance: Array, n: float) -> Sample:
    """Prepare sample covariances for fitting.

    Parameters
    ----------
    table : ParameterTable
    covariance : ndarray, shape (..., p, p)
        In the order of ``table.observed``.
    n : float
    """
    position = {name: i for i, name in enumerate(table.observed)}
    fixed = np.zeros((*covariance.shape[:-2], len(table.entries)))
    for i, entry in enumerate(table.entries):
        if entry.from_sample is not None:
            row, column = position[entry.lhs], position[entry.rhs]
            fixed[..., i] = entry.from_sample * covariance[..., row, column]
        elif entry.value is not None:
            fixed[..., i] = entry.value
    return Sample(
        covariance=covariance,
        log_determinant=_log_determinant_if_regular(covariance),
        n=n,
        fixed=fixed,
    )


def _log_determinant_if_regular(covariance: Array) -> Array:
    """Log determinants; NaN where an item is a combination of the others but for rounding.

    Whether the factorisation of a singular matrix fails depends on the processor's
    rounding; the share of an item's variance that the others leave does not.
    """
    factor = cholesky(covariance)
    variance = np.diagonal(covariance, axis1=-2, axis2=-1)
    with np.errstate(invalid="ignore", divide="ignore"):
        left = np.diagonal(factor, axis1=-2, axis2=-1) ** 2 / variance
        determinant = log_determinant(factor)
        return np.where((left > SINGULAR).all(axis=-1), determinant, np.nan)
