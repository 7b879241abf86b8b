"""Drivers, the map and the rule of the actions, on made-up resamples."""

from __future__ import annotations

import numpy as np
import pytest

from survey_engine.analysis.actions import choose_actions, leverages
from survey_engine.analysis.drivers import driver_names, rank_drivers
from survey_engine.analysis.importance_performance import map_drivers, position
from survey_engine.analysis.simple_opinion import average_correlations
from survey_engine.assessment.resampled import Resampled
from survey_engine.estimation.estimates import Estimate
from survey_engine.spec.model import ModelSpec
from survey_engine.spec.parse import parse_model

MODEL = """
A =~ a1 + a2
B =~ b1 + b2
C =~ c1 + c2
S =~ s1 + s2
L =~ l1 + l2
S ~ A + B + C
L ~ S
"""
ITEMS = 10


@pytest.fixture
def model() -> ModelSpec:
    return parse_model(MODEL, file="m.txt")


def sampled(
    importance: list[float], shares: list[float] | None = None, *, noise: float = 0.02
) -> Resampled:
    """Effects of A, B, C on S; items at 50 but for those of C at 90."""
    rng = np.random.default_rng(1)
    effect = np.array([*importance, 0.0, 0.0])
    share = np.array(shares or [0.5] * ITEMS)
    score = np.array([50.0] * 4 + [90.0] * 2 + [50.0] * 4)

    def statistics(effects: np.ndarray) -> dict[str, np.ndarray]:
        item_effect = share * np.repeat(effects, 2, axis=-1)
        return {
            "importance": effects,
            "item_effect": item_effect,
            "leverage": item_effect * (100 - score),
            "performance": np.broadcast_to([50.0, 50, 90, 50, 50], effects.shape),
            "item_performance": np.broadcast_to(score, item_effect.shape),
            "r2": np.broadcast_to([np.nan, np.nan, np.nan, 0.5, 0.4], effects.shape),
        }

    draws = effect + noise * rng.standard_normal((400, 5))
    moving = statistics(draws)
    moving["performance"] = moving["performance"] + rng.standard_normal((400, 5))
    return Resampled(point=statistics(effect), draws=moving)


def test_drivers_are_those_with_a_way_to_the_index(model: ModelSpec) -> None:
    assert driver_names(model, "S") == ("A", "B", "C")
    assert driver_names(model, "L") == ("A", "B", "C", "S")


def test_ranking_says_what_the_data_can_separate(model: ModelSpec) -> None:
    found = rank_drivers(sampled([0.2, 0.6, 0.61]), model, "S")
    assert [d.source for d in found.drivers] == ["C", "B", "A"]
    assert [d.separable_from_next for d in found.drivers] == [False, True, None]
    gap = found.drivers[0].difference_to_next
    assert gap is not None
    assert gap.est == pytest.approx(0.01)
    assert not any(d.includes_zero for d in found.drivers)
    assert found.r2.est == 0.5


def test_without_resamples_nothing_is_separable(model: ModelSpec) -> None:
    bare = Resampled(point=sampled([0.2, 0.6, 0.3]).point)
    found = rank_drivers(bare, model, "S")
    assert [d.separable_from_next for d in found.drivers] == [None, None, None]
    assert all(d.includes_zero for d in found.drivers)
    assert choose_actions(leverages(bare, model, found), found) == ()


def test_the_map_places_by_interval(model: ModelSpec) -> None:
    data = sampled([0.2, 0.6, 0.6])
    found = map_drivers(data, model, rank_drivers(data, model, "S"))
    assert found is not None
    quadrants = {point.construct: point.quadrant for point in found.points}
    assert quadrants == {"A": "secondary", "B": "improve_first", "C": "keep_up"}
    assert found.mean_performance == pytest.approx((50 + 50 + 90) / 3)
    assert position(Estimate(est=5, ci_lower=4, ci_upper=6), 5) == "unclear"


def test_actions_take_effect_times_room_and_must_be_separable(model: ModelSpec) -> None:
    data = sampled([0.2, 0.6, 0.6], [0.5, 0.5, 0.7, 0.3, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5])
    drivers = rank_drivers(data, model, "S")
    ranking = leverages(data, model, drivers)
    assert [row.item for row in ranking][:2] == ["b1", "b2"]
    chosen = choose_actions(ranking, drivers, own_words={"b1": True})
    assert [(a.rank, a.item, a.overridden) for a in chosen] == [
        (1, "b1", True),
        (2, "b2", False),
    ]
    assert chosen[0].gain.est == pytest.approx(0.7 * 0.6 * 5)
    assert chosen[0].leverage == pytest.approx(0.7 * 0.6 * 50)
    assert leverages(data, model, drivers, forbidden={"b1"})[0].item == "b2"


def test_a_driver_that_may_be_zero_gives_no_action(model: ModelSpec) -> None:
    data = sampled([0.01, 0.6, -0.5])
    drivers = rank_drivers(data, model, "S")
    owners = {row.construct for row in leverages(data, model, drivers)}
    assert owners == {"B"}


def test_average_correlations_are_those_of_plain_averages() -> None:
    values = np.random.default_rng(2).normal(size=(60, 5)).cumsum(axis=1)
    averages = np.column_stack([values[:, :2].mean(axis=1), values[:, 2:].mean(axis=1)])
    found = average_correlations(np.cov(values, rowvar=False), np.full(5, 9.0), (2, 3))
    np.testing.assert_allclose(found, np.corrcoef(averages, rowvar=False), atol=1e-12)
