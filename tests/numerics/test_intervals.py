from __future__ import annotations

import numpy as np
import pytest

from survey_engine.numerics.intervals import (
    percentile_interval,
    quantiles,
    standard_deviation,
)


def test_quantiles_are_type_7() -> None:
    draws = np.random.default_rng(3).normal(size=(501, 3, 2))
    expected = np.quantile(draws, [0.025, 0.4, 1.0], axis=0, method="linear")
    np.testing.assert_allclose(quantiles(draws, (0.025, 0.4, 1.0)), expected, rtol=1e-13)


def test_interval_of_ten_draws_by_hand() -> None:
    lower, upper = percentile_interval(np.arange(10.0), 0.8)
    # (10 - 1) * .1 = .9 and (10 - 1) * .9 = 8.1
    assert lower == pytest.approx(0.9, abs=1e-15)
    assert upper == pytest.approx(8.1, abs=1e-15)


def test_undefined_stays_undefined() -> None:
    draws = np.array([[1.0, np.nan], [2.0, 5.0], [3.0, 6.0]])
    lower, _ = percentile_interval(draws, 0.5)
    assert lower[0] == 1.5
    assert np.isnan(lower[1])
    assert np.isnan(percentile_interval(np.empty((0, 2)))[0]).all()
    assert np.isnan(standard_deviation(np.ones((1, 2)))).all()


@pytest.mark.parametrize("level", [0.0, 1.0, 95.0])
def test_level_is_a_share(level: float) -> None:
    with pytest.raises(ValueError, match="level must be between 0 and 1"):
        percentile_interval(np.arange(4.0), level)
