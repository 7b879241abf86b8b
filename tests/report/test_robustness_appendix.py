"""The robustness appendix in both languages, and its advice on must-haves."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from survey_engine.cli.study_text import study_text
from survey_engine.cli.words import command_words
from survey_engine.document.blocks import ChartBlock, Paragraph, Section, TableBlock
from survey_engine.document.charts import PriorityMap
from survey_engine.report.compose import compose
from survey_engine.study.result import StudyResult, StudySpec
from survey_engine.workflows.run_study import StudyRequest, run_request

from . import factory


@pytest.fixture(scope="module")
def result(mobi_path: Path) -> StudyResult:
    spec = StudySpec(seed=1, resamples=200, second_opinion=False, robustness=True, segments=2)
    return run_request(
        StudyRequest(export=mobi_path, instrument="ecsi", model="ecsi", spec=spec)
    )


def appendix(result: StudyResult, language: str) -> Section:
    made = compose(result, language=language, wording=factory.wording(language))
    return next(one for one in made.sections if one.id == "appendix_robustness")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_map_and_its_table_show_the_same_drivers(
    result: StudyResult, language: str
) -> None:
    section = appendix(result, language)
    found = result.robustness.necessity_map
    chart = next(b.chart for b in section.blocks if isinstance(b, ChartBlock))
    assert isinstance(chart, PriorityMap)
    assert chart.frame()["share"].dropna().tolist() == [
        point.share_below for point in found.points if point.necessary
    ]
    assert [mark.hollow for mark in chart.points] == [not p.necessary for p in found.points]
    table = next(
        block
        for block in section.blocks
        if isinstance(block, TableBlock)
        and block.numbers is not None
        and "needed" in block.numbers
    )
    assert list(table.numbers["driver"]) == [p.construct for p in found.points]  # type: ignore[index]
    assert [row[3] for row in table.rows] == ["59.9", "56.7", "45.9", "–"]


def test_the_advice_names_the_must_have_that_most_lack(result: StudyResult) -> None:
    (told,) = (b.text for b in appendix(result, "en").blocks if isinstance(b, Paragraph))
    assert told == (
        "Must-have first: Perceived quality. Nobody with 80 points or more of customer "
        "satisfaction scores below 59.9 on perceived quality. 13% of all respondents do, and "
        "in this survey no strength elsewhere made up for it. After it: image and expected "
        "quality."
    )
    (told,) = (b.text for b in appendix(result, "zh").blocks if isinstance(b, Paragraph))
    assert told.startswith("首先补足必要条件：感知质量。")
    assert told.endswith("其次是品牌形象和预期质量。")


def test_the_command_line_says_it_too(result: StudyResult) -> None:
    told = study_text(result, command_words("en"))
    assert (
        "must-have first: Perceived quality; nobody with 80 points of Customer satisfaction is "
        "below 59.9, 13% of all are"
    ) in told
    assert "首要的必要条件：感知质量" in study_text(result, command_words("zh"))


@pytest.mark.parametrize(
    ("reached", "words"), [(0.3, "No driver is both necessary"), (0.0, "No respondent has 80")]
)
def test_nothing_to_put_first_is_said(result: StudyResult, reached: float, words: str) -> None:
    found = result.robustness.necessity_map
    points = tuple(
        replace(point, share_below=0.0 if reached else None, needed=None)
        for point in found.points
    )
    other = replace(found, points=points, share_at_level=reached, first=None)
    changed = replace(result, robustness=replace(result.robustness, necessity_map=other))
    (told,) = (b.text for b in appendix(changed, "en").blocks if isinstance(b, Paragraph))
    assert told.startswith(words)
