"""Leave-out moments against moments of the rows that stay; jackknife closed forms."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from survey_engine.numerics.jackknife import (
    acceleration,
    grouped_rows,
    jackknife_bias,
    jackknife_error,
)
from survey_engine.numerics.moments import Array, ArrayRows


def rows(n: int, p: int, seed: int, *, weighted: bool) -> ArrayRows:
    draws = np.random.default_rng(seed)
    weights = draws.uniform(0.2, 3.0, n) if weighted else None
    return ArrayRows(
        columns=tuple(f"x{j}" for j in range(p)),
        values=draws.integers(1, 10, (n, p)).astype(float),
        weights=weights,
    )


def moments(values: Array, weights: Array | None) -> tuple[Array, Array]:
    mean = np.average(values, axis=0, weights=weights)
    return mean, np.atleast_2d(np.cov(values.T, aweights=weights, ddof=0))


@settings(deadline=None, max_examples=30)
@given(n=st.integers(4, 40), seed=st.integers(0, 10**6), weighted=st.booleans())
def test_moments_without_a_row_are_those_of_the_others(
    n: int, seed: int, *, weighted: bool
) -> None:
    source = rows(n, 3, seed, weighted=weighted)
    mean, covariance = grouped_rows(source).without(0, n)
    for i in range(n):
        stay = np.arange(n) != i
        weights = None if source.weights is None else source.weights[stay]
        expected = moments(source.values[stay], weights)
        np.testing.assert_allclose(mean[i], expected[0], atol=1e-12)
        np.testing.assert_allclose(covariance[i], expected[1], atol=1e-11)


def test_groups_of_rows_are_dealt_once_each_and_leave_the_moments_of_the_others() -> None:
    source = rows(23, 2, 5, weighted=True)
    laid = grouped_rows(source, groups=5, seed=3)
    assert laid.weights.shape == (5, 5)
    assert sorted((laid.weights > 0).sum(axis=1)) == [4, 4, 5, 5, 5]
    assert laid.rows_left == 18
    mean, covariance = laid.without(0, 5)
    for g in range(5):
        inside = laid.weights[g] > 0
        gone = laid.centred[g, inside] + laid.mean
        stay = ~(source.values[:, None] == gone[None]).all(axis=2).any(axis=1)
        if stay.sum() + inside.sum() < 23:
            continue  # another row has the same answers
        assert source.weights is not None
        expected = moments(source.values[stay], source.weights[stay])
        np.testing.assert_allclose(mean[g], expected[0], atol=1e-12)
        np.testing.assert_allclose(covariance[g], expected[1], atol=1e-12)


def test_the_error_of_a_mean_is_the_textbook_one_and_its_bias_none() -> None:
    source = rows(50, 1, 1, weighted=False)
    mean, variance = grouped_rows(source).without(0, 50)
    textbook = source.values.std(ddof=1) / np.sqrt(50)
    assert jackknife_error(mean)[0] == pytest.approx(textbook, rel=1e-12)
    assert jackknife_bias(mean, source.values.mean(axis=0))[0] == pytest.approx(0, abs=1e-12)
    # The plug-in variance is biased by -s²/n, and the jackknife finds exactly that.
    plug_in = source.values.var(axis=0)
    bias = jackknife_bias(variance[:, 0], plug_in)[0]
    assert bias == pytest.approx(-source.values.var(ddof=1) / 50, rel=1e-10)


def test_acceleration_of_a_mean_is_a_sixth_of_its_skewness_over_root_n() -> None:
    source = rows(40, 1, 2, weighted=False)
    mean, _ = grouped_rows(source).without(0, 40)
    away = source.values[:, 0] - source.values.mean()
    skewness = (away**3).mean() / (away**2).mean() ** 1.5
    assert acceleration(mean)[0] == pytest.approx(skewness / (6 * np.sqrt(40)), rel=1e-10)
    assert acceleration(np.ones((40, 1)))[0] == 0.0


def test_undefined_leaves_are_left_out() -> None:
    leaves = np.array([[1.0, np.nan], [2.0, np.nan], [np.nan, 3.0]])
    assert jackknife_error(leaves)[0] == pytest.approx(0.5)
    assert np.isnan(jackknife_error(leaves)[1])


def test_three_rows_are_the_fewest() -> None:
    with pytest.raises(ValueError, match="at least 3 rows, not 2"):
        grouped_rows(rows(2, 1, 1, weighted=False))
