"""`Assessment`: may these numbers be used, and how good is the yardstick."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from survey_engine.errors import Diagnostic
from survey_engine.estimation.estimates import (
    EffectEstimate,
    IndicatorEstimate,
    PairEstimate,
)

if TYPE_CHECKING:
    from survey_engine.assessment.exploratory.solution import FactorSolution


@dataclass(frozen=True, kw_only=True)
class Admissibility:
    """Whether a solution may be interpreted, with the reasons."""

    verdict: Literal["yes", "doubtful", "no"]
    reasons: tuple[Diagnostic, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ConstructReliability:
    """Reliability and convergent validity of one construct; None where undefined.

    `intervals` maps a statistic's name to (lower, upper) where resamples gave one.
    """

    construct: str
    kind: str
    n_items: int
    alpha: float | None
    alpha_raw: float | None
    rho_a: float | None
    rho_c: float | None
    omega: float | None
    ave: float | None
    r2: float | None
    r2_adj: float | None
    intervals: dict[str, tuple[float, float]]


@dataclass(frozen=True, kw_only=True)
class FornellLarcker:
    """Square root of a construct's AVE beside its largest correlation."""

    construct: str
    sqrt_ave: float | None
    largest_correlation: float | None
    with_construct: str | None
    passes: bool | None


@dataclass(frozen=True, kw_only=True)
class Exploratory:
    """KMO, Bartlett, how many factors by three rules, and a rotated solution.

    Attributes
    ----------
    n_factors : int
        Of the solution; `n_components_parallel` unless asked otherwise.
    n_components_parallel, n_factors_parallel, n_components_map : int
        What parallel analysis of components and of common factors, and Velicer's MAP,
        retain.
    map_values : tuple of float
        Average squared partial correlations with 1, 2, ... components partialled out.
    solution : FactorSolution or None
        None where nothing is retained.
    """

    kmo: float
    kmo_items: dict[str, float]
    bartlett_chisq: float
    bartlett_df: int
    bartlett_p: float
    eigenvalues: tuple[float, ...]
    parallel_eigenvalues: tuple[float, ...]
    n_factors: int
    n_components_parallel: int
    n_factors_parallel: int
    n_components_map: int
    map_values: tuple[float, ...]
    extraction: str
    rotation: str
    solution: FactorSolution | None
    loadings: tuple[IndicatorEstimate, ...]
    seed: int
    diagnostics: tuple[Diagnostic, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Assessment:
    """Admissibility first, then measurement and structure quality."""

    admissibility: Admissibility
    constructs: tuple[ConstructReliability, ...]
    htmt: tuple[PairEstimate, ...]
    construct_correlations: tuple[PairEstimate, ...]
    fornell_larcker: tuple[FornellLarcker, ...]
    cross_loadings: tuple[IndicatorEstimate, ...]
    vif_items: tuple[IndicatorEstimate, ...]
    vif_antecedents: tuple[EffectEstimate, ...]
    f2: tuple[EffectEstimate, ...]
    exploratory: Exploratory | None
    htmt2: tuple[PairEstimate, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()
