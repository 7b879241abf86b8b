"""Constructs on 0-100: number-level cores over indicator weights, means and ranges.

One route for the index and every other construct (methodology 2.1): with unstandardised
indicator weights w and declared item ranges,
``score = 100 * sum w (mean - min) / sum w (max - min)`` (Fornell et al. 1996). All
functions take optional leading axes, so each resample carries its own weights.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from survey_engine.assessment.blocks import block_slices, block_sum, spread
from survey_engine.numerics.moments import Array


@dataclass(frozen=True, kw_only=True)
class ItemRange:
    """Declared lowest and highest answer of each indicator, shapes (p,)."""

    minimum: Array
    maximum: Array

    @property
    def span(self) -> Array:
        """Width of each scale, shape (p,)."""
        return self.maximum - self.minimum

    @property
    def unknown(self) -> NDArray[np.bool_]:
        """Which indicators have no scale: products and scores of mixed scales."""
        return np.isnan(self.span)

    def filled(self) -> ItemRange:
        """0 to 1 in place of what is unknown, so that sums over others stay defined."""
        return ItemRange(
            minimum=np.where(self.unknown, 0.0, self.minimum),
            maximum=np.where(self.unknown, 1.0, self.maximum),
        )


def unstandardise(weights: Array, metric: str, standard_deviation: Array) -> Array:
    """Indicator weights in item units: (..., p).

    Weights of the raw metric already are; standardised ones are divided by the item's
    standard deviation (n - 1). Used as they are they would give another index.
    """
    if metric == "raw":
        return weights
    with np.errstate(divide="ignore", invalid="ignore"):
        return weights / standard_deviation


def normalise(weights: Array, sizes: tuple[int, ...]) -> Array:
    """Weights that sum to 1 within each block, shape (..., p)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return weights / spread(block_sum(weights, sizes), sizes)


def item_shares(weights: Array, span: Array, sizes: tuple[int, ...]) -> Array:
    """Points of a construct per point of an item, both on 0-100; sum 1 within a block.

    Equals the normalised weights when the block's items share a scale.
    """
    return normalise(weights * span, sizes)


def item_performance(mean: Array, ranges: ItemRange) -> Array:
    """Item means on 0-100, shape (..., p)."""
    return 100 * (mean - ranges.minimum) / ranges.span


def performance(
    weights: Array, mean: Array, ranges: ItemRange, sizes: tuple[int, ...]
) -> Array:
    """Construct means on 0-100, shape (..., K).

    Parameters
    ----------
    weights : ndarray, shape (..., p)
        Unstandardised; any multiple of them gives the same result.
    mean : ndarray, shape (..., p)
    """
    shares = item_shares(weights, ranges.span, sizes)
    return block_sum(shares * item_performance(mean, ranges), sizes)


def latent_deviation(
    shares: Array,
    loadings: Array,
    standard_deviation: Array,
    span: Array,
    sizes: tuple[int, ...],
) -> Array:
    """Standard deviation of what a construct measures, in points of 0-100, (..., K).

    ``100 * sum share * loading * sd / span``: with PLS loadings this is the standard
    deviation of the 0-100 composite itself; with factor loadings (PLSc, CB-SEM) that of
    the part of it due to the factor. Ratios of it turn standardised effects into points
    per point.

    Parameters
    ----------
    shares : ndarray, shape (..., p)
        From `item_shares`.
    loadings : ndarray, shape (..., p)
        Standardised.
    standard_deviation, span : ndarray, shape (..., p)
    """
    return block_sum(100 * shares * loadings * standard_deviation / span, sizes)


def case_deviation(
    shares: Array, covariance: Array, span: Array, sizes: tuple[int, ...]
) -> Array:
    """Standard deviation of the case scores on 0-100, shape (K,).

    Parameters
    ----------
    shares, span : ndarray, shape (p,)
    covariance : ndarray, shape (p, p)
        With the divisor wanted (n - 1). Where it is indefinite (polychoric) a score may
        have no variance: NaN.
    """
    unit = 100 * shares / span
    variances = np.array(
        [unit[block] @ covariance[block, block] @ unit[block] for block in block_slices(sizes)]
    )
    return np.sqrt(np.where(variances >= 0, variances, np.nan))


def unstandardised_effects(standardised: Array, deviation: Array) -> Array:
    """Effects in points of the target per point of the source, shape (..., K, K).

    ``b_ij * sd_j / sd_i`` for effects from row i to column j.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        return standardised * deviation[..., None, :] / deviation[..., :, None]
