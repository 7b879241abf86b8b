"""Parts of a covariance-based solution: parameter rows, scaled tests, groups."""

from __future__ import annotations

from dataclasses import dataclass

from survey_engine.numerics.moments import Array, Moments


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
    std_nox: float | None = None


@dataclass(frozen=True, kw_only=True)
class ScaledTest:
    """A test statistic corrected for non-normality.

    Attributes
    ----------
    chisq : float
        Scaled (and shifted): ``unscaled / factor + shift``.
    df : int
    factor, shift : float
    trace : float
        tr(U Gamma): the mean of the unscaled statistic under the model.
    """

    chisq: float
    df: int
    factor: float
    shift: float
    trace: float


@dataclass(frozen=True, kw_only=True)
class CompleteDataFit:
    """How a FIML solution would fit had no answer been missing (Zhang & Savalei 2023).

    Attributes
    ----------
    discrepancy, baseline_discrepancy : float
        Complete-data F between the saturated and the fitted moments.
    correction, baseline_correction : float
        Expectation of n F under the model; takes the place of degrees of freedom.
    """

    discrepancy: float
    correction: float
    baseline_discrepancy: float
    baseline_correction: float


@dataclass(frozen=True, kw_only=True)
class CbSemGroup:
    """The solution of one group; K constructs, p observed variables.

    Attributes
    ----------
    label : str
    moments : Moments
        Of the group's rows, in the order of the observed variables.
    chisq : float
        The group's part of the chi-square.
    sample_covariance, sample_mean : ndarray, shapes (p, p) and (p,)
        As fitted.
    implied, implied_mean : ndarray, shapes (p, p) and (p,)
        `implied_mean` is the sample mean without a mean structure.
    latent_covariance, latent_correlation : ndarray, shape (K, K)
    latent_mean : ndarray, shape (K,)
        Zeros without a mean structure.
    paths, total_effects : ndarray, shape (K, K)
    loadings : ndarray, shape (p,)
    factor_score_weights : ndarray, shape (p, K)
    r2 : dict[str, float | None]
    """

    label: str
    moments: Moments
    chisq: float
    sample_covariance: Array
    sample_mean: Array
    implied: Array
    implied_mean: Array
    latent_covariance: Array
    latent_correlation: Array
    latent_mean: Array
    paths: Array
    total_effects: Array
    loadings: Array
    factor_score_weights: Array
    r2: dict[str, float | None]
