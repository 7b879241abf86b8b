"""Cores of the robustness checks against closed forms and other programs."""

from __future__ import annotations

import numpy as np
import pytest
from statsmodels.regression.linear_model import OLS
from statsmodels.sandbox.regression.gmm import IV2SLS

from survey_engine.numerics.ceiling import bottleneck, ceiling, permutation_p
from survey_engine.numerics.copula import copula_terms, weighted_covariance
from survey_engine.numerics.regression import least_squares, t_test, two_stage
from survey_engine.numerics.regression_mixture import (
    Equations,
    criteria,
    fit_mixture,
    start_from,
)
from survey_engine.numerics.shallow_tree import adjusted_rand, grow, honest_error, predict
from survey_engine.numerics.tetrads import PAIRED, model_tetrads, tetrads


@pytest.fixture(scope="module")
def simultaneous() -> np.ndarray:
    """Columns y, x endogenous, w exogenous, z1, z2."""
    rng = np.random.default_rng(3)
    n = 400
    z = rng.normal(size=(n, 2))
    w, u = rng.normal(size=n), rng.normal(size=n)
    x = z @ [0.7, 0.4] + 0.3 * w + 0.6 * u + rng.normal(size=n)
    y = 0.5 * x - 0.2 * w + u
    return np.column_stack([y, x, w, z])


def test_two_stage_least_squares_is_statsmodels(simultaneous: np.ndarray) -> None:
    y, x, w, z1, z2 = simultaneous.T
    n, one = len(y), np.ones(len(y))
    moments = np.cov(simultaneous.T, bias=True)
    found = two_stage(moments, 0, [1, 2], [2, 3, 4], n=n)
    theirs = IV2SLS(y, np.column_stack([one, x, w]), np.column_stack([one, w, z1, z2])).fit()
    np.testing.assert_allclose(found.slopes, theirs.params[1:], rtol=1e-10)
    np.testing.assert_allclose(found.errors, theirs.bse[1:], rtol=1e-10)


def test_sargan_hausman_and_first_stage_are_their_regressions(
    simultaneous: np.ndarray,
) -> None:
    y, x, w, z1, z2 = simultaneous.T
    n, one = len(y), np.ones(len(y))
    found = two_stage(np.cov(simultaneous.T, bias=True), 0, [1, 2], [2, 3, 4], n=n)
    instruments = np.column_stack([one, w, z1, z2])
    residual = y - np.column_stack([x, w]) @ found.slopes
    residual -= residual.mean()
    assert found.sargan_df == 1
    assert found.sargan == pytest.approx(
        n * OLS(residual, instruments).fit().rsquared, rel=1e-8
    )
    first = OLS(x, instruments).fit()
    augmented = OLS(y, np.column_stack([one, x, w, first.resid])).fit()
    assert found.hausman == pytest.approx(float(augmented.tvalues[3] ** 2), rel=1e-8)
    assert found.hausman_p == pytest.approx(float(augmented.pvalues[3]), rel=1e-8)
    tested = first.f_test(np.array([[0, 0, 1, 0], [0, 0, 0, 1]]))
    assert found.first_stage[0] == pytest.approx(float(tested.fvalue), rel=1e-8)


def test_a_batch_of_moments_gives_what_each_gives(simultaneous: np.ndarray) -> None:
    halves = [np.cov(part.T, bias=True) for part in np.split(simultaneous, 2)]
    together = two_stage(np.stack(halves), 0, [1, 2], [2, 3, 4], n=200)
    for k, moments in enumerate(halves):
        alone = two_stage(moments, 0, [1, 2], [2, 3, 4], n=200)
        np.testing.assert_allclose(together.slopes[k], alone.slopes, rtol=1e-12)
        np.testing.assert_allclose(together.sargan[k], alone.sargan, rtol=1e-9)


def test_least_squares_is_a_regression_with_an_intercept(simultaneous: np.ndarray) -> None:
    theirs = OLS(
        simultaneous[:, 0], np.column_stack([np.ones(400), simultaneous[:, 1:3]])
    ).fit()
    slopes, r2 = least_squares(np.cov(simultaneous.T), 0, [1, 2])
    np.testing.assert_allclose(slopes, theirs.params[1:], rtol=1e-10)
    assert r2 == pytest.approx(theirs.rsquared, rel=1e-10)
    p = t_test(theirs.params[1:], theirs.bse[1:], theirs.df_resid)
    np.testing.assert_allclose(p, theirs.pvalues[1:], rtol=1e-8)


def test_collinear_predictors_have_no_slopes() -> None:
    moments = np.ones((3, 3)) + np.diag([1.0, 0.0, 0.0])
    assert np.isnan(least_squares(moments, 0, [1, 2])[0]).all()


def test_a_triangle_of_points_leaves_half_the_scope_empty() -> None:
    x = np.repeat(np.arange(101.0), 101)
    y = np.tile(np.arange(101.0), 101)
    below = y <= x
    found = ceiling(x[below], y[below])
    # Straight ceiling y = x: half of the scope. Steps of 1 point cut 50 squares' halves.
    assert found.cr_fdh == pytest.approx(0.5, abs=1e-9)
    assert found.slope == pytest.approx(1.0, abs=1e-9)
    assert found.ce_fdh == pytest.approx(1 - (100 * 99 / 2) / 100**2, abs=1e-9)
    assert found.accuracy == 1.0


def test_a_ceiling_by_hand() -> None:
    # Corners (0, 1), (1, 3), (3, 4); scope 4 x 4 from (0, 0) to (4, 4).
    x, y = np.array([0.0, 1, 3, 4, 2]), np.array([1.0, 3, 4, 0, 2])
    found = ceiling(x, y)
    # Under the steps: 1 * 1 + 3 * 2 + 4 * 1 = 11 of 16.
    assert found.ce_fdh == pytest.approx(5 / 16)
    slope, intercept = np.polyfit([0, 1, 3], [1, 3, 4], 1)
    assert found.slope == pytest.approx(slope)
    at_high = (4 - intercept) / slope
    triangle = at_high * (4 - intercept) / 2
    assert found.cr_fdh == pytest.approx(triangle / 16)
    step, line = bottleneck(x, y, np.array([0.2, 0.5, 1.0]))
    np.testing.assert_allclose(step, [np.nan, 0.25, 0.75])
    np.testing.assert_allclose(line[1:], [(2 - intercept) / slope / 4, at_high / 4])


def test_necessity_is_told_from_chance() -> None:
    rng = np.random.default_rng(8)
    x = rng.uniform(size=200)
    y = x * rng.uniform(size=200)
    needed = permutation_p(x, y, permutations=999, seed=4)
    chance = permutation_p(x, rng.permutation(y), permutations=999, seed=4)
    assert max(needed) <= 0.002
    assert min(chance) > 0.05
    assert needed == permutation_p(x, y, permutations=999, seed=4)


def test_copula_terms_are_normal_scores_of_each_resample() -> None:
    from scipy.stats import norm

    values = np.array([3.0, 1.0, 2.0, 2.0])
    counts = np.array([[1.0, 1, 1, 1], [2, 0, 1, 1]])
    found = copula_terms(values, counts)
    np.testing.assert_allclose(found[0], norm.ppf(np.array([4, 1, 3, 3]) / 5))
    np.testing.assert_allclose(found[1][[0, 2]], norm.ppf(np.array([4, 2]) / 5))
    drawn = values[[0, 0, 2, 3]]
    moments = weighted_covariance(np.stack([values, values**2], 1), counts)
    np.testing.assert_allclose(moments[1], np.cov([drawn, drawn**2], bias=True))


@pytest.mark.parametrize("count", [4, 5, 6, 8])
def test_tetrads_vanish_for_one_factor_and_none_is_redundant(count: int) -> None:
    loadings = np.linspace(0.4, 0.9, count)
    which = model_tetrads(count)
    assert len(which) == count * (count - 3) // 2
    covariance = np.outer(loadings, loadings)
    np.testing.assert_allclose(tetrads(covariance, which), 0.0, atol=1e-15)
    # Derivatives with respect to the covariances have full rank: no tetrad follows from others.
    pairs = [(a, b) for a in range(count) for b in range(a)]
    jacobian = []
    for a, b in pairs:
        step = np.zeros((count, count))
        step[a, b] = step[b, a] = 1e-6
        jacobian.append(tetrads(covariance + step, which) / 1e-6)
    assert np.linalg.matrix_rank(np.array(jacobian), tol=1e-4) == len(which)


def test_the_paired_tetrad_vanishes_for_two_correlated_factors() -> None:
    loadings = np.array([[0.8, 0], [0.6, 0], [0, 0.7], [0, 0.9]])
    factors = np.array([[1, 0.4], [0.4, 1]])
    covariance = loadings @ factors @ loadings.T
    assert tetrads(covariance, PAIRED)[0] == pytest.approx(0.0, abs=1e-15)
    assert abs(tetrads(covariance, ((0, 1, 2, 3),))[0]) > 0.1


def _two_classes(n: int, seed: int, apart: float) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    label = (np.arange(n) < 0.6 * n).astype(int)
    x = rng.normal(size=(n, 2))
    slope = np.where(label[:, None] == 1, [[apart, 0.1]], [[0.1, apart]])
    y = (x * slope).sum(axis=1) + rng.normal(size=n) * np.sqrt(1 - apart**2 - 0.01)
    data = np.column_stack([x, y])
    return (data - data.mean(0)) / data.std(0, ddof=1), label


EQUATION = Equations(targets=(2,), predecessors=((0, 1),))


def test_one_class_is_least_squares() -> None:
    data, _ = _two_classes(300, 1, 0.5)
    found = fit_mixture(data, EQUATION, 1)
    slopes = np.linalg.lstsq(data[:, :2], data[:, 2], rcond=None)[0]
    np.testing.assert_allclose(found.slopes[0][:2, 2], slopes, rtol=1e-10)
    theirs = OLS(data[:, 2], data[:, :2]).fit()
    assert found.logl == pytest.approx(theirs.llf, rel=1e-10)
    assert found.parameters == 3


def test_planted_classes_come_back_and_the_starts_agree() -> None:
    data, label = _two_classes(600, 2, 0.95)
    found = fit_mixture(data, EQUATION, 2, seed=5)
    assert found.converged
    assert found.agreeing >= 2
    # The best any rule can do knows the parameters: where the classes agree, nobody can tell.
    x, y = data[:, :2], data[:, 2]
    truth = [
        np.linalg.lstsq(x[label == side], y[label == side], rcond=None)[0] for side in (0, 1)
    ]
    away = np.abs(np.stack([y - x @ slope for slope in truth], 1))
    oracle = adjusted_rand(away.argmin(axis=1), label)
    assert 0.45 < oracle < adjusted_rand(found.posterior.argmax(axis=1), label) + 0.03
    assert found.shares[0] == pytest.approx(0.6, abs=0.08)
    again = fit_mixture(data, EQUATION, 2, seed=5)
    assert np.array_equal(found.posterior, again.posterior)


def test_the_likelihood_never_falls() -> None:
    data, label = _two_classes(300, 4, 0.8)
    start = start_from(label, 2)
    values = [
        fit_mixture(data, EQUATION, 2, posterior=start, max_iterations=k).logl
        for k in range(1, 12)
    ]
    assert (np.diff(values) >= -1e-9).all()


def test_weights_are_repeated_rows() -> None:
    data, label = _two_classes(120, 6, 0.9)
    counts = np.where(np.arange(120) % 3 == 0, 2, 1)
    repeated = np.repeat(data, counts, axis=0)
    weighted = fit_mixture(
        data, EQUATION, 2, weights=counts.astype(float), posterior=start_from(label, 2)
    )
    whole = fit_mixture(
        repeated, EQUATION, 2, posterior=start_from(np.repeat(label, counts), 2)
    )
    assert weighted.logl == pytest.approx(whole.logl, rel=1e-7)
    np.testing.assert_allclose(weighted.slopes, whole.slopes, atol=1e-5)


def test_criteria_by_their_formulas() -> None:
    posterior = np.array([[1.0, 0.0], [0.5, 0.5], [0.0, 1.0], [0.5, 0.5]])
    found = criteria(-10.0, 7, posterior, weights=np.ones(4), single=-12.0)
    assert found["aic"] == 34
    assert found["aic3"] == 41
    assert found["aic4"] == 48
    assert found["bic"] == pytest.approx(20 + 7 * np.log(4))
    assert found["caic"] == pytest.approx(20 + 7 * (np.log(4) + 1))
    assert found["mdl5"] == pytest.approx(20 + 35 * np.log(4))
    assert found["hq"] == pytest.approx(20 + 14 * np.log(np.log(4)))
    # Two of four rows are as uncertain as can be.
    assert found["en"] == pytest.approx(0.5)
    assert found["nfi"] == pytest.approx(0.5)
    assert found["nec"] == pytest.approx(2 * np.log(2) / 2)


def test_rules_find_the_variable_that_made_the_classes() -> None:
    rng = np.random.default_rng(9)
    features = np.column_stack([rng.integers(1, 6, 300), rng.normal(size=300)])
    labels = (features[:, 0] > 3).astype(np.intp)
    leaves = grow(features, labels, 2)
    assert [leaf.conditions[0] for leaf in leaves[:2]] == [(0, 3.5, False), (0, 3.5, True)]
    assert np.array_equal(predict(leaves, features), labels)
    error, baseline = honest_error(features, labels, 2, seed=1)
    assert error == 0.0
    assert baseline == pytest.approx(min(labels.mean(), 1 - labels.mean()), abs=0.02)


def test_rules_without_content_are_not_better_than_the_largest_class() -> None:
    rng = np.random.default_rng(10)
    features, labels = rng.normal(size=(400, 4)), rng.integers(0, 2, 400)
    error, baseline = honest_error(features, labels.astype(np.intp), 2, seed=1)
    assert error > baseline - 0.05


def test_the_rand_index_by_hand() -> None:
    first = np.array([0, 0, 1, 1])
    assert adjusted_rand(first, np.array([1, 1, 0, 0])) == 1.0
    # Table of ones: 0 pairs agree, 4/3... expected 2*2/6: (0 - 2/3) / (2 - 2/3).
    assert adjusted_rand(first, np.array([0, 1, 0, 1])) == pytest.approx(-0.5)
