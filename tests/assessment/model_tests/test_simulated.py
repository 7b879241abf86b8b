"""Alignment recovers known means; dynamic cut-offs and Bollen-Stine behave as they must."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.special import chdtrc

from survey_engine.assessment.model_tests.alignment import align_factor
from survey_engine.assessment.model_tests.bollen_stine import bollen_stine
from survey_engine.assessment.model_tests.dynamic_cutoffs import (
    dynamic_cutoffs,
    misspecified,
    wishart_covariances,
)
from survey_engine.assessment.model_tests.measurement import (
    discriminant_tests,
    harman_test,
    method_factor,
)
from survey_engine.assessment.model_tests.of_fit import point_of
from survey_engine.estimation.cbsem.estimator import CbSemEstimator
from survey_engine.numerics.moments import Array, ArrayRows, Moments
from survey_engine.spec.model_text import parse_model_text

ITEMS = tuple(f"x{k}" for k in range(1, 10))
TEXT = "visual =~ x1 + x2 + x3\ntextual =~ x4 + x5 + x6\nspeed =~ x7 + x8 + x9"
SPEC = parse_model_text(TEXT, file="cfa")


def _moments(covariance: Array, n: int, columns: tuple[str, ...] = ITEMS) -> Moments:
    return Moments(
        columns=columns,
        n=n,
        n_effective=float(n),
        mean=np.zeros(len(columns)),
        covariance=covariance,
    )


@pytest.fixture(scope="module")
def pupils(holzinger: pd.DataFrame) -> Array:
    return holzinger[list(ITEMS)].to_numpy(float)


def test_alignment_finds_means_and_variances_in_spite_of_two_odd_items() -> None:
    loading, level = np.array([0.8, 0.9, 0.7, 1.0, 0.6]), np.array([3.0, 2.5, 4.0, 3.5, 2.0])
    mean, deviation = np.array([0.0, 0.5, -0.3]), np.array([1.0, 1.3, 0.8])
    loadings = deviation[:, None] * loading
    intercepts = level + mean[:, None] * loading
    exact = align_factor(loadings, intercepts, np.array([300.0, 250.0, 400.0]))
    np.testing.assert_allclose(exact.mean, mean, atol=1e-4)
    np.testing.assert_allclose(exact.deviation, deviation, atol=1e-4)
    np.testing.assert_allclose(exact.r2_intercept, 1.0, atol=1e-6)
    odd = intercepts.copy()
    odd[1, 2] += 0.8
    odd[2, 4] -= 0.6
    found = align_factor(loadings, odd, np.array([300.0, 250.0, 400.0]))
    # The loss is nearly flat in one item; equal means would be off by about .2.
    np.testing.assert_allclose(found.mean, mean, atol=0.05)
    assert found.converged
    assert found.r2_intercept[2] < 0.9
    assert found.r2_intercept[0] > 0.95


def test_wishart_draws_have_the_moments_of_sample_covariances() -> None:
    sigma = np.array([[2.0, 0.6], [0.6, 1.0]])
    draws = wishart_covariances(sigma, 50, 20_000, np.random.default_rng(5))
    # E = sigma (n - 1) / n; var s_12 = (n - 1)(s11 s22 + s12^2) / n^2; 4 standard errors.
    np.testing.assert_allclose(draws.mean(axis=0), sigma * 49 / 50, atol=0.012)
    expected = 49 * (2.0 * 1.0 + 0.36) / 2500
    assert draws[:, 0, 1].var() == pytest.approx(expected, rel=0.04)


def test_dynamic_cutoffs_grow_with_the_misfit_and_repeat(pupils: Array) -> None:
    fit = CbSemEstimator().fit(SPEC, _moments(np.cov(pupils.T, bias=True), 301))
    found = dynamic_cutoffs(CbSemEstimator(), fit, replications=200, seed=4)
    again = dynamic_cutoffs(CbSemEstimator(), fit, replications=200, seed=4)
    assert found == again
    assert found is not None
    mild, strong = found.levels
    assert strong.standard == "95/5"
    assert mild.standard in ("95/5", "90/10")
    assert mild.rmsea is not None
    assert strong.rmsea is not None
    assert strong.rmsea > mild.rmsea > 0.03
    assert mild.cfi is not None
    assert mild.cfi > 0.95
    assert set(mild.added) < set(strong.added)
    # Misspecified populations keep the items' variances.
    for sigma, _ in misspecified(point_of(fit)):
        np.testing.assert_allclose(np.diagonal(sigma), np.diagonal(fit.implied), rtol=1e-9)


def test_bollen_stine_is_the_chi_square_test_for_normal_answers(pupils: Array) -> None:
    fit = CbSemEstimator().fit(SPEC, _moments(np.cov(pupils.T, bias=True), 301))
    wrong = bollen_stine(CbSemEstimator(), fit, _rows(pupils), requested=200, seed=2)
    assert wrong.p == pytest.approx(1 / 201)
    assert wrong.mean_chisq == pytest.approx(24, abs=3)
    random = np.random.default_rng(8)
    true = random.multivariate_normal(np.zeros(9), fit.implied, 301)
    right = CbSemEstimator().fit(SPEC, _moments(np.cov(true.T, bias=True), 301))
    tested = bollen_stine(CbSemEstimator(), right, _rows(true), requested=200, seed=2)
    # Normal answers and a true model: both tests are right, 4 Monte-Carlo errors apart.
    expected = chdtrc(24, right.chisq)
    assert tested.p == pytest.approx(expected, abs=4 * (expected * (1 - expected) / 200) ** 0.5)


def _rows(values: Array) -> ArrayRows:
    return ArrayRows(columns=ITEMS, values=values)


def _population(phi: float, method: float) -> Array:
    """Two factors of four items, loadings .8; a method factor of this share in all items."""
    loading = np.kron(np.eye(2), np.full((4, 1), 0.8))
    sigma = loading @ np.array([[1.0, phi], [phi, 1.0]]) @ loading.T * (1 - method)
    sigma += method * np.ones((8, 8))
    np.fill_diagonal(sigma, 1.0)
    return sigma


@pytest.mark.parametrize(
    ("phi", "verdict"), [(0.5, "none"), (0.95, "moderate"), (0.99, "severe")]
)
def test_discriminant_verdicts_at_the_population(phi: float, verdict: str) -> None:
    columns = tuple(f"y{k}" for k in range(1, 9))
    spec = parse_model_text("A =~ y1 + y2 + y3 + y4\nB =~ y5 + y6 + y7 + y8", file="two")
    one = discriminant_tests(spec, _moments(_population(phi, 0.0), 200, columns))[0]
    assert one.correlation == pytest.approx(phi, abs=1e-6)
    assert one.verdict == verdict
    assert one.chisq_one is not None
    assert one.chisq_one == pytest.approx(one.chisq_merged)
    assert (one.chisq_cut is None) == (phi < 0.9)


def test_method_factor_share_is_recovered_at_the_population() -> None:
    columns = tuple(f"y{k}" for k in range(1, 9))
    # Unequal loadings within a factor tell the method factor from a correlation.
    loading = np.zeros((8, 2))
    loading[:4, 0], loading[4:, 1] = (0.9, 0.7, 0.5, 0.6), (0.8, 0.6, 0.7, 0.4)
    trait = loading @ np.array([[1.0, 0.3], [0.3, 1.0]]) @ loading.T
    sigma = 0.8 * trait + 0.15
    np.fill_diagonal(sigma, 1.0)
    spec = parse_model_text("A =~ y1 + y2 + y3 + y4\nB =~ y5 + y6 + y7 + y8", file="two")
    found = method_factor(spec, _moments(sigma, 500, columns))
    assert found is not None
    assert found.share == pytest.approx(0.15, abs=1e-5)
    assert found.p is not None
    none = method_factor(spec, _moments(trait + np.diag(1 - np.diagonal(trait)), 500, columns))
    assert none is not None
    assert none.share == pytest.approx(0.0, abs=1e-5)
    assert none.chisq == pytest.approx(0.0, abs=1e-6)
    equal = harman_test(_moments(np.full((8, 8), 0.6) + 0.4 * np.eye(8), 500, columns), columns)
    assert equal.share == pytest.approx((1 + 7 * 0.6) / 8)
    assert equal.alarming
