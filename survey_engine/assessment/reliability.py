"""Reliability of blocks: alpha, rho_C, omega, AVE. Number-level cores, batched.

Every function takes block sizes and arrays with optional leading axes and returns one
value per construct, shape (..., K), NaN for blocks of a single indicator: one answer
says nothing about its own reliability.
"""

from __future__ import annotations

from math import nan
from operator import mul

import numpy as np

from survey_engine.assessment.blocks import block_slices, block_sum
from survey_engine.numerics.moments import Array

_TIGHT = 1e-13
_SWEEPS = 20_000


def alpha(matrix: Array, sizes: tuple[int, ...]) -> Array:
    """Cronbach's alpha: standardised from correlations, raw from covariances.

    ``K / (K - 1) * (1 - tr C / 1'C1)`` (Cronbach 1951, Psychometrika 16).

    Parameters
    ----------
    matrix : ndarray, shape (..., p, p)
        Correlations (standardised alpha) or covariances of any divisor (raw alpha).
    sizes : tuple of int, length K

    Returns
    -------
    ndarray, shape (..., K)
    """
    result = np.full((*matrix.shape[:-2], len(sizes)), np.nan)
    for k, block in enumerate(block_slices(sizes)):
        if sizes[k] < 2:
            continue
        within = matrix[..., block, block]
        total = within.sum(axis=(-2, -1))
        trace = np.trace(within, axis1=-2, axis2=-1)
        with np.errstate(divide="ignore", invalid="ignore"):
            value = sizes[k] / (sizes[k] - 1) * (1 - trace / total)
        result[..., k] = np.where(np.isfinite(value), value, np.nan)
    return result


def composite_reliability(loadings: Array, sizes: tuple[int, ...]) -> Array:
    """rho_C of standardised loadings: ``(sum l)^2 / [(sum l)^2 + sum(1 - l^2)]``.

    Joreskog (1971, Psychometrika 36). With PLS loadings this is what PLS programs print
    as composite reliability; with one-factor loadings it is McDonald's omega.

    Parameters
    ----------
    loadings : ndarray, shape (..., p)

    Returns
    -------
    ndarray, shape (..., K)
    """
    squared_sum = block_sum(loadings, sizes) ** 2
    residual = block_sum(1 - loadings**2, sizes)
    with np.errstate(divide="ignore", invalid="ignore"):
        value = squared_sum / (squared_sum + residual)
    return _undefined_for_single(value, sizes)


def average_variance_extracted(loadings: Array, sizes: tuple[int, ...]) -> Array:
    """AVE: mean of squared standardised loadings (Fornell & Larcker 1981), (..., K)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        value = block_sum(loadings**2, sizes) / np.asarray(sizes, dtype=float)
    return _undefined_for_single(value, sizes)


def one_factor_loadings(correlation: Array) -> Array:
    """Loadings of one factor on a block, by least squares off the diagonal (minres).

    Minimises ``sum_{i<j} (r_ij - l_i l_j)^2`` (Harman & Jones 1966) by cyclic exact
    minimisation over one loading at a time. Two indicators do not identify two loadings:
    they are then set equal, ``l = sqrt(r)``.

    Parameters
    ----------
    correlation : ndarray, shape (m, m)

    Returns
    -------
    ndarray, shape (m,)
        NaN where no factor exists (two indicators with a correlation <= 0, or no
        convergence).
    """
    m = correlation.shape[-1]
    if m < 2 or not np.all(np.isfinite(correlation)):
        return np.full(m, np.nan)
    if m == 2:
        r = float(correlation[0, 1])
        return np.full(m, np.sqrt(r) if r > 0 else np.nan)
    off = correlation - np.diag(np.diag(correlation))
    values, vectors = np.linalg.eigh(correlation)
    loadings = _minres_sweeps(off.tolist(), (vectors[:, -1] * np.sqrt(values[-1])).tolist())
    return np.array(loadings if sum(loadings) >= 0 else [-one for one in loadings])


def _minres_sweeps(off: list[list[float]], loadings: list[float]) -> list[float]:
    """Sweep over the loadings until they stand still; NaN if they do not.

    Plain floats: a block has a handful of items, and numpy's overhead would be most of it.
    """
    for _ in range(_SWEEPS):
        moved = 0.0
        for i, row in enumerate(off):
            others = sum(map(mul, loadings, loadings)) - loadings[i] ** 2
            if others <= 0:
                return [nan] * len(loadings)
            new = sum(map(mul, row, loadings)) / others
            moved = max(moved, abs(new - loadings[i]))
            loadings[i] = new
        if moved < _TIGHT:
            return loadings
    return [nan] * len(loadings)


def omega_one_factor(correlation: Array, sizes: tuple[int, ...]) -> Array:
    """McDonald's omega of a one-factor model fitted to each block alone, shape (K,).

    Used beside PLS, whose loadings are those of composites. Undefined (NaN) for single
    indicators, and where the block's one-factor solution is a Heywood case
    (``|l| > 1``): a reliability above what the data allow is not clipped but withheld.

    Parameters
    ----------
    correlation : ndarray, shape (p, p)
    """
    result = np.full(len(sizes), np.nan)
    for k, block in enumerate(block_slices(sizes)):
        loadings = one_factor_loadings(correlation[block, block])
        if loadings.size >= 2 and np.all(np.abs(loadings) <= 1):
            total = loadings.sum() ** 2
            result[k] = total / (total + np.sum(1 - loadings**2))
    return result


def omega_model(loadings: Array, implied_variance: Array, sizes: tuple[int, ...]) -> Array:
    """McDonald's omega of a fitted factor model, ``(sum l)^2 psi / [... + 1'Theta 1]``.

    In item units: `loadings` are standardised, so ``l_j sd_j`` is the unstandardised
    loading times the latent standard deviation, and ``(1 - l^2) var_j`` the residual
    variance. Residual covariances are not counted.

    Parameters
    ----------
    loadings : ndarray, shape (..., p)
    implied_variance : ndarray, shape (..., p)
        Model-implied item variances.

    Returns
    -------
    ndarray, shape (..., K)
    """
    # An improper solution may imply a negative variance: NaN, not a warning.
    with np.errstate(divide="ignore", invalid="ignore"):
        true = block_sum(loadings * np.sqrt(implied_variance), sizes) ** 2
        error = block_sum((1 - loadings**2) * implied_variance, sizes)
        value = true / (true + error)
    return _undefined_for_single(value, sizes)


def _undefined_for_single(value: Array, sizes: tuple[int, ...]) -> Array:
    several = np.asarray(sizes) > 1
    return np.where(several & np.isfinite(value), value, np.nan)
