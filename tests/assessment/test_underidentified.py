"""A construct the answers do not show is named; composites and sound factors are not."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from survey_engine.assessment.exploratory.adequacy import bartlett_sphericity
from survey_engine.assessment.underidentified import (
    independence,
    underidentified,
)
from survey_engine.numerics.moments import Moments
from survey_engine.spec.parse import parse_model_text

MODEL = "A =~ a1 + a2 + a3\nB =~ b1 + b2\nB ~ A\n"
ITEMS = ("a1", "a2", "a3", "b1", "b2")


def moments(correlation: np.ndarray, n: int = 200) -> Moments:
    return Moments(columns=ITEMS, n=n, n_effective=n, mean=np.zeros(5), covariance=correlation)


def correlated(within_a: float, within_b: float, between: float) -> np.ndarray:
    matrix = np.full((5, 5), between)
    matrix[:3, :3], matrix[3:, 3:] = within_a, within_b
    np.fill_diagonal(matrix, 1.0)
    return matrix


def test_sphericity_is_scipys_chi_square_of_the_determinant() -> None:
    matrix = correlated(0.3, 0.3, 0.1)[:3, :3]
    statistic = -(200 - 1 - 11 / 6) * np.log(np.linalg.det(matrix))
    assert bartlett_sphericity(matrix, 200)[2] == pytest.approx(
        stats.chi2.sf(statistic, 3), rel=1e-12
    )


def test_sets_that_do_not_correlate_have_p_one() -> None:
    assert independence(correlated(0.5, 0.5, 0.0), [0, 1, 2], [3, 4], 200) == pytest.approx(1)


def test_repeated_items_determine_one_another() -> None:
    twice = np.kron(correlated(0.5, 0.5, 0.3), np.ones((2, 2)))
    assert independence(twice, [0, 2], [1, 3, 5, 7, 9], 200) == 0.0


def test_size_under_independence() -> None:
    """Simulated: 5 % of independent blocks pass for correlated (3 MC standard errors)."""
    draws = np.random.default_rng(1).standard_normal((2000, 100, 3))
    rejected = [bartlett_sphericity(np.corrcoef(x.T), 100)[2] <= 0.05 for x in draws]
    assert np.mean(rejected) == pytest.approx(0.05, abs=3 * np.sqrt(0.05 * 0.95 / 2000))


@pytest.mark.parametrize(
    ("correlation", "named", "cause"),
    [
        (correlated(0.5, 0.5, 0.3), [], None),
        (correlated(0.02, 0.5, 0.3), ["A"], "items"),
        (correlated(0.5, 0.5, 0.0), ["B"], "outside"),
        (correlated(0.5, 0.02, 0.3), ["B"], "items"),
    ],
)
def test_which_construct(correlation: np.ndarray, named: list[str], cause: str | None) -> None:
    spec = parse_model_text(MODEL, file="m")
    found = underidentified(spec, moments(correlation))
    assert [one.where.constructs[0] for one in found] == named
    assert [one.parameters["cause"] for one in found] == [cause] * len(named)


def test_composites_need_no_correlated_items() -> None:
    spec = parse_model_text(MODEL.replace("A =~", "A <~"), file="m")
    assert underidentified(spec, moments(correlated(0.02, 0.5, 0.3))) == []
