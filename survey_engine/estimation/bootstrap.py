"""The bootstrap: one batched statistic on chunks of resampled moments, with a ledger.

References
----------
Efron, B. & Tibshirani, R. J. (1993). An introduction to the bootstrap, chapters 6, 13.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from survey_engine.errors import Diagnostic, diagnostic
from survey_engine.execution import Progress, map_tasks
from survey_engine.numerics.intervals import percentile_interval, standard_deviation
from survey_engine.numerics.item_products import ItemProducts, item_products
from survey_engine.numerics.moments import Array, RowSource
from survey_engine.numerics.resampling import (
    ResamplingTask,
    resampled_moments,
    resampling_tasks,
)

FAILED_SHARE = 0.05
"""Above this share of failed resamples intervals count as unreliable."""


@dataclass(frozen=True, kw_only=True)
class BatchOutcome:
    """What a statistic says about B resamples.

    Attributes
    ----------
    values : Mapping[str, ndarray], each of shape (B, ...)
    reason : ndarray of int, shape (B,)
        0 = usable; otherwise the position (from 1) of the cause in `reasons`.
    reasons : tuple[str, ...]
    """

    values: Mapping[str, Array]
    reason: NDArray[np.intp]
    reasons: tuple[str, ...]


class BatchStatistic(Protocol):
    """A picklable function of batched moments."""

    def __call__(self, mean: Array, covariance: Array, n: int) -> BatchOutcome:
        """Compute the statistic of means (B, p) and covariances (B, p, p), divisor n."""
        ...


@dataclass(frozen=True, kw_only=True)
class BootstrapResult:
    """Usable draws of every statistic, and the ledger of the others.

    Draws stay in the process: with the seed and n they give back the raw answers, so no
    output may hold them. Outputs take intervals, standard errors and covariances.

    Attributes
    ----------
    requested, usable, failed : int
    by_reason : Mapping[str, int]
        Failed resamples by cause, causes that occurred only.
    seed : int
    n : int
        Rows drawn in each resample.
    draws : Mapping[str, ndarray], each of shape (usable, ...)
    diagnostics : tuple[Diagnostic, ...]
        RESAMPLES_FAILED when more than 5 % failed.
    """

    requested: int
    usable: int
    failed: int
    by_reason: Mapping[str, int]
    seed: int
    n: int
    draws: Mapping[str, Array] = field(repr=False)
    diagnostics: tuple[Diagnostic, ...] = ()

    def interval(self, name: str, level: float = 0.95) -> tuple[Array, Array]:
        """Percentile interval (quantiles of type 7) of a statistic: lower, upper."""
        return percentile_interval(self.draws[name], level)

    def standard_error(self, name: str) -> Array:
        """Standard deviation of the draws, divisor usable - 1; NaN with fewer than 2."""
        return standard_deviation(self.draws[name])

    def covariance(self, name: str) -> Array:
        """Covariance matrix (q, q) of a statistic flattened to q numbers."""
        draws = self.draws[name]
        draws = draws.reshape(self.usable, math.prod(draws.shape[1:]))
        if self.usable < 2:
            return np.full((draws.shape[1], draws.shape[1]), np.nan)
        centred = draws - draws.mean(axis=0)
        return np.asarray(centred.T @ centred / (self.usable - 1))


@dataclass(frozen=True, kw_only=True)
class _ChunkOfResamples:
    """Picklable: resample a chunk and hand it to the statistic."""

    products: ItemProducts
    statistic: BatchStatistic

    def __call__(self, task: ResamplingTask) -> BatchOutcome:
        mean, covariance = resampled_moments(self.products, task)
        return self.statistic(mean, covariance, self.products.n_rows)


def bootstrap(
    rows: RowSource,
    statistic: BatchStatistic,
    *,
    requested: int,
    seed: int,
    workers: int = 1,
    progress: Progress | None = None,
) -> BootstrapResult:
    """Draw respondents with replacement and recompute a statistic.

    Parameters
    ----------
    rows : RowSource
        Complete rows; case weights stay with the drawn rows and are not re-raked.
    statistic : BatchStatistic
        Gets the columns of `rows` in their order.
    requested : int
        Number of resamples, at least 1.
    seed : int
        The same seed gives the same digits for any number of workers.
    workers : int
    progress : callable, optional
        Called with finished and all chunks of 250 resamples.

    Raises
    ------
    ValueError
        If `requested` is below 1 or a row holds a number that is not finite.
    """
    if requested < 1:
        raise ValueError(f"requested must be at least 1, not {requested}")
    products = item_products(rows)
    outcomes = map_tasks(
        _ChunkOfResamples(products=products, statistic=statistic),
        resampling_tasks(requested, seed),
        workers=workers,
        progress=progress,
    )
    reason = np.concatenate([outcome.reason for outcome in outcomes])
    fine = reason == 0
    draws = {
        name: np.concatenate([outcome.values[name] for outcome in outcomes])
        for name in outcomes[0].values
    }
    if not fine.all():
        draws = {name: values[fine] for name, values in draws.items()}
    return _with_ledger(draws, reason, outcomes[0].reasons, seed=seed, n=products.n_rows)


def _with_ledger(
    draws: Mapping[str, Array],
    reason: NDArray[np.intp],
    reasons: tuple[str, ...],
    *,
    seed: int,
    n: int,
) -> BootstrapResult:
    requested = len(reason)
    counted = np.bincount(reason, minlength=len(reasons) + 1)
    failed = requested - int(counted[0])
    found: tuple[Diagnostic, ...] = ()
    if failed > FAILED_SHARE * requested:
        percent = round(100.0 * failed / requested, 1)
        found = (
            diagnostic("RESAMPLES_FAILED", failed=failed, requested=requested, percent=percent),
        )
    return BootstrapResult(
        requested=requested,
        usable=requested - failed,
        failed=failed,
        by_reason={
            name: int(times) for name, times in zip(reasons, counted[1:], strict=True) if times
        },
        seed=seed,
        n=n,
        draws=draws,
        diagnostics=found,
    )
