"""Errors of PLS, of the linear benchmark and of the mean outside the training sample."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from survey_engine.assessment.prediction.linear_maps import (
    Antecedents,
    Benchmark,
    Predicted,
    linear_maps,
    pls_maps,
    predicted,
)
from survey_engine.estimation.pls.design import PlsDesign
from survey_engine.estimation.pls.estimator import PlsEstimator
from survey_engine.estimation.pls.result import INADMISSIBLE
from survey_engine.numerics.folds import FoldRows, Folds, rows_of_folds, training_moments
from survey_engine.numerics.moments import Array, ArrayRows
from survey_engine.spec.model import ModelSpec

PREDICTORS = ("pls", "lm", "mean")
"""The model, the linear benchmark, the mean of the training sample."""
_NUMBERS = 2**22
"""Numbers in one batch of folds: bounds the memory, not the digits."""


@dataclass(frozen=True, kw_only=True)
class CrossValidated:
    """What was predicted for whom, and how wrong.

    Attributes
    ----------
    which : Predicted
    design : PlsDesign
    squared, absolute : dict of ndarray, each of shape (n, q)
        Errors of each of `PREDICTORS`, averaged over the repetitions of a row; NaN for
        rows in folds that failed.
    third : ndarray, shape (n, q)
        Cubed errors of PLS, for their skewness.
    error : ndarray, shape (n, q)
        Errors of PLS, averaged.
    weights : ndarray, shape (n,), or None
    in_sample : ndarray, shape (q,)
        Mean squared errors of PLS inside the training samples, from their moments.
    folds : int
        Folds in all repetitions together.
    failed, inadmissible : int
        Folds whose model could not be estimated, and those that were used although their
        solution is impossible (PLSc).
    """

    which: Predicted
    design: PlsDesign
    squared: dict[str, Array]
    absolute: dict[str, Array]
    third: Array
    error: Array
    weights: Array | None
    in_sample: Array
    folds: int
    failed: int
    inadmissible: int

    def mean(self, values: Array) -> Array:
        """(Weighted) mean over the rows with a prediction."""
        known = np.isfinite(values)
        own = np.ones(len(values)) if self.weights is None else self.weights
        share = known * own[:, None]
        with np.errstate(invalid="ignore"):
            return np.asarray(np.where(known, values, 0.0).T @ own / share.sum(axis=0))


@dataclass(frozen=True, kw_only=True)
class FoldMaps:
    """A batch of folds with what their training samples say.

    Attributes
    ----------
    rows : ndarray of int, shape (F, m)
    held : FoldRows
        The rows to predict, centred at the mean of all rows.
    mean : ndarray, shape (F, p)
    covariance : ndarray, shape (F, p, p)
        Of the training samples, divisor their sum of weights.
    maps : dict of ndarray, each of shape (F, p, q)
        By predictor; the mean has none.
    reason : ndarray of int, shape (F,)
    """

    rows: NDArray[np.intp]
    held: FoldRows
    mean: Array
    covariance: Array
    maps: dict[str, Array]
    reason: NDArray[np.intp]


@dataclass(frozen=True, kw_only=True)
class How:
    """How to predict.

    Attributes
    ----------
    antecedents : {"direct", "earliest"}
    benchmark : {"antecedents", "others"}
    start : ndarray, shape (p,), or None
        Weights of the full sample for standardised items, to save iterations.
    """

    antecedents: Antecedents = "direct"
    benchmark: Benchmark = "antecedents"
    start: Array | None = None


def fold_maps(
    estimator: PlsEstimator, spec: ModelSpec, rows: ArrayRows, folds: Folds, how: How
) -> Iterator[FoldMaps]:
    """Estimate the model outside every fold, many folds at a time."""
    design = estimator.design(spec)
    which = predicted(design, how.antecedents, how.benchmark)
    exact = replace(estimator, batch_tolerance=estimator.tolerance)
    values = rows.values[:, [rows.columns.index(item) for item in spec.indicators]]
    values = values - values.mean(axis=0)
    p = values.shape[1]
    step = max(1, _NUMBERS // (p * (folds.rows.shape[1] + p)))
    for first in range(0, len(folds), step):
        part = folds.part(slice(first, first + step))
        held = rows_of_folds(values, rows.weights, part)
        mean, covariance, size = training_moments(values, rows.weights, held)
        unbiased = covariance * (size / (size - 1.0))[:, None, None]
        batch = exact.fit_batch(spec, unbiased, start=how.start)
        deviation = np.sqrt(np.diagonal(unbiased, axis1=1, axis2=2))
        maps = pls_maps(
            batch, deviation, design, metric=estimator.metric, antecedents=how.antecedents
        )
        yield FoldMaps(
            rows=part,
            held=held,
            mean=mean,
            covariance=covariance,
            maps={"pls": maps, "lm": linear_maps(unbiased, which)},
            reason=batch.reason,
        )


def cross_validate(
    estimator: PlsEstimator,
    spec: ModelSpec,
    rows: ArrayRows,
    folds: Folds,
    how: How | None = None,
) -> CrossValidated:
    """Predict every row from a model that has not seen it.

    Parameters
    ----------
    estimator : PlsEstimator
    spec : ModelSpec
        Without products and higher-order constructs.
    rows : ArrayRows
        Complete, with or without case weights.
    folds : Folds
    how : How, optional
    """
    how = how or How()
    design = estimator.design(spec)
    which = predicted(design, how.antecedents, how.benchmark)
    inside: list[Array] = []
    sums = {name: np.zeros((rows.n_rows, len(which.items))) for name in _SUMS}
    failed = impossible = 0
    for part in fold_maps(estimator, spec, rows, folds, how):
        bad = (part.reason != 0) & (part.reason != INADMISSIBLE)
        failed += int(bad.sum())
        impossible += int((part.reason == INADMISSIBLE).sum())
        inside.append(_inside(part, which)[~bad])
        _add(sums, part, which, ~bad)
    per_row = {name: total / folds.repetitions for name, total in sums.items()}
    return CrossValidated(
        which=which,
        design=design,
        squared={name: per_row[f"squared {name}"] for name in PREDICTORS},
        absolute={name: per_row[f"absolute {name}"] for name in PREDICTORS},
        third=per_row["third"],
        error=per_row["error"],
        weights=rows.weights,
        in_sample=np.concatenate(inside).mean(axis=0),
        folds=len(folds),
        failed=failed,
        inadmissible=impossible,
    )


_SUMS = (
    *(f"{kind} {name}" for kind in ("squared", "absolute") for name in PREDICTORS),
    "third",
    "error",
)


def errors_of(part: FoldMaps, which: Predicted) -> dict[str, Array]:
    """Observed minus predicted, by predictor, each of shape (F, m, q)."""
    centred = part.held.values - part.mean[:, None, :]
    of_mean = centred[:, :, which.items]
    found = {name: of_mean - centred @ maps for name, maps in part.maps.items()}
    return found | {"mean": of_mean}


def _inside(part: FoldMaps, which: Predicted) -> Array:
    """Mean squared error of PLS in each training sample, shape (F, q): moments only."""
    keep = np.eye(part.mean.shape[1])[:, which.items] - part.maps["pls"]
    return np.asarray(np.einsum("fpq,fpr,frq->fq", keep, part.covariance, keep, optimize=True))


def _add(
    sums: dict[str, Array], part: FoldMaps, which: Predicted, fine: NDArray[np.bool_]
) -> None:
    inside = part.rows >= 0
    at = part.rows[inside]
    known = np.where(fine, 0.0, np.nan)[:, None, None]
    for name, errors in errors_of(part, which).items():
        error = (errors + known)[inside]
        # A row is in one fold of each repetition, but a batch may hold several.
        np.add.at(sums[f"squared {name}"], at, error * error)
        np.add.at(sums[f"absolute {name}"], at, np.abs(error))
        if name == "pls":
            np.add.at(sums["third"], at, error**3)
            np.add.at(sums["error"], at, error)
