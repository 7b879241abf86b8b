"""All statistics and intervals of a PLS report from a bare table: what benchmarks time."""

from __future__ import annotations

import numpy as np
import pandas as pd

from survey_engine.assessment.resampled import Resampled
from survey_engine.estimation.bootstrap import bootstrap
from survey_engine.estimation.pls.estimator import PlsEstimator
from survey_engine.numerics.moments import ArrayRows, Moments
from survey_engine.scoring.hundred import ItemRange
from survey_engine.spec.model import ModelSpec
from survey_engine.study.quantities import layout_of, quantities
from survey_engine.study.statistic import pls_solution, pls_statistic

_ONE_TO_TEN = (1.0, 10.0)


def all_tables(
    spec: ModelSpec, frame: pd.DataFrame, *, resamples: int, seed: int, workers: int = 1
) -> dict[str, int | float]:
    """Fit, resample, and take every interval a report prints.

    Parameters
    ----------
    spec : ModelSpec
    frame : DataFrame
        Complete answers from 1 to 10; columns include the indicators.
    resamples, seed, workers : int

    Returns
    -------
    dict
        Counts, and the interval of the first path as a check.
    """
    values = frame[list(spec.indicators)].to_numpy(dtype=np.float64)
    n, p = values.shape
    mean = values.mean(axis=0)
    moments = Moments(
        columns=spec.indicators,
        n=n,
        n_effective=float(n),
        mean=mean,
        covariance=(values - mean).T @ (values - mean) / n,
    )
    estimator = PlsEstimator(metric="raw")
    fit = estimator.fit(spec, moments)
    low, high = (np.full(p, limit) for limit in _ONE_TO_TEN)
    target = spec.roles.index if spec.roles else spec.paths[-1].source
    layout = layout_of(
        spec, metric="raw", ranges=ItemRange(minimum=low, maximum=high), target=target
    )
    drawn = bootstrap(
        ArrayRows(columns=spec.indicators, values=values),
        pls_statistic(estimator, fit, layout),
        requested=resamples,
        seed=seed,
        workers=workers,
    )
    sampled = Resampled(point=quantities(pls_solution(fit), layout), draws=drawn.draws)
    statistics = 0
    for name, point in sampled.point.items():
        sampled.estimate(name, *([0] * point.ndim))
        statistics += point.size
    names = spec.construct_names
    first = sampled.estimate(
        "paths", names.index(spec.paths[0].source), names.index(spec.paths[0].target)
    )
    return {
        "usable": drawn.usable,
        "failed": drawn.failed,
        "statistics": statistics,
        "ci_lower": first.ci_lower or 0.0,
        "ci_upper": first.ci_upper or 0.0,
    }
