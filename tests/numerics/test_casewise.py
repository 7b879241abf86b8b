"""Numbers a respondent: small cases by hand, and scipy as the independent source."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from survey_engine.numerics.casewise import (
    longest_run,
    mahalanobis_p,
    one_answer,
    outer_fences,
    response_variability,
    welch,
)

NAN = np.nan


def test_longest_run() -> None:
    rows = np.array(
        [
            [5, 5, 5, 1, 1],
            [1, 2, 2, 2, 2],
            [5, 5, NAN, 5, 5],
            [NAN, NAN, NAN, NAN, NAN],
            [1, 2, 3, 4, 5],
        ]
    )
    assert longest_run(rows).tolist() == [3, 4, 2, 0, 1]


def test_one_answer_needs_every_item() -> None:
    rows = np.array([[3, 3, 3], [3, 3, NAN], [3, 3, 4], [NAN, NAN, NAN]], dtype=float)
    assert one_answer(rows).tolist() == [True, False, False, False]


def test_response_variability_is_the_standard_deviation_of_what_was_answered() -> None:
    rows = np.array([[1, 10, 1, 10], [4, 4, 4, 4], [2, NAN, 6, NAN], [7, NAN, NAN, NAN]])
    found = response_variability(rows)
    assert found[0] == pytest.approx(np.std([1, 10, 1, 10], ddof=1), abs=1e-14)
    assert found[1] == 0
    assert found[2] == pytest.approx(np.sqrt(8), abs=1e-14)
    assert np.isnan(found[3])


def test_outer_fences() -> None:
    assert outer_fences(np.array([1.0, 2, 3, 4, 5, NAN])) == (-4.0, 10.0)


def test_mahalanobis_against_scipy() -> None:
    chance = np.random.default_rng(1)
    rows = chance.normal(size=(80, 4)) @ chance.normal(size=(4, 4)) * [1, 1e3, 1e-3, 1]
    rows[3, 2] = NAN
    found = mahalanobis_p(rows)
    complete = np.delete(rows, 3, axis=0)
    inverse = np.linalg.inv(np.cov(complete.T))
    centred = complete - complete.mean(axis=0)
    distance = np.einsum("ij,jk,ik->i", centred, inverse, centred)
    np.testing.assert_allclose(np.delete(found, 3), stats.chi2.sf(distance, 4), rtol=1e-7)
    assert np.isnan(found[3])


@pytest.mark.parametrize("kind", ["twins", "constant", "few"])
def test_mahalanobis_without_an_inverse_is_undefined(kind: str) -> None:
    rows = np.random.default_rng(2).normal(size=(4 if kind == "few" else 50, 5))
    if kind == "twins":
        rows[:, 1] = 2 * rows[:, 0]
    if kind == "constant":
        rows[:, 1] = 3.0
    assert np.isnan(mahalanobis_p(rows)).all()


def test_welch_against_scipy() -> None:
    chance = np.random.default_rng(3)
    first, second = chance.normal(size=(40, 3)), chance.normal(0.4, 2.0, size=(60, 3))
    first[5, 1] = NAN
    d, p = welch(first, second)
    wanted = stats.ttest_ind(second, first, equal_var=False, nan_policy="omit")
    np.testing.assert_allclose(p, np.asarray(wanted.pvalue), rtol=1e-10)
    pooled = np.sqrt((39 * first[:, 0].var(ddof=1) + 59 * second[:, 0].var(ddof=1)) / 98)
    assert d[0] == pytest.approx((second[:, 0].mean() - first[:, 0].mean()) / pooled, abs=1e-12)
