r"""The maximum-likelihood discrepancy, its gradient and expected information.

.. math:: F = \ln|\Sigma| + tr(S \Sigma^{-1}) - \ln|S| - p

(Joreskog 1967, eq. 9; Bollen 1989, eq. 4.67). With divisor n, chi-square is ``n F``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from survey_engine.estimation.cbsem.implied import (
    Implied,
    entries_of,
    expected_information,
    frame,
    implied,
)
from survey_engine.estimation.cbsem.observed import Sample, cholesky, log_determinant
from survey_engine.estimation.cbsem.structure import Structure
from survey_engine.numerics.moments import Array


@dataclass(frozen=True, kw_only=True)
class Evaluation:
    """F at some parameter values, with what its derivatives need.

    Attributes
    ----------
    value : ndarray, shape (...)
        Infinite where the implied matrix is not positive definite.
    parts : Implied
    inverse : ndarray, shape (..., p, p)
        Of the implied covariance.
    """

    value: Array
    parts: Implied
    inverse: Array

    def take(self, at: NDArray[np.intp]) -> Evaluation:
        """The evaluations at these positions of the leading axis."""
        parts = Implied(**{name: matrix[at] for name, matrix in vars(self.parts).items()})
        return Evaluation(value=self.value[at], parts=parts, inverse=self.inverse[at])

    def put(self, at: NDArray[np.intp], part: Evaluation) -> None:
        """Write the evaluations of some members in place."""
        self.value[at] = part.value
        self.inverse[at] = part.inverse
        for name, matrix in vars(self.parts).items():
            if matrix.flags.writeable:  # (I - B)^-1 of a model without paths is shared
                matrix[at] = getattr(part.parts, name)


def evaluate(structure: Structure, x: Array, data: Sample) -> Evaluation:
    """The discrepancy at free values `x` of shape (..., r)."""
    parts = implied(structure, entries_of(structure, x, data.fixed))
    with np.errstate(all="ignore"):
        factor = cholesky(parts.sigma)
        inverse = np.linalg.inv(factor)
        inverse = np.swapaxes(inverse, -1, -2) @ inverse
        trace = np.einsum("...ij,...ij->...", data.covariance, inverse)
        value = log_determinant(factor) + trace - data.log_determinant - inverse.shape[-1]
    value = np.where(np.isfinite(value), value, np.inf)
    return Evaluation(value=value, parts=parts, inverse=inverse)


def gradient(structure: Structure, at: Evaluation, data: Sample) -> Array:
    """Gradient of F with respect to the free values, shape (..., r).

    ``dF = tr(Q dSigma)`` with ``Q = W - W S W``, W the inverse implied covariance.
    """
    weight = at.inverse
    residual = weight - weight @ data.covariance @ weight
    framed = frame(residual, at.parts)
    flat = framed.reshape(*framed.shape[:-2], -1)
    slope = np.take(flat, structure.entry_uv, axis=-1) * (2 * structure.scale)
    return slope if structure.simple else slope @ structure.design


def information(structure: Structure, at: Evaluation) -> Array:
    """Expected information for one observation, (..., r, r): half the Hessian of F."""
    return expected_information(structure, frame(at.inverse, at.parts))
