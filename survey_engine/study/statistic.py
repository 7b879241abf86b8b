"""`PlsStatistic`: all statistics with an interval from one batch of resampled moments.

A frozen value that pickles, so a resample gives the same digits in any process.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from survey_engine.estimation.bootstrap import BatchOutcome
from survey_engine.estimation.fit_result import PlsFit
from survey_engine.estimation.pls.estimator import PlsEstimator, starting_weights
from survey_engine.numerics.moments import Array
from survey_engine.spec.model import ModelSpec
from survey_engine.study.quantities import Layout, Solution, quantities


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
    """

    estimator: PlsEstimator
    spec: ModelSpec
    layout: Layout
    start: Array | None = None

    def __call__(self, mean: Array, covariance: Array, n: int) -> BatchOutcome:
        """Statistics of means (B, p) and covariances (B, p, p), columns as in `spec`."""
        batch = self.estimator.fit_batch(self.spec, covariance, n=n, start=self.start)
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
            values = quantities(solution, self.layout)
        return BatchOutcome(values=values, reason=batch.reason, reasons=batch.reasons)


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


def pls_statistic(estimator: PlsEstimator, fit: PlsFit, layout: Layout) -> PlsStatistic:
    """The statistic of a fit, started at its weights."""
    return PlsStatistic(
        estimator=estimator, spec=fit.spec, layout=layout, start=starting_weights(fit)
    )
