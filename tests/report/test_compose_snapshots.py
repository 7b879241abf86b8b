"""The prose of a whole study, word for word, so that a change of wording is seen.

To accept a change: SURVEY_ENGINE_UPDATE_SNAPSHOTS=1 and run this file.
"""

from __future__ import annotations

import os

import pytest

from survey_engine.report.compose import compose

from . import factory, reading

FOLDER = factory.REPOSITORY / "tests" / "snapshots"


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("name", ["whole", "rich"])
def test_prose_is_as_approved(name: str, language: str) -> None:
    result = factory.study_result() if name == "whole" else factory.rich_result()
    made = compose(result, language=language, wording=factory.wording(language))
    text = "\n".join(line for line in reading.prose(made) if line) + "\n"
    path = FOLDER / f"prose-{name}-{language}.txt"
    if os.environ.get("SURVEY_ENGINE_UPDATE_SNAPSHOTS"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")
