"""What the sample brings: moments by group, determinants, values fixed by them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from survey_engine.estimation.cbsem.composites import weight_signs
from survey_engine.estimation.parameter_table import ParameterTable
from survey_engine.numerics.moments import Array

SINGULAR = 1e-10
"""Below this share of own variance, given the items before it, an item adds nothing."""


@dataclass(frozen=True, kw_only=True)
class Sample:
    """Sample moments of G groups, one set or many with common numbers of observations.

    Attributes
    ----------
    covariance : ndarray, shape (..., G, p, p)
        Divisor n (normal likelihood) or n - 1 (Wishart, least squares).
    mean : ndarray, shape (..., G, p)
    log_determinant : ndarray, shape (..., G)
        NaN where the matrix is not positive definite.
    sizes : ndarray, shape (G,), or (..., G) where members differ (latent classes)
        What each group's F is multiplied by: n, or n - 1 under Wishart.
    counts : ndarray, shape (G,)
        Rows of each group.
    fixed : ndarray, shape (..., G, E)
        Fixed values of the parameter table, those taken from the sample included.
    weight : ndarray, shape (..., G, k, k) or (..., G, k), or None
        Weights of a least-squares discrepancy, full or diagonal.
    statistics : ndarray, shape (..., G, k), or None
        What a least-squares discrepancy compares; see `discrepancy.least_squares`.
    error_sizes : ndarray, shape (G,), or None
        What stands for `sizes` in standard errors and corrections of tests, where that
        differs.
    """

    covariance: Array
    mean: Array
    log_determinant: Array
    sizes: Array
    counts: Array
    fixed: Array
    weight: Array | None = None
    statistics: Array | None = None
    error_sizes: Array | None = None

    @property
    def n(self) -> float:
        """What F is multiplied by to give chi-square."""
        return float(self.sizes.sum())

    @property
    def shares(self) -> Array:
        """Each group's share of the observations, shape of `sizes`."""
        return np.asarray(self.sizes / self.sizes.sum(axis=-1, keepdims=True))

    def take(self, at: NDArray[np.intp]) -> Sample:
        """The samples at these positions of the leading axis."""
        return Sample(
            covariance=self.covariance[at],
            mean=self.mean[at],
            log_determinant=self.log_determinant[at],
            sizes=self.sizes,
            counts=self.counts,
            fixed=self.fixed[at],
            weight=None if self.weight is None else self.weight[at],
            statistics=None if self.statistics is None else self.statistics[at],
        )


def cholesky(matrices: Array) -> Array:
    """Lower Cholesky factors; NaN for matrices that are not positive definite.

    One bad matrix stops numpy for the whole batch, so the batch is halved around it.
    """
    try:
        return np.asarray(np.linalg.cholesky(matrices))
    except np.linalg.LinAlgError:
        if matrices.ndim == 2:
            return np.full(matrices.shape, np.nan)
        if len(matrices) == 1:
            return cholesky(matrices[0])[None]
        half = len(matrices) // 2
        return np.concatenate((cholesky(matrices[:half]), cholesky(matrices[half:])))


def log_determinant(factor: Array) -> Array:
    """Log determinant from a Cholesky factor, shape (...)."""
    diagonal = np.diagonal(factor, axis1=-2, axis2=-1)
    return np.asarray(2 * np.log(diagonal).sum(axis=-1))


def sample(
    table: ParameterTable,
    mean: Array,
    covariance: Array,
    sizes: Array,
    counts: Array | None = None,
) -> Sample:
    """Prepare sample moments for fitting.

    Parameters
    ----------
    table : ParameterTable
    mean : ndarray, shape (..., G, p)
    covariance : ndarray, shape (..., G, p, p)
        In the order of ``table.observed``.
    sizes : ndarray, shape (G,)
    counts : ndarray, shape (G,), optional
        Rows of each group where they differ from `sizes`.
    """
    rows = sizes if counts is None else counts
    return Sample(
        covariance=covariance,
        mean=mean,
        log_determinant=log_determinant_if_regular(covariance),
        sizes=np.asarray(sizes, dtype=float),
        counts=np.asarray(rows, dtype=float),
        fixed=fixed_values(table, mean, covariance),
    )


def fixed_values(table: ParameterTable, mean: Array, covariance: Array) -> Array:
    """Fixed values of all rows, shape (..., G, E); 0 for free ones."""
    position = {name: i for i, name in enumerate(table.observed)}
    count = len(table.rows)
    plain = np.array([entry.value or 0.0 for entry in table.entries])
    plain *= np.tile(weight_signs(table.rows, table.composites), len(table.groups))
    shape = (len(table.groups), count)
    fixed = np.broadcast_to(plain.reshape(shape), (*mean.shape[:-2], *shape)).copy()
    for i, entry in enumerate(table.entries):
        if entry.from_sample is None:
            continue
        group, row = divmod(i, count)
        first = position[entry.lhs]
        if entry.op == "~1":
            value = mean[..., group, first]
        else:
            value = covariance[..., group, first, position[entry.rhs]]
        fixed[..., group, row] = entry.from_sample * value
    return fixed


def log_determinant_if_regular(covariance: Array) -> Array:
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
