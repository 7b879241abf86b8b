"""A second opinion from semopy, in a child process with a time limit.

Only the child (`semopy_child`) imports semopy. What it is asked, and what not, follows
tests of release 2.3.11: complete-data ML in safe syntax, float data in a fixed column
order with a tight stop; parameters and objective only.
"""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from survey_engine.errors import Diagnostic, EstimationError, Scope, Where, diagnostic
from survey_engine.estimation.fit_result import CbSemFit
from survey_engine.estimation.parameter_table import ParameterTable, parameter_table
from survey_engine.estimation.semopy_syntax import inexpressible, model_lines, safe_names
from survey_engine.numerics.moments import Moments
from survey_engine.spec.model import ModelSpec

TOLERANCE = 1e-4
"""Relative difference of chi-square up to which the two programs agree."""


@dataclass(frozen=True, kw_only=True)
class SemopyOutcome:
    """What semopy says about a maximum-likelihood solution.

    Attributes
    ----------
    version : str or None
        Of semopy.
    outcome : str
        ``"agrees"``, ``"differs"`` or ``"not_available"``.
    reason : Diagnostic or None
        Why it differs or is not available; None when it agrees.
    chisq, chisq_reference : float or None
        Both n F.
    largest_difference : float or None
        Largest difference of a free parameter, in standard errors of the reference.
    """

    version: str | None
    outcome: Literal["agrees", "differs", "not_available"]
    reason: Diagnostic | None = None
    chisq: float | None = None
    chisq_reference: float | None = None
    largest_difference: float | None = None


def second_opinion(
    spec: ModelSpec, moments: Moments, reference: CbSemFit, *, timeout: float
) -> SemopyOutcome:
    """Fit the same model by semopy and compare. Never raises, never outlasts `timeout`.

    Parameters
    ----------
    spec : ModelSpec
    moments : Moments
        Those of `reference` (any order of columns).
    reference : CbSemFit
        The engine's own solution with default options.
    timeout : float
        Seconds after which the child process is killed.

    Returns
    -------
    SemopyOutcome
    """
    version = semopy_version()
    try:
        table = parameter_table(spec)
        trouble = semopy_unsupported(spec, table, reference)
        if trouble is not None:
            return _not_available(version, trouble)
        answer = ask_semopy(table, moments, timeout)
    except EstimationError as error:
        about = "; ".join(str(d.parameters.get("what", d.code)) for d in error.diagnostics)
        return _not_available(version, _about(about))
    except subprocess.TimeoutExpired:
        return _not_available(version, semopy_timed_out(timeout))
    except (OSError, ValueError) as error:
        return _not_available(version, semopy_stopped(type(error).__name__))
    if "error" in answer:
        return _not_available(version, semopy_stopped(str(answer["error"])))
    return _compared(version, table, reference, answer)


def semopy_version() -> str | None:
    """Version of the installed semopy, without importing it; None if there is none."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return str(version("semopy"))
    except PackageNotFoundError:
        return None


def ask_semopy(table: ParameterTable, moments: Moments, timeout: float) -> dict[str, Any]:
    """Semopy's answer: ``chisq`` and ``estimates``, or ``error``.

    Raises
    ------
    subprocess.TimeoutExpired
        No answer within `timeout` seconds; the child process was killed.
    OSError, ValueError
        The child process could not be run or its answer not be read.
    """
    return _ask(_question(table, moments), timeout)


def semopy_timed_out(seconds: float) -> Diagnostic:
    """No answer in time."""
    return diagnostic("SEMOPY_TIMED_OUT", scope=Scope.SECOND_OPINION, seconds=seconds)


def semopy_stopped(error: str) -> Diagnostic:
    """The program ended without a result."""
    return diagnostic("SEMOPY_STOPPED", scope=Scope.SECOND_OPINION, error=error)


def _not_available(version: str | None, reason: Diagnostic) -> SemopyOutcome:
    return SemopyOutcome(version=version, outcome="not_available", reason=reason)


def semopy_unsupported(
    spec: ModelSpec, table: ParameterTable, reference: CbSemFit
) -> Diagnostic | None:
    """What semopy cannot be asked; None if nothing."""
    what = inexpressible(spec, table)
    if what is not None:
        return _about(what)
    if reference.likelihood != "normal" or reference.npar != table.npar:
        return _about(reference.estimator)
    return None


def _about(what: str) -> Diagnostic:
    return diagnostic(
        "SEMOPY_UNSUPPORTED",
        scope=Scope.SECOND_OPINION,
        where=Where(parameters=(what,)),
        what=what,
    )


def _question(table: ParameterTable, moments: Moments) -> dict[str, Any]:
    chosen = moments.select(table.observed)
    names = safe_names(table)
    variances = dict(zip(table.observed, chosen.covariance.diagonal().tolist(), strict=True))
    return {
        "model": "\n".join(model_lines(table, names, variances)),
        "columns": [f"x{i}" for i in range(len(table.observed))],
        "covariance": chosen.covariance.tolist(),
        "n": chosen.n,
    }


def _ask(question: dict[str, Any], timeout: float) -> dict[str, Any]:
    """Run the child process; it is killed at the time limit."""
    root = str(Path(__file__).resolve().parents[2])
    paths = [root, *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(paths),
        "OPENBLAS_NUM_THREADS": "1",
        "PYTHONWARNINGS": "ignore",
        "PYTHONIOENCODING": "utf-8",
    }
    done = subprocess.run(
        [sys.executable, "-P", "-m", "survey_engine.estimation.semopy_child"],
        input=json.dumps(question),
        capture_output=True,
        encoding="utf-8",
        timeout=timeout,
        env=environment,
        check=False,
    )
    if done.returncode != 0:
        return {"error": f"exit {done.returncode}"}
    answer = json.loads(done.stdout.splitlines()[-1]) if done.stdout.strip() else {}
    return answer if isinstance(answer, dict) and answer else {"error": "no answer"}


def _compared(
    version: str | None, table: ParameterTable, reference: CbSemFit, answer: dict[str, Any]
) -> SemopyOutcome:
    chisq = float(answer["chisq"])
    if not math.isfinite(chisq):
        return _not_available(version, semopy_stopped("chi-square"))
    relative = abs(chisq - reference.chisq) / max(
        abs(reference.chisq), 1e-8 * reference.moments.n
    )
    differs = relative > TOLERANCE
    reason = None
    if differs:
        reason = diagnostic(
            "SEMOPY_DIFFERS",
            scope=Scope.SECOND_OPINION,
            chisq=round(chisq, 3),
            chisq_reference=round(reference.chisq, 3),
            relative=f"{relative:.1g}",
        )
    return SemopyOutcome(
        version=version,
        outcome="differs" if differs else "agrees",
        reason=reason,
        chisq=chisq,
        chisq_reference=reference.chisq,
        largest_difference=_largest_difference(table, reference, answer["estimates"]),
    )


def _largest_difference(
    table: ParameterTable, reference: CbSemFit, estimates: list[list[Any]]
) -> float | None:
    names = safe_names(table)
    theirs = {(lhs, op, rhs): value for lhs, op, rhs, value in estimates}
    largest = None
    for row in reference.parameters:
        if not row.free or not row.se or row.est is None:
            continue
        lhs, rhs = names[row.lhs], names[row.rhs]
        # semopy writes "item ~ factor" for a loading, and covariances in either order.
        for key in ((lhs, row.op, rhs), (rhs, "~", lhs), (rhs, row.op, lhs)):
            if key in theirs:
                distance = abs(theirs[key] - row.est) / row.se
                largest = distance if largest is None else max(largest, distance)
                break
    return largest
