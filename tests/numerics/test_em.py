"""EM: closed forms, batches, and rows that cannot be solved."""

from __future__ import annotations

import numpy as np

from survey_engine.numerics.em import (
    coverage_of,
    em_moments,
    expected_rows,
    pattern_sums,
    patterns_of,
)


def _rows(n: int = 200, p: int = 4, gaps: float = 0.15) -> np.ndarray:
    draws = np.random.default_rng(3)
    values = draws.standard_normal((n, p)) @ draws.standard_normal((p, p))
    values[draws.random((n, p)) < gaps] = np.nan
    return values[~np.isnan(values).all(axis=1)]


def test_complete_rows_give_plain_moments() -> None:
    values = np.random.default_rng(1).standard_normal((50, 3))
    sums = pattern_sums(values, patterns_of(values), np.ones((1, 50)))
    done = em_moments(sums, np.zeros(3), np.eye(3))
    assert done.converged.all()
    np.testing.assert_allclose(done.mean[0], values.mean(axis=0), rtol=0, atol=1e-12)
    np.testing.assert_allclose(done.covariance[0], np.cov(values.T, bias=True), atol=1e-12)


def test_monotone_gaps_have_anderson_s_closed_form() -> None:
    """x complete, y given x: mean of y is the regression at the mean of all x."""
    draws = np.random.default_rng(2)
    x = draws.standard_normal(300)
    y = 0.7 * x + draws.standard_normal(300)
    values = np.column_stack([x, np.where(x > 0.5, np.nan, y)])
    seen = ~np.isnan(values[:, 1])
    sums = pattern_sums(values, patterns_of(values), np.ones((1, 300)))
    done = em_moments(sums, np.zeros(2), np.eye(2))
    among = np.cov(x[seen], y[seen], bias=True)
    slope = among[0, 1] / among[0, 0]
    mean = y[seen].mean() + slope * (x.mean() - x[seen].mean())
    variance = among[1, 1] - slope**2 * among[0, 0] + slope**2 * x.var()
    np.testing.assert_allclose(done.mean[0, 1], mean, atol=1e-8)
    np.testing.assert_allclose(done.covariance[0, 0, 1], slope * x.var(), atol=1e-8)
    np.testing.assert_allclose(done.covariance[0, 1, 1], variance, atol=1e-8)


def test_a_batch_equals_its_members_and_repeated_rows() -> None:
    values = _rows()
    counts = np.random.default_rng(5).integers(0, 3, size=(3, len(values))).astype(float)
    together = em_moments(
        pattern_sums(values, patterns_of(values), counts), np.zeros(4), np.eye(4)
    )
    for b in range(3):
        drawn = np.repeat(values, counts[b].astype(int), axis=0)
        sums = pattern_sums(drawn, patterns_of(drawn), np.ones((1, len(drawn))))
        alone = em_moments(sums, np.zeros(4), np.eye(4))
        np.testing.assert_allclose(together.mean[b], alone.mean[0], atol=1e-7)
        np.testing.assert_allclose(together.covariance[b], alone.covariance[0], atol=1e-7)


def test_singular_moments_are_not_converged_and_nan() -> None:
    values = _rows()
    values = np.column_stack([values, values[:, 0]])
    sums = pattern_sums(values, patterns_of(values), np.ones((1, len(values))))
    done = em_moments(sums, np.zeros(5), np.eye(5))
    assert not done.converged[0]
    assert np.isnan(done.covariance).all()


def test_expected_rows_keep_answers_and_regress_gaps() -> None:
    values = np.array([[1.0, np.nan], [np.nan, 2.0], [3.0, 4.0]])
    covariance = np.array([[2.0, 1.0], [1.0, 4.0]])
    filled = expected_rows(values, patterns_of(values), np.zeros(2), covariance)
    np.testing.assert_allclose(filled, [[1.0, 0.5], [0.5, 2.0], [3.0, 4.0]])


def test_coverage_counts_weight() -> None:
    values = np.array([[1.0, np.nan], [1.0, 2.0]])
    np.testing.assert_allclose(coverage_of(values, None), [[1.0, 0.5], [0.5, 0.5]])
    weighted = coverage_of(values, np.array([3.0, 1.0]))
    np.testing.assert_allclose(weighted, [[1.0, 0.25], [0.25, 0.25]])
