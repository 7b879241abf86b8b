"""The independence model of incomplete rows, in closed form: item by item.

Exogenous observed predictors keep their covariances, as in lavaan; with `fixed_x` they have
no gaps.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from survey_engine.estimation.cbsem.incomplete import IncompleteMethod
from survey_engine.estimation.cbsem.solution import Solution
from survey_engine.numerics.fiml import FimlPoint, fiml_information, fiml_point
from survey_engine.numerics.fiml_scores import score_products
from survey_engine.numerics.moments import Array
from survey_engine.numerics.saturated import available_variance
from survey_engine.numerics.symmetric import lower_triangle

Flags = NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True)
class Baseline:
    """Independence model of G groups.

    Attributes
    ----------
    chisq : float
        Likelihood-ratio statistic of the rows.
    complete_chisq : float
        The same of the saturated moments taken as complete data.
    df : int
    mean, sigma : ndarray, shapes (G, p) and (G, p, p)
    points : tuple[FimlPoint, ...]
    delta : ndarray, shape (G, k, G q)
        Derivatives of the moments by the free parameters, group after group.
    """

    chisq: float
    complete_chisq: float
    df: int
    mean: Array
    sigma: Array
    points: tuple[FimlPoint, ...]
    delta: Array

    def trace(self, method: IncompleteMethod) -> float:
        """Trace of score products in the metric of the information (Yuan-Bentler)."""
        total = 0.0
        for rows, point, mean, delta in zip(
            method.rows, self.points, self.mean, self.delta, strict=True
        ):
            own = delta[:, np.abs(delta).any(axis=0)]
            information = own.T @ fiml_information(rows, point, observed=True) @ own
            products = score_products(rows, point, mean, jacobian=own)
            total += float(np.trace(np.linalg.solve(information, products)))
        return total


def baseline_of(solution: Solution, method: IncompleteMethod) -> Baseline:
    """Fit the independence model to the rows of every group."""
    table, data = solution.table, solution.data
    p = len(table.observed)
    exogenous = np.array([name in table.exogenous for name in table.observed])
    x = int(exogenous.sum())
    means, sigmas, points = [], [], []
    chisq = complete = 0.0
    for rows, best, size in zip(method.rows, method.saturated, data.sizes, strict=True):
        mean, variance = rows.centre.copy(), available_variance(rows)
        sigma = np.diag(variance)
        if x > 1:
            block = np.ix_(exogenous, exogenous)
            sigma[block] = best.covariance[block]
            mean[exogenous] = best.mean[exogenous]
        point = fiml_point(rows, mean, sigma)
        chisq += rows.n * (point.value - best.at.value)
        complete += float(size) * _independence(best.covariance, exogenous)
        means.append(mean)
        sigmas.append(sigma)
        points.append(point)
    return Baseline(
        chisq=float(chisq),
        complete_chisq=complete,
        df=len(method.rows) * (p * (p - 1) // 2 - x * (x - 1) // 2),
        mean=np.stack(means),
        sigma=np.stack(sigmas),
        points=tuple(points),
        delta=_delta(p, exogenous, len(method.rows), fixed=table.fixed_x),
    )


def _independence(covariance: Array, exogenous: Flags) -> float:
    own = ~exogenous
    value = float(np.log(np.diagonal(covariance)[own]).sum())
    if not own.all():
        value += float(np.linalg.slogdet(covariance[np.ix_(~own, ~own)])[1])
    return value - float(np.linalg.slogdet(covariance)[1])


def _delta(p: int, exogenous: Flags, groups: int, *, fixed: bool) -> Array:
    rows, columns = lower_triangle(p)
    free = (rows == columns) | (exogenous[rows] & exogenous[columns])
    known = np.zeros(p, dtype=bool)
    if fixed:
        known = exogenous
        free = free & ~(exogenous[rows] & exogenous[columns])
    chosen = np.concatenate((~known, free))
    single = np.eye(len(chosen))[:, chosen]
    k, q = single.shape
    delta = np.zeros((groups, k, groups * q))
    for g in range(groups):
        delta[g, :, g * q : (g + 1) * q] = single
    return delta
