"""Agreement within branches in a study's result and text."""

from __future__ import annotations

import json
from dataclasses import replace
from importlib import resources

import jsonschema
import numpy as np
import pandas as pd
import pytest

from survey_engine.assessment.agreement import one_way, r_wg_j, within_variances
from survey_engine.cli.study_text import study_text
from survey_engine.cli.words import command_words
from survey_engine.responses.survey_data import SurveyData
from survey_engine.spec.model import ModelSpec
from survey_engine.study.document import result_document
from survey_engine.study.result import StudyResult, StudySpec
from survey_engine.study.run import run_study


@pytest.fixture(scope="module")
def branches(mobi_survey: SurveyData) -> SurveyData:
    branch = pd.DataFrame({"branch": [f"b{k % 13}" for k in range(mobi_survey.n)]})
    return replace(mobi_survey, extra=branch)


@pytest.fixture(scope="module")
def study(branches: SurveyData, ecsi: ModelSpec) -> StudyResult:
    return run_study(branches, ecsi, StudySpec(group="branch", resamples=0))


def test_rows_are_those_of_the_array_core(study: StudyResult, branches: SurveyData) -> None:
    (found,) = study.agreement
    assert (found.column, found.groups, found.singles) == ("branch", 13, 0)
    items = study.model.construct_named("Satisfaction").indicators
    block = branches.values[:, branches.positions(items)]
    group = np.arange(branches.n) % 13
    row = next(r for r in found.rows if r.construct == "Satisfaction" and r.item is None)
    core = one_way(block.mean(axis=1, keepdims=True), group)
    assert row.icc1 == pytest.approx(float(core.icc1[0]), rel=1e-9)
    assert row.icc2 == pytest.approx(float(core.icc2[0]), rel=1e-9)
    each = r_wg_j(within_variances(block, group), np.full(len(items), 8.25))
    assert row.uniform.median == pytest.approx(float(np.median(each)), rel=1e-12)
    assert row.uniform.share == pytest.approx(float((each >= 0.7).mean()))
    of_items = [r.item for r in found.rows if r.construct == "Satisfaction" and r.item]
    assert tuple(of_items) == items


def test_document_and_text_show_it(study: StudyResult) -> None:
    folder = resources.files("survey_engine.study") / "schema" / "result-1.json"
    schema = json.loads(folder.read_text(encoding="utf-8"))
    document = result_document(study, lambda one: (one.code, ""))
    jsonschema.Draft202012Validator(schema).validate(document)
    assert document["agreement"][0]["rows"][0]["item"] is None
    for language, title in (
        ("en", "agreement within the 13 groups of branch"),
        ("zh", "13 个组"),
    ):
        assert title in study_text(study, command_words(language))


def test_a_column_without_groups_is_told(branches: SurveyData, ecsi: ModelSpec) -> None:
    alone = replace(branches, extra=pd.DataFrame({"id": [f"r{k}" for k in range(branches.n)]}))
    result = run_study(alone, ecsi, StudySpec(cluster="id", resamples=0))
    assert result.agreement == ()
    assert "AGREEMENT_UNDEFINED" in {one.code for one in result.diagnostics}
