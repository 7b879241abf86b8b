"""What an estimator returns: point estimates with their spec, sample and convergence.

Arrays follow the order of `spec.constructs` (K) and `spec.indicators` (p).
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from survey_engine.errors import Diagnostic
from survey_engine.numerics.moments import Array, Moments
from survey_engine.spec.model import ModelSpec


@dataclass(frozen=True, kw_only=True)
class FitResult:
    """Common part of every fit.

    Attributes
    ----------
    spec : ModelSpec
    moments : Moments
        Of the columns used, in the order of `spec.indicators`.
    estimator : str
        As on the command line: ``"pls"``, ``"plsc"``, ``"ml"`` ...
    converged : bool
    iterations : int
    criterion : float
        Largest weight change (PLS) or largest absolute gradient element (CB-SEM).
    diagnostics : tuple[Diagnostic, ...]
    """

    spec: ModelSpec
    moments: Moments
    estimator: str
    converged: bool
    iterations: int
    criterion: float
    diagnostics: tuple[Diagnostic, ...] = ()


@dataclass(frozen=True, kw_only=True)
class PlsFit(FitResult):
    """A PLS or PLSc solution (`estimator` ``"pls"``, ``"plsc"`` or ``"sum"``).

    Attributes
    ----------
    metric : str
        ``"raw"`` (centred items) or ``"standardised"``.
    scheme : str
        ``"path"``, ``"centroid"`` or ``"factorial"``.
    modes : tuple[str, ...], length K
        ``"A"``, ``"B"``, ``"PCA"``, ``"unit"`` or ``"nonnegative"``.
    weights : ndarray, shape (p,)
        Indicator weights in the metric used; construct scores have variance 1 (n - 1).
    loadings : ndarray, shape (p,)
        Correlation of each item with its own construct (PLSc: consistent loadings).
    cross_loadings : ndarray, shape (p, K)
        Correlations of items and composites.
    construct_correlations : ndarray, shape (K, K)
        Of the composites; PLSc: disattenuated.
    proxy_correlations : ndarray, shape (K, K)
        Of the composites always.
    paths : ndarray, shape (K, K)
        ``paths[i, j]`` is the standardised path from construct i to construct j.
    total_effects : ndarray, shape (K, K)
        ``(I - B)^-1 - I`` in the same direction convention.
    r2, r2_adjusted : ndarray, shape (K,)
        NaN for exogenous constructs.
    rho_a : ndarray, shape (K,)
        Dijkstra-Henseler reliability; NaN for single items, 1 is used for them in PLSc.
    first_stage : PlsFit or None
        The run before the last one: of main effects, or of lower-order constructs. Then
        `moments` are those of the indicators the last run was given.
    product_deviation : ndarray, shape (number of products,)
        Standard deviations of the products of standardised scores.
    """

    metric: str
    scheme: str
    modes: tuple[str, ...]
    weights: Array
    loadings: Array
    cross_loadings: Array
    construct_correlations: Array
    proxy_correlations: Array
    paths: Array
    total_effects: Array
    r2: Array
    r2_adjusted: Array
    rho_a: Array
    first_stage: PlsFit | None = None
    product_deviation: Array = field(default_factory=lambda: np.empty(0))


@dataclass(frozen=True, kw_only=True)
class ParameterRow:
    """One parameter of a CB-SEM solution, lavaan's columns.

    `free` is 0 for fixed parameters, otherwise the number of the free parameter.
    """

    lhs: str
    op: str
    rhs: str
    group: int
    group_label: str
    label: str
    free: int
    est: float | None
    se: float | None
    z: float | None
    p: float | None
    ci_lower: float | None
    ci_upper: float | None
    std_lv: float | None
    std_all: float | None


@dataclass(frozen=True, kw_only=True)
class CbSemFit(FitResult):
    """A covariance-based solution.

    Attributes
    ----------
    parameters : tuple[ParameterRow, ...]
        Order of lavaan's parameter table.
    free_values : ndarray, shape (q,)
    free_covariance : ndarray, shape (q, q)
        Sampling covariance of the free parameters (expected information).
    chisq, df, baseline_chisq, baseline_df : float, int, float, int
        Model and independence-model test statistics, n times F.
    logl, logl_unrestricted : float
        Log-likelihoods of the model and of the saturated model.
    r2 : dict[str, float | None]
        By endogenous construct or observed variable.
    implied : ndarray, shape (p, p)
    latent_covariance, latent_correlation : ndarray, shape (K, K)
    paths, total_effects : ndarray, shape (K, K)
        Standardised (std.all), from row to column, among `spec.constructs`.
    loadings : ndarray, shape (p,)
        Standardised.
    factor_score_weights : ndarray, shape (p, K)
        Unstandardised regression factor-score weights.
    npar : int
        Independent free parameters (equality constraints counted once).
    fixed_x : tuple[str, ...]
        Observed predictors whose moments were taken from the sample.
    likelihood : str
        ``"normal"`` (divisor n) or ``"wishart"`` (n - 1).
    sample_covariance : ndarray, shape (p, p)
        The covariances that were fitted, with the divisor of `likelihood`.
    information_condition : float
        Condition number of the expected information of the standardised problem; above
        about 1e8 single estimates mean little.
    """

    parameters: tuple[ParameterRow, ...]
    free_values: Array
    free_covariance: Array
    chisq: float
    df: int
    baseline_chisq: float
    baseline_df: int
    logl: float
    logl_unrestricted: float
    r2: dict[str, float | None]
    implied: Array
    latent_covariance: Array
    latent_correlation: Array
    paths: Array
    total_effects: Array
    loadings: Array
    factor_score_weights: Array
    npar: int = 0
    fixed_x: tuple[str, ...] = ()
    likelihood: str = "normal"
    sample_covariance: Array = field(default_factory=lambda: np.empty((0, 0)))
    information_condition: float = float("nan")


@dataclass(frozen=True, kw_only=True)
class CbSemBatch:
    """Covariance-based solutions of B covariance matrices (resamples, branches).

    Attributes
    ----------
    free_values : ndarray, shape (B, q)
    converged : ndarray of bool, shape (B,)
    reason : ndarray of str, shape (B,)
        ``""`` for an admissible solution, otherwise ``"SINGULAR_COVARIANCE"``,
        ``"NOT_CONVERGED"``, ``"NEGATIVE_VARIANCE"`` or ``"LATENT_COV_NOT_PD"``.
    criterion : ndarray, shape (B,)
        Largest absolute element of the gradient of F.
    iterations : ndarray of int, shape (B,)
    chisq : ndarray, shape (B,)
    paths, total_effects, latent_correlation : ndarray, shape (B, K, K)
        Standardised, from row to column, among ``spec.constructs``.
    loadings : ndarray, shape (B, p)
        Standardised, by ``spec.indicators``.
    r2 : ndarray, shape (B, K)
        NaN for exogenous constructs.
    factor_score_weights : ndarray, shape (B, p, K)

    Notes
    -----
    Statistics of members that did not converge are NaN; those of converged but
    improper members are kept, so that the caller decides.
    """

    free_values: Array
    converged: NDArray[np.bool_]
    reason: NDArray[np.str_]
    criterion: Array
    iterations: NDArray[np.intp]
    chisq: Array
    paths: Array
    total_effects: Array
    latent_correlation: Array
    loadings: Array
    r2: Array
    factor_score_weights: Array
