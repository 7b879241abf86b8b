"""The parameter rows of a solution: estimates, errors, tests, standardised values."""

from __future__ import annotations

import math

import numpy as np
from scipy.special import ndtr, ndtri

from survey_engine.estimation.cbsem.constraints import evaluate_defined, labelled
from survey_engine.estimation.cbsem.standard_errors import entry_errors
from survey_engine.estimation.cbsem.standardise import Standardised
from survey_engine.estimation.cbsem.structure import Structure
from survey_engine.estimation.fit_result import ParameterRow
from survey_engine.estimation.parameter_table import ParameterTable
from survey_engine.numerics.moments import Array

QUANTILE = float(ndtri(0.975))
ROUNDING = 1e-12


def _number(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def _tests(est: float, se: float) -> dict[str, float | None]:
    """SE, z, p and 95 % limits; a fixed parameter has SE 0 and no test."""
    if not math.isfinite(se) or not math.isfinite(est):
        empty = dict.fromkeys(("se", "z", "p", "ci_lower", "ci_upper"))
        return {"est": _number(est), **empty}
    if se == 0:
        return {"est": est, "se": 0.0, "z": None, "p": None, "ci_lower": est, "ci_upper": est}
    z = est / se
    return {
        "est": est,
        "se": se,
        "z": z,
        "p": float(2 * ndtr(-abs(z))),
        "ci_lower": est - QUANTILE * se,
        "ci_upper": est + QUANTILE * se,
    }


def parameter_rows(
    table: ParameterTable,
    structure: Structure,
    values: Array,
    covariance: Array,
    standard: Standardised,
    *,
    hidden: bool = False,
) -> tuple[ParameterRow, ...]:
    """One row per entry, then one per defined parameter (group 0); or the hidden rows.

    Parameters
    ----------
    table : ParameterTable
    structure : Structure
    values : ndarray, shape (G, E)
        As in the matrices: weights of composites with their sign turned.
    covariance : ndarray, shape (q, q)
        Sampling covariance of the free values.
    standard : Standardised
    """
    values = values * structure.sign
    errors = entry_errors(structure, covariance).ravel().tolist()
    plain, lv, everything, nox = (
        a.ravel().tolist()
        for a in (values, standard.std_lv, standard.std_all, standard.std_nox)
    )
    rows = [
        ParameterRow(
            lhs=entry.lhs,
            op=entry.op,
            rhs=entry.rhs,
            group=entry.group,
            group_label=table.groups[entry.group - 1],
            label=entry.label,
            free=entry.free,
            std_lv=_number(lv[i]),
            std_all=_number(everything[i]),
            std_nox=_number(nox[i]),
            **_tests(plain[i], errors[i]),
        )
        for i, entry in enumerate(table.entries)
        if entry.hidden is hidden
    ]
    if hidden:
        return tuple(rows)
    return (*rows, *_defined_rows(table, values, covariance, standard))


def _root(variance: float, size: float) -> float:
    """Standard error; 0 where a constraint leaves only rounding of terms of that size."""
    if variance < -ROUNDING * size or math.isnan(variance):
        return math.nan
    return math.sqrt(max(variance, 0.0))


def _defined_rows(
    table: ParameterTable, values: Array, covariance: Array, standard: Standardised
) -> list[ParameterRow]:
    """``:=`` with delta-method errors; standardised columns from standardised labels."""
    if not table.defined:
        return []
    slopes = np.zeros((len(table.entries), table.n_free))
    for i, entry in enumerate(table.entries):
        if entry.free:
            slopes[i, entry.free - 1] = 1.0
    q = table.n_free
    plain = evaluate_defined(table.defined, labelled(table.entries, values.ravel(), slopes), q)
    lv, everything, nox = (
        evaluate_defined(table.defined, labelled(table.entries, v.ravel(), slopes), q)
        for v in (standard.std_lv, standard.std_all, standard.std_nox)
    )
    rows = []
    for k, (name, expression) in enumerate(table.defined):
        gradient = plain[k].gradient
        se = _root(
            float(gradient @ covariance @ gradient),
            float(gradient**2 @ np.abs(np.diagonal(covariance))),
        )
        rows.append(
            ParameterRow(
                lhs=name,
                op=":=",
                rhs=expression,
                group=0,
                group_label="",
                label=name,
                free=0,
                std_lv=_number(float(lv[k].value)),
                std_all=_number(float(everything[k].value)),
                std_nox=_number(float(nox[k].value)),
                **_tests(float(plain[k].value), se),
            )
        )
    return rows
