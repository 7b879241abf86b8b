"""Inference options of a study, from request to result JSON."""

from __future__ import annotations

import json
from importlib import resources

import jsonschema
import pytest

from survey_engine.responses.survey_data import SurveyData
from survey_engine.spec.model import ModelSpec
from survey_engine.study.document import result_document
from survey_engine.study.result import StudyResult, StudySpec
from survey_engine.study.run import run_study

QUICK = {"second_opinion": False, "exploratory": False, "descriptives": False}


def study(data: SurveyData, model: ModelSpec, **options: object) -> StudyResult:
    return run_study(data, model, StudySpec(**QUICK, **options))  # type: ignore[arg-type]


def valid(result: StudyResult) -> dict:
    document = result_document(result, lambda one: (one.code, ""))
    folder = resources.files("survey_engine.study") / "schema" / "result-1.json"
    jsonschema.Draft202012Validator(json.loads(folder.read_text())).validate(document)
    return document


def test_bca_moves_the_limits_and_not_the_estimates(
    mobi_survey: SurveyData, ecsi: ModelSpec
) -> None:
    plain = study(mobi_survey, ecsi, resamples=500)
    bca = study(mobi_survey, ecsi, resamples=500, ci="bca")
    for one, other in zip(plain.paths, bca.paths, strict=True):
        assert (one.est, one.se) == (other.est, other.se)
        assert one.ci_lower != other.ci_lower
    document = valid(bca)
    assert document["resamples"]["interval"] == "bca"
    assert document["inference"]["jackknife_groups"] == 250
    rows = {(r["table"], r["from"], r["to"]): r for r in document["inference"]["jackknife"]}
    for path in document["paths"]:
        # Two ways to one standard error.
        row = rows["paths", path["from"], path["to"]]
        assert row["se"] == pytest.approx(path["se"], rel=0.2), row
    score = rows["scores", None, "Satisfaction"]
    assert score["est"] == pytest.approx(document["index"]["value"])
    assert valid(plain)["inference"] is None


def test_studentised_intervals(mobi_survey: SurveyData, ecsi: ModelSpec) -> None:
    document = valid(study(mobi_survey, ecsi, resamples=250, ci="studentised"))
    assert document["resamples"]["interval"] == "studentised"
    index = document["index"]
    assert index["ci_lower"] < index["value"] < index["ci_upper"]
    assert index["ci_upper"] - index["ci_lower"] == pytest.approx(3.92 * index["se"], rel=0.2)
    single = next(r for r in document["loadings"] if r["item"] == "CUSCO")
    assert (single["ci_lower"], single["ci_upper"]) == (1.0, 1.0)


def test_results_under_each_treatment(mobi_survey: SurveyData, ecsi: ModelSpec) -> None:
    document = valid(
        study(mobi_survey, ecsi, resamples=200, estimator="plsc", inadmissible="keep")
    )
    assert document["resamples"]["treatment"] == "keep"
    assert document["resamples"]["usable"] == 200
    treatments = {one["treatment"]: one for one in document["inference"]["treatments"]}
    assert set(treatments) == {"keep", "drop", "replace"}
    assert treatments["drop"]["used"] < 200
    assert treatments["replace"]["drawn"] > 200
    keep = treatments["keep"]["paths"]
    assert [row["ci_lower"] for row in keep] == [row["ci_lower"] for row in document["paths"]]


def test_sign_changes(mobi_survey: SurveyData, ecsi: ModelSpec) -> None:
    plain, construct, individual = (
        study(mobi_survey, ecsi, resamples=300, sign=sign)
        for sign in ("none", "construct", "individual")
    )
    assert plain.paths == construct.paths  # the sign rule left nothing to turn
    weak = [row for row in individual.paths if row.est is not None and abs(row.est) < 0.05]
    assert weak
    for row in weak:
        assert row.est is not None
        assert row.ci_lower is not None
        assert row.ci_upper is not None
        # One by one every draw takes the sign of the estimate.
        assert row.ci_lower * row.est >= 0
        assert row.ci_upper * row.est >= 0
    assert valid(individual)["resamples"]["sign"] == "individual"


def test_an_option_without_use_is_named(mobi_survey: SurveyData, ecsi: ModelSpec) -> None:
    result = study(mobi_survey, ecsi, resamples=0, estimator="ml", sign="construct")
    found = [one for one in result.diagnostics if one.code == "OPTION_UNUSED"]
    assert [one.parameters["option"] for one in found] == ["--sign"]


def test_sum_scores_as_a_study(mobi_survey: SurveyData, ecsi: ModelSpec) -> None:
    document = valid(study(mobi_survey, ecsi, resamples=100, estimator="sum"))
    assert document["estimator"] == "sum"
    assert set(document["modes"].values()) == {"A", "unit"}  # A: single items
    # Raw metric: the index is the plain average of the items on 0-100.
    means = [7.988, 7.128, 7.316]
    expected = sum((mean - 1) / 9 * 100 for mean in means) / 3
    assert document["index"]["value"] == pytest.approx(expected, abs=1e-9)


def test_the_index_under_every_mode(mobi_survey: SurveyData, ecsi: ModelSpec) -> None:
    result = study(mobi_survey, ecsi, resamples=0, modes={"Satisfaction": "nonnegative"})
    rows = {row["mode"]: row for row in valid(result)["index_by_mode"]}
    assert list(rows) == ["A", "B", "PCA", "unit", "nonnegative"]
    assert [mode for mode, row in rows.items() if row["used"]] == ["nonnegative"]
    assert result.index is not None
    assert rows["nonnegative"]["value"] == pytest.approx(result.index.est)
    assert rows["A"]["value"] == pytest.approx(71.16924708283554, abs=1e-9)
    assert sum(rows["PCA"]["weights"].values()) == pytest.approx(1.0)
    assert valid(study(mobi_survey, ecsi, resamples=0))["index_by_mode"] == []


@pytest.mark.parametrize("ci", ["percentile", "bca"])
def test_mediation_of_a_study(mobi_survey: SurveyData, ecsi: ModelSpec, ci: str) -> None:
    document = valid(study(mobi_survey, ecsi, resamples=300, ci=ci))
    rows = {(row["from"], row["to"]): row for row in document["mediation"]}
    indirect = {(row["from"], row["to"]): row for row in document["indirect_effects"]}
    assert set(rows) == set(indirect)
    for pair, row in rows.items():
        each = [
            way["est"]
            for way in document["specific_indirect_effects"]
            if (way["through"][0], way["through"][-1]) == pair
        ]
        assert sum(each) == pytest.approx(indirect[pair]["est"], abs=1e-9)
        assert row["indirect"]["ci_lower"] == indirect[pair]["ci_lower"]
    assert rows["Image", "Satisfaction"]["decision"] == "complementary"
    assert rows["Image", "Quality"]["decision"] == "indirect_only"
    assert rows["Image", "Quality"]["direct"] is None
    tests = [row for row in document["effect_tests"] if row["family"] == "paths"]
    assert len(tests) == len(document["paths"])
    for row in tests:
        assert row["p"] <= row["p_bh"] <= row["p_holm"] <= row["p_bonferroni"] <= 1.0


def test_without_resamples_there_is_no_decision(
    mobi_survey: SurveyData, ecsi: ModelSpec
) -> None:
    document = valid(study(mobi_survey, ecsi, resamples=0))
    assert {row["decision"] for row in document["mediation"]} == {None}
    assert {row["p"] for row in document["effect_tests"]} == {None}
