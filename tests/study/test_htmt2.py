"""HTMT2 with bootstrap limits, where it is asked for."""

from __future__ import annotations

import numpy as np
import pytest

from survey_engine.responses.survey_data import SurveyData
from tests.study.test_staged import study, valid

MODEL = """
Value =~ PERV1 + PERV2
Satisfaction =~ CUSA1 + CUSA2 + CUSA3
Satisfaction ~ Value
"""


@pytest.mark.parametrize(
    "options",
    [
        {"estimator": "pls", "robustness": True, "segments": 1},
        {"estimator": "ml", "measurement_tests": True},
    ],
    ids=["pls", "ml"],
)
def test_limits_of_htmt2(mobi_survey: SurveyData, options: dict[str, object]) -> None:
    document = valid(study(mobi_survey, MODEL, resamples=200, **options))
    (row,) = document["htmt2"]
    items = ["PERV1", "PERV2", "CUSA1", "CUSA2", "CUSA3"]
    r = np.corrcoef(mobi_survey.values[:, [mobi_survey.columns.index(i) for i in items]].T)
    between = np.exp(np.log(r[:2, 2:]).mean())
    inside = np.exp(np.log(r[2:, 2:][np.triu_indices(3, 1)]).mean())
    assert row["est"] == pytest.approx(between / np.sqrt(r[0, 1] * inside), abs=1e-9)
    assert row["ci_lower"] < row["est"] < row["ci_upper"]
    assert abs(row["ci_upper"] - document["htmt"][0]["ci_upper"]) < 0.1


def test_not_unless_asked_for(mobi_survey: SurveyData) -> None:
    assert valid(study(mobi_survey, MODEL, resamples=20))["htmt2"] == []
