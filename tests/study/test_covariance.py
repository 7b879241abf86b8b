"""Covariance-based requests, from the options to the result JSON."""

from __future__ import annotations

import json
from dataclasses import replace
from importlib import resources

import jsonschema
import numpy as np
import pandas as pd
import pytest

from survey_engine.errors import EstimationError
from survey_engine.responses.plain import plain_table
from survey_engine.responses.survey_data import RawResponses, SurveyData
from survey_engine.spec.model import ModelSpec
from survey_engine.spec.parse import parse_model_text
from survey_engine.study.document import result_document
from survey_engine.study.result import StudyResult, StudySpec
from survey_engine.study.run import run_study

MODEL = "visual =~ x1 + x2 + x3\ntextual =~ x4 + x5 + x6\nspeed =~ x7 + x8 + x9\n"
ITEMS = tuple(f"x{k}" for k in range(1, 10))
QUICK = {"second_opinion": False, "exploratory": False, "descriptives": False, "resamples": 0}


@pytest.fixture(scope="module")
def model() -> ModelSpec:
    return parse_model_text(MODEL, file="three")


@pytest.fixture(scope="module")
def survey(holzinger: pd.DataFrame) -> SurveyData:
    table = holzinger[[*ITEMS, "school"]].astype(str)
    raw = RawResponses(table=table, platform="csv", source="hs.csv", sha256="0" * 64)
    return plain_table(raw)


def _study(data: SurveyData, model: ModelSpec, **options: object) -> StudyResult:
    return run_study(data, model, StudySpec(**{**QUICK, **options}))  # type: ignore[arg-type]


def _document(result: StudyResult) -> dict:
    document = result_document(result, lambda one: (one.code, ""))
    folder = resources.files("survey_engine.study") / "schema" / "result-1.json"
    jsonschema.Draft202012Validator(json.loads(folder.read_text())).validate(document)
    return document


@pytest.mark.parametrize(
    ("estimator", "chisq", "scaled"),
    [
        ("ml", 85.3055, None),
        ("mlr", 85.3055, 87.1316),
        ("mlm", 85.3055, 80.8718),
        ("mlmv", 85.3055, 75.8528),
        ("gls", 77.4707, None),
        ("uls", 72.0982, None),
        ("ulsmv", 72.0982, 73.5790),
        ("wls", 83.3186, None),
        ("wlsmv", 43.9023, 79.3424),
    ],
)
def test_every_estimator_is_reached_from_a_request(
    survey: SurveyData, model: ModelSpec, estimator: str, chisq: float, scaled: float | None
) -> None:
    document = _document(_study(survey, model, estimator=estimator))
    assert document["estimator"] == estimator
    assert document["fit"]["chisq"] == pytest.approx(chisq, abs=5e-5)
    if scaled is None:
        assert "chisq_scaled" not in document["fit"]
    else:
        assert document["fit"]["chisq_scaled"] == pytest.approx(scaled, abs=5e-5)
    codes = [one["code"] for one in document["diagnostics"]]
    assert ("DWLS_CONTINUOUS" in codes) == (estimator == "wlsmv")


def test_a_group_column_gives_parameters_by_group(survey: SurveyData, model: ModelSpec) -> None:
    result = _study(
        survey,
        model,
        estimator="ml",
        group="school",
        group_equal=("loadings", "intercepts"),
        group_partial=("x3~1", "x7~1"),
    )
    document = _document(result)
    groups = {(row["group"], row["group_label"]) for row in document["parameters"]}
    assert groups == {(1, "Pasteur"), (2, "Grant-White")}
    assert document["fit"]["chisq"] == pytest.approx(129.4225, abs=5e-5)
    assert (document["fit"]["df"], document["fit"]["npar"]) == (58, 50)
    (told,) = [one for one in result.diagnostics if one.code == "GROUPS_FITTED"]
    assert told.where.groups == ("Pasteur", "Grant-White")
    # The tables are of everybody: those of the fit without groups.
    alone = _study(survey, model, estimator="ml")
    assert [row.est for row in result.loadings] == [row.est for row in alone.loadings]


def test_modifiers_per_group_do_not_stop_the_tables(survey: SurveyData) -> None:
    text = MODEL.replace("x2", "c(a, b)*x2") + "apart := a - b\n"
    result = _study(survey, parse_model_text(text, file="m"), estimator="ml", group="school")
    assert result.groups_fit is not None
    rows = {row.lhs: row for row in result.groups_fit.parameters if row.op == ":="}
    first, second = (row.est for row in result.groups_fit.parameters if row.label in ("a", "b"))
    assert first is not None
    assert second is not None
    assert rows["apart"].est == pytest.approx(first - second)
    assert rows["apart"].group == 0


def test_small_groups_warn_unless_equality_was_asked_for(
    survey: SurveyData, model: ModelSpec
) -> None:
    labels = ["few"] * 5 + ["many"] * (survey.values.shape[0] - 5)
    extra = survey.extra.assign(branch=labels)
    data = replace(survey, extra=extra)
    result = _study(data, model, estimator="ml", group="branch")
    (told,) = [one for one in result.diagnostics if one.code == "GROUPS_NOT_FITTED"]
    assert told.parameters["reason"] == "COVARIANCE_NOT_PD"
    assert result.groups_fit is None
    with pytest.raises(EstimationError) as caught:
        _study(data, model, estimator="ml", group="branch", group_equal=("loadings",))
    assert caught.value.diagnostics[0].code == "COVARIANCE_NOT_PD"
    assert caught.value.diagnostics[0].where.groups == ("few",)


def test_respondents_without_a_group_are_counted(survey: SurveyData, model: ModelSpec) -> None:
    column = survey.extra["school"].astype(object).copy()
    column.iloc[:3] = None
    data = replace(survey, extra=survey.extra.assign(school=column))
    result = _study(data, model, estimator="ml", group="school")
    (told,) = [one for one in result.diagnostics if one.code == "GROUP_CELLS_EMPTY"]
    assert told.parameters["n"] == 3
    assert result.groups_fit is not None
    assert result.groups_fit.moments.n == 298
    assert result.n == 301


def test_robust_errors_need_rows_that_moments_do_not_have(
    survey: SurveyData, model: ModelSpec
) -> None:
    values = survey.values.copy()
    values[0, 0] = np.nan
    with pytest.raises(EstimationError) as caught:
        _study(replace(survey, values=values), model, estimator="mlr", missing="pairwise")
    assert [one.code for one in caught.value.diagnostics] == ["ROWS_NEEDED"]


def test_covariance_options_without_use_are_named(
    mobi_survey: SurveyData, ecsi: ModelSpec
) -> None:
    result = _study(mobi_survey, ecsi, std_lv=True, group_equal=("loadings",))
    unused = {
        one.parameters["option"] for one in result.diagnostics if one.code == "OPTION_UNUSED"
    }
    assert unused == {"--std-lv", "--group-equal"}
