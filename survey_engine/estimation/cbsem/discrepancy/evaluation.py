"""What every discrepancy offers, and what it keeps between value and derivatives."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from survey_engine.estimation.cbsem.implied import Implied
from survey_engine.estimation.cbsem.observed import Sample
from survey_engine.estimation.cbsem.structure import Structure
from survey_engine.numerics.moments import Array


@dataclass(frozen=True, kw_only=True)
class Evaluation:
    """F at some parameter values, with what its derivatives need.

    Attributes
    ----------
    value : ndarray, shape (...)
        Of all groups, each with its share of the observations; infinite where the
        discrepancy is not defined.
    by_group : ndarray, shape (..., G)
    values : ndarray, shape (..., G, E)
        Of all rows of the parameter table.
    parts : Implied
    weight : ndarray, shape (..., G, p, p)
        Inverse of the implied (ML) or sample covariance (GLS); (..., G, 0, 0) where
        the discrepancy does not use one.
    """

    value: Array
    by_group: Array
    values: Array
    parts: Implied
    weight: Array

    def take(self, at: NDArray[np.intp]) -> Evaluation:
        """The evaluations at these positions of the leading axis."""
        parts = Implied(**{name: matrix[at] for name, matrix in vars(self.parts).items()})
        return Evaluation(
            value=self.value[at],
            by_group=self.by_group[at],
            values=self.values[at],
            parts=parts,
            weight=self.weight[at],
        )

    def put(self, at: NDArray[np.intp], part: Evaluation) -> None:
        """Write the evaluations of some members in place."""
        for name in ("value", "by_group", "values", "weight"):
            getattr(self, name)[at] = getattr(part, name)
        for name, matrix in vars(self.parts).items():
            if matrix.flags.writeable:  # (I - B)^-1 of a model without paths is shared
                matrix[at] = getattr(part.parts, name)


class Discrepancy(Protocol):
    """F, its gradient and half its (approximate) Hessian; n F is the test statistic.

    A module with these functions or an object with these methods. Leading axes of `x`
    and of the sample are kept.
    """

    def evaluate(self, structure: Structure, x: Array, data: Sample) -> Evaluation:
        """The discrepancy at free values `x` of shape (..., r)."""
        ...

    def gradient(self, structure: Structure, at: Evaluation, data: Sample) -> Array:
        """Gradient of F with respect to the free values, shape (..., r)."""
        ...

    def information(self, structure: Structure, at: Evaluation, data: Sample) -> Array:
        """Half the expected (or Gauss-Newton) Hessian of F, shape (..., r, r)."""
        ...


Hessian = Callable[[Structure, Evaluation, Sample], Array]
"""Half the exact Hessian of F, shape (..., r, r), at an evaluation."""


def exact_hessian(discrepancy: Discrepancy) -> Hessian | None:
    """The exact Hessian of the discrepancies that have one: ML and FIML."""
    found: Hessian | None = getattr(discrepancy, "observed_information", None)
    return found


def pooled(by_group: Array, data: Sample) -> Array:
    """F of all groups together; infinite where a group has none."""
    if data.sizes.shape[-1] == 1:
        value = by_group[..., 0]
    elif data.sizes.ndim == 1:
        value = by_group @ data.shares
    else:
        value = (by_group * data.shares).sum(axis=-1)
    return np.where(np.isfinite(value), value, np.inf)
