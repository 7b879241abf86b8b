"""The PLS iteration on a batch of correlation matrices (Wold 1982; Lohmöller 1989).

No rows are needed: composites are known by their weights, and every correlation the
algorithm asks for is a product of weights and item correlations.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol, Self

import numpy as np
from numpy.typing import NDArray

from survey_engine.estimation.pls.design import PlsDesign
from survey_engine.estimation.pls.inner_schemes import InnerScheme
from survey_engine.estimation.pls.outer_modes import OuterUpdate
from survey_engine.numerics.moments import Array

TINY = 1e-10
"""A pivot or variance of a correlation matrix at or below this counts as zero."""


@dataclass(frozen=True, kw_only=True)
class Iterated:
    """Where the iteration ended, one entry a member of the batch.

    Attributes
    ----------
    weights : ndarray, shape (B, p)
        For standardised items; composites have variance 1. NaN where it broke down.
    converged : ndarray of bool, shape (B,)
    iterations : ndarray of int, shape (B,)
    change : ndarray, shape (B,)
        Largest absolute weight change of the last iteration; NaN where it broke down.
    """

    weights: Array
    converged: NDArray[np.bool_]
    iterations: NDArray[np.intp]
    change: Array


@dataclass(frozen=True, kw_only=True)
class Composites:
    """Composites of given weights: correlations with items (B, K, p), their own (B, K, K)."""

    weights: Array
    cross: Array
    correlations: Array

    def select(self, going: NDArray[np.bool_]) -> Composites:
        """Those of the members that go on."""
        return Composites(
            weights=self.weights[going],
            cross=self.cross[going],
            correlations=self.correlations[going],
        )


def composites(correlation: Array, weights: Array, design: PlsDesign) -> Composites:
    """Scale composites to variance 1 and correlate them with items and each other.

    A composite without variance becomes NaN.
    """
    batch, p = weights.shape
    spread = np.zeros((batch, design.mask.shape[1], p))
    for k, members in enumerate(design.members):  # slices: cheaper than a product with 0
        spread[:, k, members] = weights[:, members]
    cross = spread @ correlation
    own = cross @ spread.transpose(0, 2, 1)
    variance = np.diagonal(own, axis1=1, axis2=2)
    with np.errstate(divide="ignore", invalid="ignore"):
        scale = 1.0 / np.sqrt(np.where(variance > 0.0, variance, np.nan))
    cross *= scale[:, :, None]
    own *= scale[:, :, None]
    own *= scale[:, None, :]
    return Composites(weights=weights * scale[:, design.block], cross=cross, correlations=own)


class Sweep(Protocol):
    """One step of an alternating algorithm for the members of a batch still going."""

    def __call__(self, here: Composites) -> Composites:
        """Composites after the step."""

    def select(self, going: NDArray[np.bool_]) -> Self:
        """The same step for the members that go on."""


def fixed_point(sweep: Sweep, here: Composites, *, stop: tuple[float, int]) -> Iterated:
    """Repeat a step until the weights stand still: PLS and GSCA alike.

    Each member of the batch stops by itself, so its digits do not depend on the others.

    Parameters
    ----------
    sweep : Sweep
    here : Composites
        Of the starting weights.
    stop : tuple[float, int]
        Largest absolute weight change that counts as still, and the iteration cap.
    """
    tolerance, cap = stop
    batch = len(here.weights)
    weights = np.full_like(here.weights, np.nan)
    converged = np.zeros(batch, dtype=np.bool_)
    iterations = np.zeros(batch, dtype=np.intp)
    change = np.full(batch, np.nan)
    active = np.arange(batch)
    for step in range(1, cap + 1):
        # What broke down is NaN already.
        with np.errstate(invalid="ignore", over="ignore", divide="ignore"):
            after = sweep(here)
        moved = np.abs(after.weights - here.weights).max(axis=1)
        still = moved < tolerance
        weights[active], change[active], iterations[active] = after.weights, moved, step
        converged[active] = still
        going = ~still & np.isfinite(moved)
        here = after
        if not going.any():
            break
        if not going.all():
            active, sweep, here = active[going], sweep.select(going), here.select(going)
    return Iterated(weights=weights, converged=converged, iterations=iterations, change=change)


def iterate(
    correlation: Array,
    start: Array,
    design: PlsDesign,
    *,
    scheme: InnerScheme,
    update: OuterUpdate,
    stop: tuple[float, int],
) -> Iterated:
    """Alternate inner and outer estimation until the weights stand still.

    Parameters
    ----------
    correlation : ndarray, shape (B, p, p)
    start : ndarray, shape (B, p)
        Starting weights for standardised items.
    stop : tuple[float, int]
        Of `fixed_point`.
    """
    sweep = _PlsSweep(correlation=correlation, update=update, design=design, scheme=scheme)
    return fixed_point(sweep, composites(correlation, start, design), stop=stop)


@dataclass(frozen=True, kw_only=True)
class _PlsSweep:
    """Inner estimation by a scheme, outer estimation by the modes."""

    correlation: Array
    update: OuterUpdate
    design: PlsDesign
    scheme: InnerScheme

    def __call__(self, here: Composites) -> Composites:
        weights = self.update(_inner_proxy(here, self.design, self.scheme))
        return composites(self.correlation, weights, self.design)

    def select(self, going: NDArray[np.bool_]) -> Self:
        return replace(
            self, correlation=self.correlation[going], update=self.update.select(going)
        )


def _inner_proxy(here: Composites, design: PlsDesign, scheme: InnerScheme) -> Array:
    """Correlation of each item with the inner proxy of its construct, shape (B, p)."""
    inner = scheme(np.ascontiguousarray(here.correlations.transpose(1, 2, 0)), design)
    listening = inner.transpose(2, 0, 1)[:, :, design.block]
    return np.asarray(np.einsum("bkp,bkp->bp", here.cross, listening))
