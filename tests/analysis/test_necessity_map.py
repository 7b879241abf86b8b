"""The combined map against brute force and by planted cases."""

from __future__ import annotations

import numpy as np
import pytest

from survey_engine.analysis.answers import Answers
from survey_engine.analysis.necessity import Necessity
from survey_engine.analysis.necessity_map import NecessityMap, necessity_map
from survey_engine.analysis.results import ImportancePerformance, MapPoint
from survey_engine.estimation.estimates import Estimate


def mapped(**effects: float) -> ImportancePerformance:
    points = tuple(
        MapPoint(
            construct=name,
            importance=Estimate(est=effect),
            performance=Estimate(est=60.0),
            importance_vs_mean="unclear",
            performance_vs_mean="unclear",
            quadrant="unclear",
        )
        for name, effect in effects.items()
    )
    mean = float(np.mean(list(effects.values())))
    return ImportancePerformance(
        target="Y", points=points, mean_importance=mean, mean_performance=60.0
    )


def condition(source: str, d: float | None, p: float) -> Necessity:
    return Necessity(
        source=source,
        target="Y",
        ce_fdh=d,
        ce_fdh_p=p,
        cr_fdh=d,
        cr_fdh_p=p,
        accuracy=1.0,
        bottleneck=(),
    )


def joined(
    scores: dict[str, np.ndarray], *, level: float, weights: np.ndarray | None = None
) -> NecessityMap:
    drivers = [name for name in scores if name != "Y"]
    return necessity_map(
        mapped(**{name: 0.1 * (k + 1) for k, name in enumerate(drivers)}),
        [condition(name, 0.3, 0.001) for name in drivers],
        {name: Answers(values=values, weights=weights) for name, values in scores.items()},
        level=level,
        cutoffs=(0.1, 0.05),
    )


@pytest.mark.parametrize("level", [30.0, 55.0, 72.5, 90.0])
def test_needed_level_and_share_below_by_brute_force(level: float) -> None:
    rng = np.random.default_rng(5)
    x = rng.integers(0, 21, 300) * 5.0
    noise = rng.integers(0, 21, 300) * 5.0
    y = np.minimum(x + 30, noise)  # whoever has y has at least y - 30 of x
    weights = rng.uniform(0.5, 2.0, 300)
    found = joined({"X": x, "Z": noise, "Y": y}, level=level, weights=weights)
    assert found.share_at_level == pytest.approx(weights[y >= level].sum() / weights.sum())
    for point in found.points:
        driver = {"X": x, "Z": noise}[point.construct]
        least = min(value for value, outcome in zip(driver, y, strict=True) if outcome >= level)
        if least == driver.min():
            assert (point.needed, point.share_below) == (None, 0.0)
            continue
        assert point.needed == pytest.approx(least, abs=1e-9)
        share = weights[driver < least].sum() / weights.sum()
        assert point.share_below == pytest.approx(share, abs=1e-12)


def test_a_level_that_nobody_has_needs_nothing_known() -> None:
    values = np.linspace(10, 70, 50)
    found = joined({"X": values, "Y": values}, level=71.0)
    assert (found.share_at_level, found.first) == (0.0, None)
    assert (found.points[0].needed, found.points[0].share_below) == (None, None)
    highest = joined({"X": values, "Y": values}, level=70.0)
    assert highest.points[0].needed == pytest.approx(70.0)
    assert highest.points[0].share_below == pytest.approx(49 / 50)
    lowest = joined({"X": values, "Y": values}, level=5.0)
    assert (lowest.points[0].needed, lowest.points[0].share_below) == (None, 0.0)


def test_both_cutoffs_and_the_mean_decide_the_standing() -> None:
    values = np.linspace(0, 100, 101)
    effects = {"A": 0.6, "B": 0.1, "C": 0.5, "D": 0.2}
    sizes = {"A": (0.1, 0.049), "B": (0.3, 0.001), "C": (0.3, 0.05), "D": (0.099, 0.001)}
    found = necessity_map(
        mapped(**effects),
        [condition(name, *one) for name, one in sizes.items()],
        {name: Answers(values=values) for name in (*effects, "Y")},
        level=80.0,
        cutoffs=(0.1, 0.05),
    )
    assert {point.construct: point.standing for point in found.points} == {
        "A": "must_and_should",
        "B": "must",
        "C": "should",
        "D": "neither",
    }


def test_what_most_respondents_lack_comes_first() -> None:
    y = np.arange(100.0)
    many, few = y.copy(), np.maximum(y - 40, 0.0)
    found = joined({"Few": few, "Many": many, "Y": y}, level=60.0)
    assert [point.construct for point in found.points] == ["Many", "Few"]
    assert found.first == "Many"
    assert [point.share_below for point in found.points] == pytest.approx([0.6, 0.6])
    nobody = joined({"X": np.where(y < 99, 50.0, 60.0), "Y": y}, level=90.0)
    assert nobody.first is None
