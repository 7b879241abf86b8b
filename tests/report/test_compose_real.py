"""The report of the real survey: every number of its prose stands in the result JSON."""

from __future__ import annotations

from pathlib import Path

import pytest

from survey_engine.document.blocks import FindingList
from survey_engine.report.compose import compose
from survey_engine.report.narrative.diagnostics import DiagnosticWording
from survey_engine.study.document import result_document
from survey_engine.study.result import StudyResult, StudySpec
from survey_engine.workflows.run_study import StudyRequest, run_request

from . import factory, reading


@pytest.fixture(scope="module")
def result(mobi_path: Path) -> StudyResult:
    spec = StudySpec(seed=1, resamples=300, second_opinion=False)
    return run_request(
        StudyRequest(export=mobi_path, instrument="ecsi", model="ecsi", spec=spec)
    )


@pytest.mark.parametrize("language", ["en", "zh"])
def test_numbers_of_the_prose_are_in_the_result_json(
    language: str, result: StudyResult
) -> None:
    wording = factory.wording(language)
    document = result_document(result, DiagnosticWording(catalogue=wording).say)
    known = {f"{value:.10g}" for value in reading.values(document)}
    # Bounds of the reading bands come from the brand, respondents left out from two counts.
    known |= {"60", "75", "0"}
    trail: list[tuple[str, float]] = []
    made = compose(result, language=language, wording=wording, trail=trail)
    for section in made.sections:
        for block in section.blocks:
            if isinstance(block, FindingList):
                for finding in block.findings:
                    known |= {f"{value:.10g}" for value in finding.evidence.values()}
    sourced = {
        token
        for text, value in trail
        if f"{value:.10g}" in known
        for token in reading.tokens(text)
    }
    constants = set(
        reading.tokens(
            " ".join(reading.strings({k: v for k, v in wording.items() if k != "diagnostics"}))
        )
    )
    said = {found.code: found for found in result.diagnostics}
    spoken = " ".join(DiagnosticWording(catalogue=wording).say(d)[0] for d in said.values())
    constants |= set(reading.tokens(spoken)) | {".40", ".90", ".70"}
    missing = [
        (token, text)
        for text in reading.prose(made)
        for token in reading.tokens(_without_names(text, result))
        if token not in sourced | constants
    ]
    assert missing == []


def _without_names(text: str, result: StudyResult) -> str:
    for name in (*result.model.indicators, "1.0"):
        text = text.replace(name, " ")
    return text


def test_at_least_twelve_pages_worth_of_chapters(result: StudyResult) -> None:
    made = compose(result, language="en", wording=factory.wording("en"))
    assert sum(section.starts_page for section in made.sections) >= 10
    assert len(made.sections) >= 20
