"""From covariance matrices to PLS solutions: iterate, orient, correct, regress."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from survey_engine.estimation.pls import consistent as plsc
from survey_engine.estimation.pls.design import PlsDesign
from survey_engine.estimation.pls.gsca import iterate_components
from survey_engine.estimation.pls.inner_schemes import INNER_SCHEMES
from survey_engine.estimation.pls.iterate import (
    TINY,
    Composites,
    Iterated,
    composites,
    iterate,
)
from survey_engine.estimation.pls.outer_modes import outer_update
from survey_engine.estimation.pls.result import (
    INADMISSIBLE,
    NOT_CONVERGED,
    SINGULAR,
    ZERO_VARIANCE,
    PlsBatch,
)
from survey_engine.estimation.pls.structural import (
    explained_variance,
    path_coefficients,
    total_effects,
)
from survey_engine.numerics.moments import Array


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Options of one run, already checked."""

    metric: str
    scheme: str
    consistent: bool
    tolerance: float
    max_iterations: int
    components: bool = False


def solve(
    covariance: Array, design: PlsDesign, settings: Settings, *, start: Array | None = None
) -> PlsBatch:
    """PLS solutions of a batch of covariance matrices.

    Parameters
    ----------
    covariance : ndarray, shape (B, p, p)
        Of `design.items`; weights in the raw metric refer to its divisor.
    start : ndarray, shape (p,) or (B, p), optional
        Starting weights for standardised items; default: weight 1 for every item in the
        metric used.
    """
    deviation, constant = _deviations(covariance)
    correlation = covariance / (deviation[:, :, None] * deviation[:, None, :])
    if start is None:
        start = deviation if settings.metric == "raw" else np.ones_like(deviation)
    first = np.broadcast_to(start, deviation.shape)
    stop = (settings.tolerance, settings.max_iterations)
    if settings.components:
        found, pivot = iterate_components(correlation, first, design, stop=stop)
    else:
        update = outer_update(correlation, deviation, design, metric=settings.metric)
        scheme = INNER_SCHEMES[settings.scheme]
        found = iterate(correlation, first, design, scheme=scheme, update=update, stop=stop)
        pivot = update.pivot
    here = _oriented(composites(correlation, found.weights, design), design)
    unit = deviation if settings.metric == "raw" else np.ones_like(deviation)
    rho = plsc.rho_a(correlation, here.weights, unit, design)
    reason = _reasons(found, constant, pivot)
    return _assemble(here, found, (rho, unit, reason), design, settings)


def _deviations(covariance: Array) -> tuple[Array, NDArray[np.bool_]]:
    """Standard deviations (NaN where 0) and whether any item does not vary."""
    variance = np.diagonal(covariance, axis1=1, axis2=2)
    deviation = np.sqrt(np.where(variance > 0.0, variance, np.nan))
    return deviation, np.asarray(np.isnan(deviation).any(axis=1))


def _oriented(here: Composites, design: PlsDesign) -> Composites:
    """Flip composites whose loadings are negative in their majority.

    With as many negative as positive loadings the sign of their sum decides.
    """
    own = here.cross[:, design.block, np.arange(len(design.block))]
    with np.errstate(invalid="ignore"):
        balance = np.sign(own) @ design.mask
        balance = np.where(balance == 0.0, own @ design.mask, balance)
        sign = np.where(balance < 0.0, -1.0, 1.0)
    return Composites(
        weights=here.weights * sign[:, design.block],
        cross=here.cross * sign[:, :, None],
        correlations=here.correlations * sign[:, :, None] * sign[:, None, :],
    )


def _reasons(found: Iterated, constant: NDArray[np.bool_], pivot: Array) -> NDArray[np.intp]:
    reason = np.where(found.converged, 0, NOT_CONVERGED).astype(np.intp)
    broken = ~found.converged & np.isnan(found.change)
    reason[broken] = SINGULAR
    with np.errstate(invalid="ignore"):
        reason[pivot <= TINY] = SINGULAR
    reason[constant] = ZERO_VARIANCE
    return reason


def _assemble(
    here: Composites,
    found: Iterated,
    measured: tuple[Array, Array, NDArray[np.intp]],
    design: PlsDesign,
    settings: Settings,
) -> PlsBatch:
    rho, unit, reason = measured
    loadings = here.cross[:, design.block, np.arange(len(design.block))]
    correlations = here.correlations
    if settings.consistent:
        reliability = plsc.reliabilities(rho, design)
        loadings = plsc.consistent_loadings(here.weights, loadings, reliability, unit, design)
        correlations = plsc.disattenuated(correlations, reliability)
    last = np.ascontiguousarray(correlations.transpose(1, 2, 0))
    paths, pivot = path_coefficients(last, design)
    r2 = np.ascontiguousarray(explained_variance(paths, last, design).T)
    collinear = ~(pivot > TINY)
    if settings.consistent:
        # Correcting can leave a matrix that is no correlation matrix at all.
        collinear |= plsc.inadmissible(reliability, correlations, loadings, r2)
    reason[(reason == 0) & collinear] = INADMISSIBLE if settings.consistent else SINGULAR
    return PlsBatch(
        weights=here.weights / unit,
        loadings=loadings,
        cross_loadings=np.ascontiguousarray(here.cross.transpose(0, 2, 1)),
        construct_correlations=correlations,
        proxy_correlations=here.correlations,
        paths=np.ascontiguousarray(paths.transpose(2, 0, 1)),
        total_effects=np.ascontiguousarray(total_effects(paths, design).transpose(2, 0, 1)),
        r2=r2,
        rho_a=rho,
        converged=found.converged,
        iterations=found.iterations,
        change=found.change,
        reason=reason,
        standardised_weights=here.weights,
    )
