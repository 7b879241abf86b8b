"""The likelihood of incomplete rows against the definition, row by row, and by differences."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from survey_engine.numerics.em import em_moments, pattern_sums, patterns_of
from survey_engine.numerics.fiml import (
    fiml_information,
    fiml_point,
    half_scale,
    unpacked,
)
from survey_engine.numerics.fiml_scores import casewise_scores, score_products
from survey_engine.numerics.incomplete import group_rows
from survey_engine.numerics.saturated import saturated_moments
from survey_engine.numerics.symmetric import lower_triangle

P = 5
STEP = 1e-5


def _rows(n: int = 300, p: int = P, gaps: float = 0.3, seed: int = 3) -> np.ndarray:
    draws = np.random.default_rng(seed)
    values = 40 + draws.standard_normal((n, p)) @ draws.standard_normal((p, p))
    values[draws.random((n, p)) < gaps] = np.nan
    return values[~np.isnan(values).all(axis=1)]


def _weights(n: int) -> np.ndarray:
    weights = np.random.default_rng(9).uniform(0.3, 3, n)
    return weights * (n / weights.sum())


def _somewhere() -> tuple[np.ndarray, np.ndarray]:
    draws = np.random.default_rng(8)
    root = draws.standard_normal((P, P))
    return 40 + draws.standard_normal(P), root @ root.T + np.eye(P)


def _by_rows(values: np.ndarray, weights: np.ndarray, mean: np.ndarray, s: np.ndarray) -> float:
    total = 0.0
    for row, weight in zip(values, weights, strict=True):
        o = ~np.isnan(row)
        d = row[o] - mean[o]
        block = s[np.ix_(o, o)]
        total += weight * (np.linalg.slogdet(block)[1] + d @ np.linalg.solve(block, d))
    return total / weights.sum()


@pytest.mark.parametrize("gaps", [0.0, 0.05, 0.3, 0.7])
def test_value_is_the_sum_over_rows(gaps: float) -> None:
    values = _rows(gaps=gaps)
    weights = _weights(len(values))
    mean, covariance = _somewhere()
    at = fiml_point(group_rows(values, weights), mean, covariance)
    assert at.value == pytest.approx(_by_rows(values, weights, mean, covariance), rel=1e-12)


def _slope(theta: np.ndarray, rows) -> np.ndarray:  # type: ignore[no-untyped-def]
    at = fiml_point(rows, theta[:P], unpacked(theta[P:]))
    low = lower_triangle(P)
    return np.concatenate((at.mean_slope, 2 * at.covariance_slope[low] * half_scale(P)))


def test_gradient_observed_information_and_scores_by_differences() -> None:
    values = _rows()
    rows = group_rows(values, _weights(len(values)))
    mean, covariance = _somewhere()
    theta = np.concatenate((mean, covariance[lower_triangle(P)]))
    steps = STEP * np.eye(len(theta))

    def value(t: np.ndarray) -> float:
        return fiml_point(rows, t[:P], unpacked(t[P:])).value

    numeric = [(value(theta + e) - value(theta - e)) / (2 * STEP) for e in steps]
    np.testing.assert_allclose(_slope(theta, rows), numeric, atol=1e-7)
    hessian = [(_slope(theta + e, rows) - _slope(theta - e, rows)) / (4 * STEP) for e in steps]
    at = fiml_point(rows, mean, covariance)
    observed = fiml_information(rows, at, observed=True)
    np.testing.assert_allclose(observed, hessian, atol=1e-7)
    scores = casewise_scores(rows, at, mean, slice(0, len(values)))
    total = -2 * rows.weights @ scores / rows.n
    np.testing.assert_allclose(total, _slope(theta, rows), atol=1e-12)


def test_expected_information_is_the_mean_observed_one_of_normal_rows() -> None:
    """At the true moments, 40,000 normal rows: elements agree to sampling error."""
    draws = np.random.default_rng(1)
    mean, covariance = _somewhere()
    values = mean + draws.standard_normal((40_000, P)) @ np.linalg.cholesky(covariance).T
    values[draws.random(values.shape) < 0.2] = np.nan
    rows = group_rows(values[~np.isnan(values).all(axis=1)])
    at = fiml_point(rows, mean, covariance)
    expected = fiml_information(rows, at, observed=False)
    scale = np.sqrt(np.diagonal(expected))
    apart = (fiml_information(rows, at, observed=True) - expected) / np.outer(scale, scale)
    middle = (score_products(rows, at, mean) - expected) / np.outer(scale, scale)
    assert np.abs(apart).max() < 0.05
    assert np.abs(middle).max() < 0.05
    assert np.all(expected[:P, P:] == 0)


def test_score_products_by_cluster_sum_scores_first() -> None:
    values = _rows(n=60)
    rows = group_rows(values, _weights(len(values)))
    mean, covariance = _somewhere()
    at = fiml_point(rows, mean, covariance)
    scores = casewise_scores(rows, at, mean, slice(0, len(values))) * rows.weights[:, None]
    cluster = np.arange(len(values)) % 7
    sums = np.array([scores[cluster == c].sum(axis=0) for c in range(7)])
    found = score_products(replace(rows, cluster=cluster), at, mean)
    np.testing.assert_allclose(found, sums.T @ sums / rows.n * 7 / 6, atol=1e-10)
    each = score_products(rows, at, mean)
    np.testing.assert_allclose(each, scores.T @ scores / rows.n, atol=1e-10)


@pytest.mark.parametrize("gaps", [0.0, 0.1, 0.4])
def test_saturated_moments_are_those_of_em(gaps: float) -> None:
    values = _rows(gaps=gaps, n=400)
    weights = _weights(len(values))
    found = saturated_moments(group_rows(values, weights))
    about = values - 40
    sums = pattern_sums(about, patterns_of(values), weights[None])
    done = em_moments(sums, np.zeros(P), np.diag(np.nanvar(values, axis=0)), tolerance=1e-12)
    assert found.converged
    np.testing.assert_allclose(found.mean - 40, done.mean[0], atol=1e-9)
    np.testing.assert_allclose(found.covariance, done.covariance[0], rtol=1e-9, atol=1e-9)


def test_moments_that_are_not_identified_do_not_converge() -> None:
    values = _rows(gaps=0.0)
    values[:150, 0] = np.nan
    values[150:, 1] = np.nan  # never together: their covariance is free
    found = saturated_moments(group_rows(values))
    assert not found.converged


def test_more_columns_than_a_word_has_bits() -> None:
    draws = np.random.default_rng(4)
    values = draws.standard_normal((30, 70))
    values[draws.random(values.shape) < 0.02] = np.nan
    rows = group_rows(values)
    assert len(rows.size) == len(np.unique(np.isnan(values), axis=0))
    assert rows.count.sum() == 30
    np.testing.assert_array_equal(rows.observed[rows.of_row], ~np.isnan(values))
