"""Least squares and instrumental variables from covariances, with leading batch axes.

References
----------
Greene, W. H. (2012). Econometric analysis, 7th edition, sections 8.3 and 8.6-8.7.
Sargan, J. D. (1958). The estimation of economic relationships using instrumental
variables. Econometrica 26, 393-415.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import chdtrc, fdtrc, stdtr

from survey_engine.numerics.moments import Array


def least_squares(
    covariance: Array, target: int, predictors: Sequence[int]
) -> tuple[Array, Array]:
    """Slopes and R² of one regression with an intercept.

    Parameters
    ----------
    covariance : ndarray, shape (..., p, p)
    target : int
    predictors : sequence of int, length m

    Returns
    -------
    slopes : ndarray, shape (..., m)
        NaN where the predictors are collinear.
    r2 : ndarray, shape (...)
    """
    at = list(predictors)
    left = covariance[..., at, :][..., :, at]
    right = covariance[..., at, target]
    slopes = solved(left, right)
    with np.errstate(divide="ignore", invalid="ignore"):
        r2 = (slopes * right).sum(axis=-1) / covariance[..., target, target]
    return slopes, r2


def solved(left: Array, right: Array) -> Array:
    """``A^-1 b`` of symmetric matrices (..., m, m) and vectors (..., m); NaN if singular."""
    scale = np.sqrt(np.diagonal(left, axis1=-2, axis2=-1))
    with np.errstate(divide="ignore", invalid="ignore"):
        unit = left / (scale[..., :, None] * scale[..., None, :])
    known = np.isfinite(unit).all(axis=(-2, -1))
    safe = np.where(known[..., None, None], unit, np.eye(left.shape[-1]))
    known &= np.linalg.eigvalsh(safe)[..., 0] > 1e-10
    safe = np.where(known[..., None, None], safe, np.eye(left.shape[-1]))
    with np.errstate(divide="ignore", invalid="ignore"):
        found = np.linalg.solve(safe, (right / scale)[..., None])[..., 0] / scale
    return np.where(known[..., None], found, np.nan)


@dataclass(frozen=True, kw_only=True)
class TwoStage:
    """Two-stage least squares of one equation with an intercept.

    Attributes
    ----------
    slopes, errors : ndarray, shape (..., m)
        Standard errors assume equal error variances, divisor n - m - 1.
    sargan, sargan_p : ndarray, shape (...)
        Overidentification test, ``n R²`` of the residuals on the instruments; NaN when
        there are as many instruments as predictors.
    sargan_df : int
    hausman, hausman_p : ndarray, shape (...)
        Wu-Hausman F: do the first-stage residuals matter beside the predictors?
    first_stage : ndarray, shape (..., number of endogenous predictors)
        F of the excluded instruments.
    """

    slopes: Array
    errors: Array
    sargan: Array
    sargan_p: Array
    sargan_df: int
    hausman: Array
    hausman_p: Array
    first_stage: Array


def two_stage(
    covariance: Array,
    target: int,
    predictors: Sequence[int],
    instruments: Sequence[int],
    *,
    n: int,
) -> TwoStage:
    """Instrumental variables from moments.

    Parameters
    ----------
    covariance : ndarray, shape (..., p, p)
        Divisor n.
    predictors : sequence of int, length m
    instruments : sequence of int
        All of them: predictors that are their own instruments included.
    n : int

    Raises
    ------
    ValueError
        Fewer instruments than predictors.
    """
    x, z = list(predictors), list(instruments)
    if len(z) < len(x):
        raise ValueError(f"{len(x)} predictors need as many instruments, not {len(z)}")
    s_zz, s_zx = _block(covariance, z, z), _block(covariance, z, x)
    first = np.stack(
        [solved(s_zz, s_zx[..., j]) for j in range(len(x))], axis=-1
    )  # (..., z, m): coefficients of the first stage
    projected = np.swapaxes(first, -1, -2) @ s_zx
    projected = (projected + np.swapaxes(projected, -1, -2)) / 2
    right = (first * covariance[..., z, target][..., None]).sum(axis=-2)
    slopes = solved(projected, right)
    variance = _residual_variance(covariance, target, x, slopes)
    free = n - len(x) - 1
    inverse = _inverse_diagonal(projected)
    errors = np.sqrt(variance * inverse / free)
    gap = covariance[..., z, target] - (s_zx * slopes[..., None, :]).sum(axis=-1)
    explained = (solved(s_zz, gap) * gap).sum(axis=-1)
    extra = len(z) - len(x)
    statistic = n * explained / variance if extra else np.full(variance.shape, np.nan)
    endogenous = [j for j, name in enumerate(x) if name not in z]
    hausman, hausman_p = _hausman(covariance, target, x, (z, first, endogenous), n)
    return TwoStage(
        slopes=slopes,
        errors=errors,
        sargan=statistic,
        sargan_p=chdtrc(extra, statistic) if extra else statistic,
        sargan_df=extra,
        hausman=hausman,
        hausman_p=hausman_p,
        first_stage=_first_stage(covariance, x, z, endogenous, n),
    )


def t_test(estimate: Array, error: Array, df: float) -> Array:
    """Two-sided p of ``estimate / error`` by Student's t."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(2.0 * stdtr(df, -np.abs(estimate / error)))


def _block(covariance: Array, rows: list[int], columns: list[int]) -> Array:
    return covariance[..., rows, :][..., :, columns]


def _residual_variance(covariance: Array, target: int, x: list[int], slopes: Array) -> Array:
    """Of ``y - x b`` with the predictors themselves, divisor as the covariances."""
    inner = _block(covariance, x, x)
    cross = covariance[..., x, target]
    square = np.einsum("...i,...ij,...j->...", slopes, inner, slopes)
    return np.asarray(
        covariance[..., target, target] - 2 * (slopes * cross).sum(axis=-1) + square
    )


def _inverse_diagonal(matrix: Array) -> Array:
    size = matrix.shape[-1]
    columns = [
        solved(matrix, np.broadcast_to(np.eye(size)[j], matrix.shape[:-1]))[..., j]
        for j in range(size)
    ]
    return np.stack(columns, axis=-1)


def _hausman(
    covariance: Array,
    target: int,
    x: list[int],
    stage: tuple[list[int], Array, list[int]],
    n: int,
) -> tuple[Array, Array]:
    """Add the first-stage residuals ``v = x - z c`` as columns and test them by F."""
    z, first, endogenous = stage
    lead = covariance.shape[:-2]
    if not endogenous:
        return np.full(lead, np.nan), np.full(lead, np.nan)
    size, extra = covariance.shape[-1], len(endogenous)
    change = np.zeros((*lead, size, size + extra))
    change[..., np.arange(size), np.arange(size)] = 1.0
    for place, j in enumerate(endogenous):
        change[..., x[j], size + place] = 1.0
        change[..., z, size + place] -= first[..., :, j]
    wide = np.swapaxes(change, -1, -2) @ covariance @ change
    _, small = least_squares(wide, target, x)
    _, large = least_squares(wide, target, [*x, *range(size, size + extra)])
    free = n - len(x) - extra - 1
    with np.errstate(divide="ignore", invalid="ignore"):
        statistic = (large - small) / (1 - large) * free / extra
    return statistic, np.asarray(fdtrc(extra, free, np.maximum(statistic, 0.0)))


def _first_stage(
    covariance: Array, x: list[int], z: list[int], endogenous: list[int], n: int
) -> Array:
    """F of the excluded instruments for each endogenous predictor."""
    included = [name for name in z if name in x]
    found = []
    for j in endogenous:
        _, large = least_squares(covariance, x[j], z)
        small = np.zeros_like(large)
        if included:
            _, small = least_squares(covariance, x[j], included)
        extra, free = len(z) - len(included), n - len(z) - 1
        with np.errstate(divide="ignore", invalid="ignore"):
            found.append((large - small) / (1 - large) * free / extra)
    lead = covariance.shape[:-2]
    return np.stack(found, axis=-1) if found else np.empty((*lead, 0))
