r"""Statistics of models with ordered variables: thresholds, means, polychoric covariances.

Behind each ordered variable stands a normal response :math:`y^*` cut at thresholds
(Muthén 1984). Only its scaled values are observed:

.. math:: \sigma = \{\delta_i (\tau_{ik} - \mu_i), \mu_j, \Sigma_{jj},
                    \delta_i \delta_j \Sigma_{ij}\}

i ordered, j measured (:math:`\delta_j = 1`). Under the *delta* parameterisation the scales
:math:`\delta` (``~*~``) are parameters and residual variances follow from
:math:`\Sigma_{ii} = \delta_i^{-2}`; under *theta* residual variances are parameters and
:math:`\delta_i = \Sigma_{ii}^{-1/2}` (Muthén & Asparouhov 2002, Mplus Web Notes 4).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from survey_engine.estimation.cbsem.discrepancy.evaluation import Evaluation, pooled
from survey_engine.estimation.cbsem.discrepancy.least_squares import (
    LeastSquares,
    needed,
    weighted,
)
from survey_engine.estimation.cbsem.implied import (
    Implied,
    columns,
    entries_of,
    implied,
    mean_factors,
)
from survey_engine.estimation.cbsem.observed import Sample
from survey_engine.estimation.cbsem.structure import Place, Structure, as_place
from survey_engine.estimation.parameter_table import ParameterTable
from survey_engine.numerics.moments import Array
from survey_engine.numerics.pair_tables import pairs_of

Index = NDArray[np.intp]


@dataclass(frozen=True, kw_only=True)
class Located:
    """Order of thresholds and means among the statistics.

    Attributes
    ----------
    variable : ndarray, shape (t,)
        Observed variable of each.
    entry : ndarray, shape (t,)
        Row of the parameter table of a threshold; -1 for a mean.
    """

    variable: Index
    entry: Index


@dataclass(frozen=True, kw_only=True)
class ThresholdStatistics:
    """A `StatisticModel` of thresholds and scaled covariances.

    Attributes
    ----------
    ordered : ndarray of bool, shape (p,)
    theta : bool
        The parameterisation; delta otherwise.
    located : Located
    dependent : Place
        Residual variances of ordered variables that take part in regressions under
        delta: entry, inner variable (row), observed variable (column).
    residual : Place
        Residual variances of the other ordered variables under delta: entry, observed.
    """

    ordered: NDArray[np.bool_]
    theta: bool
    located: Located
    dependent: Place
    residual: Place

    def value(self, structure: Structure, values: Array, parts: Implied) -> Array:
        """sigma(theta), shape (..., G, k)."""
        scale = self.scale(structure, values, parts)
        first = scale[..., self.located.variable] * self._away(values, parts)
        own = np.diagonal(parts.sigma, axis1=-2, axis2=-1)[..., ~self.ordered]
        i, j = pairs_of(len(self.ordered))
        both = scale[..., i] * scale[..., j] * parts.sigma[..., i, j]
        return np.concatenate((first, own, both), axis=-1)

    def jacobian(self, structure: Structure, values: Array, parts: Implied) -> Array:
        """Delta: derivatives by the free rows, shape (..., G, k, f)."""
        z = columns(parts)
        u, v = z[..., structure.u], z[..., structure.v]
        i, j = pairs_of(len(self.ordered))
        own = 2 * u * v * structure.scale
        both = (u[..., i, :] * v[..., j, :] + v[..., i, :] * u[..., j, :]) * structure.scale
        mean = u * mean_factors(structure, parts)[..., None, :]
        scale = self.scale(structure, values, parts)
        if len(self.dependent.entry):
            slopes = self._dependent_slopes(structure, parts, scale, own)
            total = parts.total_loading[..., self.dependent.row]
            own = own + np.square(total) @ slopes
            both = both + (total[..., i, :] * total[..., j, :]) @ slopes
        slope = self._scale_slopes(structure, parts, own)
        at = self.located
        located = np.where(at.entry >= 0, -1.0, 1.0)[:, None] * mean[..., at.variable, :]
        located[..., at.entry[:, None] == structure.free] += 1.0
        located *= scale[..., at.variable, None]
        located += self._away(values, parts)[..., None] * slope[..., at.variable, :]
        sigma = parts.sigma[..., i, j, None]
        both = both * (scale[..., i] * scale[..., j])[..., None]
        both += sigma * scale[..., j, None] * slope[..., i, :]
        both += sigma * scale[..., i, None] * slope[..., j, :]
        return np.concatenate((located, own[..., ~self.ordered, :], both), axis=-2)

    def scale(self, structure: Structure, values: Array, parts: Implied) -> Array:
        """Scales of the responses, 1 for measured variables, shape (..., G, p)."""
        scale = np.ones(parts.sigma.shape[:-1])
        if self.theta:
            variance = np.diagonal(parts.sigma, axis1=-2, axis2=-1)[..., self.ordered]
            scale[..., self.ordered] = 1 / np.sqrt(variance)
        else:
            at = structure.scaling
            scale[..., at.row] = values[..., at.entry]
        return scale

    def complete(self, structure: Structure, values: Array) -> tuple[Array, Implied]:
        """Values with what follows from the others, and the implied matrices.

        Delta: residual variances of ordered variables. Theta: their scales.
        """
        values = values.copy()
        parts = implied(structure, values)
        if self.theta:
            at = structure.scaling
            values[..., at.entry] = self.scale(structure, values, parts)[..., at.row]
            return values, parts
        wanted = 1 / np.square(self.scale(structure, values, parts))
        if len(self.dependent.entry):
            d = self.dependent
            own = np.diagonal(parts.sigma, axis1=-2, axis2=-1)[..., d.column]
            through = np.square(parts.total_loading[..., d.column[:, None], d.row])
            missing = (wanted[..., d.column] - own)[..., None]
            values[..., d.entry] += np.linalg.solve(through, missing)[..., 0]
            parts = implied(structure, values)
        at = self.residual
        own = parts.sigma[..., at.row, at.row]
        values[..., at.entry] += wanted[..., at.row] - own
        parts.sigma[..., at.row, at.row] = wanted[..., at.row]
        return values, parts

    def _away(self, values: Array, parts: Implied) -> Array:
        """Thresholds less the means of their responses; means of measured variables."""
        at = self.located
        mean = parts.mean[..., at.variable]
        return np.where(at.entry >= 0, values[..., at.entry] - mean, mean)

    def _scale_slopes(self, structure: Structure, parts: Implied, own: Array) -> Array:
        """Derivatives of the scales by the free rows, shape (..., G, p, f)."""
        slope = np.zeros_like(own)
        if self.theta:
            variance = np.diagonal(parts.sigma, axis1=-2, axis2=-1)[..., self.ordered, None]
            slope[..., self.ordered, :] = -0.5 * variance**-1.5 * own[..., self.ordered, :]
        else:
            at = structure.scaling
            row, column = np.nonzero(at.entry[:, None] == structure.free)
            slope[..., at.row[row], column] = 1.0
        return slope

    def _dependent_slopes(
        self, structure: Structure, parts: Implied, scale: Array, own: Array
    ) -> Array:
        """Derivatives of dependent residual variances by the free rows, (..., G, d, f)."""
        d = self.dependent
        through = np.square(parts.total_loading[..., d.column[:, None], d.row])
        slope = self._scale_slopes(structure, parts, own)[..., d.column, :]
        wanted = -2 * scale[..., d.column, None] ** -3 * slope
        return np.asarray(np.linalg.solve(through, wanted - own[..., d.column, :]))


@dataclass(frozen=True)
class OrdinalLeastSquares(LeastSquares):
    """The least-squares discrepancy of a model with ordered variables."""

    model: ThresholdStatistics

    def evaluate(self, structure: Structure, x: Array, data: Sample) -> Evaluation:
        """The discrepancy at free values `x` of shape (..., r)."""
        with np.errstate(all="ignore"):
            given = entries_of(structure, x, data.fixed)
            values, parts = self.model.complete(structure, given)
            away = needed(data.statistics) - self.model.value(structure, values, parts)
            fit = np.einsum("...k,...k->...", away, weighted(data, away))
        empty = np.empty((*fit.shape, 0, 0))
        return Evaluation(
            value=pooled(fit, data), by_group=fit, values=values, parts=parts, weight=empty
        )


def threshold_statistics(table: ParameterTable, structure: Structure) -> ThresholdStatistics:
    """The statistics of a table with ordered variables."""
    levels = dict(table.ordered)
    ordered = np.array([name in levels for name in table.observed])
    theta = table.parameterization == "theta"
    inner = {name: k for k, name in enumerate(structure.inner)}
    dependent, residual = [], []
    for i, entry in enumerate(table.rows):
        if entry.op == "~~" and entry.lhs == entry.rhs and entry.dependent:
            item = _item_of(table, entry.lhs)
            if entry.lhs in inner:
                dependent.append((i, inner[entry.lhs], table.observed.index(item)))
            else:
                residual.append((i, table.observed.index(item), 0))
    return ThresholdStatistics(
        ordered=ordered,
        theta=theta,
        located=_located(table, structure, levels),
        dependent=as_place([] if theta else dependent),
        residual=as_place([] if theta else residual),
    )


def _item_of(table: ParameterTable, name: str) -> str:
    """The variable itself, or the one item of a construct measured by it alone."""
    if name in table.observed:
        return name
    return next(e.rhs for e in table.rows if e.op == "=~" and e.lhs == name)


def _located(table: ParameterTable, structure: Structure, levels: dict[str, int]) -> Located:
    at = structure.threshold
    entry_of = {
        (int(row), int(column)): int(entry)
        for entry, row, column in zip(at.entry, at.row, at.column, strict=True)
    }
    variable, entries = [], []
    for i, name in enumerate(table.observed):
        steps = range(levels[name] - 1) if name in levels else (-1,)
        for step in steps:
            variable.append(i)
            entries.append(entry_of[i, step] if step >= 0 else -1)
    return Located(
        variable=np.array(variable, dtype=np.intp), entry=np.array(entries, dtype=np.intp)
    )
