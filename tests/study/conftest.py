"""The mobi survey as validated data, with the shipped instrument and model."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from survey_engine.instrument.parse import parse_instrument
from survey_engine.responses.survey_data import RawResponses, SurveyData
from survey_engine.responses.validate import validate
from survey_engine.spec.model import ModelSpec
from survey_engine.spec.parse import parse_model
from survey_engine.study.result import StudyResult, StudySpec
from survey_engine.study.run import run_study


@pytest.fixture(scope="session")
def ecsi(repository: Path) -> ModelSpec:
    path = repository / "models" / "ecsi.yaml"
    return parse_model(path.read_text(encoding="utf-8"), file=path.name)


@pytest.fixture(scope="session")
def mobi_survey(repository: Path, mobi: pd.DataFrame) -> SurveyData:
    path = repository / "instruments" / "ecsi.yaml"
    instrument = parse_instrument(path.read_text(encoding="utf-8"), file=path.name)
    raw = RawResponses(
        table=mobi.astype(str), platform="csv", source="mobi.csv", sha256="0" * 64
    )
    return validate(raw, instrument)


@pytest.fixture(scope="session")
def mobi_study(mobi_survey: SurveyData, ecsi: ModelSpec) -> StudyResult:
    """The main job with fewer resamples."""
    return run_study(mobi_survey, ecsi, StudySpec(resamples=500))
