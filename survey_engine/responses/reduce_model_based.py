"""Rows to moments where gaps are treated by a model: EM, or regression on EM's moments."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from survey_engine.errors import Diagnostic, ResponseError, Severity, Where, diagnostic
from survey_engine.numerics.em import coverage_of, expected_rows, patterns_of
from survey_engine.numerics.incomplete import group_rows
from survey_engine.numerics.moments import Array, ArrayRows, Moments
from survey_engine.numerics.saturated import saturated_moments
from survey_engine.responses.row_moments import (
    kish_n,
    mean_and_covariance,
    scaled_weights,
)

# Above this share of missing answers in an item, regression replacement is warned of.
REGRESSION_CAUTION = 0.05


def model_based(
    names: tuple[str, ...],
    values: Array,
    weights: Array | None,
    *,
    eligible: NDArray[np.bool_],
    missing: str,
) -> dict[str, Any]:
    """The fields of a `Reduction` by EM (``"em"`` and FIML) or by ``"regression"``.

    Rows without any answer carry no information and are left out. With all but
    ``"regression"`` the moments are EM's, `rows` hold expected answers (for scores) and
    `incomplete` the rows as they are (for resampling and the likelihood). With
    ``"regression"`` gaps are filled by their expectation and everything, moments
    included, comes from the filled rows.

    Raises
    ------
    ResponseError
        ZERO_COVERAGE or EM_NOT_CONVERGED: the moments are not identified.
    """
    used = eligible & ~np.isnan(values).all(axis=1)
    kept = values[used]
    of_rows = None if weights is None else scaled_weights(weights[used])
    coverage = coverage_of(kept, of_rows)
    refuse_unseen_pairs(names, coverage)
    patterns = patterns_of(kept)
    mean, covariance, taken = _solve(names, kept, of_rows)
    filled = expected_rows(kept, patterns, mean, covariance)
    rows = ArrayRows(columns=names, values=filled, weights=of_rows)
    if missing == "regression":
        mean, covariance = mean_and_covariance(filled, of_rows)
    gaps = np.isnan(kept)
    found: tuple[Diagnostic, ...] = ()
    told = missing in ("em", "regression")  # others are told of by the estimator
    if told and (gaps.any() or len(kept) < eligible.sum()):
        left_out = int(eligible.sum()) - len(kept)
        found = (
            _told(names, gaps, coverage, missing, (len(patterns.observed), taken, left_out)),
        )
    return {
        "moments": Moments(
            columns=names,
            n=len(kept),
            n_effective=kish_n(of_rows, len(kept)),
            mean=mean,
            covariance=covariance,
            weighted=weights is not None,
            missing=missing,
        ),
        "rows": rows,
        "used": used,
        "incomplete": ArrayRows(columns=names, values=kept, weights=of_rows)
        if missing != "regression" and gaps.any()
        else None,
        "coverage": coverage,
        "diagnostics": found,
    }


def _solve(
    names: tuple[str, ...], kept: Array, weights: Array | None
) -> tuple[Array, Array, int]:
    constant = np.flatnonzero(np.nanvar(kept, axis=0) == 0)
    if constant.size == 0:
        done = saturated_moments(group_rows(kept, weights))
        if done.converged:
            return done.mean, done.covariance, done.iterations
    items = tuple(names[j] for j in constant) or names
    raise ResponseError(diagnostic("EM_NOT_CONVERGED", where=Where(items=items), n=len(kept)))


def refuse_unseen_pairs(names: tuple[str, ...], coverage: Array) -> None:
    """Raise ZERO_COVERAGE for every pair of items that nobody answered together."""
    unseen = np.argwhere(np.triu(coverage == 0, 1))
    if unseen.size:
        raise ResponseError(
            *(
                diagnostic("ZERO_COVERAGE", where=Where(items=(names[j], names[k])), n=0)
                for j, k in unseen
            )
        )


def _told(
    names: tuple[str, ...],
    gaps: NDArray[np.bool_],
    coverage: Array,
    missing: str,
    counted: tuple[int, int, int],
) -> Diagnostic:
    patterns, taken, left_out = counted
    share = gaps.mean(axis=0)
    worst = np.argsort(-share, kind="stable")[:3]
    warned = missing == "regression" and float(share.max()) > REGRESSION_CAUTION
    return diagnostic(
        "EM_MOMENTS" if missing == "em" else "REGRESSION_REPLACEMENT",
        where=Where(items=tuple(names[j] for j in worst if share[j] > 0)),
        severity=Severity.WARNING if warned else Severity.INFO,
        n=len(gaps),
        patterns=patterns,
        iterations=taken,
        percent=round(100 * float(share.max()), 1),
        coverage=round(100 * float(coverage.min()), 1),
        left_out=left_out,
    )
