"""Statistics of items and blocks: closed forms, weights, and blocks of two."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from survey_engine.assessment.item_statistics import (
    block_statistics,
    items_in_block,
    shapes,
)


def answers(n: int = 400, k: int = 4, seed: int = 3) -> np.ndarray:
    random = np.random.default_rng(seed)
    return random.standard_normal((n, k)) + random.standard_normal((n, 1))


def test_parallel_items_have_spearman_browns_alpha() -> None:
    r, k = 0.4, 5
    covariance = np.full((k, k), r) + (1 - r) * np.eye(k)
    found = block_statistics(covariance, 200)
    expected = k * r / (1 + (k - 1) * r)
    assert found.alpha_raw == pytest.approx(expected, rel=1e-12)
    assert found.alpha == pytest.approx(expected, rel=1e-12)
    each = items_in_block(covariance, 200)
    shorter = (k - 1) * r / (1 + (k - 2) * r)
    assert [one.alpha for one in each.dropped] == pytest.approx([shorter] * k)


def test_standard_error_and_limits_cover_in_simulation() -> None:
    """Feldt's limits hold the true alpha in 95 % of 2,000 samples (3 MC errors)."""
    truth = 4 * 0.5 / (1 + 3 * 0.5)
    held, estimates, errors = 0, [], []
    for seed in range(2000):
        found = block_statistics(np.cov(answers(80, seed=seed).T), 80)
        held += found.alpha_lower <= truth <= found.alpha_upper
        estimates.append(found.alpha_raw)
        errors.append(found.alpha_se)
    assert held / 2000 == pytest.approx(0.95, abs=3 * np.sqrt(0.95 * 0.05 / 2000))
    assert np.mean(errors) == pytest.approx(np.std(estimates), rel=0.08)


def test_item_rest_is_the_correlation_with_the_other_items() -> None:
    x = answers()
    each = items_in_block(np.cov(x.T), len(x))
    for j in range(x.shape[1]):
        rest = np.delete(x, j, axis=1).sum(axis=1)
        assert each.item_rest[j] == pytest.approx(np.corrcoef(x[:, j], rest)[0, 1], abs=1e-12)


def test_two_items_leave_nothing_to_drop_to() -> None:
    each = items_in_block(np.array([[1.0, 0.5], [0.5, 2.0]]), 50)
    assert all(np.isnan(one.alpha) for one in each.dropped)


def test_shapes_agree_with_scipy_and_count_weights_as_people() -> None:
    x = answers(60, 3)
    x[::7, 1] = np.nan
    found = shapes(x)
    for j in range(3):
        seen = x[~np.isnan(x[:, j]), j]
        small = (len(seen) - 1) / len(seen)  # divisor n - 1, as psych's default
        assert found.skewness[j] == pytest.approx(stats.skew(seen) * small**1.5, rel=1e-10)
        assert found.kurtosis[j] == pytest.approx(
            (stats.kurtosis(seen) + 3) * small**2 - 3, rel=1e-10, abs=1e-10
        )
    counts = np.tile([1.0, 3.0], 30)
    weighted, repeated = shapes(x, counts), shapes(np.repeat(x, counts.astype(int), axis=0))
    np.testing.assert_allclose(weighted.mean, repeated.mean, rtol=1e-12)
