"""`PlsBatch`: PLS solutions of many covariance matrices at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from survey_engine.numerics.moments import Array

REASONS = ("not_converged", "zero_variance", "singular", "inadmissible")
"""Names of the reason codes 1, 2, ...; code 0 means usable."""

NOT_CONVERGED, ZERO_VARIANCE, SINGULAR, INADMISSIBLE = 1, 2, 3, 4


@dataclass(frozen=True, kw_only=True)
class PlsBatch:
    """Fields of `PlsFit` with a leading batch axis B.

    Attributes
    ----------
    weights : ndarray, shape (B, p)
        In the metric used (raw: item units).
    loadings : ndarray, shape (B, p)
    cross_loadings : ndarray, shape (B, p, K)
    construct_correlations, proxy_correlations : ndarray, shape (B, K, K)
    paths, total_effects : ndarray, shape (B, K, K)
        From row to column.
    r2 : ndarray, shape (B, K)
        NaN for exogenous constructs.
    rho_a : ndarray, shape (B, K)
        NaN for single items and mode B.
    converged : ndarray of bool, shape (B,)
    iterations : ndarray of int, shape (B,)
    change : ndarray, shape (B,)
        Largest absolute weight change of the last iteration (standardised items).
    reason : ndarray of int, shape (B,)
        0 if usable, otherwise the position (from 1) in `REASONS`.
    standardised_weights : ndarray, shape (B, p)
        Weights for standardised items; a starting point for other batches.
    mean, covariance : ndarray, shapes (B, p) and (B, p, p), or None
        Moments of the indicators where the run made them (scores, products).
    first : PlsBatch or None
        The run before the last one of a staged model.
    product_deviation : ndarray, shape (B, number of products), or None
        Standard deviations of the products of standardised scores.
    """

    weights: Array
    loadings: Array
    cross_loadings: Array
    construct_correlations: Array
    proxy_correlations: Array
    paths: Array
    total_effects: Array
    r2: Array
    rho_a: Array
    converged: NDArray[np.bool_]
    iterations: NDArray[np.intp]
    change: Array
    reason: NDArray[np.intp]
    standardised_weights: Array
    mean: Array | None = None
    covariance: Array | None = None
    first: PlsBatch | None = None
    product_deviation: Array | None = None

    @property
    def reasons(self) -> tuple[str, ...]:
        """Names of the codes 1, 2, ... in `reason`."""
        return REASONS
