"""From sample moments to the optimum: starts, restarts, inequality constraints."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from survey_engine.estimation.cbsem.discrepancy.evaluation import Discrepancy
from survey_engine.estimation.cbsem.inequality import Constrained, with_inequalities
from survey_engine.estimation.cbsem.newton import polish
from survey_engine.estimation.cbsem.nonlinear import with_curved_equalities
from survey_engine.estimation.cbsem.observed import Sample
from survey_engine.estimation.cbsem.optimise import Optimum, minimise
from survey_engine.estimation.cbsem.start_values import plain_start, start_values
from survey_engine.estimation.cbsem.structure import Structure
from survey_engine.estimation.parameter_table import ParameterTable
from survey_engine.numerics.moments import Array

RESTART_SHARES = (1.0, 0.5, 0.3, 0.7, 0.9)
"""Share of the plain start in each of the five restarts; all but the first disturbed."""

LEAST_ITERATIONS = 20
"""Scoring steps after which Newton steps are worth their price."""


@dataclass(frozen=True, kw_only=True)
class Search:
    """How hard to look: see `CbSemEstimator`."""

    discrepancy: Discrepancy
    tolerance: float
    max_iterations: int

    def run(self, table: ParameterTable, structure: Structure, data: Sample) -> Optimum:
        """Own start first, then a plain one, then disturbed ones; the best is kept.

        Where scoring does not converge, Newton steps follow.

        Parameters
        ----------
        table : ParameterTable
        structure : Structure
        data : Sample
            With a leading axis of length 1.
        """
        single = data.take(np.array(0))
        first = start_values(table, structure, single)
        best = self.from_start(structure, data, first)
        if not best.converged[0]:
            best = self._polished(structure, single, best)
        if best.converged[0]:
            return best
        plain = plain_start(table, structure, single)
        random = np.random.default_rng(20_240_607)
        for share in RESTART_SHARES:
            if best.converged[0]:
                break
            start = (1 - share) * first + share * plain
            disturbed = start * random.uniform(0.8, 1.2, len(start))
            found = self.from_start(structure, data, start if share == 1 else disturbed)
            if not found.converged[0]:
                found = self._polished(structure, single, found)
            if found.converged[0] or found.value[0] < best.value[0]:
                best = found
        return best

    def _polished(self, structure: Structure, data: Sample, found: Optimum) -> Optimum:
        """Newton steps from where scoring stopped, unless that was nowhere."""
        patient = int(found.iterations[0]) >= LEAST_ITERATIONS
        if not (patient and np.isfinite(found.value[0])):
            return found
        return polish(self.discrepancy, structure, data, found, tolerance=self.tolerance)

    def constrained(
        self, table: ParameterTable, structure: Structure, data: Sample
    ) -> Constrained:
        """The optimum under all constraints of the table; arguments as for `run`."""
        if table.curved:
            first = self.run(replace(table, curved=()), structure, data)

            def again(structure: Structure, start: Array) -> Optimum:
                return self.from_start(structure, data, start)

            return with_curved_equalities(table, structure, first, again)

        def fit(table: ParameterTable, structure: Structure) -> Optimum:
            return self.run(table, structure, data)

        def slope(x: Array) -> Array:
            at = self.discrepancy.evaluate(structure, x[None], data)
            return np.asarray(self.discrepancy.gradient(structure, at, data)[0])

        return with_inequalities(table, structure, fit, slope)

    def from_start(self, structure: Structure, data: Sample, start: Array) -> Optimum:
        """Minimise from one start."""
        return minimise(
            self.discrepancy,
            structure,
            data,
            start,
            tolerance=self.tolerance,
            max_iterations=self.max_iterations,
        )
