"""The bootstrap of incomplete rows: every resample runs EM again, in batches.

Respondents are drawn with their gaps; sums per missing pattern and EM then make the
moments of each resample, so that intervals hold the uncertainty about missing answers
(Efron 1994, JASA 89, section 3). EM starts at the solution of the whole sample.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from survey_engine.estimation.bootstrap import (
    BatchStatistic,
    BootstrapResult,
    _with_ledger,
)
from survey_engine.estimation.outcomes import BatchOutcome
from survey_engine.execution import Progress, map_tasks
from survey_engine.numerics.em import Patterns, em_moments, pattern_sums, patterns_of
from survey_engine.numerics.incomplete import group_rows
from survey_engine.numerics.moments import Array, ArrayRows, Moments
from survey_engine.numerics.resampling import ResamplingTask, resampling_tasks
from survey_engine.numerics.saturated import inverse_information, saturated_moments

EM_RESAMPLES = 1_000
"""Resamples unless a number is asked for: each of them is an EM of its own."""
TOLERANCE = 1e-7
MANY_PATTERNS = 40
"""With more, Newton steps of one resample at a time beat EM of all together."""
NEWTON_TOLERANCE = 1e-6
"""Distance to the maximum in standard errors."""
FAILED = "em_not_converged"


@dataclass(frozen=True, kw_only=True)
class _ChunkOfResamples:
    """Picklable: draw incomplete rows, run EM, hand the moments to the statistic."""

    values: Array
    weights: Array | None
    patterns: Patterns
    start: tuple[Array, Array]
    statistic: BatchStatistic
    inverse: Array | None = None
    """Of the whole sample's information, where Newton steps are taken."""

    def __call__(self, task: ResamplingTask) -> BatchOutcome:
        n = len(self.values)
        mean, covariance = self.start
        found = self._by_em(task) if self.inverse is None else self._by_newton(task)
        fine = np.asarray(np.isfinite(found[0]).all(axis=1))
        # A failed one gets the start values, so that the batch runs; its draw is dropped.
        means = np.where(fine[:, None], found[0], mean)
        covariances = np.where(fine[:, None, None], found[1], covariance)
        outcome = self.statistic(means, covariances, n)
        reasons = (*outcome.reasons, FAILED)
        reason = np.where(fine, outcome.reason, len(reasons))
        return BatchOutcome(values=outcome.values, reason=reason, reasons=reasons)

    def _by_em(self, task: ResamplingTask) -> tuple[Array, Array]:
        """Means (B, p) and covariances (B, p, p), NaN where there are none."""
        mean, covariance = self.start
        counts = _counts(task, len(self.values))
        if self.weights is not None:
            counts *= self.weights
        sums = pattern_sums(self.values - mean, self.patterns, counts)
        done = em_moments(sums, np.zeros_like(mean), covariance, tolerance=TOLERANCE)
        return done.mean + mean, done.covariance

    def _by_newton(self, task: ResamplingTask) -> tuple[Array, Array]:
        """The same maximum, resample by resample: each has patterns of its own."""
        p = len(self.start[0])
        means, covariances = np.full((task.size, p), np.nan), np.full((task.size, p, p), np.nan)
        for b, picked in enumerate(_picked(task, len(self.values))):
            values = self.values[picked]
            seen = ~np.isnan(values)
            spread = np.where(seen, values, -np.inf).max(0) - np.where(
                seen, values, np.inf
            ).min(0)
            if not (spread > 0).all():  # an item without answers, or with one answer only
                continue
            weights = None if self.weights is None else self.weights[picked]
            assert self.inverse is not None  # noqa: S101  (see `__call__`)
            done = saturated_moments(
                group_rows(values, weights),
                start=(*self.start, self.inverse),
                tolerance=NEWTON_TOLERANCE,
            )
            if done.converged:
                means[b], covariances[b] = done.mean, done.covariance
        return means, covariances


def _picked(task: ResamplingTask, n: int) -> NDArray[np.int64]:
    """The rows of each resample, shape (size, n)."""
    return np.random.default_rng(task.seed).integers(0, n, size=(task.size, n))


def _counts(task: ResamplingTask, n: int) -> Array:
    """How often each row is drawn, shape (size, n)."""
    picked = _picked(task, n)
    picked += np.arange(task.size)[:, None] * n
    counted = np.bincount(picked.ravel(), minlength=task.size * n)
    return counted.reshape(task.size, n).astype(np.float64)


def pattern_bootstrap(
    sample: tuple[ArrayRows, Moments],
    statistic: BatchStatistic,
    *,
    requested: int,
    seed: int,
    workers: int = 1,
    progress: Progress | None = None,
) -> BootstrapResult:
    """Draw respondents with their gaps, run EM again, recompute a statistic.

    Parameters
    ----------
    sample : tuple of ArrayRows and Moments
        Rows with NaN for missing answers (case weights stay with the drawn rows) and
        EM's moments of these rows, where each resample starts.
    statistic : BatchStatistic
    requested, seed, workers, progress
        As for `bootstrap`.

    Raises
    ------
    ValueError
        If `requested` is below 1.
    """
    if requested < 1:
        raise ValueError(f"requested must be at least 1, not {requested}")
    rows, moments = sample
    patterns = patterns_of(rows.values)
    chunk = _ChunkOfResamples(
        values=rows.values,
        weights=rows.weights,
        patterns=patterns,
        start=(moments.mean, moments.covariance),
        statistic=statistic,
        inverse=_inverse(rows) if len(patterns.observed) > MANY_PATTERNS else None,
    )
    outcomes = map_tasks(
        chunk, resampling_tasks(requested, seed), workers=workers, progress=progress
    )
    reason = np.concatenate([outcome.reason for outcome in outcomes])
    fine = reason == 0
    draws = {
        name: np.concatenate([outcome.values[name] for outcome in outcomes])[fine]
        for name in outcomes[0].values
    }
    whole = BatchOutcome(values=draws, reason=reason, reasons=outcomes[0].reasons)
    return _with_ledger(draws, whole, fine, seed=seed, n=rows.n_rows)


def _inverse(rows: ArrayRows) -> Array | None:
    """Inverse information of the whole sample; None where its maximum is not found."""
    grouped = group_rows(rows.values, rows.weights)
    found = saturated_moments(grouped)
    return inverse_information(grouped, found) if found.converged else None
