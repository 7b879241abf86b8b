"""Rows to moments: the one place where weights and missing answers are decided.

Listwise, mean, pairwise, EM, regression; case weights scaled to sum n; Kish's effective
number of rows (Kish 1965, section 11.7). Covariances have divisor n, as `Moments` says.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from survey_engine.errors import Diagnostic, ResponseError, Severity, Where, diagnostic
from survey_engine.numerics.moments import Array, ArrayRows, Moments
from survey_engine.responses.listwise import listwise_findings, worst_items
from survey_engine.responses.missing import Missing
from survey_engine.responses.reduce_model_based import model_based
from survey_engine.responses.row_moments import (
    kish_n,
    mean_and_covariance,
    pairwise_moments,
    scaled_weights,
)
from survey_engine.responses.survey_data import SurveyData
from survey_engine.responses.weights import usable_weights

# Hair et al. (2022, p. 62): mean replacement only below 5 % missing per item.
MEAN_CAUTION = 0.05
SHARE_OF_DIRECTION = 0.3


@dataclass(frozen=True, kw_only=True)
class Reduction:
    """What an estimator needs of some columns of a survey.

    Attributes
    ----------
    moments : Moments
    rows : ArrayRows
        Rows without NaN: complete (listwise, pairwise: fewer than `moments` has) or filled.
    used : ndarray, shape (n,)
        True for each response in `rows`.
    incomplete : ArrayRows or None, the rows with their gaps, for resampling (EM).
    coverage : ndarray, shape (p, p), share of rows that answer both, or None.
    diagnostics : tuple[Diagnostic, ...]
    """

    moments: Moments
    rows: ArrayRows
    used: NDArray[np.bool_]
    incomplete: ArrayRows | None = None
    coverage: Array | None = None
    diagnostics: tuple[Diagnostic, ...] = ()


def reduce(
    data: SurveyData,
    columns: Sequence[str],
    *,
    use_weights: bool = True,
    missing: Missing = "listwise",
) -> Reduction:
    """Reduce some columns of a survey to `Moments` and complete `ArrayRows`.

    Parameters
    ----------
    data : SurveyData
    columns : sequence of str
        Item ids, in the order the moments shall have.
    use_weights : bool
        Use the case weights of `data`, if it has any. Rows whose weight is zero or
        invalid are left out then.
    missing : str
        One of `Missing`. ``"fiml"`` and both two-stage treatments reduce as ``"em"``
        does: the estimator works on the incomplete rows. ``"mi"`` has no single set of
        moments; see `impute_answers`.

    Returns
    -------
    Reduction

    Raises
    ------
    ResponseError
        UNKNOWN_COLUMN, ALL_MISSING_ITEM or NO_COMPLETE_ROWS: no moments exist;
        IMPUTATION_NEEDS_STUDY for ``"mi"``.
    """
    if missing == "mi":
        raise ResponseError(diagnostic("IMPUTATION_NEEDS_STUDY"))
    names = tuple(columns)
    unknown = tuple(name for name in names if name not in data.columns)
    if unknown:
        raise ResponseError(
            diagnostic(
                "UNKNOWN_COLUMN",
                where=Where(items=unknown),
                column=", ".join(unknown),
                known=", ".join(data.columns),
            )
        )
    values = data.values[:, data.positions(names)]
    weights = usable_weights(data.weights) if use_weights else None
    eligible = np.ones(data.n, dtype=bool) if weights is None else weights > 0
    if not eligible.any():
        raise ResponseError(diagnostic("NO_COMPLETE_ROWS", where=Where(items=names), n_read=0))
    observed = ~np.isnan(values)
    _refuse_empty_columns(names, observed[eligible])
    if missing not in ("listwise", "mean", "pairwise"):
        return Reduction(
            **model_based(names, values, weights, eligible=eligible, missing=missing)
        )
    if missing == "mean":
        return _mean_replaced(names, values, weights, eligible=eligible)
    complete = eligible & observed.all(axis=1)
    if missing == "pairwise":
        return _pairwise(names, values, weights, eligible=eligible, complete=complete)
    return _listwise(names, values, weights, eligible=eligible, complete=complete)


def _refuse_empty_columns(names: tuple[str, ...], observed: NDArray[np.bool_]) -> None:
    empty = tuple(names[j] for j in np.flatnonzero(~observed.any(axis=0)))
    if empty:
        raise ResponseError(diagnostic("ALL_MISSING_ITEM", where=Where(items=empty), n_valid=0))


def _moments(
    names: tuple[str, ...], values: Array, weights: Array | None, missing: str
) -> Moments:
    mean, covariance = mean_and_covariance(values, weights)
    return Moments(
        columns=names,
        n=values.shape[0],
        n_effective=kish_n(weights, values.shape[0]),
        mean=mean,
        covariance=covariance,
        weighted=weights is not None,
        missing=missing,
    )


def _listwise(
    names: tuple[str, ...],
    values: Array,
    weights: Array | None,
    *,
    eligible: NDArray[np.bool_],
    complete: NDArray[np.bool_],
) -> Reduction:
    gaps = np.isnan(values[eligible]).sum(axis=0)
    n_read, n = int(eligible.sum()), int(complete.sum())
    if n == 0:
        worst = worst_items(names, gaps)
        raise ResponseError(
            diagnostic("NO_COMPLETE_ROWS", where=Where(items=worst), n_read=n_read)
        )
    kept = np.ascontiguousarray(values[complete])
    kept_weights = None if weights is None else scaled_weights(weights[complete])
    found: list[Diagnostic] = []
    if n < n_read:
        constant = _constant_after_deletion(values[eligible], kept)
        found = listwise_findings(names, gaps, (n, n_read), constant=constant, values=kept[0])
    return Reduction(
        moments=_moments(names, kept, kept_weights, "listwise"),
        rows=ArrayRows(columns=names, values=kept, weights=kept_weights),
        used=complete,
        diagnostics=tuple(found),
    )


def _constant_after_deletion(before: Array, after: Array) -> NDArray[np.bool_]:
    """Items that vary in the file but not among the complete rows, shape (p,)."""
    constant = np.ptp(after, axis=0) == 0
    varied = np.nanmax(before, axis=0) > np.nanmin(before, axis=0)
    return np.asarray(constant & varied)


def _mean_replaced(
    names: tuple[str, ...],
    values: Array,
    weights: Array | None,
    *,
    eligible: NDArray[np.bool_],
) -> Reduction:
    kept = values[eligible].copy()
    kept_weights = None if weights is None else scaled_weights(weights[eligible])
    gaps = np.isnan(kept)
    share = np.ones((kept.shape[0], 1)) if kept_weights is None else kept_weights[:, None]
    total = (share * ~gaps).sum(axis=0)
    mean = (share * np.where(gaps, 0.0, kept)).sum(axis=0) / total
    kept = np.where(gaps, mean, kept)
    counts = gaps.sum(axis=0)
    found: tuple[Diagnostic, ...] = ()
    if counts.any():
        largest = float(counts.max() / kept.shape[0])
        named = [j for j in np.argsort(-counts, kind="stable") if counts[j] > 0]
        found = (
            diagnostic(
                "MEAN_REPLACEMENT",
                where=Where(items=tuple(names[j] for j in named)),
                severity=Severity.WARNING if largest > MEAN_CAUTION else Severity.INFO,
                counts=", ".join(f"{names[j]}: {counts[j]}" for j in named),
                percent=round(100 * largest, 1),
            ),
        )
    return Reduction(
        moments=_moments(names, kept, kept_weights, "mean"),
        rows=ArrayRows(columns=names, values=kept, weights=kept_weights),
        used=eligible,
        diagnostics=found,
    )


def _pairwise(
    names: tuple[str, ...],
    values: Array,
    weights: Array | None,
    *,
    eligible: NDArray[np.bool_],
    complete: NDArray[np.bool_],
) -> Reduction:
    kept = values[eligible]
    kept_weights = None if weights is None else scaled_weights(weights[eligible])
    mean, covariance, pairs = pairwise_moments(kept, kept_weights)
    n = kept.shape[0]
    moments = Moments(
        columns=names,
        n=n,
        n_effective=kish_n(kept_weights, n),
        mean=mean,
        covariance=covariance,
        weighted=weights is not None,
        missing="pairwise",
    )
    of_complete = None
    if weights is not None and complete.any():
        of_complete = scaled_weights(weights[complete])
    rows = ArrayRows(columns=names, values=values[complete], weights=of_complete)
    return Reduction(
        moments=moments,
        rows=rows,
        used=complete,
        diagnostics=_pairwise_diagnostics(names, covariance, pairs),
    )


def involved_items(names: tuple[str, ...], direction: Array) -> tuple[str, ...]:
    """Items that make up a direction of impossible variance, weights beyond .3."""
    return tuple(names[j] for j in np.flatnonzero(np.abs(direction) > SHARE_OF_DIRECTION))


def _pairwise_diagnostics(
    names: tuple[str, ...], covariance: Array, pairs: NDArray[np.int64]
) -> tuple[Diagnostic, ...]:
    found: list[Diagnostic] = []
    off = pairs[~np.eye(len(names), dtype=bool)] if len(names) > 1 else np.diagonal(pairs)
    smallest, largest = int(off.min()), int(np.diagonal(pairs).max())
    if int(pairs.min()) < largest:
        found.append(diagnostic("PAIRWISE_DELETION", n_smallest=smallest, n_largest=largest))
    never = np.argwhere(np.triu(pairs < 2, 1))
    for j, k in never:
        pair = (names[j], names[k])
        found.append(diagnostic("ZERO_COVERAGE", where=Where(items=pair), n=int(pairs[j, k])))
    if never.size == 0:
        scale = np.sqrt(np.diagonal(covariance))
        roots, directions = np.linalg.eigh(covariance / np.outer(scale, scale))
        smallest_root = float(roots[0])
        if smallest_root <= 0:
            found.append(
                diagnostic(
                    "COVARIANCE_NOT_PD",
                    where=Where(items=involved_items(names, directions[:, 0])),
                    n=largest,
                    eigenvalue=f"{smallest_root:.3g}",
                )
            )
    return tuple(found)
