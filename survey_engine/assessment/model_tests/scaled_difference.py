r"""What difference tests of robust estimators need of the models behind them.

Satorra (2000): with P the information of the larger model, C its meat and A the
restrictions that give the smaller one, the plain difference is distributed as a mixture
with the traces of ``B C``, ``B = P^{-1} A' (A P^{-1} A')^{-1} A P^{-1}``. A is the
orthogonal complement of how the smaller model's directions look in the larger one
("delta" method). Satorra & Bentler (2010): the larger model's scaling factor at the
smaller model's estimates.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from survey_engine.assessment.fit_measures.chi_square import tail_probability
from survey_engine.estimation.cbsem.inference import infer
from survey_engine.estimation.cbsem.robust import meat, weights_of
from survey_engine.estimation.cbsem.solution import Solution, solution_of
from survey_engine.estimation.fit_result import CbSemFit
from survey_engine.numerics.moments import Array


@dataclass(frozen=True, kw_only=True)
class AdjustedDifference:
    """A difference with mean and variance of a chi-square: ``chisq = raw / factor + shift``."""

    chisq: float
    df: int
    p: float | None
    factor: float
    shift: float


def scaling_at(larger: CbSemFit, smaller: CbSemFit) -> float | None:
    """Scaling factor of the larger model at the smaller one's estimates (M10).

    None where the models do not have the same rows, or the estimator has no such factor.
    """
    solution, point = solution_of(larger), _at_estimates(larger, smaller)
    if point is None or larger.scaled is None:
        return None
    at = solution.method.discrepancy.evaluate(solution.structure, point, solution.data)
    kind = "observed" if solution.method.errors == "casewise" else "expected"
    found = infer(replace(solution, x=point, at=at), kind)
    return None if found.scaled is None else found.scaled.factor


def _at_estimates(larger: CbSemFit, smaller: CbSemFit) -> Array | None:
    """Independent parameters of the larger model that give the smaller one's values."""
    table = solution_of(larger).table
    values = {(r.lhs, r.op, r.rhs, r.group): r.est for r in smaller.parameters if r.group}
    theta = np.full(table.n_free, np.nan)
    for row in larger.parameters:
        est = values.get((row.lhs, row.op, row.rhs, row.group))
        if row.free and est is not None:
            theta[row.free - 1] = est
    if np.isnan(theta).any():
        return None
    found = np.linalg.lstsq(table.basis, theta - table.offset, rcond=None)[0]
    return np.asarray(found, dtype=np.float64)


def adjusted_difference(larger: CbSemFit, smaller: CbSemFit) -> AdjustedDifference | None:
    """Satorra's (2000) difference, scaled and shifted (Asparouhov & Muthen 2010).

    Parameters
    ----------
    larger, smaller : CbSemFit
        Of one robust estimator that keeps Gamma, with the same observed variables.

    Returns
    -------
    AdjustedDifference or None
        None where the estimator kept no Gamma or the models do not differ in df.
    """
    one, zero = solution_of(larger), solution_of(smaller)
    df = smaller.df - larger.df
    if df <= 0 or one.gamma is None or zero.gamma is None:
        return None
    first, second = _traces(one, zero, df)
    slope = float(np.sqrt(df / second))
    shift = df - slope * first
    chisq = slope * (smaller.chisq - larger.chisq) + shift
    return AdjustedDifference(
        chisq=chisq, df=df, p=tail_probability(chisq, df), factor=1 / slope, shift=shift
    )


def _traces(one: Solution, zero: Solution, df: int) -> tuple[float, float]:
    """First and second moment of the difference under the smaller model."""
    shares = one.data.shares
    pull = weights_of(one) @ one.delta
    information = np.einsum("g,gki,gkj->ij", shares, pull, one.delta)
    inverse = np.linalg.inv(information)
    # Both sets of slopes, all groups below each other: how the one spans the other.
    wide, narrow = (each.delta.reshape(-1, each.delta.shape[-1]) for each in (one, zero))
    seen = np.linalg.lstsq(wide, narrow, rcond=None)[0]
    restrictions = np.linalg.svd(seen)[0][:, seen.shape[1] :].T[:df]
    side = inverse @ restrictions.T
    middle = side @ np.linalg.solve(restrictions @ side, side.T)
    product = middle @ meat(one)
    return float(np.trace(product)), float(np.sum(product * product.T))
