"""One cell of the CB-SEM recovery study: estimates, intervals and the chi-square's size.

Truth is the estimator applied to the population moments; the models hold exactly there,
so the discrepancy is 0 and the chi-square should reject 5 % of the samples.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import chdtrc

from survey_engine.assessment.model_tests.small_sample import corrected_statistics
from survey_engine.estimation.bootstrap import BatchOutcome, bootstrap
from survey_engine.estimation.cbsem.estimator import CbSemEstimator
from survey_engine.estimation.cbsem.grouped import GroupedMoments
from survey_engine.estimation.fit_result import CbSemFit
from survey_engine.numerics.moments import Array, ArrayRows, Moments
from survey_engine.responses.reduce_ordinal import reduce_ordinal
from survey_engine.responses.row_moments import moments_of_rows
from survey_engine.responses.survey_data import AnswerStatus, DataQuality, SurveyData

from .coverage import Tally
from .designs import Design

Z = 1.959963984540054
RESAMPLES = 200
GAPS = 0.10
CUTS = (-1.5, -0.7, 0.0, 0.9)
"""Thresholds of five-point answers, in standard deviations."""


@dataclass(frozen=True, kw_only=True)
class Kind:
    """An estimator under study and the intervals it gives."""

    name: str
    fit: Callable[[Design, ArrayRows, int], CbSemFit]
    resampled: bool = False


def paths_of(fit: CbSemFit) -> tuple[list[str], Array, Array]:
    """Names, estimates and standard errors of the structural paths."""
    rows = [row for row in fit.parameters if row.op == "~"]
    unknown = float("nan")
    return (
        [f"{row.rhs} → {row.lhs}" for row in rows],
        np.array([row.est for row in rows], dtype=float),
        np.array([unknown if row.se is None else row.se for row in rows], dtype=float),
    )


def complete(method: str) -> Callable[[Design, ArrayRows, int], CbSemFit]:
    """Maximum likelihood of complete rows, with their weights."""

    def fit(design: Design, rows: ArrayRows, number: int) -> CbSemFit:
        del number
        grouped = GroupedMoments.single(moments_of_rows(rows), rows)
        return CbSemEstimator(method=method).fit(design.spec, grouped)

    return fit


def with_gaps(design: Design, rows: ArrayRows, number: int) -> CbSemFit:
    """FIML after a tenth of the answers went missing at random; weighted rows by FIML-MLR."""
    holes = np.random.default_rng([17, number]).random(rows.values.shape) < GAPS
    values = np.where(holes, np.nan, rows.values)
    kept = ~np.isnan(values).all(axis=1)
    values = values[kept]
    weights = None if rows.weights is None else rows.weights[kept]
    gappy = ArrayRows(columns=rows.columns, values=values, weights=weights)
    placeholder = Moments(
        columns=rows.columns,
        n=len(values),
        n_effective=float(len(values)),
        mean=np.nanmean(values, axis=0),
        covariance=np.diag(np.nanvar(values, axis=0)),
        weighted=weights is not None,
    )
    grouped = GroupedMoments(labels=("",), groups=(placeholder,), rows=(gappy,))
    method = "ml" if weights is None else "mlr"
    return CbSemEstimator(method=method, missing="fiml").fit(design.spec, grouped)


def ordinal(design: Design, rows: ArrayRows, number: int) -> CbSemFit:
    """WLSMV of the answers cut to five points."""
    del number
    exact = design.moments()
    standard = (rows.values - exact.mean) / np.sqrt(np.diag(exact.covariance))
    values = np.digitize(standard, CUTS).astype(float) + 1
    n = len(values)
    data = SurveyData(
        columns=rows.columns,
        values=values,
        status=np.full(values.shape, AnswerStatus.ANSWERED, dtype=np.int8),
        ranges=dict.fromkeys(rows.columns, (1.0, 5.0)),
        extra=pd.DataFrame(index=pd.RangeIndex(n)),
        weights=rows.weights,
        quality=DataQuality(n_read=n, n_kept=n),
        source="simulated",
        platform="simulation",
        sha256="",
    )
    moments = reduce_ordinal(data, rows.columns).moments
    return CbSemEstimator(method="wlsmv").fit(design.spec, moments)


KINDS = {
    "ml": Kind(name="ml", fit=complete("ml"), resampled=True),
    "mlr": Kind(name="mlr", fit=complete("mlr")),
    "fiml": Kind(name="fiml", fit=with_gaps),
    "wlsmv": Kind(name="wlsmv", fit=ordinal),
}


def truth_of(design: Design, kind: str) -> tuple[list[str], Array]:
    """Paths of the population; WLSMV sees correlations of what lies behind the answers."""
    exact = design.moments()
    if kind == "wlsmv":
        exact = Moments(
            columns=exact.columns,
            n=exact.n,
            n_effective=exact.n_effective,
            mean=np.zeros(len(exact.columns)),
            covariance=exact.correlation,
        )
    names, estimates, _ = paths_of(CbSemEstimator().fit(design.spec, exact))
    return names, estimates


@dataclass(frozen=True, kw_only=True)
class PathStatistic:
    """Structural paths of a batch of resampled moments."""

    estimator: CbSemEstimator
    design: Design
    moments: Moments
    fit: CbSemFit

    def __call__(self, mean: Array, covariance: Array, n: int) -> BatchOutcome:
        del mean, n
        batch = self.estimator.fit_batch(
            self.design.spec, self.moments, covariance, start=self.fit
        )
        rows = [row.free - 1 for row in self.fit.parameters if row.op == "~"]
        return BatchOutcome(
            values={"paths": batch.free_values[:, rows]},
            reason=np.where(batch.converged, 0, 1).astype(np.intp),
            reasons=("not_converged",),
        )


def run_cell(
    design: Design, n: int, *, kind: str, weighted: bool, sets: int, seed: int, resample: bool
) -> dict[str, Any]:
    """Bias and coverage of all paths, and rejection rates, over `sets` data sets."""
    names, truth = truth_of(design, kind)
    tally = Tally(names=names, truth=truth)
    rejected: dict[str, list[bool]] = {}
    for number in range(sets):
        rows = design.sample(n, weighted=weighted, seed=(seed, n, weighted, number))
        fit = KINDS[kind].fit(design, rows, number)
        found, estimates, errors = paths_of(fit)
        assert found == names
        if not fit.converged or not np.isfinite(errors).all():
            tally.failed += 1
            continue
        intervals = {kind: (estimates - Z * errors, estimates + Z * errors)}
        if resample:
            statistic = PathStatistic(
                estimator=CbSemEstimator(),
                design=design,
                moments=moments_of_rows(rows),
                fit=fit,
            )
            drawn = bootstrap(rows, statistic, requested=RESAMPLES, seed=number)
            intervals["percentile"] = drawn.interval("paths")
        tally.add(estimates, intervals)
        for name, p in p_values(fit).items():
            rejected.setdefault(name, []).append(p < 0.05)
    summary = tally.summary()
    summary["rejects"] = {name: float(np.mean(hits)) for name, hits in rejected.items()}
    return summary


def p_values(fit: CbSemFit) -> dict[str, float]:
    """Of the chi-square, its scaled form, and the small-sample corrections."""
    found = {"chi-square": float(chdtrc(fit.df, fit.chisq))}
    if fit.scaled is not None:
        found = {"scaled": float(chdtrc(fit.scaled.df, max(fit.scaled.chisq, 0.0)))}
    for one in corrected_statistics(fit):
        if one.p is not None and one.method.endswith("_scaled") == (fit.scaled is not None):
            found[one.method.removesuffix("_scaled")] = one.p
    return found
