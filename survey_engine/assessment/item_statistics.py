"""Classical statistics of items and of blocks of items: what each adds, what falls away.

From covariances and correlations, so weights and missing answers are treated as in the
model. Pairwise moments are allowed: the two matrices are then given apart.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import fdtri

from survey_engine.assessment.exploratory.adequacy import squared_multiple_correlations
from survey_engine.numerics.moments import Array


@dataclass(frozen=True, kw_only=True)
class BlockStatistics:
    """A block of k items taken as a sum score.

    Attributes
    ----------
    alpha_raw, alpha : float
        Cronbach's alpha of the covariances, and of the correlations (standardised).
    alpha_se : float
        Standard error of `alpha_raw` for normal data (van Zyl et al. 2000, equation 13;
        Duhachek & Iacobucci 2004).
    alpha_lower, alpha_upper : float
        Feldt's (1965) 95 % limits of `alpha_raw`.
    g6 : float
        Guttman's lambda 6.
    mean_r, median_r, variance_r : float
        Of the correlations between the items.
    signal_noise : float
        ``k r / (1 - r)`` with the mean correlation r.
    """

    alpha_raw: float
    alpha: float
    alpha_se: float
    alpha_lower: float
    alpha_upper: float
    g6: float
    mean_r: float
    median_r: float
    variance_r: float
    signal_noise: float


@dataclass(frozen=True, kw_only=True)
class ItemInBlock:
    """Each item of a block against the others; arrays of shape (k,).

    Attributes
    ----------
    item_total : ndarray
        Correlation with the sum of the standardised items, the item included.
    item_total_corrected : ndarray
        The same with each item's variance replaced by its squared multiple correlation.
    item_rest : ndarray
        Correlation with the sum of the other items, in item units.
    dropped : tuple of BlockStatistics
        The block without the item; NaN throughout for blocks of two.
    """

    item_total: Array
    item_total_corrected: Array
    item_rest: Array
    dropped: tuple[BlockStatistics, ...]


def block_statistics(
    covariance: Array, n: float, *, correlation: Array | None = None, level: float = 0.95
) -> BlockStatistics:
    """Reliability of the sum of a block's items.

    Parameters
    ----------
    covariance : ndarray, shape (k, k)
        Any divisor; at least two items.
    n : float
        Respondents, for standard error and limits.
    correlation : ndarray, shape (k, k), optional
        Where it is not that of `covariance` (pairwise deletion, polychoric).
    level : float
        Of the limits.
    """
    k = covariance.shape[0]
    if k < 2:
        return BlockStatistics(**dict.fromkeys(BlockStatistics.__dataclass_fields__, np.nan))
    r = _correlation(covariance) if correlation is None else correlation
    total, trace = float(covariance.sum()), float(np.trace(covariance))
    alpha_raw = k / (k - 1) * (1 - trace / total)
    between = r[np.triu_indices(k, 1)]
    mean_r = float(between.mean())
    unique = 1 - squared_multiple_correlations(r)
    square = covariance @ covariance
    spread = total * (np.trace(square) + trace**2) - 2 * trace * square.sum()
    # Feldt, Woodruff & Salih (1987): (1 - alpha) / (1 - a) is F distributed.
    df, tail = (n - 1, (n - 1) * (k - 1)), (1 - level) / 2
    return BlockStatistics(
        alpha_raw=alpha_raw,
        alpha=float(k / (k - 1) * (1 - k / r.sum())),
        alpha_se=float(np.sqrt(2 * k**2 / ((k - 1) ** 2 * total**3) * spread / n)),
        alpha_lower=float(1 - (1 - alpha_raw) * fdtri(*df, 1 - tail)),
        alpha_upper=float(1 - (1 - alpha_raw) * fdtri(*df, tail)),
        g6=float(1 - unique.sum() / r.sum()),
        mean_r=mean_r,
        median_r=float(np.median(between)),
        variance_r=float(between.var(ddof=1)) if between.size > 1 else np.nan,
        signal_noise=k * mean_r / (1 - mean_r),
    )


def items_in_block(
    covariance: Array, n: float, *, correlation: Array | None = None
) -> ItemInBlock:
    """Each item against its block, and the block without it.

    Parameters
    ----------
    covariance : ndarray, shape (k, k)
        At least two items.
    n : float
    correlation : ndarray, shape (k, k), optional
    """
    k = covariance.shape[0]
    r = _correlation(covariance) if correlation is None else correlation
    shared = r.copy()
    np.fill_diagonal(shared, squared_multiple_correlations(r))
    variance, with_all = np.diag(covariance), covariance.sum(axis=0)
    rest_variance = covariance.sum() - 2 * with_all + variance
    leave = [np.delete(np.arange(k), j) for j in range(k)]
    dropped = tuple(
        block_statistics(covariance[np.ix_(at, at)], n, correlation=r[np.ix_(at, at)])
        for at in leave
    )
    return ItemInBlock(
        item_total=r.sum(axis=0) / np.sqrt(r.sum()),
        item_total_corrected=shared.sum(axis=0) / np.sqrt(shared.sum()),
        item_rest=(with_all - variance) / np.sqrt(variance * rest_variance),
        dropped=dropped,
    )


def _correlation(covariance: Array) -> Array:
    scale = np.sqrt(np.diag(covariance))
    return np.asarray(covariance / np.outer(scale, scale))


@dataclass(frozen=True, kw_only=True)
class Shape:
    """Where an item's answers lie: moments of its distribution, arrays of shape (p,).

    Attributes
    ----------
    n : ndarray
        (Weighted) answers; weights are scaled to sum to their number.
    mean, standard_deviation : ndarray
        Divisor n - 1 for the standard deviation.
    skewness, kurtosis : ndarray
        Third and (excess) fourth central moments over powers of the standard deviation.
    standard_error : ndarray
        Of the mean.
    """

    n: Array
    mean: Array
    standard_deviation: Array
    skewness: Array
    kurtosis: Array
    standard_error: Array


def shapes(values: Array, weights: Array | None = None) -> Shape:
    """Shape of each column, NaN left out.

    Parameters
    ----------
    values : ndarray, shape (n, p)
    weights : ndarray, shape (n,), optional
    """
    seen = ~np.isnan(values)
    share = seen * (np.ones(len(values)) if weights is None else weights)[:, None]
    n = seen.sum(axis=0).astype(float)
    with np.errstate(invalid="ignore", divide="ignore"):
        share = share * (n / share.sum(axis=0))
        mean = (share * np.where(seen, values, 0.0)).sum(axis=0) / n
        centred = np.where(seen, values - mean, 0.0)
        variance = (share * centred**2).sum(axis=0) / (n - 1)
        deviation = np.sqrt(variance)
        third = (share * centred**3).sum(axis=0) / n / deviation**3
        fourth = (share * centred**4).sum(axis=0) / n / deviation**4
        error = deviation / np.sqrt(n)
    return Shape(
        n=n,
        mean=mean,
        standard_deviation=deviation,
        skewness=third,
        kurtosis=fourth - 3,
        standard_error=error,
    )
