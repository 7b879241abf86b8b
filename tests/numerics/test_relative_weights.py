"""Relative weights against closed forms and an independent computation over all orders."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest

from survey_engine.numerics.relative_weights import relative_weights


def _r2(r: np.ndarray, predictors: list[int]) -> float:
    if not predictors:
        return 0.0
    y = r[predictors, -1]
    return float(y @ np.linalg.solve(r[np.ix_(predictors, predictors)], y))


def _over_all_orders(r: np.ndarray) -> np.ndarray:
    """Lindeman, Merenda and Gold: the gain in R² averaged over every order of entry."""
    m = len(r) - 1
    gains = np.zeros(m)
    orders = list(permutations(range(m)))
    for order in orders:
        for k, j in enumerate(order):
            gains[j] += _r2(r, list(order[: k + 1])) - _r2(r, list(order[:k]))
    return gains / len(orders)


def test_uncorrelated_predictors_get_their_squared_correlation() -> None:
    r = np.eye(4)
    r[-1, :3] = r[:3, -1] = [0.5, -0.3, 0.1]
    weights, r2 = relative_weights(r, 3, range(3))
    np.testing.assert_allclose(weights, [0.25, 0.09, 0.01], atol=1e-14)
    assert r2 == pytest.approx(0.35, abs=1e-14)


@pytest.mark.parametrize("between", [-0.4, 0.0, 0.3, 0.9])
def test_two_predictors_equal_the_average_over_orders(between: float) -> None:
    r = np.array([[1, between, 0.5], [between, 1, 0.35], [0.5, 0.35, 1]])
    weights, r2 = relative_weights(r, 2, [0, 1])
    np.testing.assert_allclose(weights, _over_all_orders(r), atol=1e-12)
    assert r2 == pytest.approx(_r2(r, [0, 1]), abs=1e-12)


def test_any_scale_and_a_leading_axis() -> None:
    rng = np.random.default_rng(3)
    values = rng.normal(size=(5, 80, 6)) @ rng.normal(size=(6, 6))
    covariance = np.array([np.cov(one.T) for one in values])
    weights, r2 = relative_weights(covariance, 5, range(5))
    scaled = covariance * np.outer([1, 2, 3, 4, 5, 6], [1, 2, 3, 4, 5, 6])
    np.testing.assert_allclose(relative_weights(scaled, 5, range(5))[0], weights, rtol=1e-9)
    for k in range(5):
        d = np.sqrt(np.diag(covariance[k]))
        r = covariance[k] / np.outer(d, d)
        assert r2[k] == pytest.approx(_r2(r, list(range(5))), abs=1e-10)
        assert (weights[k] >= 0).all()
        # Johnson's weights are an approximation of the average: near, not equal.
        np.testing.assert_allclose(weights[k], _over_all_orders(r), atol=0.06)


def test_undefined_is_nan() -> None:
    collinear = np.array([[1.0, 1.0, 0.5], [1.0, 1.0, 0.5], [0.5, 0.5, 1.0]])
    constant = np.array([[1.0, 0.0, 0.5], [0.0, 0.0, 0.0], [0.5, 0.0, 1.0]])
    for covariance in (collinear, constant):
        weights, r2 = relative_weights(covariance, 2, [0, 1])
        assert np.isnan(weights).all()
        assert np.isnan(r2)
