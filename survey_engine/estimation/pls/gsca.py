"""Generalised structured component analysis by alternating least squares, batched.

All of weights, loadings and paths minimise one criterion, the sum of squared residuals of
items and components, ``SS(ZV - ZWA)``; a PLS solution has none. Like PLS it needs no rows:
every step is a product of weights and item correlations.

References
----------
Hwang, H. & Takane, Y. (2004). Generalized structured component analysis. Psychometrika 69,
81-99, equations 4-9 and the alternating least squares algorithm of its section 3.
Hwang, H. & Takane, Y. (2014). Generalized structured component analysis. Chapman & Hall.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from survey_engine.errors import EstimationError, Where, diagnostic
from survey_engine.estimation.pls.design import PlsDesign
from survey_engine.estimation.pls.iterate import Composites, Iterated, composites, fixed_point
from survey_engine.estimation.pls.structural import path_coefficients
from survey_engine.numerics.moments import Array
from survey_engine.numerics.small_systems import inverse_symmetric


def loads_its_items(design: PlsDesign) -> NDArray[np.bool_]:
    """Whether each component explains its items (mode A), shape (K,); mode B: it does not."""
    return np.array([mode != "B" for mode in design.modes])


def with_known_modes(design: PlsDesign) -> PlsDesign:
    """The design itself, if its modes mean something here.

    Raises
    ------
    EstimationError
        GSCA_MODE for any mode but A (items are explained) and B (they are not).
    """
    other = [
        diagnostic("GSCA_MODE", where=Where(constructs=(name,)), mode=mode)
        for name, mode in zip(design.constructs, design.modes, strict=True)
        if mode not in ("A", "B")
    ]
    if other:
        raise EstimationError(*other)
    return design


def iterate_components(
    correlation: Array, start: Array, design: PlsDesign, *, stop: tuple[float, int]
) -> tuple[Iterated, Array]:
    """Alternate loadings and paths with weights until the weights stand still.

    Parameters
    ----------
    correlation : ndarray, shape (B, p, p)
    start : ndarray, shape (B, p)
        Starting weights for standardised items.
    stop : tuple[float, int]
        Of `fixed_point`.

    Returns
    -------
    Iterated
        The criterion falls in every step: each weight vector is the exact minimum given
        everything else and components of variance 1.
    pivot : ndarray, shape (B,)
        Smallest pivot of the blocks' correlations.
    """
    inverses, pivot = _inverses(correlation, design)
    sweep = _ComponentSweep(correlation=correlation, inverses=inverses, design=design)
    found = fixed_point(sweep, composites(correlation, start, design), stop=stop)
    return found, pivot


@dataclass(frozen=True, kw_only=True)
class _ComponentSweep:
    """Loadings and paths given the weights, then the weights given both."""

    correlation: Array
    inverses: tuple[Array, ...]
    design: PlsDesign

    def __call__(self, here: Composites) -> Composites:
        return _sweep(self.correlation, here, self.inverses, self.design)

    def select(self, going: NDArray[np.bool_]) -> Self:
        return replace(
            self,
            correlation=self.correlation[going],
            inverses=tuple(inverse[going] for inverse in self.inverses),
        )


def _inverses(correlation: Array, design: PlsDesign) -> tuple[tuple[Array, ...], Array]:
    found, pivot = [], np.ones(len(correlation))
    for members in design.members:
        block = correlation[:, members, members]
        inverse, smallest = inverse_symmetric(np.moveaxis(block, 0, -1))
        np.minimum(pivot, smallest, out=pivot)
        found.append(np.ascontiguousarray(np.moveaxis(inverse, -1, 0)))
    return tuple(found), pivot


def _sweep(
    correlation: Array, here: Composites, inverses: tuple[Array, ...], design: PlsDesign
) -> Composites:
    """Loadings and paths by regression, then one construct's weights after the other."""
    last = np.ascontiguousarray(here.correlations.transpose(1, 2, 0))
    paths = path_coefficients(last, design)[0].transpose(2, 0, 1)
    cross, own, weights = here.cross.copy(), here.correlations.copy(), here.weights.copy()
    loads = loads_its_items(design)
    for k, members in enumerate(design.members):
        wanted = _structural_part(cross[:, :, members], paths, design.adjacency, k)
        with_items = np.einsum("bij,bj->bi", inverses[k], wanted)
        if loads[k]:
            # Regressing c'z on the items of its own block gives c back.
            with_items += here.cross[:, k, members]
        size = np.einsum(
            "bi,bij,bj->b", with_items, correlation[:, members, members], with_items
        )
        fresh = with_items / np.sqrt(np.where(size > 0.0, size, np.nan))[:, None]
        if len(fresh[0]) == 1:
            fresh = np.abs(fresh)
        weights[:, members] = fresh
        cross[:, k] = np.einsum("bi,bij->bj", fresh, correlation[:, members])
        row = (cross[:, k] * weights) @ design.mask
        row[:, k] = 1.0
        own[:, k], own[:, :, k] = row, row
    return Composites(weights=weights, cross=cross, correlations=own)


def _structural_part(cross: Array, paths: Array, adjacency: NDArray[np.bool_], k: int) -> Array:
    """Covariances of a block's items with what paths ask of its component, shape (B, m).

    ``sum_l b_lk g_l`` over predecessors, and for each successor m of k
    ``b_km (g_m - sum over its other predecessors l of b_lm g_l)``.
    """
    asked = paths[:, :, k].copy()
    for m in np.flatnonzero(adjacency[k]):
        b = paths[:, k, m]
        others = paths[:, :, m].copy()
        others[:, k] = 0.0
        asked -= b[:, None] * others
        asked[:, m] += b
    return np.asarray(np.einsum("bl,bli->bi", asked, cross))


def criterion(loadings: Array, r2: Array, design: PlsDesign) -> Array:
    """The minimised sum of squares per respondent, from loadings (B, p) and R² (B, K).

    Items of components without loadings have no residual of their own and are left out.
    """
    explained = np.where(loads_its_items(design)[design.block], loadings**2, 0.0).sum(axis=-1)
    total = float(loads_its_items(design)[design.block].sum()) + r2.shape[-1]
    return np.asarray(total - explained - np.nan_to_num(r2).sum(axis=-1))
