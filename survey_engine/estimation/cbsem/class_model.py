"""A model whose parameters differ between unobserved classes: what differs, and how it starts.

Reference
---------
Jedidi, K., Jagpal, H. S. & DeSarbo, W. S. (1997). Finite-mixture structural equation models
for response-based segmentation and unobserved heterogeneity. Marketing Science 16, 39-59.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from survey_engine.errors import EstimationError, diagnostic
from survey_engine.estimation.cbsem.class_step import Limits
from survey_engine.estimation.cbsem.estimator import CbSemEstimator
from survey_engine.estimation.cbsem.implied import entries_of, implied, sigma_inverse
from survey_engine.estimation.cbsem.observed import Sample, fixed_values
from survey_engine.estimation.cbsem.solution import solution_of
from survey_engine.estimation.cbsem.start_values import entry_units, to_free
from survey_engine.estimation.cbsem.structure import Structure, compile_structure
from survey_engine.estimation.parameter_table import ParameterTable
from survey_engine.numerics.moments import Array, Moments
from survey_engine.spec.model import ModelSpec

Specific = Literal["structure", "all"]
"""What differs between classes.

``"structure"``: paths, means, variances and covariances of the constructs; loadings, intercepts
and error variances of the items are the same, so that constructs mean the same. ``"all"``:
everything.
"""
SAME = ("loadings", "intercepts", "residuals", "residual.covariances", "composite.weights")
FLOOR = 1e-3
"""Least variance as a share of an item's: below it a class fits a few points only."""

IMPOSSIBLE = 1e-6
"""Least eigenvalue of the correlations of constructs in a class."""
LEFT = 1e-5
"""Share of its variance that the other items must leave of an item in a class."""


@dataclass(frozen=True, kw_only=True)
class ClassModel:
    """A model compiled for G classes.

    Attributes
    ----------
    table : ParameterTable
    structure : Structure
    limits : Limits
    fixed : ndarray, shape (G, E)
        Values of fixed entries.
    start : ndarray, shape (r,)
        Every class at the solution of one class.
    own_errors : ndarray of int
        Free values that are error variances of one class only.
    """

    table: ParameterTable
    structure: Structure
    limits: Limits
    fixed: Array
    start: Array
    own_errors: NDArray[np.intp]

    @property
    def classes(self) -> int:
        """G."""
        return len(self.table.groups)

    @property
    def parameters(self) -> int:
        """Free parameters with the shares of the classes."""
        return self.table.npar + self.classes - 1

    def sample(self, moments: tuple[Array, Array, Array]) -> Sample:
        """Sizes, means and covariances of the classes of S starts, ready to be fitted."""
        size, mean, covariance = moments
        return Sample(
            covariance=covariance,
            mean=mean,
            # Adds the same to F whatever the parameters, and a small class has none.
            log_determinant=np.zeros(size.shape),
            sizes=size,
            counts=size,
            fixed=np.broadcast_to(self.fixed, (len(size), *self.fixed.shape)),
        )

    def densities(self, x: Array) -> tuple[Array, Array]:
        """Implied means (S, G, p) and inverse covariances (S, G, p, p) at values (S, r)."""
        fixed = np.broadcast_to(self.fixed, (len(x), *self.fixed.shape))
        parts = implied(self.structure, entries_of(self.structure, x, fixed))
        return parts.mean, sigma_inverse(parts)

    def spiked(self, x: Array) -> NDArray[np.bool_]:
        """Which of the values (S, r) are no maximum worth having, for G > 1.

        The error of an item stands at its least in one class alone, or the covariances of
        a class's constructs are beyond their variances: the likelihood has no limit there.
        """
        if self.classes == 1:
            return np.zeros(len(x), dtype=np.bool_)
        held = self.limits.held(x)
        own = np.isin(np.arange(x.shape[1]), self.own_errors)
        fixed = np.broadcast_to(self.fixed, (len(x), *self.fixed.shape))
        parts = implied(self.structure, entries_of(self.structure, x, fixed))
        psi = parts.inner_covariance
        inner = parts.inverse @ psi @ np.swapaxes(parts.inverse, -1, -2)
        spread = np.sqrt(np.abs(np.diagonal(inner, axis1=-2, axis2=-1))) + 1e-12
        unit = inner / (spread[..., :, None] * spread[..., None, :])
        sound = np.asarray(np.isfinite(unit).all(axis=(-2, -1)))
        unit = np.where(sound[..., None, None], unit, -np.eye(unit.shape[-1]))
        beyond = np.linalg.eigvalsh(unit)[..., 0] < IMPOSSIBLE
        return np.asarray((held & own).any(axis=1) | beyond.any(axis=-1))

    def at_bound(self, x: Array, order: NDArray[np.intp]) -> tuple[str, ...]:
        """Variances that stand at their least, with the number of their class."""
        held = self.table.basis @ self.limits.held(x) > 0
        place = {int(g): k + 1 for k, g in enumerate(order)}
        count = len(self.table.rows)
        found: dict[int, str] = {}
        for i, entry in enumerate(self.table.entries):
            if not entry.free or not held[entry.free - 1]:
                continue
            shared = entry.free in found
            name = entry.text if shared else f"{entry.text} ({place[i // count]})"
            found[entry.free] = name
        return tuple(found.values())


def class_models(
    spec: ModelSpec, moments: Moments, most: int, specific: Specific
) -> tuple[ClassModel, ...]:
    """The model for 1 to `most` classes.

    Parameters
    ----------
    spec : ModelSpec
    moments : Moments
        Of all rows.

    Raises
    ------
    EstimationError
        Those of `CbSemEstimator.fit`; CLASSES_UNDER_CONSTRAINTS for a model with
        constraints besides equal labels.
    """
    one = CbSemEstimator(fixed_x=False, meanstructure=True, bounds=True)
    solution = solution_of(one.fit(spec, moments))
    if solution.table.curved or len(solution.table.bound) > _variances(solution.table):
        raise EstimationError(diagnostic("CLASSES_UNDER_CONSTRAINTS"))
    return tuple(
        _compiled(spec, moments, solution.at.values, count, specific)
        for count in range(1, most + 1)
    )


def _compiled(
    spec: ModelSpec, moments: Moments, values: Array, classes: int, specific: Specific
) -> ClassModel:
    estimator = CbSemEstimator(
        fixed_x=False,
        meanstructure=True,
        group_equal=SAME if specific == "structure" and classes > 1 else (),
    )
    labels = ("",) if classes == 1 else tuple(str(g + 1) for g in range(classes))
    table = estimator.table(spec, labels)
    structure = compile_structure(table)
    chosen = moments.select(table.observed)
    mean = np.broadcast_to(chosen.mean, (classes, len(table.observed)))
    covariance = np.broadcast_to(chosen.covariance, (classes, *chosen.covariance.shape))
    limits = _limits(table, structure, chosen.covariance)
    start = to_free(table, structure, np.repeat(values, classes, axis=0))
    return ClassModel(
        table=table,
        structure=structure,
        limits=limits,
        fixed=fixed_values(table, mean, covariance),
        start=limits.lifted(start),
        own_errors=_own_errors(structure, limits),
    )


def _own_errors(structure: Structure, limits: Limits) -> NDArray[np.intp]:
    """Numbers of free error variances that stand in a single one of several classes."""
    place = structure.error
    own = np.isin(structure.free, place.entry[place.row == place.column])
    numbers = structure.number[:, own]
    if structure.n_groups == 1:
        return np.empty(0, dtype=np.intp)
    found, times = np.unique(numbers[numbers >= 0], return_counts=True)
    return np.intersect1d(found[times == 1], limits.at).astype(np.intp)


def _variances(table: ParameterTable) -> int:
    own = {e.free for e in table.entries if e.op == "~~" and e.lhs == e.rhs and e.free}
    return len(own)


def _limits(table: ParameterTable, structure: Structure, covariance: Array) -> Limits:
    """Variances that are a free value of their own."""
    units = entry_units(table, table.rows, covariance)
    single = np.count_nonzero(table.basis, axis=1) == 1
    least: dict[int, float] = {}
    for place in (structure.inner_covariance, structure.error):
        own = np.isin(structure.free, place.entry[place.row == place.column])
        for row in np.flatnonzero(own):
            for number in structure.number[:, row]:
                if number >= 0 and single[number]:
                    at = int(np.flatnonzero(table.basis[number])[0])
                    least[at] = FLOOR * float(units[structure.free[row]])
    places = sorted(least)
    return Limits(
        at=np.array(places, dtype=np.intp),
        least=np.array([least[at] for at in places]),
        left=LEFT * np.diagonal(covariance),
    )
