"""Each code of authored files has words in both languages, with known placeholders only."""

from __future__ import annotations

from pathlib import Path
from string import Formatter

import pytest

from survey_engine.errors.authored import AUTHORED_CODES
from survey_engine.workflows.resources import load_wording

REPOSITORY = Path(__file__).resolve().parents[2]
WHERE = {
    "items",
    "rows",
    "groups",
    "constructs",
    "parameters",
    "values",
    "file",
    "line",
    "column",
}


@pytest.fixture(scope="module")
def catalogues():
    return {language: load_wording(language)["diagnostics"] for language in ("en", "zh")}


@pytest.mark.parametrize("code", AUTHORED_CODES)
def test_words_and_placeholders(code, catalogues):
    def names(language: str) -> set[str]:
        entry = catalogues[language][code]
        assert set(entry) == {"message", "remedy", "meaning", "example"}
        assert all(entry.values())
        text = entry["message"] + entry["remedy"]
        return {name for _, name, _, _ in Formatter().parse(text) if name is not None}

    english, chinese = names("en"), names("zh")
    assert english == chinese
    source = "".join(
        path.read_text("utf-8")
        for folder in ("instrument", "spec")
        for path in (REPOSITORY / "survey_engine" / folder).glob("*.py")
    )
    assert f'"{code}"' in source, "a code nobody gives"
    for name in english - WHERE:
        assert f"{name}=" in source, name
