"""Groups and their permutations, fitted together: one batch of moments, one batch of fits."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from survey_engine.assessment.invariance.micom import (
    StepStatistics,
    composite_correlations,
    score_moments,
)
from survey_engine.estimation.pls.estimator import PlsEstimator
from survey_engine.execution import map_tasks
from survey_engine.numerics.item_products import ItemProducts, item_products
from survey_engine.numerics.moments import Array, ArrayRows
from survey_engine.numerics.permutation import group_moments, permuted_membership
from survey_engine.numerics.resampling import ResamplingTask, resampling_tasks
from survey_engine.spec.model import ModelSpec


@dataclass(frozen=True, kw_only=True)
class Divided:
    """What B divisions of the rows into G groups say.

    Attributes
    ----------
    paths : ndarray, shape (B, G, K, K)
    loadings : ndarray, shape (B, G, p)
    steps : StepStatistics or None
        MICOM's steps 2 and 3; for two groups only.
    reason : ndarray of int, shape (B, G)
        Not 0 where a group's model failed.
    """

    paths: Array
    loadings: Array
    steps: StepStatistics | None
    reason: NDArray[np.intp]

    @property
    def usable(self) -> NDArray[np.bool_]:
        """Divisions whose groups could all be estimated, shape (B,)."""
        return np.asarray((self.reason == 0).all(axis=1))


@dataclass(frozen=True, kw_only=True)
class Groups:
    """Rows in groups, with what stays the same under permutation; picklable.

    Attributes
    ----------
    estimator : PlsEstimator
    spec : ModelSpec
    products : ItemProducts
        Of the items of `spec`, in their order.
    membership : ndarray of int, shape (n,)
    sizes : tuple[int, ...], length G
    start : ndarray, shape (p,)
        Weights of all rows together for standardised items.
    weights : ndarray, shape (p,)
        The same for items in their own units.
    covariance : ndarray, shape (p, p)
        Of all rows together, for the items as the weights take them: covariances in the
        raw metric, correlations in the standardised one.
    """

    estimator: PlsEstimator
    spec: ModelSpec
    products: ItemProducts
    membership: NDArray[np.intp]
    sizes: tuple[int, ...]
    start: Array
    weights: Array
    covariance: Array

    def __call__(self, task: ResamplingTask) -> Divided:
        """The divisions of one chunk of permutations."""
        return self.divided(permuted_membership(self.membership, task))

    def observed(self) -> Divided:
        """The groups as they are: a batch of one, iterated as a point estimate."""
        return self.divided(self.membership[None], exact=True)

    def divided(self, membership: NDArray[np.intp], *, exact: bool = False) -> Divided:
        """Fit every group of every division, shape of `membership` (B, n)."""
        size, count = len(membership), len(self.sizes)
        mean, covariance = group_moments(self.products, membership, count)
        n = np.array(self.sizes, dtype=float)[:, None, None]
        unbiased = covariance * (n / (n - 1.0))
        p = mean.shape[-1]
        flat = unbiased.reshape(size * count, p, p)
        estimator = self.estimator
        tolerance = estimator.tolerance if exact else estimator.batch_tolerance
        batch = _with_tolerance(estimator, tolerance).fit_batch(
            self.spec, flat, start=self.start
        )
        design = estimator.design(self.spec)
        steps = None
        if count == 2:
            two = batch.weights.reshape(size, 2, p)
            step2 = composite_correlations(two, self.covariance, design.mask)
            means, logs = score_moments(
                self.weights, design.mask, mean, covariance, (self.sizes[0], self.sizes[1])
            )
            steps = StepStatistics(
                correlation=step2, mean_difference=means, log_variance_ratio=logs
            )
        k = len(design.constructs)
        return Divided(
            paths=batch.paths.reshape(size, count, k, k),
            loadings=batch.loadings.reshape(size, count, p),
            steps=steps,
            reason=batch.reason.reshape(size, count),
        )


def _with_tolerance(estimator: PlsEstimator, tolerance: float) -> PlsEstimator:
    return replace(estimator, batch_tolerance=tolerance)


def groups_of(
    estimator: PlsEstimator, spec: ModelSpec, rows: ArrayRows, membership: NDArray[np.intp]
) -> Groups:
    """Lay the rows out; the model of all rows together gives weights and start.

    Raises
    ------
    EstimationError
        The model of all rows together cannot be estimated.
    """
    at = [rows.columns.index(item) for item in spec.indicators]
    used = ArrayRows(columns=spec.indicators, values=rows.values[:, at], weights=rows.weights)
    products = item_products(used)
    _, whole = group_moments(products, np.zeros((1, rows.n_rows), dtype=np.intp), 1)
    n = rows.n_rows
    unbiased = whole[0, 0] * (n / (n - 1.0))
    batch = _with_tolerance(estimator, estimator.tolerance).fit_batch(spec, unbiased[None])
    scale = np.ones(len(at))
    if estimator.metric != "raw":
        scale = np.sqrt(np.diagonal(unbiased))
    counts = np.bincount(membership)
    return Groups(
        estimator=estimator,
        spec=spec,
        products=products,
        membership=membership,
        sizes=tuple(int(count) for count in counts),
        start=batch.standardised_weights[0],
        weights=batch.weights[0] / scale,
        covariance=unbiased / (scale[:, None] * scale),
    )


def permute(groups: Groups, *, permutations: int, seed: int, workers: int = 1) -> Divided:
    """Random divisions into groups of the same sizes, all fitted.

    The same seed gives the same digits for any number of workers.
    """
    parts = map_tasks(groups, resampling_tasks(permutations, seed), workers=workers)
    steps = None
    if all(part.steps is not None for part in parts):
        steps = StepStatistics(
            **{
                name: np.concatenate([getattr(part.steps, name) for part in parts])
                for name in ("correlation", "mean_difference", "log_variance_ratio")
            }
        )
    return Divided(
        paths=np.concatenate([part.paths for part in parts]),
        loadings=np.concatenate([part.loadings for part in parts]),
        steps=steps,
        reason=np.concatenate([part.reason for part in parts]),
    )
