"""`GroupedMoments`: moments of several groups, in order of first appearance."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from survey_engine.numerics.moments import Moments, RowSource


@dataclass(frozen=True, kw_only=True)
class GroupedMoments:
    """Moments by group, with the rows behind them where an estimator needs those.

    Attributes
    ----------
    labels : tuple[str, ...]
        One empty label if there is a single group.
    groups : tuple[Moments, ...]
        With the same columns.
    rows : tuple[RowSource, ...]
        Of each group; empty where only moments are known.
    clusters : tuple of ndarray of int, each (n,)
        Cluster of each row (interviewer, branch), for cluster-robust errors; empty
        without clusters.
    """

    labels: tuple[str, ...]
    groups: tuple[Moments, ...]
    rows: tuple[RowSource, ...] = ()
    clusters: tuple[NDArray[np.intp], ...] = ()

    @classmethod
    def single(
        cls,
        moments: Moments,
        rows: RowSource | None = None,
        clusters: NDArray[np.intp] | None = None,
    ) -> GroupedMoments:
        """One group without a label."""
        return cls(
            labels=("",),
            groups=(moments,),
            rows=() if rows is None else (rows,),
            clusters=() if clusters is None else (clusters,),
        )

    @property
    def n(self) -> int:
        """Rows of all groups."""
        return sum(group.n for group in self.groups)

    @property
    def weighted(self) -> bool:
        """Whether case weights were used in any group."""
        return any(group.weighted for group in self.groups)

    def select(self, columns: tuple[str, ...]) -> GroupedMoments:
        """The same groups with some of the columns, in the given order."""
        chosen = tuple(group.select(columns) for group in self.groups)
        return replace(self, groups=chosen)

    def pooled(self) -> Moments:
        """Moments of all groups together."""
        first = self.groups[0]
        if len(self.groups) == 1:
            return first
        shares = np.array([group.n for group in self.groups]) / self.n
        means = np.stack([group.mean for group in self.groups])
        mean = shares @ means
        within = np.einsum("g,gij->ij", shares, np.stack([g.covariance for g in self.groups]))
        away = means - mean
        return Moments(
            columns=first.columns,
            n=self.n,
            n_effective=sum(group.n_effective for group in self.groups),
            mean=mean,
            covariance=within + np.einsum("g,gi,gj->ij", shares, away, away),
            weighted=self.weighted,
            missing=first.missing,
        )
