"""The bootstrap: one batched statistic on chunks of resampled moments, with a ledger.

References
----------
Efron, B. & Tibshirani, R. J. (1993). An introduction to the bootstrap, chapters 6, 13.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from survey_engine.errors import Diagnostic, diagnostic
from survey_engine.estimation.outcomes import (
    BatchOutcome,
    BatchStatistic,
    ResamplingOptions,
    TreatedDraws,
    Treatment,
    joined,
    kept,
    only,
)
from survey_engine.execution import Progress, map_tasks
from survey_engine.numerics.intervals import percentile_interval, standard_deviation
from survey_engine.numerics.item_products import ItemProducts, item_products
from survey_engine.numerics.jackknife import GroupedRows, grouped_rows, jackknife_error
from survey_engine.numerics.moments import Array, RowSource
from survey_engine.numerics.nested_resampling import NestedMoments, nested_moments
from survey_engine.numerics.resampling import (
    CHUNK,
    ResamplingTask,
    resampled_moments,
    resampling_tasks,
)

__all__ = [
    "BatchOutcome",
    "BatchStatistic",
    "BootstrapResult",
    "ResamplingOptions",
    "bootstrap",
]

FAILED_SHARE = 0.05
"""Above this share of failed resamples intervals count as unreliable."""


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
    errors : Mapping[str, ndarray], each of shape (usable, ...)
        Standard errors inside the resamples (studentised bootstrap).
    treatment : {"drop", "keep", "replace"}
    drawn : int
        Resamples drawn: more than requested where failed ones were replaced.
    treated : tuple[TreatedDraws, ...]
        The statistics to compare under each treatment; empty if none would differ.
    """

    requested: int
    usable: int
    failed: int
    by_reason: Mapping[str, int]
    seed: int
    n: int
    draws: Mapping[str, Array] = field(repr=False)
    diagnostics: tuple[Diagnostic, ...] = ()
    errors: Mapping[str, Array] = field(default_factory=dict, repr=False)
    treatment: Treatment = "drop"
    drawn: int = 0
    treated: tuple[TreatedDraws, ...] = field(default=(), repr=False)

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


@dataclass(frozen=True, kw_only=True)
class _NestedChunk:
    """Picklable: the same with a standard error inside each resample."""

    rows: GroupedRows
    statistic: BatchStatistic

    def __call__(self, task: ResamplingTask) -> BatchOutcome:
        return joined([self._part(part) for part in nested_moments(self.rows, task)])

    def _part(self, part: NestedMoments) -> BatchOutcome:
        size, groups, p = part.leaf_mean.shape
        outcome = self.statistic(part.mean, part.covariance, self.rows.n_rows)
        leaves = self.statistic(
            part.leaf_mean.reshape(-1, p),
            part.leaf_covariance.reshape(-1, p, p),
            self.rows.n_rows - max(1, round(self.rows.n_rows / groups)),
        )
        failed = ~kept(leaves, "keep")
        errors = {}
        for name, values in leaves.values.items():
            known = np.where(failed.reshape(-1, *[1] * (values.ndim - 1)), np.nan, values)
            apart = known.reshape(size, groups, *values.shape[1:])
            errors[name] = jackknife_error(apart.swapaxes(0, 1))
        return replace(outcome, errors=errors)


def bootstrap(  # noqa: PLR0913  (what, how often, how, and how it is run)
    rows: RowSource,
    statistic: BatchStatistic,
    *,
    requested: int,
    seed: int,
    workers: int = 1,
    progress: Progress | None = None,
    options: ResamplingOptions | None = None,
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
    options : ResamplingOptions

    Raises
    ------
    ValueError
        If `requested` is below 1 or a row holds a number that is not finite.
    """
    if requested < 1:
        raise ValueError(f"requested must be at least 1, not {requested}")
    wanted = options or ResamplingOptions()
    chunk, n_rows = _chunk(rows, statistic, wanted)

    def drawn(number: int, before: int) -> BatchOutcome:
        tasks = resampling_tasks(number, seed, first=before)
        return joined(map_tasks(chunk, tasks, workers=workers, progress=progress))

    first = drawn(requested, 0)
    more = None
    if (first.reason != 0).any() and (wanted.inadmissible == "replace" or wanted.compare):
        more = _further(drawn, first, requested)
    return _result(first, more, options=wanted, seed=seed, n=n_rows)


def _chunk(
    rows: RowSource, statistic: BatchStatistic, options: ResamplingOptions
) -> tuple[Callable[[ResamplingTask], BatchOutcome], int]:
    if options.studentised:
        single = grouped_rows(rows, groups=rows.n_rows)
        return _NestedChunk(rows=single, statistic=statistic), single.n_rows
    products = item_products(rows)
    return _ChunkOfResamples(products=products, statistic=statistic), products.n_rows


def _further(
    drawn: Callable[[int, int], BatchOutcome], first: BatchOutcome, requested: int
) -> BatchOutcome | None:
    """Draw until as many are usable as were requested, or twice as many were drawn."""
    parts: list[BatchOutcome] = []
    chunks = -(-requested // CHUNK)
    allowed, lacking = requested, int((first.reason != 0).sum())
    while lacking and allowed:
        number = min(lacking, allowed)
        part = drawn(number, chunks)
        parts.append(part)
        chunks += -(-number // CHUNK)
        allowed -= number
        lacking -= int((part.reason == 0).sum())
    return joined(parts) if parts else None


def _result(
    first: BatchOutcome,
    more: BatchOutcome | None,
    *,
    options: ResamplingOptions,
    seed: int,
    n: int,
) -> BootstrapResult:
    every: dict[Treatment, BatchOutcome] = {
        "keep": first,
        "drop": first,
        "replace": first if more is None else joined([first, more]),
    }
    used = every[options.inadmissible]
    taken = kept(used, options.inadmissible)
    treated = tuple(
        TreatedDraws(
            treatment=treatment,
            drawn=len(outcome.reason),
            draws={
                name: outcome.values[name][kept(outcome, treatment)]
                for name in options.compare
                if name in outcome.values
            },
        )
        for treatment, outcome in every.items()
        if more is not None and options.compare
    )
    result = _with_ledger(only(used.values, taken), used, taken, seed=seed, n=n)
    return replace(
        result,
        requested=len(first.reason),
        errors=only(used.errors, taken),
        treatment=options.inadmissible,
        treated=treated,
    )


def _with_ledger(
    draws: Mapping[str, Array],
    outcome: BatchOutcome,
    taken: NDArray[np.bool_],
    *,
    seed: int,
    n: int,
) -> BootstrapResult:
    drawn, usable = len(taken), int(taken.sum())
    counted = np.bincount(outcome.reason[~taken], minlength=len(outcome.reasons) + 1)
    failed = drawn - usable
    found: tuple[Diagnostic, ...] = ()
    if failed > FAILED_SHARE * drawn:
        percent = round(100.0 * failed / drawn, 1)
        found = (
            diagnostic("RESAMPLES_FAILED", failed=failed, requested=drawn, percent=percent),
        )
    return BootstrapResult(
        requested=drawn,
        drawn=drawn,
        usable=usable,
        failed=failed,
        by_reason={
            name: int(times)
            for name, times in zip(outcome.reasons, counted[1:], strict=True)
            if times
        },
        seed=seed,
        n=n,
        draws=draws,
        diagnostics=found,
    )
