"""A fitted model as a point: values, places of all parameters, and the sample's moments.

Everything that is asked of a fit afterwards (residuals, score and Wald tests, standardised
errors, factor scores) starts here and needs nothing else of the estimator.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from survey_engine.estimation.fit_result import ParameterRow
from survey_engine.numerics.covariance_structure import (
    Arrows,
    Directions,
    Index,
    Places,
    Reduced,
    directions,
    framed,
    information_between,
    reduce_arrows,
    score,
)
from survey_engine.numerics.moments import Array

KINDS = {"=~": 0, "~": 0, "~~": 1, "~1": 2}


@dataclass(frozen=True, kw_only=True)
class Location:
    """One place a parameter can stand; `group` counts from 1."""

    lhs: str
    op: str
    rhs: str
    group: int = 1

    @property
    def text(self) -> str:
        """As in a model text."""
        return f"{self.lhs} {self.op} {self.rhs}".strip()


@dataclass(frozen=True, kw_only=True)
class SampleMoments:
    """What was fitted.

    Attributes
    ----------
    observed : tuple[str, ...]
        Names of the p variables.
    n : ndarray, shape (G,)
        What each group's discrepancy is multiplied by: n, or n - 1 under Wishart.
    covariance : ndarray, shape (G, p, p)
    mean : ndarray, shape (G, p), or None
        None where means are not modelled.
    """

    observed: tuple[str, ...]
    n: Array
    covariance: Array
    mean: Array | None = None

    @property
    def share(self) -> Array:
        """Share of the observations in each group, shape (G,)."""
        return np.asarray(self.n / self.n.sum())


@dataclass(frozen=True, kw_only=True)
class ModelPoint:
    """A model at some values, with the sample it is compared with.

    Attributes
    ----------
    sample : SampleMoments
    variables : tuple[str, ...]
        Observed, then latent: the order of all matrices of `arrows`.
    arrows : Arrows
    reduced : Reduced
    inverse : ndarray, shape (G, p, p)
        Of the implied covariances.
    rows : tuple[ParameterRow, ...]
        Parameters with a place (no definitions), in the order of the fit.
    free : ndarray of int, shape (f,)
        Positions of free rows.
    places : Places
        Of the free rows.
    design : ndarray, shape (f, r)
        How the independent parameters move the free rows.
    basis : ndarray, shape (q, r)
        How they move the free values of the fit.
    """

    sample: SampleMoments
    variables: tuple[str, ...]
    arrows: Arrows
    reduced: Reduced
    inverse: Array
    rows: tuple[ParameterRow, ...]
    free: Index
    places: Places
    design: Array
    basis: Array

    @property
    def means(self) -> bool:
        """Whether means are modelled."""
        return self.sample.mean is not None

    @property
    def total(self) -> float:
        """Observations in all groups (n - 1 each under Wishart)."""
        return float(self.sample.n.sum())

    @property
    def frame(self) -> Array:
        """``Z' W Z`` of the inverse implied covariances."""
        return framed(self.reduced, self.inverse)

    def along(self, places: Places) -> Directions:
        """The places as directions."""
        return directions(places, self.reduced, means=self.means)

    def information(self) -> Array:
        """Expected information of one observation in the free rows, shape (f, f)."""
        at = self.along(self.places)
        return information_between(self.frame, at, at, self.sample.share)

    def score(self, places: Places) -> Array:
        """Slope of the log-likelihood of one observation at any places, shape (f,)."""
        residual, level = weighted_residuals(self)
        return score(self.reduced, self.along(places), residual, level, self.sample.share)


def mean_residual(point: ModelPoint) -> Array:
    """Sample less implied means, shape (G, p); 0 where means are not modelled."""
    if point.sample.mean is None:
        return np.zeros(point.reduced.mu.shape)
    return point.sample.mean - point.reduced.mu


def weighted_residuals(point: ModelPoint) -> tuple[Array, Array]:
    """``W (S + d d' - Sigma) W`` and ``W d``."""
    d = mean_residual(point)
    second = point.sample.covariance + d[:, :, None] * d[:, None, :]
    inner = point.inverse @ (second - point.reduced.sigma) @ point.inverse
    return inner, np.einsum("gpq,gq->gp", point.inverse, d)


def model_point(
    rows: Sequence[ParameterRow], sample: SampleMoments, *, basis: Array | None = None
) -> ModelPoint:
    """Place every parameter.

    Parameters
    ----------
    rows : sequence of ParameterRow
        With estimates; `free` numbers the free parameters from 1, equal numbers are
        equal parameters. Definitions (group 0) are left out.
    sample : SampleMoments
    basis : ndarray, shape (q, r), optional
        How r independent parameters move the q free ones; the identity without it.
    """
    placed = tuple(row for row in rows if row.op in KINDS and row.group > 0)
    latents = tuple(dict.fromkeys(row.lhs for row in placed if row.op == "=~"))
    variables = sample.observed + tuple(n for n in latents if n not in sample.observed)
    where = places_of([location_of(row) for row in placed], variables)
    arrows = _arrows(placed, where, len(variables), sample)
    reduced = reduce_arrows(arrows)
    free = np.array([i for i, row in enumerate(placed) if row.free], dtype=np.intp)
    number = np.array([placed[i].free - 1 for i in free], dtype=np.intp)
    count = int(number.max()) + 1 if len(number) else 0
    known = np.eye(count) if basis is None else basis
    return ModelPoint(
        sample=sample,
        variables=variables,
        arrows=arrows,
        reduced=reduced,
        inverse=np.asarray(np.linalg.inv(reduced.sigma), dtype=np.float64),
        rows=placed,
        free=free,
        places=where.take(free),
        design=known[number],
        basis=known,
    )


def location_of(row: ParameterRow) -> Location:
    """Where a row stands."""
    return Location(lhs=row.lhs, op=row.op, rhs=row.rhs, group=row.group)


def places_of(locations: Sequence[Location], variables: tuple[str, ...]) -> Places:
    """Rows and columns of parameters in the matrices over `variables`."""
    position = {name: i for i, name in enumerate(variables)}
    table = np.empty((len(locations), 4), dtype=np.intp)
    for i, one in enumerate(locations):
        row, column = (
            (one.rhs, one.lhs)
            if one.op == "=~"
            else (one.lhs, one.lhs if one.op == "~1" else one.rhs)
        )
        table[i] = (one.group - 1, KINDS[one.op], position[row], position[column])
    return Places(group=table[:, 0], kind=table[:, 1], row=table[:, 2], column=table[:, 3])


def _arrows(
    rows: tuple[ParameterRow, ...], where: Places, width: int, sample: SampleMoments
) -> Arrows:
    groups = len(sample.n)
    values = np.array([np.nan if row.est is None else row.est for row in rows])
    asymmetric = np.zeros((groups, width, width))
    symmetric = np.zeros((groups, width, width))
    intercept = np.zeros((groups, width))
    at = [where.kind == k for k in range(3)]
    g, row, column = where.group, where.row, where.column
    asymmetric[g[at[0]], row[at[0]], column[at[0]]] = values[at[0]]
    symmetric[g[at[1]], row[at[1]], column[at[1]]] = values[at[1]]
    symmetric[g[at[1]], column[at[1]], row[at[1]]] = values[at[1]]
    intercept[g[at[2]], row[at[2]]] = values[at[2]]
    return Arrows(
        asymmetric=asymmetric,
        symmetric=symmetric,
        intercept=intercept,
        n_observed=len(sample.observed),
    )
