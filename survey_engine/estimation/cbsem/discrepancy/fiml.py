"""The discrepancy of incomplete rows: full-information maximum likelihood.

F is minus twice the log-likelihood per observation, less that of the saturated model, so
that ``n F`` is the likelihood-ratio chi-square (Arbuckle 1996; Enders 2010, chapter 4).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from survey_engine.estimation.cbsem.bend import bend
from survey_engine.estimation.cbsem.discrepancy.evaluation import Evaluation, pooled
from survey_engine.estimation.cbsem.discrepancy.least_squares import MOMENTS
from survey_engine.estimation.cbsem.implied import (
    Implied,
    entries_of,
    entry_slopes,
    implied,
    pool_information,
    pool_slopes,
    sigma_inverse,
)
from survey_engine.estimation.cbsem.observed import Sample
from survey_engine.estimation.cbsem.structure import Structure
from survey_engine.numerics.fiml import FimlPoint, fiml_information, fiml_point
from survey_engine.numerics.incomplete import IncompleteRows
from survey_engine.numerics.moments import Array
from survey_engine.numerics.saturated import SaturatedMoments


@dataclass(frozen=True, kw_only=True)
class FimlEvaluation(Evaluation):
    """With the gradients of each group's F in means and covariances.

    `mean_slope` (..., G, p); `covariance_slope` (..., G, p, p), G with
    ``dF = tr(G dSigma)``.
    """

    mean_slope: Array
    covariance_slope: Array

    def take(self, at: NDArray[np.intp]) -> FimlEvaluation:
        """The evaluations at these positions of the leading axis."""
        plain = Evaluation.take(self, at)
        return FimlEvaluation(
            **vars(plain),
            mean_slope=self.mean_slope[at],
            covariance_slope=self.covariance_slope[at],
        )

    def put(self, at: NDArray[np.intp], part: Evaluation) -> None:
        """Write the evaluations of some members in place."""
        Evaluation.put(self, at, part)
        for name in ("mean_slope", "covariance_slope"):
            getattr(self, name)[at] = getattr(part, name)


@dataclass(frozen=True, kw_only=True)
class Fiml:
    """The discrepancy of the rows of G groups.

    Attributes
    ----------
    rows : tuple[IncompleteRows, ...]
        By group, columns in the order of the structure.
    saturated : tuple[SaturatedMoments, ...]
    """

    rows: tuple[IncompleteRows, ...]
    saturated: tuple[SaturatedMoments, ...]

    def points(self, parts: Implied) -> tuple[FimlPoint, ...]:
        """The likelihood of each group at implied moments without a leading axis."""
        found = zip(self.rows, parts.mean, parts.sigma, strict=True)
        return tuple(fiml_point(rows, mean, sigma) for rows, mean, sigma in found)

    def evaluate(self, structure: Structure, x: Array, data: Sample) -> FimlEvaluation:
        """The discrepancy at free values `x` of shape (..., r)."""
        values = entries_of(structure, x, data.fixed)
        parts = implied(structure, values)
        lead = parts.sigma.shape[:-2]
        p, groups = parts.sigma.shape[-1], len(self.rows)
        by_group = np.empty(lead)
        mean_slope = np.empty((*lead, p))
        covariance_slope = np.empty((*lead, p, p))
        flat = (
            by_group.reshape(-1, groups),
            mean_slope.reshape(-1, groups, p),
            covariance_slope.reshape(-1, groups, p, p),
        )
        means, sigmas = parts.mean.reshape(flat[1].shape), parts.sigma.reshape(flat[2].shape)
        for member in range(len(flat[0])):  # one in a fit: rows are never resampled here
            for g, (rows, best) in enumerate(zip(self.rows, self.saturated, strict=True)):
                point = fiml_point(rows, means[member, g], sigmas[member, g])
                flat[0][member, g] = point.value - best.at.value
                flat[1][member, g] = point.mean_slope
                flat[2][member, g] = point.covariance_slope
        with np.errstate(all="ignore"):
            inverse = sigma_inverse(parts)
        return FimlEvaluation(
            value=pooled(by_group, data),
            by_group=by_group,
            values=values,
            parts=parts,
            weight=inverse,
            mean_slope=mean_slope,
            covariance_slope=covariance_slope,
        )

    def gradient(self, structure: Structure, at: Evaluation, data: Sample) -> Array:
        """Gradient of F with respect to the free values, shape (..., r)."""
        assert isinstance(at, FimlEvaluation)  # noqa: S101  (made by `evaluate`)
        slopes = entry_slopes(structure, at.parts, at.mean_slope, at.covariance_slope)
        return pool_slopes(structure, slopes, data.shares)

    def information(self, structure: Structure, at: Evaluation, data: Sample) -> Array:
        """Expected information given the patterns, (..., r, r)."""
        single = self._in_free_rows(structure, at, observed=False)
        return pool_information(structure, single, data.shares)

    def observed_information(self, structure: Structure, at: Evaluation, data: Sample) -> Array:
        """Half the exact Hessian of F: ``Delta' I Delta`` and the bend of the moments."""
        assert isinstance(at, FimlEvaluation)  # noqa: S101
        single = self._in_free_rows(structure, at, observed=True)
        single += 0.5 * bend(structure, at.parts, at.mean_slope, at.covariance_slope)
        return pool_information(structure, single, data.shares)

    def _in_free_rows(self, structure: Structure, at: Evaluation, *, observed: bool) -> Array:
        """Information of the moments carried to the free rows, (..., G, f, f)."""
        delta = MOMENTS.jacobian(structure, at.values, at.parts)
        k = delta.shape[-2]
        middle = np.empty((*at.parts.sigma.shape[:-2], k, k))
        flat = middle.reshape(-1, len(self.rows), k, k)
        means = at.parts.mean.reshape(flat.shape[0], len(self.rows), -1)
        p = means.shape[-1]
        sigmas = at.parts.sigma.reshape(*means.shape, p)
        for member in range(len(flat)):
            for g, rows in enumerate(self.rows):
                point = fiml_point(rows, means[member, g], sigmas[member, g])
                flat[member, g] = fiml_information(rows, point, observed=observed)
        return np.asarray(np.swapaxes(delta, -1, -2) @ middle @ delta)
