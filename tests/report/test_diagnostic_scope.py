"""A finding that is not about the main result says so, in every language."""

from __future__ import annotations

from dataclasses import replace

import pytest

from survey_engine.errors import Scope, diagnostic
from survey_engine.report.narrative.diagnostics import DiagnosticWording
from survey_engine.workflows.resources import load_wording

TOLD = [("en", "Beside the main"), ("zh", "主要结果之外")]


@pytest.mark.parametrize(("language", "told"), TOLD)
def test_a_second_opinion_is_told_apart(language: str, told: str) -> None:
    words = DiagnosticWording(catalogue=load_wording(language))
    main = diagnostic("RESAMPLES_FAILED", failed=182, requested=200, percent=91.0)
    beside = replace(main, scope=Scope.SECOND_OPINION)
    assert told not in words.say(main)[0]
    assert words.say(beside)[0].startswith(told)
    assert words.say(main)[0] in words.say(beside)[0]
