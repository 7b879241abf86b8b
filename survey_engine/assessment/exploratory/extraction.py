"""Unrotated loadings: least squares, maximum likelihood, principal axes and components.

Least squares (minres) comes from factor_analyzer. Maximum likelihood starts from its
solution and is brought to the optimum (it stops some 1e-5 short). Principal axes and
components are ours.
"""

from __future__ import annotations

from typing import Literal

import numpy as np

from survey_engine.assessment.exploratory.retention import shared_variance_floor
from survey_engine.assessment.exploratory.through_factor_analyzer import fitted_loadings
from survey_engine.numerics.moments import Array

Extraction = Literal["minres", "ml", "pa", "pca"]
EXTRACTIONS: tuple[Extraction, ...] = ("minres", "ml", "pa", "pca")
SMALLEST_UNIQUENESS = 0.005
_SWEEPS = 5_000
_TIGHT = 1e-10


def extract(correlation: Array, n_factors: int, method: Extraction = "minres") -> Array:
    """Unrotated loadings, shape (p, m), largest factor first.

    Parameters
    ----------
    correlation : ndarray, shape (p, p)
        Positive definite.
    n_factors : int
        At most (p - 1) / 2 for a factor model to be worth fitting; components: at most p.
    method : {"minres", "ml", "pa", "pca"}
    """
    if method == "pca":
        loadings = _leading(correlation, n_factors)
    elif method == "pa":
        loadings = principal_axes(correlation, n_factors)
    elif method == "ml":
        loadings = maximum_likelihood(correlation, n_factors)
    else:
        loadings = fitted_loadings(correlation, n_factors, "minres")
    order = np.argsort(-np.square(loadings).sum(axis=0), kind="stable")
    loadings = loadings[:, order]
    return np.asarray(loadings * np.where(loadings.sum(axis=0) < 0, -1.0, 1.0))


def _leading(matrix: Array, m: int) -> Array:
    """The leading eigenvectors times the roots of their eigenvalues, shape (p, m)."""
    values, vectors = np.linalg.eigh(matrix)
    return np.asarray(vectors[:, -m:] * np.sqrt(np.maximum(values[-m:], 0.0)))


def principal_axes(correlation: Array, n_factors: int) -> Array:
    """Iterated principal axes (Thomson 1934; Harman 1976, chapter 7), shape (p, m).

    Communalities start at the squared multiple correlations and are replaced by the sum
    of squared loadings until the largest change is below 1e-10.
    """
    communality = shared_variance_floor(correlation)
    off = correlation - np.diag(np.diag(correlation))
    for _ in range(_SWEEPS):
        loadings = _leading(off + np.diag(communality), n_factors)
        new = np.square(loadings).sum(axis=1)
        moved = float(np.max(np.abs(new - communality)))
        communality = new
        if moved < _TIGHT:
            break
    return loadings


def maximum_likelihood(correlation: Array, n_factors: int) -> Array:
    """Maximum-likelihood loadings (Jöreskog 1967, Psychometrika 32), shape (p, m).

    Minimises over the uniquenesses the function of the p - m smallest eigenvalues w of
    ``Psi^-1/2 R Psi^-1/2``, ``-sum(log w - w) - (p - m)`` (Lawley & Maxwell 1971,
    section 4.3), with its exact gradient; uniquenesses stay above .005.
    """
    from scipy.optimize import minimize

    start = 1 - np.square(fitted_loadings(correlation, n_factors, "ml")).sum(axis=1)
    p = correlation.shape[0]

    def value(unique: Array) -> tuple[float, Array]:
        loadings, rest = _given_uniqueness(correlation, unique, n_factors)
        misfit = np.square(loadings).sum(axis=1) + unique - np.diag(correlation)
        return float((rest - np.log(rest)).sum()) - (p - n_factors), misfit / unique**2

    best = minimize(
        value,
        np.clip(start, SMALLEST_UNIQUENESS, 1.0),
        jac=True,
        method="L-BFGS-B",
        bounds=[(SMALLEST_UNIQUENESS, 1.0)] * p,
        options={"ftol": 1e-15, "gtol": 1e-10, "maxiter": 1000},
    )
    return _given_uniqueness(correlation, best.x, n_factors)[0]


def _given_uniqueness(correlation: Array, unique: Array, m: int) -> tuple[Array, Array]:
    """Best loadings for fixed uniquenesses, and the eigenvalues left over."""
    root = np.sqrt(unique)
    values, vectors = np.linalg.eigh(correlation / np.outer(root, root))
    scaled = vectors[:, -m:] * np.sqrt(np.maximum(values[-m:] - 1, 0.0))
    return scaled * root[:, None], values[:-m]
