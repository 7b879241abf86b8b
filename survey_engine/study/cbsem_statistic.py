"""`CbSemStatistic`: the covariance-based counterpart of `PlsStatistic`."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from survey_engine.assessment.blocks import block_sizes
from survey_engine.estimation.bootstrap import BatchOutcome
from survey_engine.estimation.cbsem.estimator import CbSemEstimator
from survey_engine.estimation.fit_result import CbSemFit
from survey_engine.numerics.moments import Array, Moments
from survey_engine.spec.model import ModelSpec
from survey_engine.study.bootstrap_parameters import resampled_values
from survey_engine.study.quantities import Layout, Solution, quantities

REASONS = ("not_converged", "negative_variance", "latent_cov_not_pd", "singular_covariance")
IMPOSSIBLE = ("negative_variance", "latent_cov_not_pd")
"""Those of `REASONS` that leave a solution to look at."""
_CODES = {reason.upper(): k + 1 for k, reason in enumerate(REASONS)}


@dataclass(frozen=True, kw_only=True)
class Measured:
    """Which loadings and moments belong to indicators that are columns of the data.

    Attributes
    ----------
    spec : ModelSpec
        The model with observed indicators only: a construct measured by constructs has
        none (its loadings stand in the parameter table).
    at : tuple of int, length p
        Position of each indicator among the columns of the moments.
    among : tuple of int, length p
        Position of each indicator among all indicators of the model.
    """

    spec: ModelSpec
    at: tuple[int, ...]
    among: tuple[int, ...]


def measured(spec: ModelSpec, columns: tuple[str, ...]) -> Measured:
    """Reduce a model to the indicators that are columns."""
    kept = tuple(
        construct.model_copy(
            update={"indicators": tuple(i for i in construct.indicators if i in columns)}
        )
        for construct in spec.constructs
    )
    reduced = spec.model_copy(update={"constructs": kept})
    return Measured(
        spec=reduced,
        at=tuple(columns.index(item) for item in reduced.indicators),
        among=tuple(k for k, item in enumerate(spec.indicators) if item in columns),
    )


@dataclass(frozen=True, kw_only=True)
class CbSemStatistic:
    """Refits the model in every resample.

    Attributes
    ----------
    estimator : CbSemEstimator
    spec : ModelSpec
    moments : Moments
        Of the full sample: names the columns resampled.
    layout : Layout
    fit : CbSemFit
        The full-sample solution, where every resample starts.
    """

    estimator: CbSemEstimator
    spec: ModelSpec
    moments: Moments
    layout: Layout
    fit: CbSemFit

    def __call__(self, mean: Array, covariance: Array, n: int) -> BatchOutcome:
        """Statistics of means (B, p) and covariances (B, p, p), columns as in `moments`."""
        batch = self.estimator.fit_batch(
            self.spec, self.moments, covariance, start=self.fit, mean=mean
        )
        known = measured(self.spec, self.fit.moments.columns)
        at = [self.moments.columns.index(item) for item in known.spec.indicators]
        solution = Solution(
            mean=mean[:, at],
            covariance=covariance[:, at][:, :, at],
            n=n,
            weights=_own_weights(batch.factor_score_weights, known),
            loadings=batch.loadings[:, list(known.among)],
            correlations=batch.latent_correlation,
            paths=batch.paths,
            total_effects=batch.total_effects,
            r2=batch.r2,
        )
        # Members that failed are NaN throughout; the ledger drops them.
        with np.errstate(all="ignore"):
            values = quantities(solution, self.layout)
            values |= resampled_values(batch.free_values, self.fit)
        reason = np.array([_CODES.get(str(r), 0) for r in batch.reason], dtype=np.intp)
        return BatchOutcome(
            values=values, reason=reason, reasons=REASONS, inadmissible=IMPOSSIBLE
        )


def _own_weights(weights: Array, known: Measured) -> Array:
    """Each indicator's factor-score weight on its own construct, shape (..., p)."""
    sizes = block_sizes(known.spec)
    owner = np.repeat(np.arange(len(sizes)), sizes)
    own: Array = weights[..., list(known.at), owner]
    return own


def cbsem_solution(fit: CbSemFit) -> Solution:
    """The arrays of a point estimate, by the observed indicators."""
    known = measured(fit.spec, fit.moments.columns)
    at = list(known.at)
    names = fit.spec.construct_names
    r2 = [fit.r2.get(name) for name in names]
    endogenous = {path.target for path in fit.spec.paths}
    return Solution(
        mean=fit.moments.mean[at],
        covariance=fit.moments.covariance[np.ix_(at, at)],
        n=fit.moments.n,
        weights=_own_weights(fit.factor_score_weights, known),
        loadings=fit.loadings[list(known.among)],
        correlations=fit.latent_correlation,
        paths=fit.paths,
        total_effects=fit.total_effects,
        r2=np.array(
            [
                np.nan if value is None or name not in endogenous else value
                for name, value in zip(names, r2, strict=True)
            ]
        ),
    )
