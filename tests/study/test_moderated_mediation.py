"""Moderated mediation against regressions of the scores, and its way into the result."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from survey_engine.responses.survey_data import SurveyData
from tests.study.test_staged import study, valid

SINGLE = """
A =~ IMAG1
B =~ CUEX1
M =~ PERQ1
Y =~ CUSA1
M ~ A + B + A:B
Y ~ M + A
"""
BOTH = SINGLE.replace("Y ~ M + A", "Y ~ M + A + B + M:B")


def _standardised(data: SurveyData, item: str) -> NDArray[np.float64]:
    values = data.values[:, data.columns.index(item)]
    return np.asarray((values - values.mean()) / values.std(ddof=1))


def _slopes(y: NDArray[np.float64], *x: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.linalg.lstsq(np.column_stack([np.ones(len(y)), *x]), y, rcond=None)[0][1:]


def test_against_regressions(mobi_survey: SurveyData) -> None:
    """With one item a construct, PLS is least squares on standardised items."""
    document = valid(study(mobi_survey, SINGLE, resamples=200))
    a, b, m, y = (_standardised(mobi_survey, i) for i in ("IMAG1", "CUEX1", "PERQ1", "CUSA1"))
    first, second = _slopes(m, a, b, a * b), _slopes(y, m, a)
    rows = {(tuple(r["through"]), r["moderator"]): r for r in document["moderated_mediation"]}
    assert set(rows) == {(("A", "M", "Y"), "B"), (("B", "M", "Y"), "A")}
    row = rows[("A", "M", "Y"), "B"]
    assert row["moderated"] == [["A", "M"]]
    for one in row["conditional"]:
        expected = (first[0] + one["level"] * first[2]) * second[0]
        assert one["est"] == pytest.approx(expected, abs=1e-8)
        assert one["ci_lower"] < one["est"] < one["ci_upper"]
    assert row["est"] == pytest.approx(first[2] * second[0], abs=1e-8)
    assert row["ci_lower"] < row["est"] < row["ci_upper"]


def test_a_moderator_of_both_stages_has_no_single_index(mobi_survey: SurveyData) -> None:
    document = valid(study(mobi_survey, BOTH, resamples=0))
    rows = {(tuple(r["through"]), r["moderator"]): r for r in document["moderated_mediation"]}
    row = rows[("A", "M", "Y"), "B"]
    a, b, m, y = (_standardised(mobi_survey, i) for i in ("IMAG1", "CUEX1", "PERQ1", "CUSA1"))
    first, second = _slopes(m, a, b, a * b), _slopes(y, m, a, b, m * b)
    for one in row["conditional"]:
        level = one["level"]
        expected = (first[0] + level * first[2]) * (second[0] + level * second[3])
        assert one["est"] == pytest.approx(expected, abs=1e-8)
    assert row["est"] is None


@pytest.mark.parametrize("ci", ["bca", "studentised"])
def test_other_intervals(mobi_survey: SurveyData, ci: str) -> None:
    (row, _) = study(mobi_survey, SINGLE, resamples=100, ci=ci).moderated_mediation
    assert row.ci_lower is not None
    assert row.conditional[0].ci_lower is not None


def test_nothing_without_a_moderated_way(mobi_survey: SurveyData) -> None:
    plain = study(mobi_survey, "A =~ IMAG1\nY =~ CUSA1\nY ~ A", resamples=0)
    assert plain.moderated_mediation == ()
