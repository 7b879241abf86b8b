"""Measurement invariance of composites (MICOM), from moments of groups.

References
----------
Henseler, J., Ringle, C. M. & Sarstedt, M. (2016). Testing measurement invariance of
composites using partial least squares. International Marketing Review 33, 405-431.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from survey_engine.numerics.moments import Array

Invariance = Literal["none", "partial", "full"]
LEVEL = 0.05
"""Of each step, as in the paper."""


@dataclass(frozen=True, kw_only=True)
class CompositeInvariance:
    """Steps 2 and 3 for one construct and two groups.

    Attributes
    ----------
    correlation : float
        Step 2: of the composites that the two groups' weights make of all rows.
    correlation_quantile : float or None
        5 % quantile under permutation.
    correlation_p, mean_p, variance_p : float or None
    mean_difference, log_variance_ratio : float
        Step 3: of scores by the weights of all rows, first group less second.
    mean_interval, variance_interval : (float, float) or None
        Middle 95 % under permutation.
    invariance : {"none", "partial", "full"}
        Partial: paths may be compared. Full: means, too, and the groups may be pooled.
    """

    construct: str
    correlation: float
    correlation_quantile: float | None
    correlation_p: float | None
    mean_difference: float
    mean_p: float | None
    mean_interval: tuple[float, float] | None
    log_variance_ratio: float
    variance_p: float | None
    variance_interval: tuple[float, float] | None
    invariance: Invariance


@dataclass(frozen=True, kw_only=True)
class StepStatistics:
    """Statistics of B divisions into two groups, each of shape (B, K)."""

    correlation: Array
    mean_difference: Array
    log_variance_ratio: Array


def composite_correlations(weights: Array, covariance: Array, mask: Array) -> Array:
    """Step 2: correlations of the two groups' composites over all rows, shape (B, K).

    Parameters
    ----------
    weights : ndarray, shape (B, 2, p)
        Of the two groups, for the items in the units of `covariance`.
    covariance : ndarray, shape (p, p)
        Of all rows together.
    mask : ndarray, shape (p, K)
    """
    spread = weights[:, :, :, None] * mask
    by_items = np.einsum("bgpk,pq->bgqk", spread, covariance, optimize=True)
    both = np.einsum("bpk,bpk->bk", spread[:, 0], by_items[:, 1])
    first = np.einsum("bpk,bpk->bk", spread[:, 0], by_items[:, 0])
    second = np.einsum("bpk,bpk->bk", spread[:, 1], by_items[:, 1])
    # Rounding must not leave a correlation of 1 + 1e-16 to be compared with one of 1.
    return np.asarray(np.minimum(both / np.sqrt(first * second), 1.0))


def score_moments(
    weights: Array, mask: Array, mean: Array, covariance: Array, n: tuple[int, int]
) -> tuple[Array, Array]:
    """Step 3: differences in means and log variances of fixed scores, shapes (B, K).

    Parameters
    ----------
    weights : ndarray, shape (p,)
        Of all rows together, which give scores variance 1.
    mean, covariance : ndarray, shapes (B, 2, p) and (B, 2, p, p)
        Of the groups, divisor n.
    n : (int, int)
    """
    spread = weights[:, None] * mask
    means = mean @ spread
    variance = np.einsum("pk,bgpq,qk->bgk", spread, covariance, spread, optimize=True)
    size = np.array(n, dtype=float)[:, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.log(variance * (size / (size - 1.0)))
    return means[:, 0] - means[:, 1], logs[:, 0] - logs[:, 1]


def invariance_of(
    constructs: tuple[str, ...], point: StepStatistics, permuted: StepStatistics | None
) -> tuple[CompositeInvariance, ...]:
    """Compare the groups' statistics with those of permuted groups.

    A single item, or a composite with fixed weights, has a correlation of 1 by
    construction: its p is 1. Without permutations nothing is decided ("none").
    """
    return tuple(_row(k, name, point, permuted) for k, name in enumerate(constructs))


def _row(
    k: int, name: str, point: StepStatistics, permuted: StepStatistics | None
) -> CompositeInvariance:
    c = float(point.correlation[0, k])
    mean = float(point.mean_difference[0, k])
    ratio = float(point.log_variance_ratio[0, k])
    if permuted is None or len(permuted.correlation) == 0:
        return CompositeInvariance(
            construct=name,
            correlation=c,
            correlation_quantile=None,
            correlation_p=None,
            mean_difference=mean,
            mean_p=None,
            mean_interval=None,
            log_variance_ratio=ratio,
            variance_p=None,
            variance_interval=None,
            invariance="none",
        )
    drawn = permuted.correlation[:, k]
    # Correlations within rounding of each other are ties.
    p = (1.0 + float((drawn <= c + 1e-12).sum())) / (len(drawn) + 1.0)
    mean_p = two_sided(mean, permuted.mean_difference[:, k])
    variance_p = two_sided(ratio, permuted.log_variance_ratio[:, k])
    invariance: Invariance = "none"
    if p >= LEVEL:
        invariance = "full" if min(mean_p, variance_p) >= LEVEL else "partial"
    return CompositeInvariance(
        construct=name,
        correlation=c,
        correlation_quantile=float(np.quantile(drawn, LEVEL)),
        correlation_p=p,
        mean_difference=mean,
        mean_p=mean_p,
        mean_interval=_middle(permuted.mean_difference[:, k]),
        log_variance_ratio=ratio,
        variance_p=variance_p,
        variance_interval=_middle(permuted.log_variance_ratio[:, k]),
        invariance=invariance,
    )


def two_sided(value: float, permuted: Array) -> float:
    """Permutation p: ``(1 + #{|d*| >= |d|}) / (B + 1)``."""
    extreme = np.abs(permuted) >= abs(value) - 1e-12
    return (1.0 + float(extreme.sum())) / (len(permuted) + 1.0)


def _middle(values: Array) -> tuple[float, float]:
    low, high = np.quantile(values, (0.025, 0.975))
    return float(low), float(high)
