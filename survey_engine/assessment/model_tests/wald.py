"""The Wald test of constraints the model was not fitted under."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import chdtrc

from survey_engine.errors import EstimationError, Where, diagnostic
from survey_engine.estimation.cbsem.expressions import Dual, UnknownName, evaluate
from survey_engine.estimation.fit_result import ParameterRow
from survey_engine.numerics.moments import Array


@dataclass(frozen=True, kw_only=True)
class WaldTest:
    """Would these constraints hold? `chisq` is None where they cannot be tested together."""

    constraints: tuple[str, ...]
    chisq: float | None
    df: int
    p: float | None


def wald_test(
    rows: Sequence[ParameterRow], covariance: Array, constraints: Sequence[str]
) -> WaldTest:
    """``h' (J C J')^-1 h`` of constraints h = 0 with slopes J (Wald 1943).

    Parameters
    ----------
    rows : sequence of ParameterRow
        Labelled parameters and, in order, definitions.
    covariance : ndarray, shape (q, q)
        Of the free values.
    constraints : sequence of str
        As ``"a == b"`` or ``"a*b == 0"``; any expression of labels.

    Raises
    ------
    EstimationError
        BAD_EXPRESSION: a constraint without ``==``, or of something that is no label.
    """
    names = labelled_values(rows, len(covariance))
    found = [_difference(text, names, len(covariance)) for text in constraints]
    value = np.array([float(one.value) for one in found])
    slopes = np.array([one.gradient for one in found])
    middle = slopes @ covariance @ slopes.T
    known = bool(np.isfinite(middle).all()) and np.linalg.matrix_rank(middle) == len(found)
    chisq = float(value @ np.linalg.solve(middle, value)) if known else None
    return WaldTest(
        constraints=tuple(constraints),
        chisq=chisq,
        df=len(found),
        p=None if chisq is None else float(chdtrc(len(found), chisq)),
    )


def labelled_values(rows: Sequence[ParameterRow], q: int) -> dict[str, Dual]:
    """Labelled parameters and definitions at the estimates, with slopes along (q,)."""
    names: dict[str, Dual] = {}
    for row in rows:
        if row.op == ":=":
            names[row.lhs] = evaluate(row.rhs, names, q)
        elif row.label and row.label not in names:
            slope = np.zeros(q)
            slope[row.free - 1] = 1.0 if row.free else 0.0
            est = np.nan if row.est is None else row.est
            names[row.label] = Dual(np.asarray(est), slope)
    return names


def _difference(text: str, names: dict[str, Dual], q: int) -> Dual:
    left, equal, right = text.partition("==")
    try:
        if equal:
            return evaluate(f"({left}) - ({right})", names, q)
        token = text
    except UnknownName as error:
        token = str(error)
    raise EstimationError(
        diagnostic("BAD_EXPRESSION", where=Where(parameters=(text,)), what=text, token=token)
    )
