"""Every statistic that is reported with an interval, from one solution or a batch of them.

The same function serves the point estimate (no leading axis) and the resamples (leading
axis B), so a table and its intervals can never be computed by different routes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from survey_engine.assessment.blocks import adjacency, block_sizes, block_slices, spread
from survey_engine.assessment.collinearity import f_squared
from survey_engine.assessment.heterotrait import htmt2
from survey_engine.assessment.mediation import chains_of, specific_effects
from survey_engine.assessment.reliability import (
    alpha,
    average_variance_extracted,
    composite_reliability,
)
from survey_engine.assessment.validity import htmt
from survey_engine.numerics.moments import Array
from survey_engine.scoring.hundred import (
    ItemRange,
    item_performance,
    item_shares,
    latent_deviation,
    normalise,
    performance,
    unstandardise,
    unstandardised_effects,
)
from survey_engine.spec.model import ModelSpec


@dataclass(frozen=True, kw_only=True)
class Layout:
    """What stays fixed over resamples; plain arrays, so it can be sent to a worker.

    Attributes
    ----------
    sizes : tuple of int, length K
    adjacency : ndarray, shape (K, K)
    metric : str
        Of the indicator weights: ``"raw"`` or ``"standardised"``.
    ranges : ItemRange or None
        None when scales are not declared: then there is nothing on 0-100.
    target : int or None
        Position of the index construct.
    chains : tuple of tuple of int
        Ways of two steps or more, whose effects are wanted one by one.
    staged : bool
        Whether the indicators were made by a run before.
    geometric : bool
        Whether HTMT2 is wanted as well.
    """

    sizes: tuple[int, ...]
    adjacency: Array
    metric: str
    ranges: ItemRange | None
    target: int | None
    chains: tuple[tuple[int, ...], ...] = ()
    staged: bool = False
    geometric: bool = False


@dataclass(frozen=True, kw_only=True)
class Solution:
    """Arrays of one solution, or of B solutions on a leading axis.

    Attributes
    ----------
    mean : ndarray, shape (..., p)
    covariance : ndarray, shape (..., p, p)
        Divisor n.
    n : int
    weights, loadings : ndarray, shape (..., p)
        `loadings` standardised, each on its own construct.
    correlations, paths, total_effects : ndarray, shape (..., K, K)
        Of the constructs; effects standardised, from row to column.
    r2 : ndarray, shape (..., K)
    rho_a : ndarray, shape (..., K), or None
    cross_loadings : ndarray, shape (..., p, K), or None
    """

    mean: Array
    covariance: Array
    n: int
    weights: Array
    loadings: Array
    correlations: Array
    paths: Array
    total_effects: Array
    r2: Array
    rho_a: Array | None = None
    cross_loadings: Array | None = None


def layout_of(
    model: ModelSpec, *, metric: str, ranges: ItemRange | None, target: str | None
) -> Layout:
    """Read a model into a `Layout`."""
    names = model.construct_names
    return Layout(
        sizes=block_sizes(model),
        adjacency=adjacency(model),
        metric=metric,
        ranges=ranges,
        target=None if target is None else names.index(target),
        chains=chains_of(model),
    )


def quantities(solution: Solution, layout: Layout) -> dict[str, Array]:
    """All reported statistics by name, each of shape (..., its own).

    Raw names: ``weights`` ``loadings`` ``cross_loadings`` ``correlations`` ``paths``
    ``r2`` ``rho_a``; derived: ``total_effects`` ``indirect_effects`` ``f2`` ``alpha``
    ``alpha_raw`` ``rho_c`` ``ave`` ``htmt``; on 0-100: see `hundred_quantities`.
    """
    sizes = layout.sizes
    variance = np.diagonal(solution.covariance, axis1=-2, axis2=-1)
    # A resample may hold an item that does not vary: NaN, and the ledger drops it.
    with np.errstate(divide="ignore", invalid="ignore"):
        scale = np.sqrt(variance)
        inverse = 1 / scale
        correlation = solution.covariance * inverse[..., :, None]
        correlation *= inverse[..., None, :]
    total = solution.total_effects
    found = {
        "weights": solution.weights,
        "loadings": solution.loadings,
        "correlations": solution.correlations,
        "paths": solution.paths,
        "r2": solution.r2,
        "total_effects": total,
        "indirect_effects": total - solution.paths,
        "f2": f_squared(solution.correlations, solution.paths, solution.r2, layout.adjacency),
        "alpha": alpha(correlation, sizes),
        "alpha_raw": alpha(solution.covariance, sizes),
        "rho_c": composite_reliability(solution.loadings, sizes),
        "ave": average_variance_extracted(solution.loadings, sizes),
        "htmt": htmt(correlation, sizes),
    }
    if layout.geometric:
        found["htmt2"] = htmt2(correlation, sizes)
    if solution.rho_a is not None:
        single = np.asarray(sizes) < 2
        found["rho_a"] = np.where(single, np.nan, solution.rho_a)
    if layout.chains:
        each = specific_effects(solution.paths, layout.chains)
        found["specific_effects"] = np.stack(each, axis=-1)
    if solution.cross_loadings is not None:
        found["cross_loadings"] = solution.cross_loadings
    deviation = scale * np.sqrt(solution.n / (solution.n - 1))
    raw = unstandardise(solution.weights, layout.metric, deviation)
    found["unstandardised_weights"] = normalise(raw, sizes)
    if layout.ranges is not None:
        found |= hundred_quantities(solution, layout, raw, deviation, total)
    return found


def hundred_quantities(
    solution: Solution, layout: Layout, raw: Array, deviation: Array, total: Array
) -> dict[str, Array]:
    """Statistics on 0-100: ``performance`` (K,), ``item_performance`` (p,), and with an
    index construct ``importance`` (K,), ``item_effect`` (p,), ``leverage`` (p,).
    """
    assert layout.ranges is not None  # noqa: S101  (the caller asks only then)
    unknown = layout.ranges.unknown
    if unknown.any():
        known = replace(layout, ranges=layout.ranges.filled())
        found = hundred_quantities(solution, known, raw, deviation, total)
        return _without(found, unknown, layout.sizes)
    sizes, span = layout.sizes, layout.ranges.span
    shares = item_shares(raw, span, sizes)
    items = item_performance(solution.mean, layout.ranges)
    found = {
        "performance": performance(raw, solution.mean, layout.ranges, sizes),
        "item_performance": items,
        "item_share": shares,
    }
    latent = latent_deviation(shares, solution.loadings, deviation, span, sizes)
    found["score_deviation"] = latent
    if layout.target is not None:
        effects = unstandardised_effects(total, latent)[..., :, layout.target]
        found["importance"] = effects
        found["item_effect"] = shares * spread(effects, sizes)
        found["leverage"] = found["item_effect"] * (100 - items)
    return found


def _without(
    found: dict[str, Array], items: NDArray[np.bool_], sizes: tuple[int, ...]
) -> dict[str, Array]:
    """NaN for items without a scale and for constructs that have such an item."""
    constructs = np.array([items[block].any() for block in block_slices(sizes)])
    for name, values in found.items():
        own = items if values.shape[-1] == len(items) and "item" in name else constructs
        own = items if name == "leverage" else own
        found[name] = np.where(own, np.nan, values)
    return found


def negative_blocks(weights: Array, sizes: tuple[int, ...]) -> tuple[tuple[int, int], ...]:
    """Positions (construct, indicator) of negative weights of a point estimate."""
    return tuple(
        (k, j)
        for k, block in enumerate(block_slices(sizes))
        for j in range(block.start, block.stop)
        if weights[j] < 0
    )
