"""BCa against scipy on the same resamples; bootstrap-t against its definition."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from survey_engine.numerics.moments import Array
from survey_engine.numerics.refined_intervals import bca_interval, studentised_interval


def correlation(x: Array, y: Array, axis: int = -1) -> Array:
    dx = x - x.mean(axis=axis, keepdims=True)
    dy = y - y.mean(axis=axis, keepdims=True)
    return (dx * dy).sum(axis) / np.sqrt((dx**2).sum(axis) * (dy**2).sum(axis))


@pytest.mark.parametrize("statistic", ["mean", "correlation", "variance"])
def test_bca_as_scipy(statistic: str) -> None:
    draws = np.random.default_rng(4)
    x = draws.exponential(size=60)
    y = x + draws.exponential(size=60)
    function = {"mean": np.mean, "variance": np.var, "correlation": correlation}[statistic]
    data = (x, y) if statistic == "correlation" else (x,)
    theirs = stats.bootstrap(
        data,
        function,
        paired=True,
        vectorized=True,
        n_resamples=4000,
        method="BCa",
        rng=np.random.default_rng(9),
    )
    leaves = np.array([function(*[np.delete(d, i) for d in data], axis=-1) for i in range(60)])
    lower, upper = bca_interval(
        theirs.bootstrap_distribution, np.asarray(function(*data)), leaves, 0.95
    )
    assert float(lower) == pytest.approx(theirs.confidence_interval.low, rel=1e-10)
    assert float(upper) == pytest.approx(theirs.confidence_interval.high, rel=1e-10)


def test_bca_without_bias_and_skewness_is_the_percentile_interval() -> None:
    draws = np.concatenate([-np.arange(1.0, 501.0), np.arange(1.0, 501.0)])
    lower, upper = bca_interval(draws, np.array(0.0), np.array([-1.0, 0.0, 1.0]), 0.9)
    assert [float(lower), float(upper)] == pytest.approx(
        list(np.quantile(draws, [0.05, 0.95])), rel=1e-12
    )


def test_bca_of_what_cannot_vary_and_of_what_is_undefined() -> None:
    draws = np.array([[1.0, 2.0, np.nan]] * 99 + [[1.0, 2.0, 5.0]])
    leaves = np.ones((10, 3))
    lower, upper = bca_interval(draws, np.array([1.0, 1.0, 5.0]), leaves, 0.95)
    assert (lower[0], upper[0]) == (1.0, 1.0)
    assert np.isnan(lower[1:]).all()  # all on one side; undefined in nearly all
    assert np.isnan(upper[1:]).all()


def test_studentised_is_the_pivot_turned_round() -> None:
    random = np.random.default_rng(1)
    draws, errors = random.normal(5.0, 1.0, (500, 2)), random.uniform(0.5, 2.0, (500, 2))
    point, error = np.array([5.1, 4.9]), np.array([0.9, 1.1])
    lower, upper = studentised_interval(draws, errors, point, error, level=0.9)
    pivot = (draws - point) / errors
    np.testing.assert_allclose(lower, point - np.quantile(pivot, 0.95, axis=0) * error)
    np.testing.assert_allclose(upper, point - np.quantile(pivot, 0.05, axis=0) * error)


def test_studentised_of_what_cannot_vary_is_its_value() -> None:
    lower, upper = studentised_interval(
        np.ones((100, 1)), np.zeros((100, 1)), np.ones(1), np.zeros(1), level=0.95
    )
    assert (lower[0], upper[0]) == (1.0, 1.0)
