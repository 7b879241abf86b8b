r"""Measurement alignment: comparable means where no step of equal intercepts holds.

From the configural model with latent mean 0 and variance 1 in every group, means and
variances are found that make loadings and intercepts as alike as possible, with a loss
that prefers a few large differences to many small ones:

.. math:: F = \sum_j \sum_{g<h} \sqrt{n_g n_h}
          [f(\lambda_{gj} - \lambda_{hj}) + f(\nu_{gj} - \nu_{hj})],
          \quad f(x) = (x^2 + \epsilon)^{1/4}

References
----------
Asparouhov, T. & Muthen, B. (2014). Multiple-group factor analysis alignment. Structural
Equation Modeling 21, eq. 3-9 (loss), 12-13 (R-squared).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from survey_engine.assessment.model_tests.point import ModelPoint
from survey_engine.numerics.moments import Array

EPSILON = 0.01
STARTS = 10
SIMILAR = 0.9
"""R-squared from which an item counts as nearly invariant."""


@dataclass(frozen=True, kw_only=True)
class AlignedItem:
    """How much of an item's differences between groups means and variances explain.

    1: fully invariant. None where the item does not differ at all.
    """

    construct: str
    item: str
    r2_loading: float | None
    r2_intercept: float | None


@dataclass(frozen=True, kw_only=True)
class AlignedMean:
    """Aligned mean and variance of a construct in a group; the first group has 0 and 1."""

    construct: str
    group: int
    group_label: str
    mean: float
    variance: float


@dataclass(frozen=True, kw_only=True)
class Alignment:
    """Aligned means and variances, and how invariant each item is under them."""

    means: tuple[AlignedMean, ...]
    items: tuple[AlignedItem, ...]
    loss: float
    converged: bool


@dataclass(frozen=True, kw_only=True)
class AlignedFactor:
    """One factor: means and standard deviations (G,), R-squared of loadings, intercepts."""

    mean: Array
    deviation: Array
    r2_loading: Array
    r2_intercept: Array
    loss: float
    converged: bool


def align_factor(
    loadings: Array, intercepts: Array, n: Array, *, epsilon: float = EPSILON, seed: int = 1
) -> AlignedFactor:
    """Align one factor over G groups, the first fixed to mean 0 and variance 1.

    Parameters
    ----------
    loadings, intercepts : ndarray, shape (G, J)
        Of the configural model with standardised factors.
    n : ndarray, shape (G,)
    epsilon : float
        Smoothness of the loss; .01 makes differences of about .1 count as one.
    seed : int
        Of the starting values: the loss can have several minima.
    """
    from scipy.optimize import minimize

    groups = len(n)
    weight = np.sqrt(np.outer(n, n))

    def unpack(x: Array) -> tuple[Array, Array]:
        mean, log_deviation = np.zeros(groups), np.zeros(groups)
        mean[1:], log_deviation[1:] = x[: groups - 1], x[groups - 1 :]
        return mean, np.exp(log_deviation)

    def loss(x: Array) -> tuple[float, Array]:
        mean, deviation = unpack(x)
        like, level = _aligned(loadings, intercepts, mean, deviation)
        first, first_slope = _component(like, weight, epsilon)
        second, second_slope = _component(level, weight, epsilon)
        scaled = loadings / deviation[:, None]
        by_mean = -(second_slope * scaled).sum(axis=1)
        by_log = -(first_slope * scaled).sum(axis=1)
        by_log += (second_slope * scaled).sum(axis=1) * mean
        return first + second, np.concatenate((by_mean[1:], by_log[1:]))

    random = np.random.default_rng(seed)
    starts = [_regression_start(loadings, intercepts)]
    starts += [random.normal(0.0, 0.3, 2 * (groups - 1)) for _ in range(STARTS - 1)]
    found = [minimize(loss, start, jac=True, method="BFGS") for start in starts]
    best = min(found, key=lambda one: float(one.fun))
    mean, deviation = unpack(best.x)
    r2 = _explained(loadings, intercepts, (mean, deviation))
    return AlignedFactor(
        mean=mean,
        deviation=deviation,
        r2_loading=r2[0],
        r2_intercept=r2[1],
        loss=float(best.fun),
        # BFGS reports lost precision where the loss is flat; the slope decides.
        converged=bool(np.abs(best.jac).max(initial=0.0) < 1e-3 * (1 + abs(best.fun))),
    )


def _aligned(
    loadings: Array, intercepts: Array, mean: Array, deviation: Array
) -> tuple[Array, Array]:
    like = loadings / deviation[:, None]
    return like, intercepts - mean[:, None] * like


def _component(values: Array, weight: Array, epsilon: float) -> tuple[float, Array]:
    """The loss of one kind of parameter, and its slopes (G, J)."""
    apart = values[:, None, :] - values[None, :, :]
    smooth = apart**2 + epsilon
    total = 0.5 * float((weight[..., None] * (smooth**0.25 - epsilon**0.25)).sum())
    slope = (weight[..., None] * 0.5 * apart * smooth**-0.75).sum(axis=1)
    return total, slope


def _regression_start(loadings: Array, intercepts: Array) -> Array:
    """Deviations by ratios of loadings, means by regression of intercepts on loadings."""
    own = (loadings[1:] * loadings[0]).sum(axis=1) / (loadings[0] ** 2).sum()
    deviation = np.maximum(np.abs(own), 0.1)
    like = loadings[1:] / deviation[:, None]
    mean = ((intercepts[1:] - intercepts[0]) * like).sum(axis=1) / (like**2).sum(axis=1)
    return np.concatenate((mean, np.log(deviation)))


def _explained(
    loadings: Array, intercepts: Array, found: tuple[Array, Array]
) -> tuple[Array, Array]:
    mean, deviation = found
    like, level = _aligned(loadings, intercepts, mean, deviation)
    common, base = like.mean(axis=0), level.mean(axis=0)
    rest_loading = loadings - deviation[:, None] * common
    rest_level = intercepts - base - mean[:, None] * common
    with np.errstate(invalid="ignore", divide="ignore"):
        pair = (
            1 - rest_loading.var(axis=0) / loadings.var(axis=0),
            1 - rest_level.var(axis=0) / intercepts.var(axis=0),
        )
    first, second = (np.where(np.isfinite(one), np.clip(one, 0, 1), np.nan) for one in pair)
    return first, second


def align(point: ModelPoint, labels: tuple[str, ...], *, seed: int = 1) -> Alignment:
    """Align every factor of a configural model with means.

    Parameters
    ----------
    point : ModelPoint
        Of the configural solution, latent means 0.
    labels : tuple of str
    seed : int
    """
    p = point.arrows.n_observed
    means: list[AlignedMean] = []
    items: list[AlignedItem] = []
    total, converged = 0.0, True
    for k, name in enumerate(point.variables[p:]):
        own = {row.rhs for row in point.rows if row.op == "=~" and row.lhs == name}
        at = [j for j, item in enumerate(point.sample.observed) if item in own]
        if len(at) < 2:
            continue
        deviation = np.sqrt(point.reduced.covariance[:, p + k, p + k])
        found = align_factor(
            point.arrows.asymmetric[:, at, p + k] * deviation[:, None],
            point.arrows.intercept[:, at],
            point.sample.n,
            seed=seed,
        )
        total, converged = total + found.loss, converged and found.converged
        means += [
            AlignedMean(
                construct=name,
                group=g + 1,
                group_label=label,
                mean=float(found.mean[g]),
                variance=float(found.deviation[g] ** 2),
            )
            for g, label in enumerate(labels)
        ]
        items += [
            AlignedItem(
                construct=name,
                item=point.sample.observed[j],
                r2_loading=_known(found.r2_loading[i]),
                r2_intercept=_known(found.r2_intercept[i]),
            )
            for i, j in enumerate(at)
        ]
    return Alignment(means=tuple(means), items=tuple(items), loss=total, converged=converged)


def _known(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
