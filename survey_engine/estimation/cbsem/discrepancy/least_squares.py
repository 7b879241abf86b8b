r"""Least squares on a vector of statistics, with any weight matrix.

.. math:: F = (s - \sigma(\theta))' W (s - \sigma(\theta))

(Browne 1984, eq. 1.1): ULS with identity W, WLS with ``W = Gamma^{-1}``, DWLS with the
inverse diagonal of Gamma. Chi-square is ``n F``.

The seam for other statistics (thresholds and polychoric correlations): `Sample` carries
the observed statistics ``s`` (..., G, k) and their weights W, full (..., G, k, k) or
diagonal (..., G, k); a `StatisticModel` gives ``sigma(theta)`` and its Jacobian Delta with
respect to the free rows of the structure. `MomentStatistics` below is the one of
continuous data; a model with thresholds is another object with the same two methods,
passed as ``LeastSquares(model=...)``. Everything downstream (`robust`: sandwich errors,
scaled tests) asks for nothing but Delta, W and Gamma, each by group, in the same order.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from survey_engine.estimation.cbsem.discrepancy.evaluation import Evaluation, pooled
from survey_engine.estimation.cbsem.implied import (
    Implied,
    columns,
    entries_of,
    implied,
    mean_factors,
    pool_information,
    pool_slopes,
)
from survey_engine.estimation.cbsem.observed import Sample
from survey_engine.estimation.cbsem.structure import Structure
from survey_engine.numerics.moments import Array
from survey_engine.numerics.symmetric import lower_triangle


class StatisticModel(Protocol):
    """Model side of a vector of statistics."""

    def value(self, structure: Structure, values: Array, parts: Implied) -> Array:
        """sigma(theta), shape (..., G, k)."""
        ...

    def jacobian(self, structure: Structure, values: Array, parts: Implied) -> Array:
        """Delta: derivatives by the free rows, shape (..., G, k, f)."""
        ...


@dataclass(frozen=True)
class MomentStatistics:
    """Means (with a mean structure), then the lower triangle of Sigma, by columns."""

    def value(self, structure: Structure, values: Array, parts: Implied) -> Array:  # noqa: ARG002
        """sigma(theta), shape (..., G, k)."""
        rows, cols = lower_triangle(parts.sigma.shape[-1])
        second = parts.sigma[..., rows, cols]
        if not structure.means:
            return np.asarray(second)
        return np.concatenate((parts.mean, second), axis=-1)

    def jacobian(self, structure: Structure, values: Array, parts: Implied) -> Array:  # noqa: ARG002
        """Delta, shape (..., G, k, f)."""
        z = columns(parts)
        u, v = z[..., structure.u], z[..., structure.v]
        rows, cols = lower_triangle(parts.sigma.shape[-1])
        second = u[..., rows, :] * v[..., cols, :]
        second += v[..., rows, :] * u[..., cols, :]
        second *= structure.scale
        if not structure.means:
            return np.asarray(second)
        first = u * mean_factors(structure, parts)[..., None, :]
        return np.concatenate((first, second), axis=-2)


MOMENTS = MomentStatistics()


@dataclass(frozen=True)
class LeastSquares:
    """The least-squares discrepancy of one `StatisticModel`."""

    model: StatisticModel = field(default=MOMENTS)

    def evaluate(self, structure: Structure, x: Array, data: Sample) -> Evaluation:
        """The discrepancy at free values `x` of shape (..., r)."""
        values = entries_of(structure, x, data.fixed)
        with np.errstate(all="ignore"):
            parts = implied(structure, values)
            away = self._residual(structure, values, parts, data)
            fit = np.einsum("...k,...k->...", away, weighted(data, away))
        empty = np.empty((*fit.shape, 0, 0))
        return Evaluation(
            value=pooled(fit, data), by_group=fit, values=values, parts=parts, weight=empty
        )

    def gradient(self, structure: Structure, at: Evaluation, data: Sample) -> Array:
        """``-2 Delta' W (s - sigma)``, shape (..., r)."""
        away = self._residual(structure, at.values, at.parts, data)
        delta = self.model.jacobian(structure, at.values, at.parts)
        slope = np.einsum("...kf,...k->...f", delta, -2 * weighted(data, away))
        return pool_slopes(structure, slope, data.shares)

    def information(self, structure: Structure, at: Evaluation, data: Sample) -> Array:
        """``Delta' W Delta``, shape (..., r, r)."""
        delta = self.model.jacobian(structure, at.values, at.parts)
        weight = needed(data.weight)
        full = weight.ndim == delta.ndim
        weighted = weight @ delta if full else weight[..., None] * delta
        return pool_information(structure, np.swapaxes(delta, -1, -2) @ weighted, data.shares)

    def _residual(
        self, structure: Structure, values: Array, parts: Implied, data: Sample
    ) -> Array:
        return needed(data.statistics) - self.model.value(structure, values, parts)


def weighted(data: Sample, away: Array) -> Array:
    """``W (s - sigma)``, shape (..., G, k)."""
    weight = needed(data.weight)
    if weight.ndim > away.ndim:
        return np.asarray((weight @ away[..., None])[..., 0])
    return weight * away


def needed(array: Array | None) -> Array:
    """The array; ValueError if the estimator did not prepare it."""
    if array is None:  # a programming error: the estimator prepares both
        raise ValueError("least squares needs statistics and weights in the sample")
    return array
