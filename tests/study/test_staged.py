"""Studies with products and higher-order constructs, from model text to result JSON."""

from __future__ import annotations

import json
from importlib import resources

import jsonschema
import numpy as np
import pytest

from survey_engine.responses.survey_data import SurveyData
from survey_engine.spec.parse import parse_model
from survey_engine.study.document import result_document
from survey_engine.study.result import StudyResult, StudySpec
from survey_engine.study.run import run_study
from survey_engine.study.simple_slopes import slope_region

QUICK = {"second_opinion": False, "exploratory": False}
MODERATED = """
Image =~ IMAG1 + IMAG2 + IMAG3 + IMAG4 + IMAG5
Expectation =~ CUEX1 + CUEX2 + CUEX3
Satisfaction =~ CUSA1 + CUSA2 + CUSA3
Satisfaction ~ Image + Expectation + Image:Expectation
"""
HIGHER = """
Image =~ IMAG1 + IMAG2 + IMAG3
Quality =~ PERQ1 + PERQ2 + PERQ3
Value =~ PERV1 + PERV2
Perception <~ Quality + Value
Satisfaction =~ CUSA1 + CUSA2 + CUSA3
Perception ~ Image
Satisfaction ~ Perception + Image
"""


def study(data: SurveyData, text: str, **options: object) -> StudyResult:
    model = parse_model(text, file="model.txt")
    return run_study(data, model, StudySpec(**QUICK, **options))  # type: ignore[arg-type]


def valid(result: StudyResult) -> dict:
    document = result_document(result, lambda one: (one.code, ""))
    folder = resources.files("survey_engine.study") / "schema" / "result-1.json"
    jsonschema.Draft202012Validator(json.loads(folder.read_text())).validate(document)
    return document


@pytest.mark.parametrize("method", ["two-stage", "product-indicator", "orthogonal"])
def test_moderation(mobi_survey: SurveyData, method: str) -> None:
    result = study(
        mobi_survey, MODERATED, index="Satisfaction", interaction=method, resamples=200
    )
    document = valid(result)
    paths = {(row["from"], row["to"]): row for row in document["paths"]}
    product = paths["Image:Expectation", "Satisfaction"]
    assert product["ci_lower"] < product["est"] < product["ci_upper"]
    low, middle, high = document["simple_slopes"]
    assert [low["level"], middle["level"], high["level"]] == [-1.0, 0.0, 1.0]
    assert middle["est"] == pytest.approx(paths["Image", "Satisfaction"]["est"])
    assert high["est"] - middle["est"] == pytest.approx(middle["est"] - low["est"])
    step = product["est"] / result.fit.product_deviation[0]  # type: ignore[union-attr]
    assert high["est"] - middle["est"] == pytest.approx(step)
    assert low["ci_lower"] < low["est"] < low["ci_upper"]
    assert result.index is not None
    assert result.drivers is not None
    assert {row.source for row in result.drivers.drivers} == {"Image", "Expectation"}
    scores = {row["construct"]: row["est"] for row in document["scores"]["constructs"]}
    assert scores["Image:Expectation"] is None
    assert scores["Satisfaction"] == pytest.approx(document["index"]["value"])


def test_a_higher_order_index_is_made_of_questions(mobi_survey: SurveyData) -> None:
    result = study(mobi_survey, HIGHER, index="Perception", resamples=200, ci="bca")
    document = valid(result)
    weights = document["index"]["weights"]
    assert set(weights) == {"PERQ1", "PERQ2", "PERQ3", "PERV1", "PERV2"}
    assert sum(weights.values()) == pytest.approx(1.0)
    answers = mobi_survey.values[:, [mobi_survey.columns.index(item) for item in weights]]
    expected = ((answers - 1) / 9 * 100) @ np.array(list(weights.values()))
    assert document["index"]["value"] == pytest.approx(expected.mean(), abs=1e-9)
    assert document["index"]["standard_deviation"] == pytest.approx(
        expected.std(ddof=1), abs=1e-8
    )
    first = {row["item"]: row for row in document["first_stage"]["loadings"]}
    assert first["PERQ1"]["ci_lower"] < first["PERQ1"]["est"] < first["PERQ1"]["ci_upper"]
    assert [
        row["item"] for row in document["loadings"] if row["construct"] == "Perception"
    ] == [
        "Quality",
        "Value",
    ]


@pytest.mark.parametrize("method", ["embedded", "repeated"])
def test_other_ways_to_a_higher_order_construct(mobi_survey: SurveyData, method: str) -> None:
    text = HIGHER.replace("<~", "=~")
    result = study(mobi_survey, text, index="Satisfaction", higher_order=method, resamples=50)
    document = valid(result)
    assert document["index"]["value"] == pytest.approx(71.2, abs=0.3)
    assert (document["first_stage"] is None) == (method == "repeated")


def test_same_bits_on_two_workers(mobi_survey: SurveyData) -> None:
    one, two = (
        study(mobi_survey, MODERATED, index="Satisfaction", resamples=500, workers=workers)
        for workers in (1, 2)
    )
    assert one.simple_slopes == two.simple_slopes
    assert one.paths == two.paths


def test_region_of_an_effect_is_where_its_normal_interval_leaves_zero() -> None:
    draws = np.random.default_rng(2).multivariate_normal(
        [0.3, 0.5], [[0.01, 0.008], [0.008, 0.02]], size=4000
    )
    lower, upper, significant = slope_region(np.array([0.3, 0.5]), draws, 0.95)
    assert significant == "between"
    assert lower is not None
    assert upper is not None
    step = draws[:, 1] - draws[:, 0]
    for level in (lower, upper):
        error = (draws[:, 0] + level * step).std(ddof=1)
        assert abs(0.3 + 0.2 * level) == pytest.approx(1.959964 * error, rel=1e-6)
    flat = np.column_stack([draws[:, 0], draws[:, 0]])
    assert slope_region(np.array([0.3, 0.3]), flat, 0.95) == (None, None, "everywhere")


def test_regions_and_unused_options_of_a_study(mobi_survey: SurveyData) -> None:
    result = study(mobi_survey, MODERATED, index="Satisfaction", resamples=300, exact_fit=True)
    (region,) = valid(result)["slope_regions"]
    assert region["from"] == "Image"
    assert region["significant"] in ("between", "outside", "everywhere")
    unused = [d.parameters["option"] for d in result.diagnostics if d.code == "OPTION_UNUSED"]
    assert unused == ["--exact-fit"]
