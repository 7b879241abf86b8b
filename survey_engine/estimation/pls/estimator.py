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
from dataclasses import dataclass, replace

import numpy as np

from survey_engine.errors import EstimationError, Where, diagnostic
from survey_engine.estimation.fit_result import PlsFit
from survey_engine.estimation.pls.design import PlsDesign, design_of
from survey_engine.estimation.pls.notes import notes_of_fit, refusal
from survey_engine.estimation.pls.restarts import restart_weights
from survey_engine.estimation.pls.result import NOT_CONVERGED, PlsBatch
from survey_engine.estimation.pls.solve import Settings, solve
from survey_engine.numerics.moments import Array, Moments
from survey_engine.spec.model import ModelSpec


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
    tolerance: float = 1e-12
    batch_tolerance: float = 1e-7
    max_iterations: int = 3000

    def __post_init__(self) -> None:
        """Refuse unknown options; keep a plain copy of the modes (picklable)."""
        if self.metric not in ("raw", "standardised"):
            raise ValueError(f"metric must be 'raw' or 'standardised', not {self.metric!r}")
        if self.scheme not in ("path", "centroid", "factorial"):
            raise ValueError(f"unknown inner scheme {self.scheme!r}")
        object.__setattr__(self, "modes", dict(self.modes or {}))

    @property
    def name(self) -> str:
        """``"plsc"`` if consistent, ``"sum"`` for sum scores, else ``"pls"``."""
        if self.sums:
            return "sum"
        return "plsc" if self.consistent else "pls"

    def design(self, spec: ModelSpec) -> PlsDesign:
        """The model as this run weights it; refusals as `design_of`."""
        if not self.sums:
            return design_of(spec, self.modes)
        return design_of(spec, dict.fromkeys(spec.construct_names, "unit"))

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
        design = self.design(spec)
        missing = tuple(item for item in design.items if item not in moments.columns)
        if missing:
            raise EstimationError(diagnostic("INDICATOR_MISSING", where=Where(items=missing)))
        used = moments.select(design.items)
        batch = self._solve_with_restarts(used.covariance_unbiased, design)
        if (problem := refusal(batch, used, design)) is not None:
            raise EstimationError(problem)
        fit = self._as_fit(spec, used, design, batch)
        return replace(fit, diagnostics=notes_of_fit(fit, design))

    def fit_batch(
        self,
        spec: ModelSpec,
        covariance: Array,
        *,
        n: int | None = None,
        start: Array | None = None,
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

        Returns
        -------
        PlsBatch
            Members that failed carry a reason code, not an exception.
        """
        design = self.design(spec)
        scaled = covariance if n is None else covariance * (n / (n - 1))
        return solve(scaled, design, self._settings(self.batch_tolerance), start=start)

    def _settings(self, tolerance: float) -> Settings:
        return Settings(
            metric=self.metric,
            scheme=self.scheme,
            consistent=self.consistent,
            tolerance=tolerance,
            max_iterations=self.max_iterations,
        )

    def _solve_with_restarts(self, covariance: Array, design: PlsDesign) -> PlsBatch:
        settings = self._settings(self.tolerance)
        batch = solve(covariance[None], design, settings)
        for start in restart_weights(design):
            if batch.reason[0] != NOT_CONVERGED:
                break
            batch = solve(covariance[None], design, settings, start=start)
        return batch

    def _as_fit(
        self, spec: ModelSpec, moments: Moments, design: PlsDesign, batch: PlsBatch
    ) -> PlsFit:
        count = design.adjacency.sum(axis=0)
        left = moments.n - count - 1.0
        with np.errstate(divide="ignore", invalid="ignore"):
            adjusted = 1.0 - (1.0 - batch.r2[0]) * (moments.n - 1.0) / left
        return PlsFit(
            spec=spec,
            moments=moments,
            estimator=self.name,
            converged=bool(batch.converged[0]),
            iterations=int(batch.iterations[0]),
            criterion=float(batch.change[0]),
            metric=self.metric,
            scheme=self.scheme,
            modes=design.modes,
            weights=batch.weights[0],
            loadings=batch.loadings[0],
            cross_loadings=batch.cross_loadings[0],
            construct_correlations=batch.construct_correlations[0],
            proxy_correlations=batch.proxy_correlations[0],
            paths=batch.paths[0],
            total_effects=batch.total_effects[0],
            r2=batch.r2[0],
            r2_adjusted=np.where(left > 0, adjusted, np.nan),
            rho_a=batch.rho_a[0],
        )


def starting_weights(fit: PlsFit) -> Array:
    """Weights of a fit for standardised items, shape (p,): a start for `fit_batch`."""
    if fit.metric == "raw":
        return fit.weights * fit.moments.standard_deviation
    return fit.weights
