"""`PlsEstimator`: partial least squares path modelling and consistent PLS.

References
----------
Wold, H. (1982). Soft modeling: the basic design and some extensions.
Lohmöller, J.-B. (1989). Latent variable path modeling with partial least squares.
Tenenhaus, M., Esposito Vinzi, V., Chatelin, Y.-M. & Lauro, C. (2005). PLS path modeling.
Computational Statistics & Data Analysis 48, 159-205.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from survey_engine.errors import EstimationError, Where, diagnostic
from survey_engine.estimation.fit_result import PlsFit
from survey_engine.estimation.pls.design import PlsDesign, design_of
from survey_engine.estimation.pls.fitted import as_fit, made_moments_of, starting_weights
from survey_engine.estimation.pls.gsca import with_known_modes
from survey_engine.estimation.pls.notes import notes_of_fit, refusal
from survey_engine.estimation.pls.restarts import restart_weights
from survey_engine.estimation.pls.result import NOT_CONVERGED, PlsBatch
from survey_engine.estimation.pls.solve import Settings, solve
from survey_engine.estimation.pls.staged import run_stages
from survey_engine.estimation.pls.stages import (
    HIGHER_ORDER,
    INTERACTIONS,
    StagedModel,
    products_without_parts,
    staged_model,
)
from survey_engine.numerics.moments import Array, Moments
from survey_engine.spec.model import ModelSpec

__all__ = ["PlsEstimator", "starting_weights"]


@dataclass(frozen=True, kw_only=True)
class PlsEstimator:
    """Options of a PLS run; `fit` estimates one model, `fit_batch` many resamples.

    Parameters
    ----------
    metric : {"standardised", "raw"}
        How items enter: standardised, or centred in their own units.
    scheme : {"path", "centroid", "factorial"}
        Inner weighting scheme.
    modes : Mapping[str, str], optional
        One of `design.MODES` by construct name.
    consistent : bool
        PLSc: correct constructs that are common factors for measurement error.
    sums : bool
        Sum scores: equal weights for every construct; the baseline of the others.
    components : bool
        Generalised structured component analysis (`gsca.iterate_components`) in place of
        the PLS iteration: standardised items, no inner scheme.
    interaction : {"two-stage", "product-indicator", "orthogonal"}
        How ``A:B`` in a regression is made.
    higher_order : {"disjoint", "embedded", "repeated"}
        How a construct measured by constructs is estimated.
    tolerance : float
        Largest absolute weight change (standardised items) that ends a point estimate.
    batch_tolerance : float
        The same inside resamples.
    max_iterations : int

    Raises
    ------
    ValueError
        If `metric` or `scheme` is unknown: callers offer these as fixed choices.
    """

    metric: str = "standardised"
    scheme: str = "path"
    modes: Mapping[str, str] | None = None
    consistent: bool = False
    sums: bool = False
    components: bool = False
    interaction: str = "two-stage"
    higher_order: str = "disjoint"
    tolerance: float = 1e-12
    batch_tolerance: float = 1e-7
    max_iterations: int = 3000
    _read: dict[int, tuple[ModelSpec, StagedModel | PlsDesign]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def __post_init__(self) -> None:
        """Refuse unknown options; keep a plain copy of the modes (picklable)."""
        if self.components and self.metric != "standardised":
            raise ValueError("components are made of standardised items")
        if self.metric not in ("raw", "standardised"):
            raise ValueError(f"metric must be 'raw' or 'standardised', not {self.metric!r}")
        if self.scheme not in ("path", "centroid", "factorial"):
            raise ValueError(f"unknown inner scheme {self.scheme!r}")
        if self.interaction not in INTERACTIONS or self.higher_order not in HIGHER_ORDER:
            raise ValueError(f"unknown stages {self.interaction!r}, {self.higher_order!r}")
        object.__setattr__(self, "modes", dict(self.modes or {}))

    @property
    def name(self) -> str:
        """``"gsca"``, ``"sum"``, ``"plsc"`` if consistent, else ``"pls"``."""
        if self.components:
            return "gsca"
        if self.sums:
            return "sum"
        return "plsc" if self.consistent else "pls"

    def design(self, spec: ModelSpec) -> PlsDesign:
        """The model as this run weights it; refusals as `design_of`."""
        if not self.sums:
            design = design_of(spec, self.modes)
            return with_known_modes(design) if self.components else design
        return design_of(spec, dict.fromkeys(spec.construct_names, "unit"))

    def staged(self, spec: ModelSpec) -> StagedModel | None:
        """The runs of a model with products or higher-order constructs, else None.

        Raises
        ------
        EstimationError
            As `staged_model`; PLS_STAGES_NOT_CONSISTENT for PLSc.
        """
        plan = staged_model(spec, interaction=self.interaction, higher_order=self.higher_order)
        if plan is not None and self.consistent:
            raise EstimationError(diagnostic("PLS_STAGES_NOT_CONSISTENT"))
        return plan

    def stage_designs(self, staged: StagedModel) -> tuple[PlsDesign, ...]:
        """The design of each run; a mode belongs to the runs that have its construct."""
        unknown = [
            diagnostic("MODE_UNKNOWN", where=Where(constructs=(name,)), mode=mode)
            for name, mode in sorted((self.modes or {}).items())
            if name not in {n for s in staged.stages for n in s.spec.construct_names}
        ]
        if unknown:
            raise EstimationError(*unknown)
        designs = []
        for stage in staged.stages:
            names = set(stage.spec.construct_names)
            repeated = {c.name for c in stage.spec.constructs if "@" in c.indicators[0]}
            own = {k: v for k, v in (self.modes or {}).items() if k in names - repeated}
            designs.append(replace(self, modes=own).design(stage.spec))
        return tuple(designs)

    def fit(self, spec: ModelSpec, moments: Moments) -> PlsFit:
        """Estimate one model.

        Parameters
        ----------
        spec : ModelSpec
        moments : Moments
            Without batch axes; must hold every indicator of `spec`.

        Raises
        ------
        EstimationError
            The design's refusals (see `design_of`), INDICATOR_MISSING,
            ZERO_VARIANCE_ITEM, SINGULAR_BLOCK, SINGULAR_PREDICTORS or
            UNRELATED_CONSTRUCT.

        Notes
        -----
        A solution that stands still neither from unit weights nor from any of
        `restarts.RESTARTS` comes back with ``converged=False`` and NOT_CONVERGED.
        """
        staged = self.staged(spec)
        if staged is not None:
            return self._fit_stages(staged, moments)
        design = self.design(spec)
        missing = tuple(item for item in design.items if item not in moments.columns)
        if missing:
            raise EstimationError(diagnostic("INDICATOR_MISSING", where=Where(items=missing)))
        used = moments.select(design.items)
        batch = self._solve_with_restarts(used.covariance_unbiased, design)
        if (problem := refusal(batch, used, design)) is not None:
            raise EstimationError(problem)
        fit = as_fit(spec, used, design, batch, made=self)
        return replace(fit, diagnostics=notes_of_fit(fit, design))

    def fit_batch(
        self,
        spec: ModelSpec,
        covariance: Array,
        *,
        n: int | None = None,
        start: Array | None = None,
        mean: Array | None = None,
        origin: Array | None = None,
    ) -> PlsBatch:
        """Estimate one model on many covariance matrices, as in resampling.

        Parameters
        ----------
        covariance : ndarray, shape (B, p, p)
            Columns in the order of `spec.indicators`, divisor n.
        n : int, optional
            Sample size, to give raw weights the divisor n - 1. Without it they refer
            to the divisor of `covariance`; nothing else depends on it.
        start : ndarray, shape (p,), optional
            Starting weights for standardised items: `standardised_weights` of the full
            sample halves the iterations. It never changes what counts as converged.
        mean, origin : ndarray, shapes (B, p) and (p,), optional
            Means of the items, and what was subtracted from them inside products: a
            staged model needs both. Its columns are `StagedModel.columns`.

        Returns
        -------
        PlsBatch
            Members that failed carry a reason code, not an exception.
        """
        scaled = covariance if n is None else covariance * (n / (n - 1))
        known = self._known(spec)
        if isinstance(known, StagedModel):
            return self._stage_batch(known, scaled, mean, origin)
        return solve(scaled, known, self._settings(self.batch_tolerance), start=start)

    def fit_design(
        self, design: PlsDesign, moments: Moments, *, start: Array | None = None
    ) -> PlsBatch:
        """A batch of one by a design at hand, to the last digit; nothing is refused."""
        covariance = moments.select(design.items).covariance_unbiased[None]
        return solve(covariance, design, self._settings(self.tolerance), start=start)

    def _known(self, spec: ModelSpec) -> StagedModel | PlsDesign:
        """What a model is read into, kept: a bootstrap asks for it in every chunk."""
        kept = self._read.get(id(spec))
        if kept is None or kept[0] is not spec:
            self._read.clear()
            kept = self._read[id(spec)] = (spec, self.staged(spec) or self.design(spec))
        return kept[1]

    def _stage_batch(
        self, staged: StagedModel, covariance: Array, mean: Array | None, origin: Array | None
    ) -> PlsBatch:
        if mean is None:
            raise ValueError("a staged model needs the means of its items")
        items = mean[:, : len(staged.items)]
        shift = items - (0.0 if origin is None else origin)
        return run_stages(
            staged,
            self.stage_designs(staged),
            self._settings(self.batch_tolerance),
            covariance=covariance,
            mean=items,
            shift=shift,
        )

    def _fit_stages(self, staged: StagedModel, moments: Moments) -> PlsFit:
        """Fit a staged model; products in `moments` are about their item means."""
        missing = tuple(item for item in staged.columns if item not in moments.columns)
        if missing:
            raise EstimationError(diagnostic("INDICATOR_MISSING", where=Where(items=missing)))
        designs = self.stage_designs(staged)
        used = moments.select(staged.columns)
        mean = used.mean[None, : len(staged.items)]
        batch = run_stages(
            staged,
            designs,
            self._settings(self.tolerance),
            covariance=used.covariance_unbiased[None],
            mean=mean,
            shift=np.zeros_like(mean),
        )
        runs = [batch] if batch.first is None else [batch.first, batch]
        found: PlsFit | None = None
        for stage, design, run in zip(staged.stages, designs, runs, strict=True):
            own = made_moments_of(run, stage.spec.indicators, moments)
            if (problem := refusal(run, own, design)) is not None:
                raise EstimationError(problem)
            fit = as_fit(stage.spec, own, design, run, made=self)
            fit = replace(fit, diagnostics=notes_of_fit(fit, design), first_stage=found)
            if run.product_deviation is not None:
                fit = replace(fit, product_deviation=run.product_deviation[0])
            found = fit
        assert found is not None  # noqa: S101  (there is at least one stage)
        notes = (*found.diagnostics, *products_without_parts(staged))
        return replace(found, diagnostics=notes)

    def _settings(self, tolerance: float) -> Settings:
        return Settings(
            metric=self.metric,
            scheme=self.scheme,
            consistent=self.consistent,
            tolerance=tolerance,
            max_iterations=self.max_iterations,
            components=self.components,
        )

    def _solve_with_restarts(self, covariance: Array, design: PlsDesign) -> PlsBatch:
        settings = self._settings(self.tolerance)
        batch = solve(covariance[None], design, settings)
        for start in restart_weights(design):
            if batch.reason[0] != NOT_CONVERGED:
                break
            batch = solve(covariance[None], design, settings, start=start)
        return batch
