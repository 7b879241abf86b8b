"""Brand files: words per language, bands, faults named."""

from __future__ import annotations

from pathlib import Path

import pytest

from survey_engine.errors import SurveyEngineError
from survey_engine.workflows.brand import load_brand


def test_the_default_brand_has_no_client_and_the_usual_bands() -> None:
    house = load_brand()
    assert house.texts("en").client == ""
    assert house.texts("en").bands == (60.0, 75.0)


def test_words_are_taken_by_language(tmp_path: Path) -> None:
    path = tmp_path / "brand.yaml"
    path.write_text(
        'texts: {en: {client: "Acme"}, zh: {client: "某公司"}}\nbands: [50, 80]\n', "utf-8"
    )
    house = load_brand(str(path))
    assert house.texts("zh").client == "某公司"
    assert house.texts("en").client == "Acme"
    assert house.texts("en").bands == (50.0, 80.0)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("texts: {en: {cleint: Acme}}", "texts.en.cleint"),
        ("texts: {en: Acme}", "texts.en"),
        ("bands: [80, 50]", "bands"),
        ("bands: [low, high]", "bands"),
    ],
)
def test_faults_name_their_key(tmp_path: Path, text: str, key: str) -> None:
    path = tmp_path / "brand.yaml"
    path.write_text(text + "\n", "utf-8")
    with pytest.raises(SurveyEngineError) as caught:
        load_brand(str(path))
    (found,) = caught.value.diagnostics
    assert (found.code, found.parameters["key"]) == ("BRAND_KEY", key)


def test_a_missing_logo_is_named(tmp_path: Path) -> None:
    path = tmp_path / "brand.yaml"
    path.write_text("logo: nowhere.png\n", "utf-8")
    with pytest.raises(SurveyEngineError) as caught:
        load_brand(str(path))
    assert caught.value.diagnostics[0].code == "FILE_NOT_FOUND"
