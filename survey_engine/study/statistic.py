"""`PlsStatistic`: all statistics with an interval from one batch of resampled moments.

A frozen value that pickles, so a resample gives the same digits in any process.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from survey_engine.estimation.bootstrap import BatchOutcome
from survey_engine.estimation.fit_result import PlsFit
from survey_engine.estimation.pls.estimator import PlsEstimator, starting_weights
from survey_engine.estimation.pls.result import PlsBatch
from survey_engine.estimation.pls.signs import INDIVIDUAL, turned_constructs, turned_values
from survey_engine.numerics.moments import Array
from survey_engine.spec.model import ModelSpec
from survey_engine.study.quantities import Layout, Solution, quantities
from survey_engine.study.simple_slopes import SlopeLayout, slope_layout, slopes
from survey_engine.study.staged_input import PlsInput

IMPOSSIBLE = ("inadmissible",)
"""The one of `REASONS` that leaves a solution to look at."""


@dataclass(frozen=True, kw_only=True)
class PlsStatistic:
    """Re-estimates the PLS model in every resample, indicator weights included.

    Attributes
    ----------
    estimator : PlsEstimator
    spec : ModelSpec
    layout : Layout
    start : ndarray, shape (p,), or None
        Weights of the full sample, to save iterations.
    sign : {"none", "construct", "individual"}
        Sign changes towards the full sample.
    reference : Mapping[str, ndarray]
        Statistics of the full sample whose signs count; empty for ``"none"``.
    origin : ndarray, shape (p,), or None
        Subtracted from items inside products, for a model with products.
    slopes : SlopeLayout or None
    """

    estimator: PlsEstimator
    spec: ModelSpec
    layout: Layout
    start: Array | None = None
    sign: str = "none"
    reference: Mapping[str, Array] = field(default_factory=dict)
    origin: Array | None = None
    slopes: SlopeLayout | None = None

    def __call__(self, mean: Array, covariance: Array, n: int) -> BatchOutcome:
        """Statistics of means (B, p) and covariances (B, p, p), columns as in `spec`."""
        batch = self.estimator.fit_batch(
            self.spec, covariance, n=n, start=self.start, mean=mean, origin=self.origin
        )
        if self.sign == "construct":
            sizes = np.array(self.layout.sizes)
            batch = turned_constructs(batch, self.reference["loadings"], sizes)
        if batch.mean is not None and batch.covariance is not None:
            mean, covariance = batch.mean, batch.covariance * ((n - 1) / n)
        solution = Solution(
            mean=mean,
            covariance=covariance,
            n=n,
            weights=batch.weights,
            loadings=batch.loadings,
            correlations=batch.construct_correlations,
            paths=batch.paths,
            total_effects=batch.total_effects,
            r2=batch.r2,
            rho_a=batch.rho_a,
            cross_loadings=batch.cross_loadings,
        )
        # Failed members hold whatever their last iteration left; the ledger drops them.
        with np.errstate(all="ignore"):
            values = quantities(solution, self.layout) | staged_values(batch, self.slopes)
        if self.sign == "individual":
            values = turned_values(values, self.reference)
        return BatchOutcome(
            values=values,
            reason=batch.reason,
            reasons=batch.reasons,
            inadmissible=IMPOSSIBLE,
        )


def staged_values(batch: PlsBatch, layout: SlopeLayout | None) -> dict[str, Array]:
    """Statistics only a staged model has: the run before, and simple slopes."""
    found: dict[str, Array] = {}
    if batch.first is not None:
        found["first_loadings"] = batch.first.loadings
        found["first_weights"] = batch.first.weights
    if layout is not None and batch.product_deviation is not None:
        found["slopes"] = slopes(batch.paths, batch.product_deviation, layout)
    return found


def staged_point(fit: PlsFit, layout: SlopeLayout | None) -> dict[str, Array]:
    """The same of a point estimate."""
    found: dict[str, Array] = {}
    if fit.first_stage is not None:
        found["first_loadings"] = fit.first_stage.loadings
        found["first_weights"] = fit.first_stage.weights
    if layout is not None:
        found["slopes"] = slopes(fit.paths, fit.product_deviation, layout)
    return found


def pls_solution(fit: PlsFit) -> Solution:
    """The arrays of a point estimate."""
    return Solution(
        mean=fit.moments.mean,
        covariance=fit.moments.covariance,
        n=fit.moments.n,
        weights=fit.weights,
        loadings=fit.loadings,
        correlations=fit.construct_correlations,
        paths=fit.paths,
        total_effects=fit.total_effects,
        r2=fit.r2,
        rho_a=fit.rho_a,
        cross_loadings=fit.cross_loadings,
    )


def pls_statistic(
    estimator: PlsEstimator,
    fit: PlsFit,
    layout: Layout,
    *,
    sign: str = "none",
    given: PlsInput | None = None,
) -> PlsStatistic:
    """The statistic of a fit, started at its weights; `given` for a staged model."""
    reference: dict[str, Array] = {}
    if sign != "none":
        known = quantities(pls_solution(fit), layout)
        reference = {name: known[name] for name in INDIVIDUAL}
    return PlsStatistic(
        estimator=estimator,
        spec=fit.spec if given is None or given.staged is None else given.staged.authored,
        layout=layout,
        start=starting_weights(fit),
        origin=None if given is None else given.origin,
        slopes=None if given is None or given.staged is None else slope_layout(given.staged),
        sign=sign,
        reference=reference,
    )
