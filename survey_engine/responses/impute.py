"""Rows to m completed sets of rows and their moments, for multiple imputation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from survey_engine.errors import Diagnostic, ResponseError, Where, diagnostic
from survey_engine.numerics.em import coverage_of
from survey_engine.numerics.imputation import ImputationFailed, Method, impute
from survey_engine.numerics.moments import Array, ArrayRows, Moments
from survey_engine.responses.reduce import Reduction
from survey_engine.responses.reduce_model_based import refuse_unseen_pairs
from survey_engine.responses.row_moments import (
    kish_n,
    mean_and_covariance,
    scaled_weights,
)
from survey_engine.responses.survey_data import SurveyData
from survey_engine.responses.weights import usable_weights


@dataclass(frozen=True, kw_only=True)
class Imputed:
    """Completed data sets of one survey.

    Attributes
    ----------
    reductions : tuple of Reduction, length m
    method : {"pmm", "normal"}
    seed : int
    iterations : int
        Of the chained equations; 0 for ``"normal"``.
    cells : int
        Answers imputed in each data set.
    incomplete : int
        Respondents with at least one of them.
    """

    reductions: tuple[Reduction, ...]
    method: str
    seed: int
    iterations: int
    cells: int
    incomplete: int

    @property
    def m(self) -> int:
        """Number of imputations."""
        return len(self.reductions)


def has_gaps(data: SurveyData, columns: Sequence[str]) -> bool:
    """Whether an answer is missing among the rows that may enter."""
    values, _, used = _eligible(data, columns)
    return bool(np.isnan(values[used]).any())


def impute_answers(
    data: SurveyData, columns: Sequence[str], *, m: int, method: Method, seed: int
) -> tuple[Reduction, Imputed]:
    """Complete some columns of a survey m times.

    Rows without any answer to `columns` are left out, as are rows without a usable case
    weight.

    Returns
    -------
    Reduction
        Average rows and average moments of the completed sets, and what is told.
    Imputed

    Raises
    ------
    ResponseError
        ZERO_COVERAGE or IMPUTATION_FAILED.
    """
    names = tuple(columns)
    values, weights, eligible = _eligible(data, names)
    used = eligible & ~np.isnan(values).all(axis=1)
    kept = values[used]
    of_rows = None if weights is None else scaled_weights(weights[used])
    refuse_unseen_pairs(names, coverage_of(kept, of_rows))
    try:
        filled = impute(kept, m=m, seed=seed, method=method, weights=of_rows)
    except ImputationFailed as problem:
        raise ResponseError(
            diagnostic("IMPUTATION_FAILED", where=Where(items=names), n=len(kept))
        ) from problem
    each = tuple(_reduction(names, one, of_rows, used) for one in filled.values)
    gaps = np.isnan(kept)
    told = _told(names, gaps, filled.method, m, seed, int(eligible.sum()) - len(kept))
    moments = replace(
        each[0].moments,
        mean=np.mean([one.moments.mean for one in each], axis=0),
        covariance=np.mean([one.moments.covariance for one in each], axis=0),
    )
    average = ArrayRows(columns=names, values=filled.values.mean(axis=0), weights=of_rows)
    return (
        Reduction(moments=moments, rows=average, used=used, diagnostics=(told,)),
        Imputed(
            reductions=each,
            method=filled.method,
            seed=seed,
            iterations=filled.iterations,
            cells=int(gaps.sum()),
            incomplete=int(gaps.any(axis=1).sum()),
        ),
    )


def _eligible(
    data: SurveyData, columns: Sequence[str]
) -> tuple[Array, Array | None, NDArray[np.bool_]]:
    values = data.values[:, data.positions(tuple(columns))]
    weights = usable_weights(data.weights)
    eligible = np.ones(data.n, dtype=bool) if weights is None else weights > 0
    return values, weights, eligible


def _reduction(
    names: tuple[str, ...], values: Array, weights: Array | None, used: NDArray[np.bool_]
) -> Reduction:
    mean, covariance = mean_and_covariance(values, weights)
    moments = Moments(
        columns=names,
        n=len(values),
        n_effective=kish_n(weights, len(values)),
        mean=mean,
        covariance=covariance,
        weighted=weights is not None,
        missing="mi",
    )
    rows = ArrayRows(columns=names, values=values, weights=weights)
    return Reduction(moments=moments, rows=rows, used=used)


def _told(
    names: tuple[str, ...],
    gaps: NDArray[np.bool_],
    method: str,
    m: int,
    seed: int,
    left_out: int,
) -> Diagnostic:
    share = gaps.mean(axis=0)
    worst = np.argsort(-share, kind="stable")[:3]
    return diagnostic(
        "IMPUTED",
        where=Where(items=tuple(names[j] for j in worst if share[j] > 0)),
        m=m,
        method=method,
        seed=seed,
        n=len(gaps),
        incomplete=int(gaps.any(axis=1).sum()),
        cells=int(gaps.sum()),
        percent=round(100 * float(share.max()), 1),
        left_out=left_out,
    )
