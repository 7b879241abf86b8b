"""Bootstrap intervals of parameters and definitions against a bootstrap of regressions."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from survey_engine.responses.survey_data import SurveyData
from tests.study.test_staged import study, valid

CHAIN = """
X =~ IMAG1
M =~ PERQ1
Y =~ CUSA1
M ~ a*X
Y ~ b*M + c*X
indirect := a*b
share := indirect/(indirect + c)
"""


def _effects(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """a, b, a*b and its share of the total, by least squares."""
    x, m, y = values.T
    one = np.ones(len(x))
    a = np.linalg.lstsq(np.column_stack([one, x]), m, rcond=None)[0][1]
    _, b, c = np.linalg.lstsq(np.column_stack([one, m, x]), y, rcond=None)[0]
    return np.array([a, b, a * b, a * b / (a * b + c)])


def test_against_a_bootstrap_of_regressions(mobi_survey: SurveyData) -> None:
    document = valid(study(mobi_survey, CHAIN, estimator="ml", resamples=2000))
    rows = {row["label"]: row for row in document["bootstrap_parameters"] if row["label"]}
    at = [mobi_survey.columns.index(item) for item in ("IMAG1", "PERQ1", "CUSA1")]
    values = mobi_survey.values[:, at]
    random = np.random.default_rng(8)
    n = len(values)
    theirs = np.array([_effects(values[random.integers(0, n, n)]) for _ in range(2000)])
    low, high = np.percentile(theirs, [2.5, 97.5], axis=0)
    for k, name in enumerate(("a", "b", "indirect", "share")):
        row = rows[name]
        assert row["est"] == pytest.approx(_effects(values)[k], abs=1e-6)
        assert row["se"] == pytest.approx(theirs[:, k].std(ddof=1), rel=0.1)
        width = high[k] - low[k]
        assert row["ci_lower"] == pytest.approx(low[k], abs=0.1 * width)
        assert row["ci_upper"] == pytest.approx(high[k], abs=0.1 * width)
    assert rows["share"]["op"] == ":="


def test_every_free_parameter_is_there(mobi_survey: SurveyData) -> None:
    document = valid(study(mobi_survey, CHAIN, estimator="mlr", resamples=50, ci="bca"))
    free = [p for p in document["parameters"] if p["free"] or p["op"] == ":="]
    drawn = document["bootstrap_parameters"]
    assert [(p["lhs"], p["op"], p["rhs"]) for p in free] == [
        (p["lhs"], p["op"], p["rhs"]) for p in drawn
    ]
    for one, other in zip(free, drawn, strict=True):
        assert one["est"] == pytest.approx(other["est"], abs=1e-9)


@pytest.mark.parametrize("estimator", ["ml", "pls"])
def test_nothing_without_resamples(mobi_survey: SurveyData, estimator: str) -> None:
    document = valid(study(mobi_survey, CHAIN, estimator=estimator, resamples=0))
    assert document["bootstrap_parameters"] == []
