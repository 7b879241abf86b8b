"""The parameter rows of a solution: estimates, errors, tests, standardised values."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from scipy.special import ndtr, ndtri

from survey_engine.estimation.cbsem.constraints import evaluate_defined, labelled
from survey_engine.estimation.cbsem.expressions import Dual
from survey_engine.estimation.cbsem.standard_errors import entry_errors
from survey_engine.estimation.cbsem.standardise import Standardised
from survey_engine.estimation.cbsem.structure import Structure
from survey_engine.estimation.fit_result import ParameterRow
from survey_engine.estimation.parameter_table import ParameterTable
from survey_engine.numerics.moments import Array

QUANTILE = float(ndtri(0.975))
ROUNDING = 1e-12


def _numbers(values: Array) -> list[float | None]:
    """As numbers, None where there is none."""
    return [value if math.isfinite(value) else None for value in values.tolist()]


def _tested(est: Array, se: Array) -> dict[str, list[float | None]]:
    """SE, z, p and 95 % limits; a fixed parameter has SE 0 and no test."""
    known = np.isfinite(se) & np.isfinite(est)
    nan = np.nan
    with np.errstate(all="ignore"):
        z = np.where(known & (se != 0), est / se, nan)
        p = 2 * ndtr(-np.abs(z))
    reach = QUANTILE * se
    return {
        "est": _numbers(est),
        "se": _numbers(np.where(known, se, nan)),
        "z": _numbers(z),
        "p": _numbers(p),
        "ci_lower": _numbers(np.where(known, est - reach, nan)),
        "ci_upper": _numbers(np.where(known, est + reach, nan)),
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
    errors = entry_errors(structure, covariance).ravel()
    found = _tested(values.ravel(), errors)
    found["std_lv"] = _numbers(standard.std_lv.ravel())
    found["std_all"] = _numbers(standard.std_all.ravel())
    found["std_nox"] = _numbers(standard.std_nox.ravel())
    names = tuple(found)
    rows = [
        ParameterRow(
            lhs=entry.lhs,
            op=entry.op,
            rhs=entry.rhs,
            group=entry.group,
            group_label=table.groups[entry.group - 1],
            label=entry.label,
            free=entry.free,
            **dict(zip(names, numbers, strict=True)),
        )
        for entry, numbers in zip(table.entries, zip(*found.values(), strict=True), strict=True)
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
    errors = np.array(
        [
            _root(
                float(one.gradient @ covariance @ one.gradient),
                float(one.gradient**2 @ np.abs(np.diagonal(covariance))),
            )
            for one in plain
        ]
    )

    def numbers(found: Sequence[Dual]) -> Array:
        return np.array([float(one.value) for one in found])

    found = _tested(numbers(plain), errors)
    found["std_lv"], found["std_all"], found["std_nox"] = (
        _numbers(numbers(one)) for one in (lv, everything, nox)
    )
    return [
        ParameterRow(
            lhs=name,
            op=":=",
            rhs=expression,
            group=0,
            group_label="",
            label=name,
            free=0,
            **{key: column[k] for key, column in found.items()},
        )
        for k, (name, expression) in enumerate(table.defined)
    ]
