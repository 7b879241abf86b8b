"""Minimum cells, complementary suppression and adjusted differences."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey_engine.analysis.answers import Answers
from survey_engine.analysis.segments import holm, segment_scores


def scores(sizes: dict[str, int], shift: float = 0.0) -> dict[str, object]:
    rng = np.random.default_rng(1)
    labels = [name for name, size in sizes.items() for _ in range(size)]
    values = rng.normal(70, 10, len(labels))
    values[: next(iter(sizes.values()))] += shift
    rows = segment_scores("region", labels, Answers(values=values), 0.95)
    return {row.segment: row for row in rows}


def test_small_cells_are_withheld_and_one_alone_takes_the_smallest_with_it() -> None:
    found = scores({"a": 200, "b": 50, "c": 29})
    assert (found["c"].est, found["c"].reason) == (None, "fewer_than_30")  # type: ignore[attr-defined]
    assert (found["b"].est, found["b"].reason) == (None, "complementary")  # type: ignore[attr-defined]
    assert found["a"].est is not None  # type: ignore[attr-defined]


def test_two_withheld_cells_protect_each_other() -> None:
    found = scores({"a": 200, "b": 50, "c": 29, "d": 9})
    assert found["b"].est is not None  # type: ignore[attr-defined]
    assert found["b"].caution  # type: ignore[attr-defined]
    assert not found["a"].caution  # type: ignore[attr-defined]
    assert found["d"].reason == "fewer_than_10"  # type: ignore[attr-defined]


def test_a_clear_difference_survives_the_adjustment() -> None:
    found = scores({"a": 120, "b": 120, "c": 120}, shift=8.0)
    row = found["a"]
    assert row.difference_to_rest.ci_lower > 3  # type: ignore[attr-defined]
    assert row.p_holm < 0.001  # type: ignore[attr-defined]
    assert row.comparisons == 3  # type: ignore[attr-defined]


def test_respondents_without_a_segment_belong_to_none() -> None:
    labels = ["a"] * 40 + [None] * 10 + ["b"] * 40
    values = np.concatenate([np.full(40, 60.0), np.zeros(10), np.full(40, 80.0)])
    values += np.tile([0.0, 1.0], 45)
    first, second = segment_scores("g", labels, Answers(values=values), 0.95)
    assert (first.n, second.n) == (40, 40)
    assert first.difference_to_rest is not None
    assert first.difference_to_rest.est == pytest.approx(-20)


def test_holm_steps_down_and_keeps_order() -> None:
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([0.02, None]) == [0.02, None]


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_holm_never_lowers_a_p_value(p_values: list[float]) -> None:
    adjusted = holm(p_values)
    for before, after in zip(p_values, adjusted, strict=True):
        assert after is not None
        assert before <= after <= 1
