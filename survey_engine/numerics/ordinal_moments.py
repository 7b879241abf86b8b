"""`OrdinalMoments`: what ordered answers are reduced to, beside `Moments`."""

from __future__ import annotations

from dataclasses import dataclass
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
