"""A whole study has one SHA-256, whoever does the work."""

from __future__ import annotations

import pytest

from survey_engine.responses.survey_data import SurveyData
from survey_engine.spec.model import ModelSpec
from survey_engine.study.document import result_document
from survey_engine.study.result import StudySpec
from survey_engine.study.run import run_study


def sha256(data: SurveyData, model: ModelSpec, executor: str | None, workers: int) -> str:
    spec = StudySpec.model_validate(
        {
            "resamples": 750,
            "second_opinion": False,
            "exploratory": False,
            "executor": executor,
            "workers": workers,
        }
    )
    document = result_document(run_study(data, model, spec), lambda one: (one.code, ""))
    assert document["resamples"]["usable"] == 750
    return str(document["result_sha256"])


def test_serial_processes_and_dask(mobi_survey: SurveyData, ecsi: ModelSpec) -> None:
    pytest.importorskip("distributed")
    alone = sha256(mobi_survey, ecsi, None, 1)
    assert sha256(mobi_survey, ecsi, "processes", 2) == alone
    assert sha256(mobi_survey, ecsi, "dask", 2) == alone
