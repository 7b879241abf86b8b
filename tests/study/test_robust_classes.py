"""Hidden classes of a whole study, on planted ones: JSON, checklist, report, refusals."""

from __future__ import annotations

import json
from importlib import resources
from typing import Any

import jsonschema
import numpy as np
import pandas as pd
import pytest

from survey_engine.document.blocks import TableBlock
from survey_engine.errors import Diagnostic, Scope, Severity
from survey_engine.report.compose import compose
from survey_engine.responses.plain import plain_table
from survey_engine.responses.survey_data import RawResponses, SurveyData
from survey_engine.spec.parse import parse_model_text
from survey_engine.study.document import result_document
from survey_engine.study.result import StudyResult, StudySpec
from survey_engine.study.run import run_study
from tests.report import factory

TEXT = "A =~ a1 + a2 + a3\nB =~ b1 + b2 + b3\nC =~ c1 + c2 + c3\nC ~ A + B\n"


@pytest.fixture(scope="module")
def survey() -> SurveyData:
    """A moves C in the first 60 %, B in the others; `city` says nearly who is who."""
    rng = np.random.default_rng(2)
    label = np.arange(400) >= 240
    a, b = rng.normal(size=(2, 400))
    c = np.where(label, 0.95 * b, 0.95 * a) + 0.2 * rng.normal(size=400)
    items = [f[:, None] + 0.25 * rng.normal(size=(400, 3)) for f in (a, b, c)]
    names = [f"{name}{j}" for name in "abc" for j in (1, 2, 3)]
    table = pd.DataFrame(np.concatenate(items, axis=1).round(4), columns=names).astype(str)
    table["city"] = np.where(label, "north", "south")
    raw = RawResponses(table=table, platform="csv", source="x.csv", sha256="0" * 64)
    return plain_table(raw)


def study(survey: SurveyData, way: str, text: str = TEXT, **options: Any) -> StudyResult:
    spec = StudySpec(resamples=0, robustness=True, segments=2, segmentation=way, **options)  # type: ignore[arg-type]
    return run_study(survey, parse_model_text(text, file="model.txt"), spec)


def say(one: Diagnostic) -> tuple[str, str]:
    return one.code, "remedy"


@pytest.fixture(scope="module", params=["pos", "rebus", "sem"])
def found(request: pytest.FixtureRequest, survey: SurveyData) -> tuple[str, StudyResult]:
    return request.param, study(survey, request.param)


def test_two_classes_are_retained_described_and_valid_json(
    found: tuple[str, StudyResult],
) -> None:
    way, result = found
    robust = result.robustness
    assert robust.classes.retained == 2
    assert "city" in robust.classes.rules[0].conditions[0]
    assert (robust.own_weights is not None) == (way == "pos")
    assert (robust.response_based is not None) == (way == "rebus")
    document = result_document(result, say)
    folder = resources.files("survey_engine.study") / "schema" / "result-1.json"
    jsonschema.Draft202012Validator(json.loads(folder.read_text("utf-8"))).validate(document)
    json.dumps(document, allow_nan=False)


def test_the_checklist_says_what_the_index_is_worth(found: tuple[str, StudyResult]) -> None:
    way, result = found
    lines = {line.item: line for line in result.checklist}
    assert lines["hidden_classes"].value == 2.0
    assert ("class_gqi_p" in lines) == (way == "rebus")
    if way == "rebus":
        assert lines["class_gqi_p"].verdict == "pass"


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_report_shows_the_classes(found: tuple[str, StudyResult], language: str) -> None:
    way, result = found
    document = compose(result, language=language, wording=factory.wording(language))
    section = next(s for s in document.sections if s.id == "appendix_robustness")
    tables = [block for block in section.blocks if isinstance(block, TableBlock)]
    shown = [table for table in tables if table.columns[-1].head in ("Class 2", "类别 2")]
    assert len(shown) == (1 if way == "sem" else 2)
    paths = 2
    assert len(shown[0].rows) == 1 + paths + (3 if way == "sem" else 0)
    if way != "sem":
        assert shown[1].rows[-1][0] == "R² (C)"
        assert "{" not in str(shown[1].note)


def test_rebus_names_what_is_not_reflective_and_the_study_goes_on(survey: SurveyData) -> None:
    result = study(survey, "rebus", TEXT.replace("B =~", "B <~"))
    told = {one.code: one for one in result.diagnostics}["REBUS_REFLECTIVE_ONLY"]
    assert told.where.constructs == ("B",)
    assert (told.severity, told.scope) == (Severity.WARNING, Scope.SECOND_OPINION)
    assert result.robustness.classes.method == "fimix"
    assert result.robustness.response_based is None


def test_what_differs_can_be_chosen_and_is_unused_elsewhere(survey: SurveyData) -> None:
    free = study(survey, "sem", class_specific="all").robustness.classes
    bound = study(survey, "sem").robustness.classes
    assert free.solutions[1].parameters > bound.solutions[1].parameters
    unused = study(survey, "fimix", class_specific="all")
    options = [d.parameters["option"] for d in unused.diagnostics if d.code == "OPTION_UNUSED"]
    assert options == ["--class-specific"]
