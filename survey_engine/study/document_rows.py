"""Long rows of the result JSON: parameters, indicators, effects, constructs, pairs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from scipy.special import ndtr

from survey_engine.assessment.tables import fields
from survey_engine.estimation.estimates import (
    ConstructEstimate,
    EffectEstimate,
    Estimate,
    IndicatorEstimate,
    PairEstimate,
)
from survey_engine.estimation.fit_result import CbSemFit
from survey_engine.study.result import StudyResult

Rows = list[dict[str, Any]]


def estimate_fields(estimate: Estimate | None) -> dict[str, Any] | None:
    """``est``, ``se``, ``ci_lower``, ``ci_upper``; None for no estimate."""
    return None if estimate is None else fields(estimate)


def indicator_rows(table: Sequence[IndicatorEstimate]) -> Rows:
    """Loadings, indicator weights, cross-loadings."""
    return [{"construct": r.construct, "item": r.item, **fields(r)} for r in table]


def effect_rows(table: Sequence[EffectEstimate]) -> Rows:
    """Paths, effects, f2."""
    return [{"from": r.source, "to": r.target, **fields(r)} for r in table]


def construct_rows(table: Sequence[ConstructEstimate]) -> Rows:
    """Statistics of single constructs."""
    return [{"construct": r.construct, **fields(r)} for r in table]


def pair_rows(table: Sequence[PairEstimate]) -> Rows:
    """HTMT and construct correlations."""
    return [{"first": r.first, "second": r.second, **fields(r)} for r in table]


def parameter_rows(fit: CbSemFit) -> Rows:
    """The parameter table of a covariance-based fit, lavaan's columns."""
    return [
        {
            "lhs": r.lhs,
            "op": r.op,
            "rhs": r.rhs,
            "group": r.group,
            "group_label": r.group_label,
            "label": r.label,
            "free": r.free,
            "est": r.est,
            "se": r.se,
            "z": r.z,
            "p": r.p,
            "ci_lower": r.ci_lower,
            "ci_upper": r.ci_upper,
            "std_lv": r.std_lv,
            "std_all": r.std_all,
        }
        for r in fit.parameters
    ]


def pls_parameter_rows(result: StudyResult) -> Rows:
    """A PLS solution in the same columns: standardised, bootstrap standard errors.

    Loadings ``=~``, indicator weights ``<~`` and paths ``~``. `z` is the estimate over
    its bootstrap standard error and `p` two-sided normal; the interval is the
    percentile one, so they may disagree near a limit.
    """
    # A weight belongs to the metric used; it has no standardised counterpart here.
    rows = [_row("=~", r.construct, r.item, r, standardised=True) for r in result.loadings]
    rows += [_row("<~", r.construct, r.item, r, standardised=False) for r in result.weights]
    rows += [_row("~", r.target, r.source, r, standardised=True) for r in result.paths]
    return [{**row, "free": k} for k, row in enumerate(rows, start=1)]


def _row(
    op: str, lhs: str, rhs: str, estimate: Estimate, *, standardised: bool
) -> dict[str, Any]:
    z = p = None
    if estimate.est is not None and estimate.se:
        z = estimate.est / estimate.se
        p = 2 * float(ndtr(-abs(z)))
    std = estimate.est if standardised else None
    return {
        "lhs": lhs,
        "op": op,
        "rhs": rhs,
        "group": 1,
        "group_label": "",
        "label": "",
        "free": 0,
        "est": estimate.est,
        "se": estimate.se,
        "z": z,
        "p": p,
        "ci_lower": estimate.ci_lower,
        "ci_upper": estimate.ci_upper,
        "std_lv": std,
        "std_all": std,
    }
