"""Groups in a study: gate, notes, JSON, refusals."""

from __future__ import annotations

import json
from dataclasses import replace
from importlib import resources
from typing import Any

import jsonschema
import numpy as np
import pytest

from survey_engine.errors import EstimationError
from survey_engine.responses.survey_data import SurveyData
from survey_engine.spec.model import ModelSpec
from survey_engine.study.document import result_document
from survey_engine.study.result import StudySpec
from survey_engine.study.run import run_study


def with_groups(data: SurveyData, labels: list[str]) -> SurveyData:
    extra = data.extra.copy()
    extra["branch"] = labels
    return replace(data, extra=extra)


@pytest.fixture(scope="module")
def branches(mobi_survey: SurveyData) -> SurveyData:
    """Three branches at random, and four customers of a fourth."""
    rng = np.random.default_rng(8)
    labels = [f"B{k}" for k in rng.integers(1, 4, mobi_survey.n - 4)] + ["tiny"] * 4
    return with_groups(mobi_survey, labels)


def run(data: SurveyData, model: ModelSpec, **options: Any) -> dict[str, Any]:
    given = {"group": "branch", "compare_groups": True, "permutations": 99, "resamples": 100}
    spec = StudySpec(second_opinion=False, exploratory=False, **{**given, **options})
    return result_document(run_study(data, model, spec), lambda one: (one.code, ""))


@pytest.fixture(scope="module")
def compared(branches: SurveyData, ecsi: ModelSpec) -> dict[str, Any]:
    return run(branches, ecsi)


def test_the_document_is_valid_and_complete(compared: dict[str, Any]) -> None:
    folder = resources.files("survey_engine.study") / "schema" / "result-1.json"
    jsonschema.validate(compared, json.loads(folder.read_text(encoding="utf-8")))
    found = compared["group_comparison"]
    assert len(found["pairs"]) == 3
    assert len(found["omnibus"]) == 12
    assert {row["group"] for row in found["groups"]} == {"B1", "B2", "B3"}
    assert found["left_out"] == [{"group": "tiny", "n": 4}]
    assert (found["permutations"], found["resamples"]) == (99, 100)
    for pair in found["pairs"]:
        assert len(pair["micom"]) == 7
        single = next(row for row in pair["micom"] if row["construct"] == "Complaints")
        assert (single["correlation"], single["correlation_p"]) == (1.0, 1.0)


def test_a_forbidden_comparison_is_null_and_says_why(compared: dict[str, Any]) -> None:
    told = {
        tuple(one["where"]["groups"]): one
        for one in compared["diagnostics"]
        if one["code"] == "COMPARISON_FORBIDDEN"
    }
    for pair in compared["group_comparison"]["pairs"]:
        broken = {row["construct"] for row in pair["micom"] if row["invariance"] == "none"}
        refused = []
        for row in pair["paths"]:
            expected = {row["from"], row["to"]} & broken
            assert set(row["forbidden_by"]) == expected
            assert row["compared"] is (not expected)
            assert (row["difference"] is None) is bool(expected)
            assert (row["p_permutation"] is None) is bool(expected)
            if expected:
                refused.append(f"{row['to']}~{row['from']}")
        one = told.get((pair["first"], pair["second"]))
        assert (one["where"]["parameters"] if one else []) == refused


def test_small_groups_are_left_out_with_a_note(compared: dict[str, Any]) -> None:
    (note,) = [one for one in compared["diagnostics"] if one["code"] == "GROUP_LEFT_OUT"]
    assert note["where"]["groups"] == ["tiny"]
    assert note["parameters"] == {"n": 4, "least": 30}


def test_unequal_groups_are_told(mobi_survey: SurveyData, ecsi: ModelSpec) -> None:
    data = with_groups(mobi_survey, ["a"] * 45 + ["b"] * 205)
    found = run(data, ecsi, resamples=0, permutations=20)
    (note,) = [one for one in found["diagnostics"] if one["code"] == "GROUP_SIZES_UNEQUAL"]
    assert note["parameters"] == {"smallest": 45, "largest": 205}
    row = found["group_comparison"]["pairs"][0]["paths"][0]
    assert row["p_henseler"] is None
    assert row["p_permutation"] is not None


@pytest.mark.parametrize(
    ("labels", "options", "code", "parameters"),
    [
        (None, {"group": None}, "GROUPS_NEED_COLUMN", {}),
        (None, {"estimator": "ml"}, "GROUPS_NOT_AVAILABLE", {"reason": "-e ml"}),
        (
            ["a"] * 245 + ["b"] * 5,
            {},
            "GROUPS_TOO_FEW",
            {"column": "branch", "groups": 1, "least": 30},
        ),
    ],
)
def test_what_cannot_be_compared_is_refused_by_name(
    branches: SurveyData,
    ecsi: ModelSpec,
    labels: list[str] | None,
    options: dict[str, Any],
    code: str,
    parameters: dict[str, Any],
) -> None:
    data = branches if labels is None else with_groups(branches, labels)
    with pytest.raises(EstimationError) as caught:
        run(data, ecsi, **options)
    (problem,) = caught.value.diagnostics
    assert problem.code == code
    assert dict(problem.parameters) == parameters
