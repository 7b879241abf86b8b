"""What semopy's values imply: its estimates put into the engine's own matrices.

So paths, loadings and factor-score weights of both programs are computed by the same
formulas, and a difference between them can only come from the estimates.
"""

from __future__ import annotations

import math
import subprocess
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from survey_engine.errors import Diagnostic
from survey_engine.estimation.cbsem.implied import sigma_inverse
from survey_engine.estimation.cbsem.solution import Solution, solution_of
from survey_engine.estimation.cbsem.standardise import constructs
from survey_engine.estimation.fit_result import CbSemFit
from survey_engine.estimation.parameter_table import ParameterTable
from survey_engine.estimation.semopy_backend import (
    ask_semopy,
    semopy_stopped,
    semopy_timed_out,
    semopy_unsupported,
)
from survey_engine.estimation.semopy_syntax import safe_names
from survey_engine.numerics.moments import Array


@dataclass(frozen=True, kw_only=True)
class SemopySolution:
    """The reference with semopy's estimates in place of its own.

    Attributes
    ----------
    fit : CbSemFit or None
        Matrices of the first group by semopy's values, and its chi-square; standard
        errors, tests and free values are still those of the reference.
    reason : Diagnostic or None
        Why there is no solution.
    """

    fit: CbSemFit | None
    reason: Diagnostic | None = None


def semopy_solution(reference: CbSemFit, *, timeout: float) -> SemopySolution:
    """Fit the model of `reference` by semopy. Never raises, never outlasts `timeout`.

    Parameters
    ----------
    reference : CbSemFit
        The engine's own maximum-likelihood solution of complete data.
    timeout : float
        Seconds after which the child process is killed.

    Returns
    -------
    SemopySolution
    """
    table = solution_of(reference).table
    trouble = semopy_unsupported(reference.spec, table, reference)
    if trouble is not None:
        return SemopySolution(fit=None, reason=trouble)
    try:
        answer = ask_semopy(table, reference.moments, timeout)
    except subprocess.TimeoutExpired:
        return SemopySolution(fit=None, reason=semopy_timed_out(timeout))
    except (OSError, ValueError) as error:
        return SemopySolution(fit=None, reason=semopy_stopped(type(error).__name__))
    if "error" in answer or not math.isfinite(float(answer["chisq"])):
        told = str(answer.get("error", "chi-square"))
        return SemopySolution(fit=None, reason=semopy_stopped(told))
    return SemopySolution(fit=_in_own_matrices(reference, table, answer))


def _in_own_matrices(
    reference: CbSemFit, table: ParameterTable, answer: dict[str, Any]
) -> CbSemFit:
    solution = solution_of(reference)
    theta = _free_values(reference, table, answer["estimates"])
    solved = np.linalg.lstsq(table.basis, theta - table.offset, rcond=None)[0]
    x = np.asarray(solved, dtype=np.float64)
    at = solution.method.discrepancy.evaluate(solution.structure, x, solution.data)
    moved: Solution = replace(solution, x=x, at=at)
    facts = constructs(
        reference.spec, moved.structure, at.values, at.parts, sigma_inverse(at.parts)
    )
    first = replace(
        reference.groups[0],
        implied=at.parts.sigma[0],
        latent_covariance=facts.covariance[0],
        latent_correlation=facts.correlation[0],
        paths=facts.paths[0],
        total_effects=facts.total_effects[0],
        loadings=facts.loadings[0],
        factor_score_weights=facts.score_weights[0],
    )
    return replace(
        reference,
        estimator="semopy",
        chisq=float(answer["chisq"]),
        free_values=moved.theta,
        groups=(first,),
        solution=moved,
    )


def _free_values(
    reference: CbSemFit, table: ParameterTable, estimates: list[list[Any]]
) -> Array:
    """Semopy's value of every free parameter; the reference's where it names none."""
    names = safe_names(table)
    theirs = {(lhs, op, rhs): float(value) for lhs, op, rhs, value in estimates}
    theta = np.array(reference.free_values, dtype=np.float64)
    for row in reference.parameters:
        if not row.free or row.lhs not in names or row.rhs not in names:
            continue
        lhs, rhs = names[row.lhs], names[row.rhs]
        # semopy writes "item ~ factor" for a loading, and covariances in either order.
        for key in ((lhs, row.op, rhs), (rhs, "~", lhs), (rhs, row.op, lhs)):
            if key in theirs:
                theta[row.free - 1] = theirs[key]
                break
    return theta
