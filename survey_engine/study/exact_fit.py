"""The exact-fit test: are the distances larger than resampling alone would make them?

The sample is changed so that the model holds in it, ``Z S^-1/2 Sigma^1/2`` for
standardised rows Z; resamples of the changed rows are refitted, and the distances of the
real sample are compared with theirs (Beran & Srivastava 1985; Bollen & Stine 1992;
Dijkstra & Henseler 2015). The change is linear, so resampled moments are enough.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from survey_engine.assessment.composite_fit import (
    DISTANCES,
    FitLayout,
    distances,
    fit_layout,
    implied_construct_correlations,
    implied_correlations,
)
from survey_engine.estimation.bootstrap import BatchOutcome, bootstrap
from survey_engine.estimation.fit_result import PlsFit
from survey_engine.estimation.pls.estimator import PlsEstimator
from survey_engine.estimation.pls.result import REASONS
from survey_engine.numerics.intervals import quantiles
from survey_engine.numerics.moments import Array, RowSource
from survey_engine.spec.model import ModelSpec

RESAMPLES = 1_000


@dataclass(frozen=True, kw_only=True)
class ExactFit:
    """One distance of the estimated or saturated model.

    `quantile_95` and `quantile_99` are those of the resamples under the model; `p` is
    ``(1 + number at least as far) / (resamples + 1)``. None where the distance is not defined.
    """

    measure: str
    model: str
    value: float | None
    quantile_95: float | None
    quantile_99: float | None
    p: float | None
    resamples: int


@dataclass(frozen=True, kw_only=True)
class DistanceStatistic:
    """Distances of refitted models, from moments of changed rows.

    Attributes
    ----------
    estimator : PlsEstimator
    spec : ModelSpec
    layout : FitLayout
    change : ndarray, shape (p, p)
        What rows about their mean are multiplied by from the right.
    """

    estimator: PlsEstimator
    spec: ModelSpec
    layout: FitLayout
    change: Array

    def __call__(self, mean: Array, covariance: Array, n: int) -> BatchOutcome:
        """Distances of means (B, p), which play no part, and covariances (B, p, p)."""
        del mean
        changed = self.change.T @ covariance @ self.change
        batch = self.estimator.fit_batch(self.spec, changed, n=n)
        scale = np.sqrt(np.diagonal(changed, axis1=1, axis2=2))
        with np.errstate(all="ignore"):  # the ledger drops what failed
            sample = changed / (scale[:, :, None] * scale[:, None, :])
            usable = np.asarray(np.isfinite(batch.paths).all(axis=(1, 2)))
            paths = np.where(usable[:, None, None], batch.paths, 0.0)
            implied = implied_construct_correlations(
                batch.construct_correlations, paths, batch.r2, self.layout.adjacency
            )
            values: dict[str, Array] = {}
            for model, constructs in (
                ("estimated", implied),
                ("saturated", batch.construct_correlations),
            ):
                whole = implied_correlations(sample, batch.loadings, constructs, self.layout)
                found = distances(sample, whole)
                values |= {f"{model} {name}": found[name] for name in DISTANCES}
        return BatchOutcome(values=values, reason=batch.reason, reasons=REASONS)


def exact_fit(
    estimator: PlsEstimator,
    fit: PlsFit,
    measures: dict[str, float | None],
    rows: RowSource,
    *,
    requested: int,
    seed: int,
) -> tuple[ExactFit, ...]:
    """Test each distance of the estimated and of the saturated model.

    Parameters
    ----------
    measures : dict
        From `composite_fit`.
    rows : RowSource
        With the indicators of the fit as columns, in order.
    """
    layout = fit_layout(fit.spec)
    found = []
    for model, suffix in (("estimated", ""), ("saturated", "_saturated")):
        change = _change(fit, layout, saturated=bool(suffix))
        draws = None
        if change is not None:
            statistic = DistanceStatistic(
                estimator=estimator, spec=fit.spec, layout=layout, change=change
            )
            draws = bootstrap(rows, statistic, requested=requested, seed=seed).draws
        for name in DISTANCES:
            value = measures[f"{name}{suffix}"]
            under = np.empty(0) if draws is None else draws[f"{model} {name}"]
            found.append(_compared(name, model, value, under[np.isfinite(under)]))
    return tuple(found)


def _compared(measure: str, model: str, value: float | None, under: Array) -> ExactFit:
    if value is None or len(under) < 2:
        return ExactFit(
            measure=measure,
            model=model,
            value=value,
            quantile_95=None,
            quantile_99=None,
            p=None,
            resamples=len(under),
        )
    high = quantiles(under, (0.95, 0.99))
    beyond = int((under >= value).sum())
    return ExactFit(
        measure=measure,
        model=model,
        value=value,
        quantile_95=float(high[0]),
        quantile_99=float(high[1]),
        p=(1 + beyond) / (len(under) + 1),
        resamples=len(under),
    )


def _change(fit: PlsFit, layout: FitLayout, *, saturated: bool) -> Array | None:
    """The change of rows that makes the model true; None if it implies no correlations."""
    sample = fit.moments.correlation
    constructs = fit.construct_correlations
    if not saturated:
        constructs = implied_construct_correlations(
            constructs, fit.paths, fit.r2, layout.adjacency
        )
    implied = implied_correlations(sample, fit.loadings, constructs, layout)
    own, vectors = np.linalg.eigh(sample)
    theirs, directions = np.linalg.eigh(implied)
    if own[0] <= 0.0 or theirs[0] <= 0.0:
        return None
    unroot = (vectors / np.sqrt(own)) @ vectors.T
    root = (directions * np.sqrt(theirs)) @ directions.T
    scale = fit.moments.standard_deviation
    return np.asarray((unroot @ root) / scale[:, None] * scale[None, :])
