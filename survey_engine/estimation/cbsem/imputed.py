"""A covariance-based model over m completed data sets: Rubin's rules, D2 and D3.

References
----------
Rubin (1987), section 3.3; Li et al. (1991) for D2; Meng & Rubin (1992) for D3. See
`numerics.rubin`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

from survey_engine.estimation.cbsem.baseline import independence_solution
from survey_engine.estimation.cbsem.discrepancy import ml
from survey_engine.estimation.cbsem.observed import Sample, cholesky, log_determinant
from survey_engine.estimation.cbsem.solution import Solution, solution_of
from survey_engine.estimation.fit_result import CbSemFit, CbSemGroup, ParameterRow, ScaledTest
from survey_engine.numerics.moments import Array, Moments
from survey_engine.numerics.rubin import Pooled, PooledTest, d2, d3, pool

LEVEL = 0.95
"""Of the intervals of the parameter table."""


@dataclass(frozen=True, kw_only=True)
class PooledCbSem:
    """A pooled solution.

    Attributes
    ----------
    fit : CbSemFit
        Means of the estimates, Rubin's standard errors, pooled tests.
    parameters : Pooled
        By row of ``fit.parameters``.
    tests : dict
        By fit measure (``"chisq"``, ``"baseline_chisq"``, ``"chisq_scaled"`` ...), with
        the rule that pooled it.
    """

    fit: CbSemFit
    parameters: Pooled
    tests: dict[str, tuple[str, PooledTest]]


def pool_fits(fits: Sequence[CbSemFit], moments: Moments) -> PooledCbSem:
    """Pool the fits of one model of one group to m completed data sets.

    Parameters
    ----------
    fits : sequence of CbSemFit, length m >= 2
    moments : Moments
        Averages over the completed data sets.
    """
    first = fits[0]
    solutions = [solution_of(fit) for fit in fits]
    solution = _at_means(solutions)
    tests = _tests(fits, solutions)
    parameters = _pool_rows(fits)
    within = np.mean([fit.free_covariance for fit in fits], axis=0)
    between = np.atleast_2d(np.cov(np.stack([fit.free_values for fit in fits]).T))
    found = replace(
        first,
        moments=moments.select(first.moments.columns),
        converged=all(fit.converged for fit in fits),
        iterations=max(fit.iterations for fit in fits),
        criterion=max(fit.criterion for fit in fits),
        diagnostics=(),
        parameters=_rows(fits, parameters),
        free_values=np.mean([fit.free_values for fit in fits], axis=0),
        free_covariance=within + (1 + 1 / len(fits)) * between,
        chisq=_reported(tests, "chisq"),
        baseline_chisq=_reported(tests, "baseline_chisq"),
        # No likelihood belongs to pooled estimates.
        logl=float("nan"),
        logl_unrestricted=float("nan"),
        scaling_h0=None,
        scaling_h1=None,
        scaled=_scaled([fit.scaled for fit in fits], tests.get("chisq_scaled")),
        baseline_scaled=_scaled(
            [fit.baseline_scaled for fit in fits], tests.get("baseline_chisq_scaled")
        ),
        groups=(_group([fit.groups[0] for fit in fits], solution, moments),),
        solution=solution,
        information_condition=max(fit.information_condition for fit in fits),
    )
    return PooledCbSem(fit=found, parameters=parameters, tests=tests)


def _at_means(solutions: Sequence[Solution]) -> Solution:
    """The solution at the mean estimates, with the average sample."""
    first = solutions[0]
    data = _average_sample([one.data for one in solutions])
    x = np.mean([one.x for one in solutions], axis=0)
    gamma = None
    if first.gamma is not None:
        gamma = np.mean([one.gamma for one in solutions if one.gamma is not None], axis=0)
    return replace(
        first,
        data=data,
        x=x,
        at=first.method.discrepancy.evaluate(first.structure, x, data),
        information=np.mean([one.information for one in solutions], axis=0),
        gamma=gamma,
    )


def _average_sample(samples: Sequence[Sample]) -> Sample:
    averaged: dict[str, Any] = {}
    for name in ("covariance", "mean", "fixed", "weight", "statistics"):
        parts = [getattr(one, name) for one in samples]
        averaged[name] = None if parts[0] is None else np.mean(parts, axis=0)
    determinant = log_determinant(cholesky(averaged["covariance"]))
    return replace(samples[0], log_determinant=determinant, **averaged)


def _tests(
    fits: Sequence[CbSemFit], solutions: Sequence[Solution]
) -> dict[str, tuple[str, PooledTest]]:
    """D3 where a fit maximises the complete-data normal likelihood, D2 elsewhere."""
    found: dict[str, tuple[str, PooledTest]] = {}
    likelihood = all(one.method.discrepancy is ml for one in solutions)
    plans: list[tuple[str, Callable[[CbSemFit], float], int, Any]] = [
        ("chisq", lambda fit: fit.chisq, fits[0].df, lambda one: one),
        (
            "baseline_chisq",
            lambda fit: fit.baseline_chisq,
            fits[0].baseline_df,
            independence_solution,
        ),
    ]
    for name, statistic, df, model in plans:
        own = np.array([statistic(fit) for fit in fits])
        if df == 0 or not np.isfinite(own).all():
            continue
        if likelihood:
            found[name] = ("D3", d3(own, _at_pooled([model(s) for s in solutions]), df))
        else:
            found[name] = ("D2", d2(np.maximum(own, 0.0), df))
    for name, kept in (("chisq", "scaled"), ("baseline_chisq", "baseline_scaled")):
        parts = [getattr(fit, kept) for fit in fits]
        if all(part is not None and part.df > 0 for part in parts):
            own = np.array([max(part.chisq, 0.0) for part in parts])
            found[f"{name}_scaled"] = ("D2", d2(own, parts[0].df))
    return found


def _at_pooled(solutions: Sequence[Solution]) -> Array:
    """Likelihood-ratio statistics of each data set at the pooled estimates, shape (m,).

    The saturated model's pooled estimates are the average moments. Means count only
    where they are modelled: otherwise they are free in both models.
    """
    middle = _at_means(solutions)
    average, structure = middle.data, middle.structure
    factor = np.linalg.inv(cholesky(average.covariance))
    inverse = np.swapaxes(factor, -1, -2) @ factor
    found = []
    for one in solutions:
        data = replace(one.data, fixed=average.fixed)
        model = ml.evaluate(structure, middle.x, data).by_group
        away = one.data.mean - average.mean
        free = np.einsum("gij,gij->g", one.data.covariance, inverse)
        if structure.means:
            free = free + np.einsum("gi,gij,gj->g", away, inverse, away)
        free = free + average.log_determinant - one.data.log_determinant - inverse.shape[-1]
        found.append(float((one.data.sizes * (model - free)).sum()))
    return np.array(found)


def _reported(tests: dict[str, tuple[str, PooledTest]], name: str) -> float:
    """``df F``, not below 0; 0 without degrees of freedom."""
    return max(tests[name][1].chisq, 0.0) if name in tests else 0.0


def _scaled(
    parts: Sequence[ScaledTest | None], test: tuple[str, PooledTest] | None
) -> ScaledTest | None:
    known = [part for part in parts if part is not None]
    if test is None or len(known) < len(parts):
        return None
    return ScaledTest(
        chisq=max(test[1].chisq, 0.0),
        df=known[0].df,
        factor=float(np.mean([one.factor for one in known])),
        shift=float(np.mean([one.shift for one in known])),
        trace=float(np.mean([one.trace for one in known])),
    )


def _pool_rows(fits: Sequence[CbSemFit]) -> Pooled:
    est, se = (
        np.array([[_nan(getattr(row, name)) for row in fit.parameters] for fit in fits])
        for name in ("est", "se")
    )
    with np.errstate(invalid="ignore"):
        return pool(est, np.square(se))


def _nan(value: float | None) -> float:
    return np.nan if value is None else value


def _plain(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _rows(fits: Sequence[CbSemFit], found: Pooled) -> tuple[ParameterRow, ...]:
    """The parameter table with Rubin's errors and t tests; fixed rows keep none."""
    with np.errstate(invalid="ignore"):
        lower, upper = found.interval(LEVEL)
        p = found.p_value()
    rows = []
    for k, row in enumerate(fits[0].parameters):
        std: dict[str, Any] = {
            name: _plain(
                float(np.mean([_nan(getattr(fit.parameters[k], name)) for fit in fits]))
            )
            for name in ("std_lv", "std_all", "std_nox")
        }
        est = _plain(found.est[k])
        if row.z is None or est is None or not found.se[k] > 0:
            rows.append(replace(row, est=est, **std))
            continue
        rows.append(
            replace(
                row,
                est=est,
                se=_plain(found.se[k]),
                z=_plain(found.est[k] / found.se[k]),
                p=_plain(p[k]),
                ci_lower=_plain(lower[k]),
                ci_upper=_plain(upper[k]),
                **std,
            )
        )
    return tuple(rows)


def _group(groups: Sequence[CbSemGroup], solution: Solution, moments: Moments) -> CbSemGroup:
    first = groups[0]
    averaged = {
        one.name: np.mean([getattr(group, one.name) for group in groups], axis=0)
        for one in fields(first)
        if isinstance(getattr(first, one.name), np.ndarray)
    }
    averaged["implied"] = solution.at.parts.sigma[0]
    explained = {
        name: _plain(float(np.mean([_nan(group.r2.get(name)) for group in groups])))
        for name in first.r2
    }
    return replace(
        first,
        moments=moments.select(first.moments.columns),
        chisq=float(np.mean([group.chisq for group in groups])),
        r2=explained,
        **averaged,
    )
