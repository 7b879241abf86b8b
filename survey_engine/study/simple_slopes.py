"""Simple slopes of interactions: the effect of one construct at levels of another.

References
----------
Aiken, L. S. & West, S. G. (1991). Multiple regression: testing and interpreting
interactions, chapter 2.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from survey_engine.estimation.estimates import Estimate
from survey_engine.estimation.pls.stages import StagedModel
from survey_engine.numerics.moments import Array

LEVELS = (-1.0, 0.0, 1.0)
"""Standard deviations of the moderator at which slopes are given."""


@dataclass(frozen=True, kw_only=True)
class SimpleSlope(Estimate):
    """Effect of `source` on `target`, standardised, where `moderator` is at `level`.

    For a square `source` and `moderator` are one, and the slope is that of the curve.
    """

    product: str
    source: str
    moderator: str
    target: str
    level: float


@dataclass(frozen=True, kw_only=True)
class SlopeLayout:
    """Where the parts of each slope stand; plain arrays, so it can be sent to a worker.

    Attributes
    ----------
    source, product, target : ndarray of int, shape (S,)
        Positions of constructs.
    order : ndarray of int, shape (S,)
        Position of the product among the products.
    factor : ndarray, shape (S,)
        Level of the moderator, twice that for a square.
    """

    source: Array
    product: Array
    target: Array
    order: Array
    factor: Array


def slope_layout(staged: StagedModel) -> SlopeLayout | None:
    """The slopes of a model; None without products."""
    if not staged.products:
        return None
    at = {name: k for k, name in enumerate(staged.final.construct_names)}
    rows = [
        (at[p.first], at[p.name], at[t], m, level * (2.0 if p.first == p.second else 1.0))
        for m, p in enumerate(staged.products)
        for t in p.targets
        for level in LEVELS
    ]
    columns = [np.array(column) for column in zip(*rows, strict=True)]
    return SlopeLayout(
        source=columns[0],
        product=columns[1],
        target=columns[2],
        order=columns[3],
        factor=columns[4],
    )


def slopes(paths: Array, deviation: Array, layout: SlopeLayout) -> Array:
    """Slopes ``b_source + level * b_product / sd(product)``, shape (..., S).

    Parameters
    ----------
    paths : ndarray, shape (..., K, K)
        Standardised.
    deviation : ndarray, shape (..., number of products)
        Standard deviations of the products of standardised scores.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        moved = (
            paths[..., layout.product, layout.target] / deviation[..., layout.order]
        ) * layout.factor
    return np.asarray(paths[..., layout.source, layout.target] + moved)


def slope_names(staged: StagedModel) -> tuple[tuple[str, str, str, str, float], ...]:
    """Product, source, moderator, target and level of each slope, in order."""
    return tuple(
        (p.name, p.first, p.second, t, level)
        for p in staged.products
        for t in p.targets
        for level in LEVELS
    )
