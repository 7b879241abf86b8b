"""Errors and tests of models fitted to incomplete rows.

References
----------
Savalei, V. & Bentler, P. M. (2009). A two-stage approach to missing data. Structural
Equation Modeling 16, 477-497, eqs 9 to 15.
Savalei, V. & Falk, C. F. (2014). Robust two-stage approach. Structural Equation Modeling 21,
280-302.
Yuan, K.-H. & Bentler, P. M. (2000). Three likelihood-based methods for mean and covariance
structure analysis with nonnormal missing data. Sociological Methodology 30, 165-200.
Zhang, X. & Savalei, V. (2023). New computations for RMSEA and CFI following FIML and TS
estimation with missing data. Psychological Methods 28, 263-283.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from survey_engine.estimation.cbsem.discrepancy.fiml import FimlEvaluation
from survey_engine.estimation.cbsem.incomplete import IncompleteMethod
from survey_engine.estimation.cbsem.inference import Inference, log_likelihoods
from survey_engine.estimation.cbsem.saturated_baseline import Baseline, baseline_of
from survey_engine.estimation.cbsem.solution import Solution
from survey_engine.estimation.cbsem.standard_errors import (
    condition_number,
    parameter_covariance,
)
from survey_engine.estimation.fit_result import CompleteDataFit, ScaledTest
from survey_engine.numerics.fiml import FimlPoint, fiml_information, fourth_order
from survey_engine.numerics.fiml_scores import score_products
from survey_engine.numerics.moments import Array
from survey_engine.numerics.symmetric import vech


@dataclass(frozen=True, kw_only=True)
class Saturated:
    """Of each group at its saturated moments, all (G, k, k).

    Attributes
    ----------
    information : ndarray
        Observed information of the rows.
    acov : ndarray
        Its inverse: n times the sampling covariance of the moments.
    complete : ndarray
        Expected information the rows would have without gaps.
    scores : ndarray or None
        Mean products of casewise scores, for robust methods.
    """

    information: Array
    acov: Array
    complete: Array
    scores: Array | None

    @property
    def gamma(self) -> Array:
        """Sampling covariance of the moments times n, robust where scores are known."""
        if self.scores is None:
            return self.acov
        return self.acov @ self.scores @ self.acov


def saturated_of(method: IncompleteMethod, *, robust: bool) -> Saturated:
    """Information and scores at the saturated moments."""
    pairs = list(zip(method.rows, method.saturated, strict=True))
    information = np.stack(
        [fiml_information(rows, best.at, observed=True) for rows, best in pairs]
    )
    scores = None
    if robust:
        scores = np.stack([score_products(rows, best.at, best.mean) for rows, best in pairs])
    return Saturated(
        information=information,
        acov=np.asarray(np.linalg.inv(information)),
        complete=np.stack([complete_information(best.covariance) for _, best in pairs]),
        scores=scores,
    )


def complete_information(covariance: Array) -> Array:
    """Expected information in means and vech of rows without gaps, (k, k)."""
    inverse = np.asarray(np.linalg.inv(covariance))
    p, half = len(inverse), vech(inverse)
    result = np.zeros((p + len(half),) * 2)
    result[:p, :p] = inverse
    result[p:, p:] = fourth_order(np.outer(half, half), p)
    return result


def infer_incomplete(solution: Solution, information: str) -> Inference:
    """Errors and tests of FIML or two-stage estimates."""
    method = solution.method
    assert isinstance(method, IncompleteMethod)  # noqa: S101  (the caller looked)
    if method.treatment == "fiml":
        return _fiml(solution, method, information)
    return _two_stage(solution, method)


def _fiml(solution: Solution, method: IncompleteMethod, information: str) -> Inference:
    table, structure, data = solution.table, solution.structure, solution.data
    robust = method.errors != "information"
    expected = method.fiml.information(structure, solution.at, data)
    used = expected
    if information == "observed":
        used = method.fiml.observed_information(structure, solution.at, data)
    condition = condition_number(expected)
    top = saturated_of(method, robust=robust)
    base = baseline_of(solution, method)
    points = method.fiml.points(solution.at.parts)
    covariance = parameter_covariance(table, used, data.n, condition=condition)
    scaled = baseline_scaled = None
    scaling: tuple[float | None, float | None] = (None, None)
    if robust and top.scores is not None and np.isfinite(covariance).all():
        means = solution.at.parts.mean
        middle = _meat(solution, method, points, means, solution.delta)
        inverse = np.linalg.inv(used)
        turned = table.basis @ inverse
        covariance = turned @ middle @ turned.T / data.n
        trace = float(np.einsum("gij,gji->", top.scores, top.acov))
        own = float(np.einsum("ij,ji->", middle, inverse))
        scaled = _scaled(data.n * float(solution.at.value), table.df, trace - own)
        under = base.trace(method)
        baseline_scaled = _scaled(base.chisq, base.df, trace - under)
        scaling = (own / table.npar, trace / top.scores[..., 0].size)
    return Inference(
        solution=replace(solution, information=used),
        expected=expected,
        condition=condition,
        covariance=covariance,
        chisq=float(data.n * solution.at.value),
        baseline_chisq=base.chisq,
        baseline_df=base.df,
        logl=_log_likelihood(solution, method, points),
        logl_unrestricted=_log_likelihood(
            solution, method, tuple(best.at for best in method.saturated)
        ),
        scaled=scaled,
        baseline_scaled=baseline_scaled,
        scaling_h0=scaling[0],
        scaling_h1=scaling[1],
        complete=_as_if_complete(solution, method, top, base, information)
        if _gaps(method)
        else None,
    )


def _meat(
    solution: Solution,
    method: IncompleteMethod,
    points: tuple[FimlPoint, ...],
    means: Array,
    delta: Array,
) -> Array:
    """Products of casewise scores in the independent parameters, (r, r)."""
    found = zip(solution.data.shares, method.rows, points, means, delta, strict=True)
    return np.asarray(
        sum(
            share * score_products(rows, point, mean, jacobian=jacobian)
            for share, rows, point, mean, jacobian in found
        )
    )


def _scaled(chisq: float, df: int, trace: float) -> ScaledTest | None:
    if df <= 0 or not trace > 0:
        return None
    factor = trace / df
    return ScaledTest(chisq=chisq / factor, df=df, factor=factor, shift=0.0, trace=trace)


def _log_likelihood(
    solution: Solution, method: IncompleteMethod, points: tuple[FimlPoint, ...]
) -> float:
    total = 0.0
    for rows, point in zip(method.rows, points, strict=True):
        seen = float(rows.size @ rows.observed.sum(axis=1))
        total -= 0.5 * (rows.n * point.value + seen * np.log(2 * np.pi))
    table, data = solution.table, solution.data
    if table.fixed_x and table.exogenous:
        at = [table.observed.index(name) for name in table.exogenous]
        block = data.covariance[:, at][:, :, at]
        each = len(at) * (np.log(2 * np.pi) + 1) + np.linalg.slogdet(block)[1]
        total += 0.5 * float((data.sizes * each).sum())
    return float(total)


def _gaps(method: IncompleteMethod) -> bool:
    return not all(rows.observed.all() for rows in method.rows)


def _as_if_complete(
    solution: Solution,
    method: IncompleteMethod,
    top: Saturated,
    base: Baseline,
    information: str,
) -> CompleteDataFit:
    """What F would be without gaps, and its expectation under the model.

    ``F_c`` compares the saturated with the fitted moments as complete data would; under
    the model ``n F_c`` has expectation ``tr(C (Gamma - Delta V Delta'))`` (Zhang & Savalei
    2023, eqs 9 and 17), all matrices at the saturated moments.
    """
    middle = top.information
    if information == "expected":
        middle = np.stack(
            [
                fiml_information(rows, best.at, observed=False)
                for rows, best in zip(method.rows, method.saturated, strict=True)
            ]
        )
    shares = solution.data.shares
    parts = solution.at.parts
    return CompleteDataFit(
        discrepancy=_complete_discrepancy(method, shares, parts.mean, parts.sigma),
        correction=_correction(top, solution.delta, shares, middle),
        baseline_discrepancy=_complete_discrepancy(method, shares, base.mean, base.sigma),
        baseline_correction=_correction(top, base.delta, shares, middle),
    )


def _complete_discrepancy(
    method: IncompleteMethod, shares: Array, means: Array, sigmas: Array
) -> float:
    total = 0.0
    for share, best, mean, sigma in zip(shares, method.saturated, means, sigmas, strict=True):
        inverse = np.linalg.inv(sigma)
        away = best.mean - mean
        value = np.linalg.slogdet(sigma)[1] - np.linalg.slogdet(best.covariance)[1]
        value += np.sum(inverse * best.covariance) - len(away) + away @ inverse @ away
        total += share * float(value)
    return total


def _correction(top: Saturated, delta: Array, shares: Array, middle: Array) -> float:
    """Expectation of ``n F_c``: ``tr(Q' C Q Gamma)``, Q the projection off the model."""
    turned = np.swapaxes(delta, -1, -2)
    pooled = np.einsum("g,gij->ij", shares, turned @ middle @ delta)
    inverse = np.linalg.inv(pooled)
    direct = float(np.einsum("gij,gji->", top.complete, top.gamma))
    inner = np.einsum("g,gij->ij", shares, turned @ top.complete @ delta)
    if top.scores is None:
        return direct - float(np.einsum("ij,ji->", inverse, inner))
    hit = inverse @ turned @ middle
    across = float(
        np.einsum("gij,gji->", shares[:, None, None] * top.complete @ delta @ hit, top.gamma)
    )
    spread = np.einsum("g,gij->ij", shares, hit @ top.gamma @ np.swapaxes(hit, -1, -2))
    return direct - 2 * across + float(np.einsum("ij,ji->", inner, spread))


def _two_stage(solution: Solution, method: IncompleteMethod) -> Inference:
    """ML of the saturated moments; their sampling covariance gives errors and test."""
    table, data = solution.table, solution.data
    top = saturated_of(method, robust=method.treatment == "robust-two-stage")
    delta = solution.delta
    turned = np.swapaxes(delta, -1, -2)
    bread = np.einsum("g,gij->ij", data.shares, turned @ top.complete @ delta)
    weighted = turned @ top.complete
    meat = np.einsum(
        "g,gij->ij", data.shares, weighted @ top.gamma @ np.swapaxes(weighted, -1, -2)
    )
    condition = condition_number(bread)
    covariance = parameter_covariance(table, bread, data.n, condition=condition)
    base = baseline_of(solution, method)
    scaled = baseline_scaled = None
    if np.isfinite(covariance).all():
        side = table.basis @ np.linalg.inv(bread)
        covariance = side @ meat @ side.T / data.n
        scaled = _scaled(
            data.n * float(solution.at.value), table.df, _trace_of_u(top, delta, data.shares)
        )
        under = _trace_of_u(top, base.delta, data.shares)
        baseline_scaled = _scaled(base.complete_chisq, base.df, under)
    logl = log_likelihoods(solution)
    return Inference(
        solution=replace(solution, information=bread, gamma=top.gamma),
        expected=bread,
        condition=condition,
        covariance=covariance,
        chisq=float(data.n * solution.at.value),
        baseline_chisq=base.complete_chisq,
        baseline_df=base.df,
        logl=logl[0],
        logl_unrestricted=logl[1],
        scaled=scaled,
        baseline_scaled=baseline_scaled,
    )


def _trace_of_u(top: Saturated, delta: Array, shares: Array) -> float:
    """``tr(U Gamma)`` with ``U = C - C Delta (Delta' C Delta)^{-1} Delta' C``."""
    turned = np.swapaxes(delta, -1, -2)
    weighted = turned @ top.complete
    bread = np.einsum("g,gij->ij", shares, weighted @ delta)
    meat = np.einsum("g,gij->ij", shares, weighted @ top.gamma @ np.swapaxes(weighted, -1, -2))
    direct = float(np.einsum("gij,gji->", top.complete, top.gamma))
    return direct - float(np.trace(np.linalg.solve(bread, meat)))


def is_incomplete(solution: Solution) -> bool:
    """Whether rows with gaps were fitted."""
    return isinstance(solution.method, IncompleteMethod)


def evaluated(solution: Solution) -> FimlEvaluation:
    """The evaluation of a FIML solution with its gradients in the moments."""
    assert isinstance(solution.at, FimlEvaluation)  # noqa: S101
    return solution.at
