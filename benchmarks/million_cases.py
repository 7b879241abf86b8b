"""From a million rows in memory to the fit: what a survey panel's whole year costs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.cases import _ours, case, simulated

PLS_MILLION = "PLS fit from 1,000,000 rows in memory"
ML_MILLION = "ML fit from 1,000,000 rows in memory"


def _million() -> tuple[Any, Any]:
    """The model, and 1,000,000 rows of 24 ten-point answers (192 MB)."""
    frame = simulated(1_000_000).round().clip(1, 10)
    spec, _moments, rows = _ours(frame)
    return spec, np.ascontiguousarray(rows.values)


def _moments(spec: Any, values: Any) -> Any:
    from survey_engine.numerics.moments import Moments
    from survey_engine.responses.row_moments import mean_and_covariance

    mean, covariance = mean_and_covariance(values, None)
    n = len(values)
    return Moments(
        columns=spec.indicators,
        n=n,
        n_effective=float(n),
        mean=mean,
        covariance=covariance,
    )


@case(f"{PLS_MILLION} | survey_engine", 3)
def _() -> Callable[[], dict[str, Any]]:
    from survey_engine.estimation.pls.estimator import PlsEstimator

    spec, values = _million()

    def work() -> dict[str, Any]:
        fit = PlsEstimator().fit(spec, _moments(spec, values))
        return {"Image->Expectation": round(float(fit.paths[0, 1]), 4)}

    return work


@case(f"{ML_MILLION} | survey_engine", 3)
def _() -> Callable[[], dict[str, Any]]:
    from survey_engine.assessment.fit_measures import fit_measures
    from survey_engine.estimation.cbsem.estimator import CbSemEstimator

    spec, values = _million()

    def work() -> dict[str, Any]:
        fit = CbSemEstimator().fit(spec, _moments(spec, values))
        return {"chisq": round(float(fit_measures(fit)["chisq"] or 0), 3)}

    return work
