"""From estimates with ordered items first to `OrdinalMoments` in the columns' own order."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from survey_engine.numerics.ordinal_moments import OrdinalMoments
from survey_engine.numerics.ordinal_statistics import OrdinalStatistics


@dataclass(frozen=True, kw_only=True)
class OrdinalLayout:
    """Which columns are ordered and what their answers are.

    Attributes
    ----------
    names : tuple[str, ...]
    categories : tuple[tuple[float, ...], ...]
        Ascending answers; empty for a measured column.
    """

    names: tuple[str, ...]
    categories: tuple[tuple[float, ...], ...]

    @cached_property
    def ordered(self) -> list[int]:
        """Positions of the ordered columns."""
        return [j for j, answers in enumerate(self.categories) if answers]

    @cached_property
    def measured(self) -> list[int]:
        """Positions of the measured columns."""
        return [j for j, answers in enumerate(self.categories) if not answers]

    @property
    def size(self) -> int:
        """Most categories of an item, at least 2."""
        return max([2, *(len(answers) for answers in self.categories)])

    @cached_property
    def statistics(self) -> NDArray[np.intp]:
        """Places of `OrdinalMoments.statistics` in the rows of `OrdinalStatistics.gamma`."""
        r, q, most = len(self.ordered), len(self.measured), self.size - 1
        rank = {j: at for at, j in enumerate((*self.ordered, *self.measured))}
        located: list[int] = []
        for j, answers in enumerate(self.categories):
            if answers:
                located += [rank[j] * most + k for k in range(len(answers) - 1)]
            else:
                located.append(r * most + rank[j] - r)
        first, second = np.triu_indices(r + q, 1)
        place = np.zeros((r + q, r + q), dtype=np.intp)
        place[first, second] = place[second, first] = np.arange(len(first))
        old = np.array([rank[j] for j in range(r + q)], dtype=np.intp)
        pairs = place[old[first], old[second]] + r * most + 2 * q
        varying = r * most + q + np.arange(q)
        return np.concatenate([np.array(located, dtype=np.intp), varying, pairs])


def in_column_order(
    found: OrdinalStatistics,
    layout: OrdinalLayout,
    n: int,
    n_effective: float,
) -> OrdinalMoments:
    """`OrdinalMoments` of complete rows without weights or group, in the columns' order."""
    p = len(layout.names)
    back = np.argsort([*layout.ordered, *layout.measured])
    thresholds = np.full((p, layout.size - 1), np.nan)
    frequencies = np.zeros((p, layout.size))
    if layout.ordered:
        finite = np.where(np.isfinite(found.thresholds), found.thresholds, np.nan)
        thresholds[layout.ordered] = finite
        frequencies[layout.ordered] = np.einsum("iiaa->ia", found.tables)
    mean, variance = np.zeros(p), np.ones(p)
    mean[layout.measured], variance[layout.measured] = found.mean, found.variance
    gamma = found.gamma
    if gamma is not None:
        gamma = gamma[np.ix_(layout.statistics, layout.statistics)]
    return OrdinalMoments(
        columns=layout.names,
        categories=layout.categories,
        n=n,
        n_effective=n_effective,
        thresholds=thresholds,
        mean=mean,
        variance=variance,
        correlation=found.correlation[np.ix_(back, back)],
        gamma=gamma,
        frequencies=frequencies,
    )
