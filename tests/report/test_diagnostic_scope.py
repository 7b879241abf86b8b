"""A finding that is not about the main result says so, once, in every language."""

from __future__ import annotations

from dataclasses import replace

import pytest

from survey_engine.document.blocks import Paragraph
from survey_engine.errors import Scope, diagnostic
from survey_engine.report.compose import compose
from survey_engine.report.narrative.diagnostics import DiagnosticWording
from survey_engine.study.result import CbSemOpinion
from survey_engine.workflows.resources import load_wording
from tests.report import factory

TOLD = [("en", "Beside the main"), ("zh", "主要结果之外")]
FAILED = diagnostic("RESAMPLES_FAILED", failed=182, requested=200, percent=91.0)
BESIDE = replace(FAILED, scope=Scope.SECOND_OPINION)


@pytest.mark.parametrize(("language", "told"), TOLD)
def test_a_second_opinion_is_told_apart(language: str, told: str) -> None:
    words = DiagnosticWording(catalogue=load_wording(language))
    assert told not in words.say(FAILED)[0]
    assert words.say(BESIDE)[0].startswith(told)
    assert words.say(FAILED)[0] in words.say(BESIDE)[0]
    assert words.message(BESIDE) == words.message(FAILED)


@pytest.mark.parametrize(("language", "told"), TOLD)
def test_its_own_chapter_does_not_repeat_it(language: str, told: str) -> None:
    opinion = CbSemOpinion(
        fit=None, admissible="no", reasons=(BESIDE,), failed_share=0.91, ledger=None
    )
    result = factory.study_result(cbsem_opinion=opinion)
    document = compose(result, language=language, wording=factory.wording(language))
    texts = [
        block.text
        for section in document.sections
        for block in section.blocks
        if isinstance(block, Paragraph)
    ]
    assert any("182" in text for text in texts)
    assert not any(told in text for text in texts)
