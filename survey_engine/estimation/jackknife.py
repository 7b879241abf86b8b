"""The jackknife: the same batched statistic without each row, or each group of rows.

References
----------
Efron, B. & Tibshirani, R. J. (1993). An introduction to the bootstrap, chapter 11.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from survey_engine.estimation.outcomes import BatchOutcome, BatchStatistic, joined, kept
from survey_engine.execution import map_tasks
from survey_engine.numerics.jackknife import (
    GroupedRows,
    grouped_rows,
    jackknife_bias,
    jackknife_error,
)
from survey_engine.numerics.moments import Array, RowSource
from survey_engine.numerics.resampling import CHUNK


@dataclass(frozen=True, kw_only=True)
class JackknifeResult:
    """A statistic without each group of rows; NaN where it could not be computed.

    Attributes
    ----------
    groups : int
        Equals `n` where each row was left out by itself.
    failed : int
        Groups without which there is no usable solution.
    n : int
    leaves : Mapping[str, ndarray], each of shape (groups, ...)
        Kept in the process, as bootstrap draws are.
    """

    groups: int
    failed: int
    n: int
    leaves: Mapping[str, Array] = field(repr=False)

    def standard_error(self, name: str) -> Array:
        """Jackknife standard error of a statistic."""
        return jackknife_error(self.leaves[name])

    def bias(self, name: str, point: Array) -> Array:
        """Jackknife estimate of the bias of a statistic."""
        return jackknife_bias(self.leaves[name], point)


@dataclass(frozen=True, kw_only=True)
class _Leave:
    """Picklable: leave the groups of one chunk out, one after the other."""

    rows: GroupedRows
    statistic: BatchStatistic

    def __call__(self, first: int) -> BatchOutcome:
        mean, covariance = self.rows.without(first, first + CHUNK)
        return self.statistic(mean, covariance, self.rows.rows_left)


def jackknife(
    rows: RowSource,
    statistic: BatchStatistic,
    *,
    groups: int | None = None,
    seed: int = 0,
    workers: int = 1,
) -> JackknifeResult:
    """Recompute a statistic without each row, or without each of some groups of rows.

    Parameters
    ----------
    rows : RowSource
        Complete rows, with their case weights.
    statistic : BatchStatistic
    groups : int, optional
        Default: one a row up to 5,000 rows, else 1,000.
    seed : int
        Deals rows to groups; plays no part when each row goes by itself.
    workers : int

    Raises
    ------
    ValueError
        With fewer than 3 rows.
    """
    laid = grouped_rows(rows, groups=groups, seed=seed)
    outcome = joined(
        map_tasks(
            _Leave(rows=laid, statistic=statistic),
            list(range(0, laid.groups, CHUNK)),
            workers=workers,
        )
    )
    # An impossible solution still moves smoothly with a row: leaving it out would bias.
    bad = ~kept(outcome, "keep")
    return JackknifeResult(
        groups=laid.groups,
        failed=int(bad.sum()),
        n=laid.n_rows,
        leaves={
            name: np.where(bad.reshape(-1, *[1] * (values.ndim - 1)), np.nan, values)
            for name, values in outcome.values.items()
        },
    )
