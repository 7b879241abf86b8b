"""Rubin's rules: numbers by hand, limits, and the size of the pooled tests."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from survey_engine.numerics.rubin import d2, d3, pool


def test_numbers_by_hand() -> None:
    """Q = 1, 2, 3; U = 4, 5, 6: W = 5, B = 1, T = 5 + 4/3, df = 2 (1 + 15/4)^2."""
    found = pool(np.array([1.0, 2, 3]), np.array([4.0, 5, 6]))
    assert float(found.est) == 2
    assert float(found.se) == pytest.approx(np.sqrt(19 / 3), rel=1e-14)
    assert float(found.df) == pytest.approx(2 * (1 + 15 / 4) ** 2, rel=1e-14)
    ratio = 4 / 15
    expected = (ratio + 2 / (2 * 4.75**2 + 3)) / (1 + ratio)
    assert float(found.fmi) == pytest.approx(expected, rel=1e-14)
    lower, upper = found.interval(0.95)
    half = stats.t.ppf(0.975, 2 * 4.75**2) * np.sqrt(19 / 3)
    assert (float(lower), float(upper)) == pytest.approx((2 - half, 2 + half), rel=1e-9)
    assert float(found.p_value()) == pytest.approx(
        2 * stats.t.sf(2 / np.sqrt(19 / 3), 2 * 4.75**2), rel=1e-9
    )


def test_barnard_and_rubin_never_exceed_the_complete_data_degrees_of_freedom() -> None:
    draws = np.random.default_rng(1)
    estimates, variances = draws.normal(size=(5, 40)), draws.uniform(0.5, 2, (5, 40))
    found = pool(estimates, variances, df_complete=30)
    assert np.all(found.df < 30)
    same = pool(np.ones((5, 1)), np.ones((5, 1)), df_complete=30)
    # Nothing varies between imputations: (v + 1)/(v + 3) v of Barnard & Rubin, eq. 3.
    assert float(same.df[0]) == pytest.approx(31 / 33 * 30)
    assert np.isinf(pool(np.ones((5, 1)), np.ones((5, 1))).df[0])


def test_one_imputation_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 2 imputations"):
        pool(np.ones((1, 2)), np.ones((1, 2)))


def test_tests_without_missing_answers_are_the_complete_data_test() -> None:
    same = np.full(10, 12.5)
    for test in (d2(same, 5), d3(same, same, 5)):
        assert test.chisq == pytest.approx(12.5)
        assert test.r == pytest.approx(0, abs=1e-12)
        assert test.p == pytest.approx(stats.chi2.sf(12.5, 5), rel=1e-6)


def test_d2_and_d3_by_hand() -> None:
    """m = 2, d = 4 and 9, k = 2: roots 2 and 3, r = 1.5 x 0.5 = 0.75."""
    found = d2(np.array([4.0, 9.0]), 2)
    assert found.r == pytest.approx(0.75)
    assert found.f == pytest.approx((6.5 / 2 - 3 * 0.75) / 1.75)
    assert found.df_residual == pytest.approx(2**-1.5 * (1 + 1 / 0.75) ** 2)
    # d3: means 6.5 and 5, r = 3 / 2 x 1.5 = 1.125; t = 2, so the short form of the df.
    other = d3(np.array([4.0, 9.0]), np.array([4.5, 5.5]), 2)
    assert other.r == pytest.approx(3 / 2 * 1.5 / 1)
    assert other.f == pytest.approx(5 / (2 * (1 + 2.25)))
    assert other.df_residual == pytest.approx(2 * 1.5 * (1 + 1 / 2.25) ** 2 / 2)


def test_negative_d2_has_p_one() -> None:
    found = d2(np.array([0.01, 9.0]), 3)
    assert found.f < 0
    assert found.p == 1
