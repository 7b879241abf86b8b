"""How many factors: parallel analysis of components and of factors, and Velicer's MAP."""

from __future__ import annotations

import numpy as np

from survey_engine.assessment.exploratory.adequacy import squared_multiple_correlations
from survey_engine.numerics.moments import Array

PARALLEL_SAMPLES = 500
PARALLEL_QUANTILE = 0.95
ONE_FACTOR_SWEEPS = 200
ONE_FACTOR_TIGHT = 1e-8


def random_correlations(n: int, p: int, seed: int) -> Array:
    """Correlations of 500 samples of independent normal items, shape (500, p, p).

    The covariance of normal data is drawn as a Wishart matrix (Bartlett decomposition),
    so the cost does not depend on `n`.
    """
    rng = np.random.default_rng(np.random.SeedSequence([seed, n, p]))
    lower = np.tril(rng.standard_normal((PARALLEL_SAMPLES, p, p)), -1)
    degrees = n - 1 - np.arange(p)
    diagonal = np.sqrt(rng.chisquare(degrees, (PARALLEL_SAMPLES, p)))
    lower[:, np.arange(p), np.arange(p)] = diagonal
    covariance = lower @ lower.swapaxes(-1, -2)
    scale = np.sqrt(np.diagonal(covariance, axis1=-2, axis2=-1))
    return np.asarray(covariance / (scale[:, :, None] * scale[:, None, :]))


def parallel_eigenvalues(n: int, p: int, seed: int) -> Array:
    """Eigenvalues of random correlations: 95 % quantiles, descending, shape (p,).

    Horn (1965, Psychometrika 30) with the quantile of Glorfeld (1995).
    """
    values = np.linalg.eigvalsh(random_correlations(n, p, seed))[:, ::-1]
    result: Array = np.quantile(values, PARALLEL_QUANTILE, axis=0)
    return result


def one_factor_communalities(correlation: Array) -> Array:
    """Communalities of the least-squares one-factor solution, shape (..., p).

    Minimises the squared residuals off the diagonal over one loading at a time (Harman &
    Jones 1966), for all matrices of the batch together; at most 1.
    """
    p = correlation.shape[-1]
    off = correlation * (1 - np.eye(p))
    values, vectors = np.linalg.eigh(correlation)
    loadings = vectors[..., -1] * np.sqrt(values[..., -1:])
    for _ in range(ONE_FACTOR_SWEEPS):
        before = loadings.copy()
        for i in range(p):
            others = np.square(loadings).sum(axis=-1) - np.square(loadings[..., i])
            products = np.einsum("...j,...j->...", off[..., i, :], loadings)
            loadings[..., i] = products / np.maximum(others, 1e-12)
        if np.max(np.abs(loadings - before)) < ONE_FACTOR_TIGHT:
            break
    return np.asarray(np.minimum(np.square(loadings), 1.0))


def reduced_eigenvalues(correlation: Array) -> Array:
    """Eigenvalues with one-factor communalities on the diagonal, shape (..., p).

    The common-factor form of parallel analysis compares these (Humphreys & Montanelli
    1975, Multivariate Behavioral Research 10, who use squared multiple correlations;
    communalities of one factor keep fewer trivial factors, and are what psych uses).
    """
    p = correlation.shape[-1]
    unique = 1 - one_factor_communalities(correlation)
    reduced = correlation - unique[..., None] * np.eye(p)
    return np.asarray(np.linalg.eigvalsh(reduced)[..., ::-1])


def parallel_factor_eigenvalues(n: int, p: int, seed: int) -> Array:
    """95 % quantiles of `reduced_eigenvalues` of random correlations, shape (p,)."""
    values = reduced_eigenvalues(random_correlations(n, p, seed))
    result: Array = np.quantile(values, PARALLEL_QUANTILE, axis=0)
    return result


def retained(eigenvalues: Array, reference: Array) -> int:
    """Leading eigenvalues above their reference, stopping at the first that is not."""
    above = eigenvalues > reference
    return int(above.size if above.all() else np.argmin(above))


def minimum_average_partial(correlation: Array) -> Array:
    """Velicer's MAP (1976, Psychometrika 41): average squared partial correlations.

    Entry m - 1 belongs to m components partialled out; the number of components is
    where it is smallest. Shape (p - 1,); NaN from where an item is explained wholly.
    """
    p = correlation.shape[0]
    values, vectors = np.linalg.eigh(correlation)
    loadings = vectors[:, ::-1] * np.sqrt(np.maximum(values[::-1], 0.0))
    explained = np.cumsum(loadings.T[:, :, None] * loadings.T[:, None, :], axis=0)[: p - 1]
    partial = correlation - explained
    variance = np.diagonal(partial, axis1=-2, axis2=-1)
    whole = np.asarray((variance <= 1e-12).any(axis=-1))
    safe = np.where(whole[:, None], 1.0, variance)
    squared = partial**2 / (safe[:, :, None] * safe[:, None, :])
    average = (squared.sum(axis=(-2, -1)) - p) / (p * (p - 1))
    return np.where(np.logical_or.accumulate(whole), np.nan, average)


def shared_variance_floor(correlation: Array) -> Array:
    """Smallest communality an item can have: its squared multiple correlation, (p,)."""
    return np.clip(squared_multiple_correlations(correlation), 0.0, 1.0)
