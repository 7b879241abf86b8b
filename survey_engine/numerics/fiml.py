r"""The normal likelihood of incomplete rows: value, gradient and information.

.. math:: -2\ell/n = \frac1n\sum_i [p_i\ln 2\pi + \ln|\Sigma_i|
   + (x_i-\mu_i)'\Sigma_i^{-1}(x_i-\mu_i)]

(Arbuckle 1996, eq. 6; Enders 2010, eq. 4.1). With ``K`` the inverse of the whole matrix
and m the missing columns of a pattern, the inverse of the observed part, padded by zeros,
is ``W = K - K_{.m} K_{mm}^{-1} K_{m.}`` and its log determinant that of the whole plus
``ln|K_mm|`` (Schur complements): systems of the size of what is missing, not of what is
observed. Second derivatives are sums of products of entries of W (and of ``W T W``) over
patterns: one matrix product.

References
----------
Savalei, V. (2010). Expected versus observed information in SEM with incomplete normal and
nonnormal data. Psychological Methods 15, 352-367, eqs 3 to 8.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from survey_engine.numerics.incomplete import IncompleteRows, Index
from survey_engine.numerics.moments import Array
from survey_engine.numerics.symmetric import lower_triangle


@dataclass(frozen=True, kw_only=True)
class FimlPoint:
    """The likelihood at one mean vector and covariance matrix.

    Attributes
    ----------
    value : float
        Minus twice the log-likelihood per observation, without the constant of 2 pi;
        infinite where the matrix is not positive definite.
    mean_slope : ndarray, shape (p,)
        Gradient of `value` in the means.
    covariance_slope : ndarray, shape (p, p)
        G with ``d value = tr(G dSigma)``.
    inverse : ndarray, shape (p, p)
        K.
    factors : tuple of ndarray, each (Q, p, m)
        Per group L with ``W = K - L L'``.
    mean_row, spread_row : ndarray, shapes (P, p) and (R, p)
        W times the deviation of each pattern's mean, and times each scatter row.
    """

    value: float
    mean_slope: Array
    covariance_slope: Array
    inverse: Array
    factors: tuple[Array, ...]
    mean_row: Array
    spread_row: Array


def fiml_point(rows: IncompleteRows, mean: Array, covariance: Array) -> FimlPoint:
    """Value and gradient at means (p,) and a covariance matrix (p, p)."""
    try:
        root = np.linalg.cholesky(covariance)
    except np.linalg.LinAlgError:
        return _nowhere(rows)
    inverse_root = np.linalg.inv(root)
    inverse = inverse_root.T @ inverse_root
    whole = 2 * float(np.log(np.diagonal(root)).sum())
    deviation = np.where(rows.observed, rows.mean - (mean - rows.centre), 0.0)
    mean_row, spread_row = deviation @ inverse, rows.spread @ inverse
    total = rows.n
    log_det, weighted = total * whole, total * inverse
    factors = []
    for group in rows.groups:
        factor, extra = _factor(inverse, group.missing)
        factors.append(factor)
        size = rows.size[group.patterns]
        log_det += float(size @ extra)
        flat = np.swapaxes(factor * np.sqrt(size)[:, None, None], 1, 2)
        flat = flat.reshape(-1, len(mean))
        weighted -= flat.T @ flat
        take_off(factor, deviation, mean_row, group.patterns)
        take_off(factor[group.spread_at], rows.spread, spread_row, group.spread)
    trace = rows.size @ (deviation * mean_row).sum(axis=1) + (rows.spread * spread_row).sum()
    sized = mean_row * rows.size[:, None]
    outer = mean_row.T @ sized + spread_row.T @ spread_row
    slope = (weighted - outer) / total
    return FimlPoint(
        value=float(log_det + trace) / total,
        mean_slope=-2 * sized.sum(axis=0) / total,
        covariance_slope=(slope + slope.T) / 2,
        inverse=inverse,
        factors=tuple(factors),
        mean_row=mean_row,
        spread_row=spread_row,
    )


def _nowhere(rows: IncompleteRows) -> FimlPoint:
    p = rows.mean.shape[1]
    empty = np.full((p, p), np.nan)
    return FimlPoint(
        value=np.inf,
        mean_slope=empty[0],
        covariance_slope=empty,
        inverse=empty,
        factors=(),
        mean_row=empty[:0],
        spread_row=empty[:0],
    )


def _factor(inverse: Array, missing: Index) -> tuple[Array, Array]:
    """L of every pattern of a group, shape (Q, p, m), and ``ln|K_mm|``, shape (Q,)."""
    size, gaps = missing.shape
    if gaps == 0:
        return np.zeros((size, len(inverse), 0)), np.zeros(size)
    block = inverse[missing[:, :, None], missing[:, None, :]]
    columns = np.swapaxes(inverse[missing], 1, 2)
    if gaps == 1:
        root = np.sqrt(block)
        return columns / root, 2 * np.log(root[:, 0, 0])
    root = np.linalg.cholesky(block)
    extra = 2 * np.log(np.diagonal(root, axis1=1, axis2=2)).sum(axis=1)
    return columns @ np.swapaxes(np.linalg.inv(root), 1, 2), extra


def take_off(factor: Array, before: Array, after: Array, at: Index) -> None:
    """Subtract ``L L' x`` from the rows `at` of `after`."""
    if factor.shape[-1]:
        inner = before[at][:, None, :] @ factor
        after[at] -= (factor @ np.swapaxes(inner, 1, 2))[:, :, 0]


def padded_inverses(rows: IncompleteRows, at: FimlPoint) -> Array:
    """W of every pattern as its lower triangle, shape (P, p(p+1)/2)."""
    low = lower_triangle(len(at.inverse))
    result = np.empty((len(rows.size), len(low[0])))
    for group, factor in zip(rows.groups, at.factors, strict=True):
        whole = at.inverse - factor @ np.swapaxes(factor, 1, 2)
        result[group.patterns] = whole[:, low[0], low[1]]
    return result


def fiml_information(rows: IncompleteRows, at: FimlPoint, *, observed: bool) -> Array:
    """Information of one observation in means and ``vech`` of covariances.

    Parameters
    ----------
    rows : IncompleteRows
    at : FimlPoint
    observed : bool
        The Hessian at these data, or its expectation given the patterns.

    Returns
    -------
    ndarray, shape (p + p(p+1)/2, p + p(p+1)/2)
        Means first; then the lower triangle, column by column (vech).
    """
    p = len(at.inverse)
    own = padded_inverses(rows, at)
    other = own * rows.size[:, None]
    result = np.zeros((p + own.shape[1],) * 2)
    square = unpacked(other.sum(axis=0))
    result[:p, :p] = square
    if observed:
        sized = at.mean_row * rows.size[:, None]
        other = 2 * _row_products(rows, at) - other
        result[p:, :p] = _crossed(own.T @ sized, p)
        result[:p, p:] = result[p:, :p].T
    result[p:, p:] = fourth_order(own.T @ other, p)
    return result / rows.n


def _row_products(rows: IncompleteRows, at: FimlPoint) -> Array:
    """``n_g W T W`` of every pattern, T about the means, lower triangles (P, p*)."""
    low = lower_triangle(len(at.inverse))
    result = at.mean_row[:, low[0]] * at.mean_row[:, low[1]] * rows.size[:, None]
    if len(rows.spread):
        of, first = np.unique(rows.spread_of, return_index=True)
        products = at.spread_row[:, low[0]] * at.spread_row[:, low[1]]
        result[of] += np.add.reduceat(products, first, axis=0)
    return result


def unpacked(half: Array) -> Array:
    """The symmetric matrix of a lower triangle."""
    p = int((np.sqrt(8 * half.shape[-1] + 1) - 1) / 2)
    return half[..., half_index(p)]


def half_index(p: int) -> Index:
    """Where the entry (i, j) stands in the lower triangle, shape (p, p)."""
    rows, columns = lower_triangle(p)
    place = np.empty((p, p), dtype=np.intp)
    place[rows, columns] = place[columns, rows] = np.arange(len(rows))
    return place


def half_scale(p: int) -> Array:
    """1/2 for variances, 1 for covariances: an off-diagonal entry stands twice."""
    i, j = lower_triangle(p)
    return np.where(i == j, 0.5, 1.0)


def fourth_order(products: Array, p: int) -> Array:
    """``1/2 tr(W dS_a V dS_b)`` for all pairs of ``vech`` entries from sums of W x V.

    Parameters
    ----------
    products : ndarray, shape (p*, p*)
        Sums of products of lower triangles.
    p : int
    """
    products = (products + products.T) / 2
    place = half_index(p)
    i, j = lower_triangle(p)
    straight = products[place[i[:, None], i], place[j[:, None], j]]
    crossed = products[place[i[:, None], j], place[j[:, None], i]]
    scale = half_scale(p)
    return np.asarray((straight + crossed) * scale[:, None] * scale)


def _crossed(products: Array, p: int) -> Array:
    """Second derivatives in covariances and means, (p*, p), from sums of W x row."""
    place = half_index(p)
    i, j = lower_triangle(p)
    column = np.arange(p)
    one = products[place[i[:, None], column], j[:, None]]
    two = products[place[j[:, None], column], i[:, None]]
    return np.asarray((one + two) * half_scale(p)[:, None])
