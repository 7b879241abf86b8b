"""Reports of studies with products and higher-order constructs, in both languages."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from survey_engine.document.blocks import TableBlock
from survey_engine.instrument.parse import parse_instrument
from survey_engine.report.compose import compose
from survey_engine.responses.survey_data import RawResponses, SurveyData
from survey_engine.responses.validate import validate
from survey_engine.spec.parse import parse_model
from survey_engine.study.result import StudyResult, StudySpec
from survey_engine.study.run import run_study
from tests.report import factory

MODERATED = """
Image =~ IMAG1 + IMAG2 + IMAG3 + IMAG4 + IMAG5
Expectation =~ CUEX1 + CUEX2 + CUEX3
Satisfaction =~ CUSA1 + CUSA2 + CUSA3
Satisfaction ~ Image + Expectation + Image:Expectation
"""
MEDIATED = MODERATED + "Loyalty =~ CUSL1 + CUSL2 + CUSL3\nLoyalty ~ Satisfaction\n"
HIGHER = """
Image =~ IMAG1 + IMAG2 + IMAG3
Quality =~ PERQ1 + PERQ2 + PERQ3
Value =~ PERV1 + PERV2
Perception <~ Quality + Value
Satisfaction =~ CUSA1 + CUSA2 + CUSA3
Perception ~ Image
Satisfaction ~ Perception + Image
"""


@pytest.fixture(scope="module")
def survey(repository: Path, mobi: pd.DataFrame) -> SurveyData:
    path = repository / "instruments" / "ecsi.yaml"
    instrument = parse_instrument(path.read_text(encoding="utf-8"), file=path.name)
    raw = RawResponses(
        table=mobi.astype(str), platform="csv", source="mobi.csv", sha256="0" * 64
    )
    return validate(raw, instrument)


def study(data: SurveyData, text: str, **options: object) -> StudyResult:
    spec = StudySpec(resamples=100, second_opinion=False, **options)  # type: ignore[arg-type]
    return run_study(data, parse_model(text, file="model.txt"), spec)


def tables(result: StudyResult, language: str) -> dict[str, TableBlock]:
    document = compose(result, language=language, wording=factory.wording(language))
    return {
        block.title: block
        for section in document.sections
        for block in section.blocks
        if isinstance(block, TableBlock)
    }


@pytest.mark.parametrize(
    ("language", "title"),
    [
        ("en", "Effects at levels of a moderator (standardised)"),
        ("zh", "调节变量不同水平下的效应（标准化）"),
    ],
)
def test_moderation(survey: SurveyData, language: str, title: str) -> None:
    found = tables(study(survey, MODERATED, index="Satisfaction"), language)
    assert len(found[title].rows) == 3
    cells = {cell for block in found.values() for row in block.rows for cell in row}
    assert any(" × " in cell for cell in cells)


@pytest.mark.parametrize("index", ["Perception", "Satisfaction"])
@pytest.mark.parametrize(
    ("language", "title"),
    [
        ("en", "Direct and indirect effects (standardised)"),
        ("zh", "直接效应与间接效应（标准化）"),
    ],
)
def test_higher_order(survey: SurveyData, language: str, title: str, index: str) -> None:
    found = tables(study(survey, HIGHER, index=index), language)
    assert len(found[title].rows) == 1
    # The questions of the lower-order constructs stand in the tables of answers.
    assert any("PERQ1" in row for block in found.values() for row in block.rows)


def test_fit_with_its_test_and_the_index_by_weighting(survey: SurveyData) -> None:
    plain = MODERATED.replace(" + Image:Expectation", "")
    result = study(
        survey, plain, index="Satisfaction", exact_fit=True, modes={"Satisfaction": "PCA"}
    )
    found = tables(result, "en")
    fit = found["Distance between observed and implied correlations"]
    assert [row[0] for row in fit.rows] == ["SRMR", "d_ULS", "d_G", "NFI", "RMS theta"]
    assert fit.columns[-1].head == "p"
    rows = found["The index under other weightings of its questions"].rows
    assert [row[0] for row in rows if row[1]] == ["first principal component"]


@pytest.mark.parametrize(
    ("language", "moderated", "regions"),
    [
        ("en", "Moderated mediation", "Johnson–Neyman"),
        ("zh", "有调节的中介", "Johnson–Neyman"),
    ],
)
def test_moderated_mediation_is_shown(
    survey: SurveyData, language: str, moderated: str, regions: str
) -> None:
    found = tables(study(survey, MEDIATED, index="Satisfaction"), language)
    (ways,) = (table for title, table in found.items() if title.startswith(moderated))
    # Two ways (each part of the product moderates the other's), three levels and the index.
    assert len(ways.rows) == 8
    (limits,) = (table for title, table in found.items() if regions in title)
    assert len(limits.rows) == 1
