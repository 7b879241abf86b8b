"""Standard errors and test statistics of a solution, by the estimator's method."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from survey_engine.estimation.cbsem.baseline import (
    Baseline,
    independence,
    independence_solution,
)
from survey_engine.estimation.cbsem.hessian import observed_information
from survey_engine.estimation.cbsem.robust import (
    casewise_meat,
    meat,
    sandwich,
    satorra_bentler,
    scaled_shifted,
    traces,
    yuan_bentler,
)
from survey_engine.estimation.cbsem.solution import Solution
from survey_engine.estimation.cbsem.standard_errors import (
    LARGEST_CONDITION,
    condition_number,
    parameter_covariance,
)
from survey_engine.estimation.fit_result import CompleteDataFit, ScaledTest
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
    complete: CompleteDataFit | None = None


def infer(solution: Solution, information: str) -> Inference:
    """Errors and tests.

    Parameters
    ----------
    solution : Solution
        Its `information` is not read: it is made here.
    information : str
        ``"expected"`` or ``"observed"``.
    """
    chisq = float(solution.data.n * solution.at.value)
    baseline = independence(solution)
    solution = _for_errors(solution)
    expected, used = _information(solution, information)
    solution = replace(solution, information=used)
    condition = condition_number(expected)
    logl = log_likelihoods(solution)
    robust = _robust(solution, chisq, baseline, condition)
    return Inference(
        solution=solution,
        expected=expected,
        condition=condition,
        covariance=_covariance(solution, condition),
        chisq=chisq,
        baseline_chisq=baseline.chisq,
        baseline_df=baseline.df,
        logl=logl[0],
        logl_unrestricted=logl[1],
        **robust,
    )


def _for_errors(solution: Solution) -> Solution:
    """The solution with the sizes that standard errors use."""
    data = solution.data
    if data.error_sizes is None:
        return solution
    return replace(solution, data=replace(data, sizes=data.error_sizes))


def _information(solution: Solution, kind: str) -> tuple[Array, Array]:
    """Expected information, and the one asked for."""
    discrepancy, data = solution.method.discrepancy, solution.data
    expected = discrepancy.information(solution.structure, solution.at, data)
    if kind == "expected":
        return expected, expected
    scale = 1 / np.sqrt(np.maximum(np.diagonal(expected), 1e-12))
    observed = observed_information(
        discrepancy, solution.structure, solution.x, data, scale=scale
    )
    return expected, observed


def _covariance(solution: Solution, condition: float) -> Array:
    """Sampling covariance of the free values, by the method."""
    table, n = solution.table, solution.data.n
    if solution.method.errors == "information" or not condition < LARGEST_CONDITION:
        return parameter_covariance(table, solution.information, n, condition=condition)
    casewise = solution.method.errors == "casewise"
    filling = casewise_meat(solution) if casewise else meat(solution)
    inner = sandwich(solution.information, filling, n)
    return np.asarray(table.basis @ inner @ table.basis.T)


def _robust(
    solution: Solution, chisq: float, baseline: Baseline, condition: float
) -> dict[str, Any]:
    """The scaled tests of model and baseline; empty without any."""
    if solution.method.test == "standard" or not condition < LARGEST_CONDITION:
        return {}
    null = independence_solution(solution)
    _, observed = _information(null, _kind(solution))
    if solution.method.test == "yuan-bentler":
        own = yuan_bentler(solution, chisq, solution.information)
        other = yuan_bentler(null, baseline.chisq, observed)
        return {
            "scaled": own.test,
            "baseline_scaled": other.test,
            "scaling_h0": own.h0,
            "scaling_h1": own.h1,
        }
    correct = _CORRECTIONS[solution.method.test]
    expected, _ = _information(solution, "expected")
    return {
        "scaled": correct(chisq, solution.table.df, traces(solution, expected)),
        "baseline_scaled": correct(baseline.chisq, baseline.df, traces(null, null.information)),
    }


def _kind(solution: Solution) -> str:
    return "observed" if solution.method.errors == "casewise" else "expected"


_CORRECTIONS = {"satorra-bentler": satorra_bentler, "scaled-shifted": scaled_shifted}


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
