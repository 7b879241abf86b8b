"""The bootstrap of incomplete rows: every resample runs EM again, in batches.

Respondents are drawn with their gaps; sums per missing pattern and EM then make the
moments of each resample, so that intervals hold the uncertainty about missing answers
(Efron 1994, JASA 89, section 3). EM starts at the solution of the whole sample.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from survey_engine.estimation.bootstrap import (
    BatchStatistic,
    BootstrapResult,
    _with_ledger,
)
from survey_engine.estimation.outcomes import BatchOutcome
from survey_engine.execution import Progress, map_tasks
from survey_engine.numerics.em import Patterns, em_moments, pattern_sums, patterns_of
from survey_engine.numerics.moments import Array, ArrayRows, Moments
from survey_engine.numerics.resampling import ResamplingTask, resampling_tasks

EM_RESAMPLES = 1_000
"""Resamples unless a number is asked for: each of them is an EM of its own."""
TOLERANCE = 1e-7
FAILED = "em_not_converged"


@dataclass(frozen=True, kw_only=True)
class _ChunkOfResamples:
    """Picklable: draw incomplete rows, run EM, hand the moments to the statistic."""

    values: Array
    weights: Array | None
    patterns: Patterns
    start: tuple[Array, Array]
    statistic: BatchStatistic

    def __call__(self, task: ResamplingTask) -> BatchOutcome:
        n = len(self.values)
        mean, covariance = self.start
        about = self.values - mean
        counts = _counts(task, n)
        if self.weights is not None:
            counts *= self.weights
        sums = pattern_sums(about, self.patterns, counts)
        done = em_moments(sums, np.zeros_like(mean), covariance, tolerance=TOLERANCE)
        fine = done.converged
        # A failed EM gets the start values, so that the batch runs; its draw is dropped.
        means = np.where(fine[:, None], done.mean + mean, mean)
        covariances = np.where(fine[:, None, None], done.covariance, covariance)
        outcome = self.statistic(means, covariances, n)
        reasons = (*outcome.reasons, FAILED)
        reason = np.where(fine, outcome.reason, len(reasons))
        return BatchOutcome(values=outcome.values, reason=reason, reasons=reasons)


def _counts(task: ResamplingTask, n: int) -> Array:
    """How often each row is drawn, shape (size, n)."""
    picked = np.random.default_rng(task.seed).integers(0, n, size=(task.size, n))
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
    chunk = _ChunkOfResamples(
        values=rows.values,
        weights=rows.weights,
        patterns=patterns_of(rows.values),
        start=(moments.mean, moments.covariance),
        statistic=statistic,
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
