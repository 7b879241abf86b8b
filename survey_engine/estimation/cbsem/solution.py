"""`Solution`: everything a fitted model consists of, for what is computed after it.

Score tests, modification indices, residuals, factor scores and resampled tests start
here: the compiled model, the sample as it was fitted, the parameter values, and the
derivatives, weights and Gamma by group. `CbSemFit.solution` carries it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from survey_engine.estimation.cbsem.discrepancy.evaluation import Evaluation
from survey_engine.estimation.cbsem.discrepancy.least_squares import MOMENTS, StatisticModel
from survey_engine.estimation.cbsem.methods import Method
from survey_engine.estimation.cbsem.observed import Sample
from survey_engine.estimation.cbsem.structure import Structure
from survey_engine.estimation.fit_result import CbSemFit
from survey_engine.estimation.parameter_table import ParameterTable
from survey_engine.numerics.moments import Array


@dataclass(frozen=True, kw_only=True)
class Solution:
    """A fitted model.

    Attributes
    ----------
    table : ParameterTable
    structure : Structure
        Carries the map from free values to matrix places (`number`, `design`).
    data : Sample
        Sample moments as fitted, by group (G, ...): no leading axis.
    method : Method
    x : ndarray, shape (r,)
        Independent parameters; ``theta = table.basis @ x + table.offset``.
    at : Evaluation
        F and the implied matrices at `x`; no leading axis but groups.
    information : ndarray, shape (r, r)
        Of one observation, of the kind that gave the standard errors.
    active : ndarray of int, shape (a,)
        Inequality constraints (rows of ``table.at_least``) that hold with equality.
    gamma : ndarray, shape (G, k, k), or None
        n times the sampling covariance of the statistics (means where modelled, then
        vech S); None where the estimator did not need it.
    statistics : StatisticModel
    """

    table: ParameterTable
    structure: Structure
    data: Sample
    method: Method
    x: Array
    at: Evaluation
    information: Array
    active: Array = field(default_factory=lambda: np.empty(0, dtype=np.intp))
    gamma: Array | None = None
    statistics: StatisticModel = field(default=MOMENTS)

    @property
    def theta(self) -> Array:
        """Free values, shape (q,)."""
        return np.asarray(self.table.basis @ self.x + self.table.offset)

    @property
    def delta_rows(self) -> Array:
        """Derivatives of the statistics by the free rows, shape (G, k, f)."""
        return self.statistics.jacobian(self.structure, self.at.values, self.at.parts)

    @property
    def delta(self) -> Array:
        """Derivatives of the statistics by the independent parameters, (G, k, r)."""
        return np.asarray(self.delta_rows @ self.structure.design)


def solution_of(fit: CbSemFit) -> Solution:
    """The solution behind a fit.

    Raises
    ------
    ValueError
        If the fit was put together without one (by hand, in a test).
    """
    if not isinstance(fit.solution, Solution):
        raise ValueError("this CbSemFit carries no solution")
    return fit.solution


def needed_weight(solution: Solution) -> Array:
    """The weights of least squares, (G, k, k) or diagonal (G, k).

    Raises
    ------
    ValueError
        If the sample was prepared without them.
    """
    if solution.data.weight is None:
        raise ValueError("this solution has no least-squares weights")
    return solution.data.weight
