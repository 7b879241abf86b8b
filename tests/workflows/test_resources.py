"""Authored folders are found, presets load, unknown names are answered."""

from __future__ import annotations

from pathlib import Path

import pytest

from survey_engine.errors import UsageProblem
from survey_engine.workflows import resources


def test_presets_are_the_three_of_the_plan() -> None:
    assert set(resources.preset_ids("instruments")) >= {"acsi", "cn6", "ecsi"}
    assert set(resources.preset_ids("models")) >= {"acsi", "cn6", "ecsi"}


@pytest.mark.parametrize("name", ["acsi", "cn6", "ecsi"])
def test_every_preset_loads_and_names_itself(name: str) -> None:
    assert resources.load_instrument(name).id == name
    assert resources.load_model(name).id == name
    assert resources.model_of_instrument(name) == name


def test_a_misspelt_model_gets_a_suggestion() -> None:
    with pytest.raises(UsageProblem) as caught:
        resources.load_model("escsi")
    (found,) = caught.value.diagnostics
    assert found.code == "UNKNOWN_MODEL"
    assert found.parameters["suggestion"] == "ecsi"


def test_an_unknown_language_lists_the_known_ones() -> None:
    with pytest.raises(UsageProblem) as caught:
        resources.load_wording("xx")
    assert caught.value.diagnostics[0].parameters["known"][:1] == ("en",)


def test_the_wheel_folder_is_used_outside_a_checkout(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "site" / "survey_engine"
    (package / "_data" / "models").mkdir(parents=True)
    (tmp_path / "site" / "models").mkdir()  # another package's folder of the same name
    monkeypatch.setattr(resources, "_PACKAGE", package)
    assert resources.authored_folder("models") == package / "_data" / "models"


def test_templates_keep_their_folders_and_styles_are_joined() -> None:
    templates = resources.load_templates()
    assert "report.html.j2" in templates
    assert "blocks/table.html.j2" in templates
    assert "font-size" in resources.load_css()
