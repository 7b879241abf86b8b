"""What several PLS runs cannot be combined with is named; CB-SEM is not held to it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from survey_engine.errors import SurveyEngineError
from survey_engine.responses.survey_data import AnswerStatus, SurveyData
from survey_engine.simulation import SurveyDesign, simulate
from survey_engine.spec.parse import parse_model
from survey_engine.study.result import StudySpec
from survey_engine.study.run import run_study
from tests.study.test_staged import HIGHER, MODERATED, study

SECOND_ORDER = """
Service =~ s1 + s2 + s3
Price =~ p1 + p2 + p3
Range =~ r1 + r2 + r3
Offer =~ Service + Price + Range
Loyalty =~ l1 + l2 + l3
Loyalty ~ Offer
"""
LOWER = "Service =~ s1 + s2 + s3\nPrice =~ p1 + p2 + p3\nRange =~ r1 + r2 + r3\n"
FOUR = LOWER + "Loyalty =~ l1 + l2 + l3\nPrice ~ Service\nRange ~ Price\nLoyalty ~ Range\n"


@pytest.fixture(scope="module")
def with_gaps(mobi_survey: SurveyData) -> SurveyData:
    return _with_gaps(mobi_survey)


def _with_gaps(data: SurveyData) -> SurveyData:
    holes = np.random.default_rng(3).random(data.values.shape) < 0.03
    return replace(
        data,
        values=np.where(holes, np.nan, data.values),
        status=np.where(holes, AnswerStatus.SKIPPED, data.status),
    )


@pytest.mark.parametrize("text", [MODERATED, HIGHER], ids=["product", "higher"])
@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"missing": "em"}, "EM_UNSUPPORTED_OPTION"),
        ({"missing": "mi"}, "IMPUTATION_UNSUPPORTED"),
        ({"cluster": "CUSCO"}, "DESIGN_UNSUPPORTED"),
        ({"predict": "5"}, "PREDICTION_NOT_AVAILABLE"),
        ({"compare_groups": True, "group": "CUSCO"}, "GROUPS_NOT_AVAILABLE"),
    ],
)
def test_staged_models_are_refused_by_name(
    with_gaps: SurveyData,
    mobi_survey: SurveyData,
    text: str,
    options: dict[str, object],
    code: str,
) -> None:
    data = with_gaps if "missing" in options else mobi_survey
    with pytest.raises(SurveyEngineError) as refused:
        study(data, text, resamples=20, **options)
    assert code in {one.code for one in refused.value.diagnostics}


def test_what_several_runs_have_no_use_for_is_not_blamed_on_pls(
    mobi_survey: SurveyData,
) -> None:
    result = study(mobi_survey, MODERATED, resamples=20, robustness=True)
    (note,) = (one for one in result.diagnostics if one.code == "OPTION_UNUSED")
    assert note.parameters["estimator"] == "pls, A:B / A =~ B"


@pytest.mark.parametrize("estimator", ["pls", "gsca"])
def test_a_likelihood_is_needed_for_fiml(with_gaps: SurveyData, estimator: str) -> None:
    plain = MODERATED.replace(" + Image:Expectation", "")
    with pytest.raises(SurveyEngineError) as refused:
        study(with_gaps, plain, resamples=20, estimator=estimator, missing="fiml")
    assert "MISSING_NEEDS_ML" in {one.code for one in refused.value.diagnostics}


@pytest.mark.parametrize("missing", ["fiml", "em", "mi"])
def test_second_order_factors_with_gaps(missing: str) -> None:
    """CB-SEM needs one run, whatever the order of its factors."""
    model = parse_model(SECOND_ORDER, file="model.txt")
    chain = parse_model(FOUR, file="four.txt")
    whole = simulate(chain, n=1500, seed=2, design=SurveyDesign(rounded=False))
    spec = StudySpec(
        estimator="ml", resamples=0, imputations=5, second_opinion=False, exploratory=False
    )
    complete = run_study(whole, model, spec)
    filled = run_study(_with_gaps(whole), model, spec.model_copy(update={"missing": missing}))
    path, other = (
        next(row.est for row in one.paths if row.target == "Loyalty")
        for one in (complete, filled)
    )
    assert path == pytest.approx(other, abs=0.03)
