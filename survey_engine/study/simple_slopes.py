"""Simple slopes of interactions: the effect of one construct at levels of another.

References
----------
Aiken, L. S. & West, S. G. (1991). Multiple regression: testing and interpreting
interactions, chapter 2.
Johnson, P. O. & Neyman, J. (1936). Statistical Research Memoirs 1, 57-93. Bauer, D. J. &
Curran, P. J. (2005). Multivariate Behavioral Research 40(3), 373-400: the quadratic.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.special import ndtri

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


@dataclass(frozen=True, kw_only=True)
class SlopeRegion:
    """Where the effect of `source` on `target` differs from zero.

    `lower` and `upper` are values of the moderator in its standard deviations where the
    normal interval of the slope touches zero; None where there is no such value.
    """

    product: str
    source: str
    moderator: str
    target: str
    lower: float | None
    upper: float | None
    significant: Literal["outside", "between", "everywhere", "nowhere"]


def slope_region(
    slope: Array, draws: Array, confidence: float
) -> tuple[float | None, float | None, Literal["outside", "between", "everywhere", "nowhere"]]:
    """Johnson-Neyman limits from slopes at the mean and one deviation above it.

    Parameters
    ----------
    slope : ndarray, shape (2,)
    draws : ndarray, shape (B, 2)
        The same in the resamples; their covariance gives the standard error everywhere.

    Notes
    -----
    Solves ``(b + c z)^2 = q^2 (v_bb + 2 z v_bc + z^2 v_cc)`` for z.
    """
    centre, step = float(slope[0]), float(slope[1] - slope[0])
    spread = np.cov(np.column_stack([draws[:, 0], draws[:, 1] - draws[:, 0]]).T)
    size = float(ndtri(0.5 + confidence / 2.0)) ** 2
    square = step**2 - size * spread[1, 1]
    linear = 2.0 * (centre * step - size * spread[0, 1])
    constant = centre**2 - size * spread[0, 0]
    inside = linear**2 - 4.0 * square * constant
    if inside < 0.0 or square == 0.0:
        return None, None, "everywhere" if constant > 0.0 else "nowhere"
    root = np.sqrt(inside)
    ends = sorted([(-linear - root) / (2 * square), (-linear + root) / (2 * square)])
    return float(ends[0]), float(ends[1]), "outside" if square > 0.0 else "between"
