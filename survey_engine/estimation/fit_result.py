"""What an estimator returns: point estimates with their spec, sample and convergence.

Arrays follow the order of `spec.constructs` (K) and `spec.indicators` (p).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from survey_engine.errors import Diagnostic
from survey_engine.estimation.fit_parts import (
    CbSemGroup,
    CompleteDataFit,
    ParameterRow,
    ScaledTest,
)
from survey_engine.numerics.moments import Array, Moments
from survey_engine.spec.model import ModelSpec

__all__ = [
    "CbSemBatch",
    "CbSemFit",
    "CbSemGroup",
    "CompleteDataFit",
    "FitResult",
    "ParameterRow",
    "PlsFit",
    "ScaledTest",
]


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
    """A PLS or PLSc solution (`estimator` ``"pls"``, ``"plsc"``, ``"gsca"`` or ``"sum"``).

    Attributes
    ----------
    metric : str
        ``"raw"`` (centred items) or ``"standardised"``.
    scheme : str
        ``"path"``, ``"centroid"`` or ``"factorial"``; ``"none"`` for GSCA.
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
class CbSemFit(FitResult):
    """A covariance-based solution.

    `moments` are those of all groups together. The matrices of one group stand in
    `groups`; `implied`, `latent_covariance`, `paths` and the like give those of the
    first group.

    Attributes
    ----------
    parameters : tuple[ParameterRow, ...]
        Order of lavaan's parameter table, group by group.
    free_values : ndarray, shape (q,)
    free_covariance : ndarray, shape (q, q)
        Sampling covariance of the free parameters, of the estimator's kind.
    chisq, df, baseline_chisq, baseline_df : float, int, float, int
        Model and independence-model test statistics, n times F, not scaled.
    logl, logl_unrestricted : float
        Log-likelihoods of the model and of the saturated model; NaN where the estimator
        has no likelihood.
    groups : tuple[CbSemGroup, ...]
    solution : Solution or None
        What score tests, residuals and factor scores are computed from; read it with
        `cbsem.solution.solution_of`.
    npar : int
        Independent free parameters (equality constraints counted once).
    means : bool
        Whether means are modelled.
    multiplier : float
        What F is multiplied by to give chi-square, all groups together: n, or n less
        one per group where covariances have divisor n - 1.
    family : str
        Of the discrepancy: ``"ml"``, ``"gls"``, ``"uls"``, ``"wls"`` or ``"dwls"``.
    scaled, baseline_scaled : ScaledTest or None
        Of a robust estimator.
    scaling_h0, scaling_h1 : float or None
        Scaling factors of the log-likelihoods (MLR).
    complete : CompleteDataFit or None
        Of a FIML solution.
    fixed_x : tuple[str, ...]
        Observed predictors whose moments were taken from the sample.
    likelihood : str
        ``"normal"`` (divisor n) or ``"wishart"`` (n - 1).
    information_condition : float
        Condition number of the expected information of the standardised problem; above
        about 1e8 single estimates mean little.
    hidden_parameters : tuple[ParameterRow, ...]
        What holds the blocks of composites together; of no interest by itself.
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
    groups: tuple[CbSemGroup, ...]
    solution: Any = None
    npar: int = 0
    means: bool = False
    multiplier: float = float("nan")
    family: str = "ml"
    scaled: ScaledTest | None = None
    baseline_scaled: ScaledTest | None = None
    scaling_h0: float | None = None
    scaling_h1: float | None = None
    complete: CompleteDataFit | None = None
    fixed_x: tuple[str, ...] = ()
    likelihood: str = "normal"
    information_condition: float = float("nan")
    hidden_parameters: tuple[ParameterRow, ...] = ()

    @property
    def r2(self) -> dict[str, float | None]:
        """By endogenous construct or observed variable (first group)."""
        return self.groups[0].r2

    @property
    def sample_covariance(self) -> Array:
        """The covariances that were fitted (first group), shape (p, p)."""
        return self.groups[0].sample_covariance

    @property
    def implied(self) -> Array:
        """Model-implied covariances (first group), shape (p, p)."""
        return self.groups[0].implied

    @property
    def latent_covariance(self) -> Array:
        """Of the constructs (first group), shape (K, K)."""
        return self.groups[0].latent_covariance

    @property
    def latent_correlation(self) -> Array:
        """Of the constructs (first group), shape (K, K)."""
        return self.groups[0].latent_correlation

    @property
    def paths(self) -> Array:
        """Standardised (std.all), from row to column (first group), shape (K, K)."""
        return self.groups[0].paths

    @property
    def total_effects(self) -> Array:
        """Standardised, from row to column (first group), shape (K, K)."""
        return self.groups[0].total_effects

    @property
    def loadings(self) -> Array:
        """Standardised, by ``spec.indicators`` (first group), shape (p,)."""
        return self.groups[0].loadings

    @property
    def factor_score_weights(self) -> Array:
        """Unstandardised regression factor-score weights (first group), shape (p, K)."""
        return self.groups[0].factor_score_weights


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
