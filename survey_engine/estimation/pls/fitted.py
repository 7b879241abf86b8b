"""From a batch of one to a `PlsFit`, and back to starting weights."""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol

import numpy as np

from survey_engine.estimation.fit_result import PlsFit
from survey_engine.estimation.pls.design import PlsDesign
from survey_engine.estimation.pls.result import PlsBatch
from survey_engine.numerics.moments import Array, Moments
from survey_engine.spec.model import ModelSpec


class Made(Protocol):
    """The options a fit reports."""

    @property
    def name(self) -> str:
        """The estimator's."""
        ...

    @property
    def metric(self) -> str:
        """``"raw"`` or ``"standardised"``."""
        ...

    @property
    def scheme(self) -> str:
        """Inner weighting."""
        ...

    @property
    def components(self) -> bool:
        """Whether weights come from component analysis, without an inner scheme."""
        ...


def as_fit(
    spec: ModelSpec, moments: Moments, design: PlsDesign, batch: PlsBatch, *, made: Made
) -> PlsFit:
    """The first of a batch as a fit; `made` says by which options."""
    count = design.adjacency.sum(axis=0)
    left = moments.n - count - 1.0
    with np.errstate(divide="ignore", invalid="ignore"):
        adjusted = 1.0 - (1.0 - batch.r2[0]) * (moments.n - 1.0) / left
    return PlsFit(
        spec=spec,
        moments=moments,
        estimator=made.name,
        converged=bool(batch.converged[0]),
        iterations=int(batch.iterations[0]),
        criterion=float(batch.change[0]),
        metric=made.metric,
        scheme="none" if made.components else made.scheme,
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


def made_moments_of(run: PlsBatch, columns: tuple[str, ...], moments: Moments) -> Moments:
    """Moments (divisor n) of the indicators a run was given, from a batch of one."""
    assert run.mean is not None  # noqa: S101  (a run of a staged model)
    assert run.covariance is not None  # noqa: S101
    return replace(
        moments,
        columns=columns,
        mean=run.mean[0],
        covariance=run.covariance[0] * ((moments.n - 1) / moments.n),
    )


def starting_weights(fit: PlsFit) -> Array:
    """Weights of a fit for standardised items, shape (p,): a start for `fit_batch`."""
    if fit.metric == "raw":
        return fit.weights * fit.moments.standard_deviation
    return fit.weights
