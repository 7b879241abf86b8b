r"""Sandwich covariances and tests corrected for non-normality.

With Delta the derivatives of the statistics, V their weights and Gamma their sampling
covariance, by group with shares w:

.. math:: E = \sum w \Delta' V \Delta, \quad C = \sum w \Delta' V \Gamma V \Delta, \quad
          U = V - V \Delta E^{-1} \Delta' V

the sampling covariance is ``E^{-1} C E^{-1} / n`` and the test statistic has mean
``tr(U Gamma)`` (Satorra & Bentler 1994; Browne 1984, Proposition 2). The shifted test
corrects the variance as well (Asparouhov & Muthen 2010). MLR takes observed information
and casewise scores instead (Huber 1967; Yuan & Bentler 2000, as in Mplus).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from survey_engine.estimation.cbsem.normal_weights import normal_weight
from survey_engine.estimation.cbsem.solution import Solution, needed_weight
from survey_engine.estimation.fit_result import ScaledTest
from survey_engine.numerics.moments import Array
from survey_engine.numerics.symmetric import lower_triangle, vech


@dataclass(frozen=True, kw_only=True)
class Traces:
    """First and second moment of U Gamma."""

    first: float
    second: float


def weights_of(solution: Solution) -> Array:
    """V at the solution, shape (G, k, k): normal-theory, or those of least squares."""
    if solution.method.weights == "none":
        return normal_weight(solution.at.weight, means=solution.structure.means)
    weight = needed_weight(solution)
    if weight.ndim == 3:
        return weight
    return np.asarray(weight[..., None] * np.eye(weight.shape[-1]))


def meat(solution: Solution) -> Array:
    """C, shape (r, r)."""
    pull = weights_of(solution) @ solution.delta
    inner = np.swapaxes(pull, -1, -2) @ _gamma(solution) @ pull
    return np.asarray(np.einsum("g,gij->ij", solution.data.shares, inner))


def casewise_meat(solution: Solution) -> Array:
    """Mean cross-product of the casewise scores at the model's moments, (r, r)."""
    pull = weights_of(solution) @ solution.delta
    inner = np.swapaxes(pull, -1, -2) @ _gamma_about_model(solution) @ pull
    return np.asarray(np.einsum("g,gij->ij", solution.data.shares, inner))


def sandwich(bread: Array, filling: Array, n: float) -> Array:
    """``A^{-1} B A^{-1} / n``, shape (r, r)."""
    inverse = np.linalg.inv(bread)
    return np.asarray(inverse @ filling @ inverse / n)


def traces(solution: Solution, information: Array) -> Traces:
    """tr(U Gamma) and tr((U Gamma)^2), without forming U.

    Parameters
    ----------
    solution : Solution
    information : ndarray, shape (r, r)
        E.
    """
    weight, gamma, delta = weights_of(solution), _gamma(solution), solution.delta
    shares = solution.data.shares
    whole = weight @ gamma
    pull = weight @ delta
    carried = np.swapaxes(pull, -1, -2) @ gamma
    inner = np.einsum("g,gij->ij", shares, carried @ pull)
    mixed = np.einsum("g,gij->ij", shares, carried @ weight @ gamma @ pull)
    inverse = np.linalg.inv(information) if len(information) else information
    used = inverse @ inner
    first = float(np.trace(whole, axis1=-2, axis2=-1).sum() - np.trace(used))
    square = float(np.einsum("gij,gji->", whole, whole))
    second = square - 2 * float(np.sum(inverse * mixed.T)) + float(np.sum(used * used.T))
    return Traces(first=first, second=second)


def satorra_bentler(chisq: float, df: int, found: Traces) -> ScaledTest:
    """The statistic over its mean per degree of freedom (Satorra & Bentler 1994)."""
    factor = found.first / df if df > 0 else float("nan")
    return ScaledTest(chisq=chisq / factor, df=df, factor=factor, shift=0.0, trace=found.first)


def scaled_shifted(chisq: float, df: int, found: Traces) -> ScaledTest:
    """Mean and variance of a chi-square with df (Asparouhov & Muthen 2010, eq. 5)."""
    if df <= 0:
        return satorra_bentler(chisq, df, found)
    slope = float(np.sqrt(df / found.second))
    shift = df - slope * found.first
    return ScaledTest(
        chisq=slope * chisq + shift, df=df, factor=1 / slope, shift=shift, trace=found.first
    )


@dataclass(frozen=True, kw_only=True)
class YuanBentler:
    """The scaled test of MLR with the factors of both log-likelihoods."""

    test: ScaledTest
    h0: float
    h1: float


def yuan_bentler(solution: Solution, chisq: float, information: Array) -> YuanBentler:
    """The Yuan-Bentler test in the form of Mplus.

    Parameters
    ----------
    solution : Solution
    chisq : float
    information : ndarray, shape (r, r)
        Observed information of the model.

    Notes
    -----
    The mean is the difference of ``tr(A^{-1} B)`` of the saturated model, at the sample
    moments, and of the model.
    """
    table, structure = solution.table, solution.structure
    saturated = normal_weight(
        np.asarray(np.linalg.inv(solution.data.covariance)), means=structure.means
    )
    gamma = _without_fixed(solution, _gamma(solution))
    upper = float(np.einsum("gij,gji->", saturated, gamma))
    filling = casewise_meat(solution)
    lower = float(np.trace(np.linalg.solve(information, filling))) if len(filling) else 0.0
    df = table.df
    mean = upper - lower
    factor = mean / df if df > 0 else float("nan")
    test = ScaledTest(chisq=chisq / factor, df=df, factor=factor, shift=0.0, trace=mean)
    free = sum(1 for entry in table.entries if entry.free)
    return YuanBentler(test=test, h0=lower / free if free else 0.0, h1=upper / table.moments)


def _gamma(solution: Solution) -> Array:
    if solution.gamma is None:  # a programming error: the estimator computes it
        raise ValueError("robust statistics need Gamma")
    return solution.gamma


def _without_fixed(solution: Solution, gamma: Array) -> Array:
    """Gamma without the moments among fixed predictors, which are no data."""
    table = solution.table
    if not (table.fixed_x and table.exogenous):
        return gamma
    fixed = np.array([name in table.exogenous for name in table.observed])
    rows, columns = lower_triangle(len(fixed))
    keep = ~(fixed[rows] & fixed[columns])
    if table.means:
        keep = np.concatenate((~fixed, keep))
    return gamma * np.outer(keep, keep)


def _gamma_about_model(solution: Solution) -> Array:
    """Second moments of the casewise statistics about the model's moments."""
    gamma, data, parts = _gamma(solution), solution.data, solution.at.parts
    away = vech(data.covariance) - vech(parts.sigma)
    if not solution.structure.means:
        return np.asarray(gamma + away[..., :, None] * away[..., None, :])
    shift = data.mean - parts.mean
    rows, columns = lower_triangle(shift.shape[-1])
    away = away + shift[..., rows] * shift[..., columns]
    p, k = shift.shape[-1], gamma.shape[-1]
    turn = np.broadcast_to(np.eye(k), gamma.shape).copy()
    at = np.arange(p, k)
    # vech(c d' + d c'): both terms fall on the same place where row and column agree.
    turn[..., at, rows] += shift[..., columns]
    turn[..., at, columns] += shift[..., rows]
    first = np.concatenate((shift, away), axis=-1)
    turned = turn @ gamma @ np.swapaxes(turn, -1, -2)
    return np.asarray(turned + first[..., :, None] * first[..., None, :])
