"""Drivers of overall satisfaction without a model: shares of R² by relative weights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from survey_engine.numerics.intervals import percentile_interval
from survey_engine.numerics.item_products import item_products
from survey_engine.numerics.moments import ArrayRows
from survey_engine.numerics.relative_weights import relative_weights
from survey_engine.numerics.resampling import resampled_moments, resampling_tasks
from survey_engine.responses.row_moments import kish_n, mean_and_covariance
from survey_engine.responses.survey_data import SurveyData


@dataclass(frozen=True, kw_only=True)
class OverallDriver:
    """One rated question as a driver.

    Attributes
    ----------
    item : str
    share : float or None
        Its relative weight as a share of R² (0 to 1); None where collinear.
    ci_lower, ci_upper : float or None
        Percentile interval of the share.
    correlation : float or None
        With overall satisfaction.
    """

    item: str
    share: float | None
    ci_lower: float | None
    ci_upper: float | None
    correlation: float | None


@dataclass(frozen=True, kw_only=True)
class OverallDrivers:
    """Drivers, the strongest first, and how much they explain together.

    Attributes
    ----------
    target : str
    drivers : tuple[OverallDriver, ...]
    r2, r2_lower, r2_upper : float or None
    n : int
        Respondents who answered the target and every driver.
    n_effective : float
    resamples : int
    """

    target: str
    drivers: tuple[OverallDriver, ...]
    r2: float | None
    r2_lower: float | None
    r2_upper: float | None
    n: int
    n_effective: float
    resamples: int


def overall_drivers(
    data: SurveyData,
    target: str,
    drivers: Sequence[str],
    *,
    confidence: float = 0.95,
    resamples: int = 1000,
    seed: int = 1,
) -> OverallDrivers:
    """Relative weights (Johnson 2000) of `drivers` for `target`, with bootstrap intervals.

    Parameters
    ----------
    data : SurveyData
        Rows without an answer to one of the questions are left out.
    target : str
    drivers : sequence of str
    confidence, resamples, seed
        Of the percentile intervals; without resamples there are none.
    """
    values = data.values[:, data.positions([*drivers, target])]
    rows = np.isfinite(values).all(axis=1)
    values = values[rows]
    weights = None if data.weights is None else data.weights[rows]
    m = len(drivers)
    _, covariance = mean_and_covariance(values, weights)
    found, r2 = relative_weights(covariance, m, range(m))
    draws, draws_r2 = _resampled(values, weights, resamples, seed)
    low, high = percentile_interval(draws, confidence)
    ends = percentile_interval(draws_r2, confidence)
    scale = np.sqrt(np.diagonal(covariance))
    with np.errstate(divide="ignore", invalid="ignore"):
        shares = found / r2
        correlations = covariance[:m, m] / (scale[:m] * scale[m])
    made = [
        OverallDriver(
            item=name,
            share=_known(shares[j]),
            ci_lower=_known(low[j]),
            ci_upper=_known(high[j]),
            correlation=_known(correlations[j]),
        )
        for j, name in enumerate(drivers)
    ]
    return OverallDrivers(
        target=target,
        drivers=tuple(sorted(made, key=lambda one: -(one.share or 0.0))),
        r2=_known(float(r2)),
        r2_lower=_known(float(ends[0])),
        r2_upper=_known(float(ends[1])),
        n=len(values),
        n_effective=kish_n(weights, len(values)),
        resamples=resamples,
    )


def _resampled(
    values: np.ndarray, weights: np.ndarray | None, resamples: int, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Shares (resamples, m) and R² (resamples,) of bootstrap samples."""
    m = values.shape[1] - 1
    if not resamples:
        return np.full((0, m), np.nan), np.full(0, np.nan)
    columns = tuple(map(str, range(m + 1)))
    products = item_products(ArrayRows(columns=columns, values=values, weights=weights))
    shares, explained = [], []
    for task in resampling_tasks(resamples, seed):
        _, covariance = resampled_moments(products, task)
        found, r2 = relative_weights(covariance, m, range(m))
        with np.errstate(divide="ignore", invalid="ignore"):
            shares.append(found / r2[:, None])
        explained.append(r2)
    return np.concatenate(shares), np.concatenate(explained)


def _known(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
