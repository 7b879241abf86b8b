"""The result JSON: its schema, its hash, its numbers."""

from __future__ import annotations

import json
import math
from importlib import resources
from typing import Any

import jsonschema
import pytest

from survey_engine.errors import Diagnostic
from survey_engine.responses.survey_data import SurveyData
from survey_engine.spec.model import ModelSpec
from survey_engine.study.canonical import plain, result_sha256
from survey_engine.study.document import result_document
from survey_engine.study.result import StudyResult, StudySpec
from survey_engine.study.run import run_study


def say(one: Diagnostic) -> tuple[str, str]:
    return one.code, "remedy"


@pytest.fixture(scope="module")
def schema() -> Any:
    folder = resources.files("survey_engine.study") / "schema" / "result-1.json"
    return json.loads(folder.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def document(mobi_study: StudyResult) -> dict[str, Any]:
    return result_document(mobi_study, say)


def test_the_schema_is_a_schema(schema: Any) -> None:
    jsonschema.Draft202012Validator.check_schema(schema)


def test_the_main_job_validates(schema: Any, document: dict[str, Any]) -> None:
    jsonschema.Draft202012Validator(schema).validate(document)
    json.dumps(document, allow_nan=False)


@pytest.mark.parametrize("estimator", ["ml", "plsc", "pls"])
def test_other_studies_validate(
    schema: Any, mobi_survey: SurveyData, ecsi: ModelSpec, estimator: str
) -> None:
    spec = StudySpec(estimator=estimator, resamples=0)  # type: ignore[arg-type]
    found = result_document(run_study(mobi_survey, ecsi, spec), say)
    jsonschema.Draft202012Validator(schema).validate(found)
    assert found["resamples"] is None
    if estimator == "plsc":
        assert found["index"] is None


def test_the_headline_is_the_result(document: dict[str, Any], mobi_study: StudyResult) -> None:
    assert document["schema"] == "1"
    assert document["admissible"] == "yes"
    assert document["index"]["value"] == pytest.approx(71.1692, abs=5e-5)
    assert document["n"] == 250
    assert mobi_study.drivers is not None
    first = document["drivers"]["drivers"][0]
    assert first["per_five"]["est"] == pytest.approx(5 * first["est"])
    items = {item["item"]: item for item in document["data"]["items"]}
    assert items["CUSA1"]["mean"] == pytest.approx(7.988)


def test_undefined_is_null(document: dict[str, Any]) -> None:
    single = next(c for c in document["constructs"] if c["name"] == "Complaints")
    assert [single[k] for k in ("alpha", "rho_a", "rho_c", "ave", "omega")] == [None] * 5
    image = next(c for c in document["constructs"] if c["name"] == "Image")
    assert image["r2"] is None
    assert image["alpha"] == pytest.approx(0.7228345954)


def test_the_hash_covers_everything_but_time_and_words(
    document: dict[str, Any], mobi_study: StudyResult
) -> None:
    elsewhere = result_document(mobi_study, lambda one: ("别的话", one.code))
    assert elsewhere["result_sha256"] == document["result_sha256"]
    assert result_sha256(document) == document["result_sha256"]
    later = json.loads(json.dumps(document))
    later["provenance"]["created"] = "2026-01-01T00:00:00Z"
    assert result_sha256(later) == document["result_sha256"]
    later["index"]["value"] += 1e-9
    assert result_sha256(later) != document["result_sha256"]


def test_same_seed_same_hash_on_two_workers(mobi_survey: SurveyData, ecsi: ModelSpec) -> None:
    hashes = {
        result_document(
            run_study(
                mobi_survey,
                ecsi,
                StudySpec(resamples=600, workers=workers, seed=7, second_opinion=False),
            ),
            say,
        )["result_sha256"]
        for workers in (1, 2)
    }
    assert len(hashes) == 1


def test_another_seed_another_hash(mobi_survey: SurveyData, ecsi: ModelSpec) -> None:
    def study(seed: int) -> dict[str, Any]:
        spec = StudySpec(resamples=250, seed=seed, second_opinion=False)
        return result_document(run_study(mobi_survey, ecsi, spec), say)

    one, other = study(1), study(2)
    assert one["index"]["value"] == other["index"]["value"]
    assert one["index"]["ci_lower"] != other["index"]["ci_lower"]


def test_no_resampled_values_leave_the_run(document: dict[str, Any]) -> None:
    def longest(value: Any) -> int:
        if isinstance(value, dict):
            return max(map(longest, value.values()), default=0)
        if isinstance(value, list):
            numbers = sum(isinstance(entry, (int, float)) for entry in value)
            return max([numbers, *map(longest, value)])
        return 0

    assert longest(document) <= 24  # eigenvalues, one an item


def test_plain_values() -> None:
    assert plain({"a": (math.nan, -0.0, 1 / 3)}) == {"a": [None, 0.0, 0.333333333333]}
