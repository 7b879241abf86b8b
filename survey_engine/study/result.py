"""`StudySpec` (the request) and `StudyResult` (everything computed, with provenance)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from survey_engine.analysis.results import (
    DriverAnalysis,
    ImportancePerformance,
    PriorityAction,
    Ruler,
    SegmentScore,
    SimpleSecondOpinion,
)
from survey_engine.assessment.result import Assessment
from survey_engine.errors import Diagnostic
from survey_engine.estimation.estimates import (
    ConstructEstimate,
    EffectEstimate,
    IndicatorEstimate,
)
from survey_engine.estimation.fit_result import CbSemFit, PlsFit
from survey_engine.responses.missing import Missing
from survey_engine.responses.survey_data import SurveyData
from survey_engine.scoring.result import ConstructScores, SatisfactionIndex
from survey_engine.spec.model import Mode, ModelSpec
from survey_engine.study.names import COVARIANCE_BASED, EstimatorName


class StudySpec(BaseModel):
    """The request of a study: the same option names as the command line.

    `descriptives` asks for the shares beside the index and `exploratory` for the
    analysis without a model; None means: unless `resamples` is 0. A request without
    resamples is a quick look: no second opinion is asked for either.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    estimator: EstimatorName = "pls"
    metric: Literal["raw", "standardised"] | None = None
    scheme: Literal["path", "centroid", "factorial"] = "path"
    modes: dict[str, Mode] = Field(default_factory=dict)
    interaction: Literal["two-stage", "product-indicator", "orthogonal"] = "two-stage"
    higher_order: Literal["disjoint", "embedded", "repeated"] = "disjoint"
    index: str | None = None
    missing: Missing = "listwise"
    imputations: int = Field(default=20, ge=2)
    imputation: Literal["pmm", "normal"] = "pmm"
    weights: str | None = None
    cluster: str | None = None
    strata: str | None = None
    group: str | None = None
    resamples: int | None = Field(default=None, ge=0)
    seed: int = 1
    confidence: float = 0.95
    ci: Literal["percentile", "bca", "studentised"] = "percentile"
    inadmissible: Literal["drop", "keep", "replace"] = "drop"
    sign: Literal["none", "construct", "individual"] = "none"
    jackknife: bool = False
    exact_fit: bool = False
    workers: int = Field(default=1, ge=1)
    executor: Literal["serial", "processes", "dask"] | None = None
    predict: str | None = Field(default=None, pattern=r"^([1-9]\d*(x[1-9]\d*)?|loo)$")
    antecedents: Literal["direct", "earliest"] = "direct"
    cvpat: bool = False
    rival: ModelSpec | None = None
    blindfold: int | None = Field(default=None, ge=2)
    redundancy: dict[str, str] = Field(default_factory=dict)
    modification_indices: bool = False
    measurement_tests: bool = False
    invariance: bool = False
    factor_scores: bool = False
    dynamic_cutoffs: bool = False
    cutoffs: dict[str, tuple[float, float]] = Field(default_factory=dict)
    compare_groups: bool = False
    permutations: int = Field(default=1_000, ge=1)
    kind: Literal["sem", "cfa", "growth"] = "sem"
    meanstructure: bool | None = None
    std_lv: bool = False
    orthogonal: bool = False
    fixed_x: bool = True
    bounds: bool = False
    information: Literal["expected", "observed"] | None = None
    likelihood: Literal["normal", "wishart"] = "normal"
    group_equal: tuple[str, ...] = ()
    group_partial: tuple[str, ...] = ()
    ordered: tuple[str, ...] = ()
    parameterization: Literal["delta", "theta"] = "delta"
    robustness: bool = False
    segments: int = Field(default=4, ge=1, le=10)
    segmentation: Literal["fimix", "pos", "rebus", "sem"] = "fimix"
    class_specific: Literal["structure", "all"] = "structure"
    controls: tuple[str, ...] = ()
    marker: str | None = None
    instruments: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    desired_level: float = Field(default=80.0, gt=0, le=100)
    second_opinion: bool = True
    accept_inadmissible: bool = False
    descriptives: bool | None = None
    exploratory: bool | None = None

    @property
    def covariance_based(self) -> bool:
        """Whether the estimator is one of covariance-based SEM."""
        return self.estimator in COVARIANCE_BASED

    @property
    def quick(self) -> bool:
        """Whether only the point estimates are wanted."""
        return self.resamples == 0

    @property
    def wants_descriptives(self) -> bool:
        """`descriptives`, decided."""
        return not self.quick if self.descriptives is None else self.descriptives

    @property
    def wants_exploratory(self) -> bool:
        """`exploratory`, decided."""
        return not self.quick if self.exploratory is None else self.exploratory

    @property
    def wants_second_opinion(self) -> bool:
        """`second_opinion`, unless this is a quick look."""
        # The other engines would look at numbers where this one sees ordered answers.
        return self.second_opinion and not self.quick and not self.ordered


@dataclass(frozen=True, kw_only=True)
class ResampleLedger:
    """How many resamples were asked for, could be used, failed, and why."""

    requested: int
    usable: int
    failed: int
    by_reason: dict[str, int]
    seed: int
    interval: str
    drawn: int | None = None
    treatment: str = "drop"
    sign: str = "none"


@dataclass(frozen=True, kw_only=True)
class EngineOpinion:
    """The same model through another program: agrees, differs or not available.

    `reason` is a diagnostic code with its parameters, None when it agrees.
    """

    engine: str
    version: str | None
    outcome: Literal["agrees", "differs", "not_available"]
    reason: Diagnostic | None = None
    chisq: float | None = None
    chisq_reference: float | None = None
    largest_difference: float | None = None


@dataclass(frozen=True, kw_only=True)
class CbSemOpinion:
    """The covariance-based fit beside a PLS study: fit, admissibility, failures."""

    fit: CbSemFit | None
    admissible: str
    reasons: tuple[Diagnostic, ...]
    failed_share: float | None
    ledger: ResampleLedger | None


@dataclass(frozen=True, kw_only=True)
class ChecklistLine:
    """One line of a reporting checklist."""

    item: str
    value: str | float | None
    cutoff: str
    verdict: Literal["pass", "caution", "fail", "not_applicable"]
    source: str


@dataclass(frozen=True, kw_only=True)
class Provenance:
    """How the result was made. `created` is the only field outside the result's hash."""

    engine_version: str
    packages: dict[str, str]
    python: str
    data_sha256: str
    instrument: str | None
    model: str
    settings: dict[str, Any]
    seed: int
    created: str | None = None


@dataclass(frozen=True, kw_only=True)
class StudyResult:
    """Everything computed for one study. Tables carry intervals of the same resamples."""

    spec: StudySpec
    model: ModelSpec
    data: SurveyData
    n: int
    n_effective: float
    fit: PlsFit | CbSemFit
    assessment: Assessment
    fit_measures: dict[str, float | None]
    index: SatisfactionIndex | None
    scores: ConstructScores | None
    loadings: tuple[IndicatorEstimate, ...]
    weights: tuple[IndicatorEstimate, ...]
    paths: tuple[EffectEstimate, ...]
    total_effects: tuple[EffectEstimate, ...]
    indirect_effects: tuple[EffectEstimate, ...]
    r2: tuple[ConstructEstimate, ...]
    drivers: DriverAnalysis | None
    importance_performance: ImportancePerformance | None
    actions: tuple[PriorityAction, ...]
    rulers: tuple[Ruler, ...]
    segments: tuple[SegmentScore, ...]
    simple_opinion: SimpleSecondOpinion | None
    engine_opinion: EngineOpinion | None
    cbsem_opinion: CbSemOpinion | None
    resamples: ResampleLedger | None
    checklist: tuple[ChecklistLine, ...]
    diagnostics: tuple[Diagnostic, ...]
    provenance: Provenance
    inference: Any = None
    index_by_mode: Any = ()
    effects: Any = None
    exact_fit: Any = ()
    simple_slopes: Any = ()
    slope_regions: Any = ()
    moderated_mediation: Any = ()
    bootstrap_parameters: Any = ()
    first_stage: Any = None
    prediction: Any = None
    after_fit: Any = None
    robustness: Any = None
    group_comparison: Any = None
    groups_fit: CbSemFit | None = None
    ordinal: Any = None
    imputation: Any = None
    agreement: Any = ()
    construct_rows: Any = field(default=None, repr=False)
    extra: dict[str, Any] = field(default_factory=dict)
