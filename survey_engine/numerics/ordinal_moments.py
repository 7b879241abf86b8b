"""`OrdinalMoments`: what ordered answers are reduced to, beside `Moments`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from survey_engine.numerics.moments import Array


@dataclass(frozen=True, kw_only=True)
class OrdinalMoments:
    """Thresholds, polychoric (polyserial) correlations and their asymptotic covariance.

    Attributes
    ----------
    columns : tuple[str, ...]
        Names of the p columns.
    categories : tuple[tuple[float, ...], ...]
        Answers of each ordered column, ascending; empty for a measured column.
    n : int
        Rows that entered.
    n_effective : float
        Kish's effective number of rows.
    thresholds : ndarray, shape (p, C - 1)
        NaN past an item's last threshold and for measured columns.
    mean, variance : ndarray, shape (p,)
        Of measured columns (divisor n); 0 and 1, the scale of the underlying
        response, for ordered ones.
    correlation : ndarray, shape (p, p)
    gamma : ndarray, shape (s, s), or None
        n times the asymptotic covariance of `statistics`.
    frequencies : ndarray, shape (p, C)
        (Weighted) answers of each category; 0 for measured columns.
    weighted : bool
    missing : str
        ``"listwise"`` or ``"pairwise"``.
    group : str or None
        Label of the group.
    """

    columns: tuple[str, ...]
    categories: tuple[tuple[float, ...], ...]
    n: int
    n_effective: float
    thresholds: Array
    mean: Array
    variance: Array
    correlation: Array
    gamma: Array | None
    frequencies: Array
    weighted: bool = False
    missing: str = "listwise"
    group: str | None = None

    @property
    def ordered(self) -> NDArray[np.bool_]:
        """Which columns hold ordered answers, shape (p,)."""
        return np.array([bool(answers) for answers in self.categories])

    def select(self, columns: tuple[str, ...]) -> OrdinalMoments:
        """The moments of some of the columns, in the given order."""
        at = [self.columns.index(name) for name in columns]
        gamma = self.gamma
        if gamma is not None:
            keep = _places(self, at)
            gamma = gamma[np.ix_(keep, keep)]
        return replace(
            self,
            columns=columns,
            categories=tuple(self.categories[j] for j in at),
            thresholds=self.thresholds[at],
            mean=self.mean[at],
            variance=self.variance[at],
            correlation=self.correlation[np.ix_(at, at)],
            frequencies=self.frequencies[at],
            gamma=gamma,
        )

    @property
    def covariance(self) -> Array:
        """Covariances: correlations, measured columns in their own unit, shape (p, p)."""
        scale = np.sqrt(self.variance)
        return np.asarray(self.correlation * (scale[:, None] * scale[None, :]))

    @cached_property
    def statistics(self) -> Array:
        """All sample statistics in the order of `statistic_names`, shape (s,)."""
        first, second = np.triu_indices(len(self.columns), 1)
        measured = ~self.ordered
        located: list[float] = []
        for j, answers in enumerate(self.categories):
            located += (
                self.thresholds[j, : len(answers) - 1].tolist() if answers else [self.mean[j]]
            )
        return np.concatenate(
            [located, self.variance[measured], self.covariance[first, second]]
        )

    @cached_property
    def statistic_names(self) -> tuple[tuple[str, str, str], ...]:
        """``(lhs, op, rhs)``: thresholds and means by column, variances, covariances."""
        located: list[tuple[str, str, str]] = []
        for name, answers in zip(self.columns, self.categories, strict=True):
            if answers:
                located += [(name, "|", f"t{k}") for k in range(1, len(answers))]
            else:
                located.append((name, "~1", ""))
        pairs = zip(self.columns, self.categories, strict=True)
        varying = [(name, "~~", name) for name, answers in pairs if not answers]
        first, second = np.triu_indices(len(self.columns), 1)
        both = [
            (self.columns[i], "~~", self.columns[j]) for i, j in zip(first, second, strict=True)
        ]
        return (*located, *varying, *both)


def _places(moments: OrdinalMoments, at: list[int]) -> NDArray[np.intp]:
    """Where the statistics of columns `at` stand among those of all."""
    ordered = moments.ordered
    count = [max(len(answers) - 1, 1) for answers in moments.categories]
    start = np.concatenate(([0], np.cumsum(count)))
    located = [start[j] + k for j in at for k in range(count[j])]
    rank = start[-1] + np.cumsum(~ordered) - 1
    varying = [rank[j] for j in at if not ordered[j]]
    first, second = np.triu_indices(len(ordered), 1)
    place = np.zeros((len(ordered), len(ordered)), dtype=np.intp)
    place[first, second] = place[second, first] = np.arange(len(first))
    i, j = np.triu_indices(len(at), 1)
    chosen = np.array(at, dtype=np.intp)
    pairs = place[chosen[i], chosen[j]] + start[-1] + int((~ordered).sum())
    return np.concatenate(
        (np.array(located, dtype=np.intp), np.array(varying, dtype=np.intp), pairs)
    )
