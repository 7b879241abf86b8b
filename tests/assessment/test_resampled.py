"""Intervals from resampled values, and omega of blocks."""

from __future__ import annotations

import numpy as np
import pytest

from survey_engine.assessment.reliability import omega_one_factor, one_factor_loadings
from survey_engine.assessment.resampled import Resampled, excludes_zero, percentile_spread
from survey_engine.estimation.estimates import Estimate


def test_percentiles_are_type_seven_and_the_error_has_divisor_n_minus_one() -> None:
    draws = np.random.default_rng(1).standard_normal((999, 2, 3))
    spread = percentile_spread(draws, 0.9)
    np.testing.assert_allclose(spread.lower, np.quantile(draws, 0.05, axis=0), atol=1e-12)
    np.testing.assert_allclose(spread.upper, np.quantile(draws, 0.95, axis=0), atol=1e-12)
    np.testing.assert_allclose(spread.se, draws.std(axis=0, ddof=1), atol=1e-12)


def test_a_statistic_undefined_in_some_resamples_uses_the_others() -> None:
    draws = np.random.default_rng(1).standard_normal((400, 2))
    draws[:8, 0] = np.nan
    draws[:40, 1] = np.nan
    spread = percentile_spread(draws, 0.95)
    assert spread.lower[0] == pytest.approx(np.quantile(draws[8:, 0], 0.025))
    assert spread.se[0] == pytest.approx(draws[8:, 0].std(ddof=1))
    assert np.isnan([spread.lower[1], spread.upper[1], spread.se[1]]).all()


def test_estimates_carry_none_where_undefined() -> None:
    sampled = Resampled(
        point={"a": np.array([1.0, np.nan])}, draws={"a": np.ones((50, 2)) * [1, np.nan]}
    )
    assert sampled.estimate("a", 0) == Estimate(est=1.0, se=0.0, ci_lower=1.0, ci_upper=1.0)
    assert sampled.estimate("a", 1) == Estimate(est=None)
    assert Resampled(point={"a": np.array([2.0])}).estimate("a", 0) == Estimate(est=2.0)


def test_an_interval_on_one_side_excludes_zero() -> None:
    assert excludes_zero(Estimate(est=1, ci_lower=0.1, ci_upper=2)) is True
    assert excludes_zero(Estimate(est=-1, ci_lower=-2, ci_upper=-0.1)) is True
    assert excludes_zero(Estimate(est=1, ci_lower=-0.1, ci_upper=2)) is False
    assert excludes_zero(Estimate(est=1)) is None


def test_one_factor_is_recovered_exactly() -> None:
    true = np.array([0.8, 0.7, 0.6, 0.3])
    correlation = np.outer(true, true)
    np.fill_diagonal(correlation, 1)
    np.testing.assert_allclose(one_factor_loadings(correlation), true, atol=1e-9)
    expected = true.sum() ** 2 / (true.sum() ** 2 + (1 - true**2).sum())
    assert omega_one_factor(correlation, (4,))[0] == pytest.approx(expected)


def test_omega_is_withheld_rather_than_clipped() -> None:
    heywood = np.array([[1.0, 0.8, 0.8], [0.8, 1.0, 0.3], [0.8, 0.3, 1.0]])
    single_and_pair = np.array([[1.0, 0.1, 0.1], [0.1, 1.0, 0.6], [0.1, 0.6, 1.0]])
    assert np.isnan(omega_one_factor(heywood, (3,))[0])
    found = omega_one_factor(single_and_pair, (1, 2))
    assert np.isnan(found[0])
    assert found[1] == pytest.approx(2 * 0.6 / 1.6)
