"""Standard errors and test statistics of a solution, by the estimator's method."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from survey_engine.estimation.cbsem.baseline import independence
from survey_engine.estimation.cbsem.hessian import observed_information
from survey_engine.estimation.cbsem.solution import Solution
from survey_engine.estimation.cbsem.standard_errors import (
    condition_number,
    parameter_covariance,
)
from survey_engine.estimation.fit_result import ScaledTest
from survey_engine.numerics.moments import Array


@dataclass(frozen=True, kw_only=True)
class Inference:
    """Everything `CbSemFit` says beyond the estimates; see there."""

    solution: Solution
    expected: Array
    condition: float
    covariance: Array
    chisq: float
    baseline_chisq: float
    baseline_df: int
    logl: float
    logl_unrestricted: float
    scaled: ScaledTest | None = None
    baseline_scaled: ScaledTest | None = None
    scaling_h0: float | None = None
    scaling_h1: float | None = None


def infer(solution: Solution, information: str) -> Inference:
    """Errors and tests.

    Parameters
    ----------
    solution : Solution
        Its `information` is not read: it is made here.
    information : str
        ``"expected"`` or ``"observed"``.
    """
    table, structure, data = solution.table, solution.structure, solution.data
    method = solution.method
    expected = method.discrepancy.information(structure, solution.at, data)
    used = expected
    if information == "observed":
        scale = 1 / np.sqrt(np.maximum(np.diagonal(expected), 1e-12))
        used = observed_information(
            method.discrepancy, structure, solution.x, data, scale=scale
        )
    condition = condition_number(expected)
    covariance = parameter_covariance(table, used, data.n, condition=condition)
    solution = replace(solution, information=used)
    baseline, baseline_df = independence(solution)
    logl = log_likelihoods(solution)
    return Inference(
        solution=solution,
        expected=expected,
        condition=condition,
        covariance=covariance,
        chisq=float(data.n * solution.at.value),
        baseline_chisq=baseline,
        baseline_df=baseline_df,
        logl=logl[0],
        logl_unrestricted=logl[1],
    )


def log_likelihoods(solution: Solution) -> tuple[float, float]:
    """Of the model and of the saturated model; NaN without a likelihood.

    Exogenous observed predictors, when fixed, are left out of both.
    """
    if not solution.method.likelihood_based:
        return float("nan"), float("nan")
    table, data = solution.table, solution.data
    p = data.covariance.shape[-1]
    determinant, dimension = data.log_determinant, p
    if table.fixed_x and table.exogenous:
        at = [table.observed.index(name) for name in table.exogenous]
        block = data.covariance[:, at][:, :, at]
        determinant = determinant - np.linalg.slogdet(block)[1]
        dimension = p - len(at)
    constant = dimension * (np.log(2 * np.pi) + 1)
    saturated = float(-0.5 * (data.counts * (constant + determinant)).sum())
    model = saturated - 0.5 * float((data.counts * solution.at.by_group).sum())
    return model, saturated
