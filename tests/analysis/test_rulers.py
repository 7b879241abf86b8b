"""Shares, means and balances with their intervals."""

from __future__ import annotations

import numpy as np
import pytest

from survey_engine.analysis.answers import Answers, mean_interval
from survey_engine.analysis.proportions import adjusted_wald_nps, wilson
from survey_engine.analysis.rulers import (
    MeasuredItem,
    mean_times_ten,
    nps_style,
    top_two_box,
)


def measured(values: list[float], low: float = 1, high: float = 10) -> MeasuredItem:
    answers = Answers(values=np.array(values, dtype=float))
    return MeasuredItem(item="Q", answers=answers, minimum=low, maximum=high)


def test_wilson_interval_of_a_textbook_share() -> None:
    lower, upper = wilson(0.2, 50, 0.95)
    assert lower == pytest.approx(0.1124, abs=1e-4)
    assert upper == pytest.approx(0.3304, abs=1e-4)


def test_top_two_box_counts_the_two_highest_answers_of_its_scale() -> None:
    row = top_two_box(measured([1, 3, 4, 5, 5], high=5), 0.95)
    assert (row.est, row.n, row.method) == (0.6, 5, "wilson")
    assert top_two_box(measured([8, 9, 10, 10]), 0.95).est == 0.75


def test_mean_times_ten_runs_from_ten_to_a_hundred() -> None:
    row = mean_times_ten("Satisfaction", Answers(values=np.array([1.0, 4.0, 10.0])), 0.95)
    assert row.est == pytest.approx(50)
    assert row.method == "t"


def test_balance_on_one_to_ten_is_marked_as_such() -> None:
    row = nps_style(measured([9, 10, 7, 8, 6, 1, 10, 9]), 0.95)
    assert row is not None
    assert row.est == pytest.approx(25)
    assert (row.promoters, row.detractors) == (0.5, 0.25)
    assert row.method == "adjusted_wald_1_10"
    zero = nps_style(measured([0, 9], low=0), 0.95)
    assert zero is not None
    assert zero.method == "adjusted_wald"
    assert nps_style(measured([1, 5], high=5), 0.95) is None


def test_adjusted_wald_adds_three_answers() -> None:
    lower, upper = adjusted_wald_nps(1.0, 0.0, 10, 0.95)
    n, p, d = 13, 10.75 / 13, 0.75 / 13
    half = 1.959964 * np.sqrt((p + d - (p - d) ** 2) / n)
    assert lower == pytest.approx(100 * (p - d - half), abs=1e-3)
    assert upper <= 100


def test_weights_use_the_effective_number_of_answers() -> None:
    answers = Answers(values=np.array([2.0, 4.0, 9.0]), weights=np.array([2.0, 0.5, 0.5]))
    assert answers.n_effective == pytest.approx(9 / 4.5)
    assert answers.mean == pytest.approx((4 + 2 + 4.5) / 3)
    equal = Answers(values=answers.values, weights=np.full(3, 7.0))
    assert mean_interval(equal, 0.95) == mean_interval(Answers(values=answers.values), 0.95)
