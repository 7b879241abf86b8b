"""Sample sizes against published values and statsmodels' power of a normal test."""

from __future__ import annotations

import numpy as np
import pytest
from statsmodels.stats.power import NormalIndPower

from survey_engine.analysis.planning import (
    Demand,
    margin_of,
    power_of_difference,
    respondents_for_difference,
    respondents_for_margin,
    respondents_for_path,
)


def test_inverse_square_root_rule() -> None:
    # Kock & Hadaya (2018) and methodology section 9: 155 for .2.
    assert respondents_for_path(0.2, Demand()) == 155
    assert respondents_for_path(-0.2, Demand(design_effect=2.0)) == 310


def test_margin_and_respondents_are_inverse() -> None:
    # methodology section 2.3: s = 15.35, n = 250 gives 0.97 standard errors, 1.9 points.
    assert margin_of(250, 15.35, Demand()) == pytest.approx(1.9, abs=0.01)
    n = respondents_for_margin(1.9, 15.35, Demand())
    assert margin_of(n, 15.35, Demand()) <= 1.9 < margin_of(n - 1, 15.35, Demand())


@pytest.mark.parametrize(("difference", "power"), [(3.0, 0.8), (2.0, 0.9), (8.0, 0.5)])
def test_difference_agrees_with_statsmodels(difference: float, power: float) -> None:
    n = respondents_for_difference(difference, 17.0, Demand(power=power))
    solved = NormalIndPower().solve_power(
        effect_size=difference / 17.0, alpha=0.05, power=power, alternative="two-sided"
    )
    assert n == int(np.ceil(solved)) or abs(n - solved) < 0.05 * solved
    mine = power_of_difference(difference, 17.0, n, Demand())
    theirs = NormalIndPower().power(difference / 17.0, n, 0.05, alternative="two-sided")
    assert mine == pytest.approx(theirs, rel=1e-9)
    assert mine >= power - 1e-9


def test_the_same_people_twice_need_fewer() -> None:
    apart = respondents_for_difference(3, 17, Demand())
    together = respondents_for_difference(3, 17, Demand(), correlation=0.5)
    assert together == pytest.approx(apart / 2, abs=1)
