"""What an estimator returns: point estimates with their spec, sample and convergence.

Arrays follow the order of `spec.constructs` (K) and `spec.indicators` (p).
"""

from __future__ import annotations

from dataclasses import dataclass

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
    """A PLS or PLSc solution (`estimator` ``"pls"`` or ``"plsc"``).

    Attributes
    ----------
    metric : str
        ``"raw"`` (centred items) or ``"standardised"``.
    scheme : str
        ``"path"``, ``"centroid"`` or ``"factorial"``.
    modes : tuple[str, ...], length K
        ``"A"`` or ``"B"``.
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
