"""ICC and r_wg against statsmodels' analysis of variance, closed forms and definitions."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from survey_engine.assessment.agreement import (
    one_way,
    r_wg,
    r_wg_j,
    skewed_null,
    uniform_null,
    within_variances,
)


def test_mean_squares_are_those_of_statsmodels() -> None:
    from statsmodels.formula.api import ols
    from statsmodels.stats.anova import anova_lm

    draw = np.random.default_rng(2)
    group = np.sort(draw.integers(0, 9, 140))
    values = draw.standard_normal((140, 3)) + 0.6 * draw.standard_normal((9, 3))[group]
    values[draw.random(values.shape) < 0.1] = np.nan
    found = one_way(values, group)
    for k in range(3):
        frame = pd.DataFrame({"y": values[:, k], "g": group}).dropna()
        table = anova_lm(ols("y ~ C(g)", frame).fit())
        assert found.between[k] == pytest.approx(table["mean_sq"].iloc[0], rel=1e-10)
        assert found.within[k] == pytest.approx(table["mean_sq"].iloc[1], rel=1e-10)
        assert found.f[k] == pytest.approx(table["F"].iloc[0], rel=1e-10)
        assert found.p[k] == pytest.approx(table["PR(>F)"].iloc[0], rel=1e-8)
        sizes = frame.groupby("g").size().to_numpy()
        n0 = (sizes.sum() - (sizes**2).sum() / sizes.sum()) / (len(sizes) - 1)
        assert found.n0[k] == pytest.approx(n0, rel=1e-12)


def test_intraclass_correlations_by_hand() -> None:
    """Three groups of two: (1, 3), (4, 6), (7, 9). MSB = 18, MSW = 2, n0 = 2."""
    values = np.array([[1.0], [3.0], [4.0], [6.0], [7.0], [9.0]])
    found = one_way(values, np.array([0, 0, 1, 1, 2, 2]))
    assert found.between[0] == pytest.approx(18)
    assert found.within[0] == pytest.approx(2)
    assert found.icc1[0] == pytest.approx(16 / 20)
    assert found.icc2[0] == pytest.approx(16 / 18)
    k, icc1 = 2, 16 / 20  # Spearman-Brown ties the two in a balanced design
    assert found.icc2[0] == pytest.approx(k * icc1 / (1 + (k - 1) * icc1))


def test_known_share_of_variance_is_recovered() -> None:
    """Variance 1 between and 3 within: ICC(1) is .25; 400 groups give +-.03."""
    draw = np.random.default_rng(5)
    group = np.repeat(np.arange(400), draw.integers(5, 25, 400))
    values = draw.standard_normal(400)[group] + np.sqrt(3) * draw.standard_normal(len(group))
    assert one_way(values[:, None], group).icc1[0] == pytest.approx(0.25, abs=0.04)


def test_undefined_is_nan_and_chance_may_be_negative() -> None:
    alone = one_way(np.array([[1.0], [2.0]]), np.array([0, 1]))
    assert np.isnan(alone.icc1[0])
    still = one_way(np.ones((4, 1)), np.array([0, 0, 1, 1]))
    assert np.isnan(still.icc2[0])
    alike = one_way(np.array([[1.0], [5.0], [1.0], [5.0]]), np.array([0, 0, 1, 1]))
    assert alike.icc1[0] == pytest.approx(-1.0)


def test_nulls() -> None:
    np.testing.assert_allclose(uniform_null(np.array([5.0, 7.0, 10.0])), [2.0, 4.0, 8.25])
    share, at = np.array([0.05, 0.15, 0.2, 0.35, 0.25]), np.arange(1, 6)
    assert skewed_null(np.array([5.0]))[0] == pytest.approx(
        share @ at**2 - (share @ at) ** 2, abs=1e-12
    )
    assert skewed_null(np.array([7.0]))[0] == 2.90
    # Ten options halve each of the five: 4 * (1.34 + 1/12) - 1/12.
    assert skewed_null(np.array([10.0]))[0] == pytest.approx(4 * (1.34 + 1 / 12) - 1 / 12)


def test_agreement_by_definition() -> None:
    """One group, two items on 1-5: variances 1/3 and 1; sigma^2 is 2."""
    values = np.array([[4.0, 3.0], [4.0, 5.0], [5.0, 4.0]])
    group = np.zeros(3, dtype=np.intp)
    variances = within_variances(values, group)
    np.testing.assert_allclose(variances, [[1 / 3, 1.0]])
    np.testing.assert_allclose(r_wg(variances, np.array([2.0, 2.0])), [[5 / 6, 0.5]])
    mean = (1 / 3 + 1) / 2 / 2
    wanted = 2 * (1 - mean) / (2 * (1 - mean) + mean)
    assert r_wg_j(variances, np.array([2.0, 2.0]))[0] == pytest.approx(wanted)


def test_more_variance_than_chance_is_no_agreement() -> None:
    values = np.array([[1.0], [5.0], [1.0], [5.0]])
    variances = within_variances(values, np.zeros(4, dtype=np.intp))
    assert r_wg(variances, np.array([2.0]))[0, 0] == 0.0
    assert r_wg_j(variances, np.array([2.0]))[0] == 0.0


def test_groups_of_one_have_no_agreement() -> None:
    variances = within_variances(np.array([[3.0], [4.0], [5.0]]), np.array([0, 1, 1]))
    assert np.isnan(variances[0, 0])
    assert variances[1, 0] == 0.5
