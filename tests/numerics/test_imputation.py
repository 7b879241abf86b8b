"""Imputations: given answers kept, donors' values only, coverage of pooled intervals."""

from __future__ import annotations

import numpy as np
import pytest

from survey_engine.numerics.imputation import Method, impute
from survey_engine.numerics.incomplete import group_rows
from survey_engine.numerics.rubin import pool
from survey_engine.numerics.saturated import saturated_moments

METHODS: tuple[Method, ...] = ("pmm", "normal")


def _survey(seed: int, n: int = 200, *, level: float = 0.0) -> np.ndarray:
    """Two columns; the second is missing more often where the first is high (MAR)."""
    draws = np.random.default_rng(seed)
    x = draws.standard_normal(n)
    y = 5 + 0.8 * x + 0.6 * draws.standard_normal(n)
    return np.column_stack(
        [x, np.where(draws.random(n) < 1 / (1 + np.exp(-x - level)), np.nan, y)]
    )


@pytest.mark.parametrize("method", METHODS)
def test_given_answers_stay_and_every_gap_is_filled(method: Method) -> None:
    values = _survey(1)
    seen = ~np.isnan(values)
    found = impute(values, m=3, seed=4, method=method).values
    assert found.shape == (3, 200, 2)
    assert not np.isnan(found).any()
    for one in found:
        np.testing.assert_array_equal(one[seen], values[seen])
    assert np.ptp(found[:, ~seen[:, 1], 1], axis=0).max() > 0


def test_matched_answers_are_answers_of_the_file() -> None:
    draws = np.random.default_rng(2)
    values = np.clip(np.rint(6 + 2 * draws.standard_normal((150, 4))), 1, 10)
    values[draws.random(values.shape) < 0.2] = np.nan
    given = [set(np.unique(column[~np.isnan(column)])) for column in values.T]
    found = impute(values, m=4, seed=1).values
    for j, allowed in enumerate(given):
        assert set(np.unique(found[:, :, j])) <= allowed


def test_same_seed_same_digits_and_more_imputations_keep_the_first() -> None:
    values = _survey(3)
    few, many = impute(values, m=2, seed=7), impute(values, m=5, seed=7)
    np.testing.assert_array_equal(few.values, many.values[:2])
    other = impute(values, m=2, seed=8)
    assert np.any(few.values != other.values)


@pytest.mark.parametrize("method", METHODS)
def test_pooled_moments_near_maximum_likelihood(method: Method) -> None:
    """Anderson's closed form is what EM gives; complete cases are far off here."""
    values = _survey(5, n=4000)
    best = saturated_moments(group_rows(values))
    found = impute(values, m=10, seed=1, method=method).values
    mean = found[:, :, 1].mean()
    covariance = np.mean([np.cov(v.T)[0, 1] for v in found])
    assert mean == pytest.approx(best.mean[1], abs=0.02)  # 1.7 SE of a mean over 4,000
    assert covariance == pytest.approx(best.covariance[0, 1], abs=0.03)
    assert abs(np.nanmean(values[:, 1]) - best.mean[1]) > 0.15


@pytest.mark.parametrize(
    ("method", "n", "level", "runs"), [("pmm", 400, -1.2, 400), ("normal", 120, 0.0, 150)]
)
def test_pooled_intervals_cover(method: Method, n: int, level: float, runs: int) -> None:
    """Mean of y: the share of intervals with the truth within 3.3 Monte-Carlo SE of 95 %.

    Matching has too few donors at the edge of small samples: with half of 120 answers
    missing it covers 87 % (docs say so), which is why it is not asked here.
    """
    covered = 0
    for run in range(runs):
        values = _survey(1000 + run, n=n, level=level)
        found = impute(values, m=6, seed=run, method=method, iterations=1).values[:, :, 1]
        pooled = pool(found.mean(axis=1), found.var(axis=1, ddof=1) / n, df_complete=n - 1)
        lower, upper = pooled.interval()
        covered += int(lower <= 5 <= upper)
    assert abs(covered / runs - 0.95) <= 3.3 * np.sqrt(0.95 * 0.05 / runs)


def test_weights_shift_the_regressions() -> None:
    """Two halves with opposite slopes; the weights decide which one fills the gaps."""
    draws = np.random.default_rng(6)
    x = draws.standard_normal(2000)
    sign = np.where(np.arange(2000) < 1000, 1.0, -1.0)
    y = sign * x + 0.1 * draws.standard_normal(2000)
    gap = draws.random(2000) < 0.3
    values = np.column_stack([x, np.where(gap, np.nan, y)])
    for heavy, expected in ((1.0, 1.0), (-1.0, -1.0)):
        weights = np.where(sign == heavy, 1.9, 0.1)
        found = impute(values, m=2, seed=1, weights=weights, method="normal").values[0]
        slope = np.polyfit(x[gap], found[gap, 1], 1)[0]
        assert slope == pytest.approx(expected * 0.9, abs=0.1)
