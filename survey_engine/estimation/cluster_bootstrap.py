"""The bootstrap of a survey design: whole clusters are drawn within strata."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from survey_engine.estimation.bootstrap import BatchStatistic, BootstrapResult, _with_ledger
from survey_engine.estimation.outcomes import BatchOutcome, joined
from survey_engine.execution import Progress, map_tasks
from survey_engine.numerics.cluster_resampling import (
    ClusterSums,
    Index,
    cluster_sums,
    resampled_clusters,
)
from survey_engine.numerics.moments import RowSource
from survey_engine.numerics.resampling import ResamplingTask, resampling_tasks


@dataclass(frozen=True, kw_only=True)
class Design:
    """Cluster and stratum of each row, numbers from 0; shape (n,) each."""

    cluster: Index
    stratum: Index


@dataclass(frozen=True, kw_only=True)
class _Chunk:
    """Picklable: draw clusters and hand the moments to the statistic."""

    laid: ClusterSums
    statistic: BatchStatistic

    def __call__(self, task: ResamplingTask) -> BatchOutcome:
        mean, covariance = resampled_clusters(self.laid, task)
        return self.statistic(mean, covariance, self.laid.n_rows)


def cluster_bootstrap(  # noqa: PLR0913  (what, how often, how, and how it is run)
    rows: RowSource,
    design: Design,
    statistic: BatchStatistic,
    *,
    requested: int,
    seed: int,
    workers: int = 1,
    progress: Progress | None = None,
) -> BootstrapResult:
    """Draw clusters with replacement within strata and recompute a statistic.

    Arguments as for `bootstrap`.

    Raises
    ------
    ValueError
        If `requested` is below 1.
    """
    if requested < 1:
        raise ValueError(f"requested must be at least 1, not {requested}")
    laid = cluster_sums(rows, design.cluster, design.stratum)
    chunk = _Chunk(laid=laid, statistic=statistic)
    tasks = resampling_tasks(requested, seed)
    whole = joined(map_tasks(chunk, tasks, workers=workers, progress=progress))
    fine = np.asarray(whole.reason == 0)
    draws = {name: values[fine] for name, values in whole.values.items()}
    return _with_ledger(draws, whole, fine, seed=seed, n=laid.n_rows)
