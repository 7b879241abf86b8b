"""The lint with models: shipped questionnaires pass, broken ones are told."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from survey_engine.cli import main
from survey_engine.errors import Severity
from survey_engine.workflows.lint_questionnaire import lint_questionnaire
from survey_engine.workflows.resources import preset_ids


@pytest.mark.parametrize("name", preset_ids("instruments"))
def test_every_shipped_questionnaire_passes(name: str) -> None:
    _, report = lint_questionnaire(name)
    loud = [
        (one.code, one.where.items, dict(one.parameters))
        for one in report.remarks
        if one.severity is not Severity.INFO
    ]
    assert loud == []
    assert all(len(because) > 10 for _, because in report.accepted)


OWN = """schema: "1"
id: own
version: "1"
title: { en: Own }
languages: [en]
include:
  - { from: bank, items: [SAT1, SAT2, SAT3, LOY1, COM1, COM2] }
models: MODELS
"""


def remarks(folder: Path, models: str, extra: str = "") -> dict[str, tuple[str, ...]]:
    path = folder / "own.yaml"
    path.write_text(OWN.replace("MODELS", models) + extra, encoding="utf-8")
    _, report = lint_questionnaire(str(path))
    return {one.code: one.where.items for one in report.remarks}


def test_models_are_held_against_the_questions(tmp_path: Path) -> None:
    found = remarks(tmp_path, "[csisg, ecis]")
    assert found["LINT_MODEL_NOT_FED"][:2] == ("EXP1", "EXP2")
    assert "LINT_MODEL_UNKNOWN" in found
    assert remarks(tmp_path, "[]").keys() == {"LINT_SINGLE_ITEM"}


def test_a_routed_indicator_and_an_unsound_model_are_told(tmp_path: Path) -> None:
    model = """schema: "1"
id: mine
constructs:
  - { name: S, indicators: [SAT1, SAT2, SAT3] }
  - { name: H, indicators: [COM2] }
  - { name: L, indicators: [LOY1] }
paths: [{ from: S, to: H }]
"""
    (tmp_path / "mine.yaml").write_text(model, encoding="utf-8")
    found = remarks(tmp_path, f"['{tmp_path / 'mine.yaml'}']")
    assert found["LINT_ROUTED_INDICATOR"] == ("COM2",)
    assert "LINT_MODEL_SHAPE" in found  # L is connected with nothing


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_command_says_what_to_do_and_fails_on_errors(
    language: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = tmp_path / "lint.json"
    argv = ["--lang", language, "instrument", "lint", "ecsi", "--json", str(told)]
    assert main(argv) == 0
    content = json.loads(told.read_text("utf-8"))
    assert {one["code"] for one in content["diagnostics"]} == {
        "LINT_TWO_ITEMS",
        "LINT_SINGLE_ITEM",
    }
    assert len(content["accepted"]) == 8
    assert content["facts"]["minutes"] == pytest.approx(3.1, abs=0.4)
    assert all(one["message"] and one["remedy"] for one in content["diagnostics"])
    assert "…" not in "".join(one["message"] for one in content["diagnostics"])
    assert main([*argv, "--languages", "en,fr"]) == 1
    assert "LINT_LANGUAGE_ABSENT" in capsys.readouterr().err


def test_list_and_show_say_what_is_inside(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = tmp_path / "list.json"
    assert main(["instrument", "list", "--json", str(told)]) == 0
    facts = {one["id"]: one for one in json.loads(told.read_text("utf-8"))["instruments"]}
    hotel = facts["hotel"]
    assert hotel["models"] == ["hotel"]
    assert hotel["items"] == 27
    assert {"Room", "Staff", "Dining"} <= set(hotel["constructs"])
    assert facts["sector-hotel"]["kind"] == "module"
    assert facts["scores"]["scores"] == ["nps", "csat", "ces"]
    assert facts["epsi"]["languages"] == ["en", "zh", "de"]
    assert main(["model", "list", "--json", str(told)]) == 0
    models = {one["id"]: one for one in json.loads(told.read_text("utf-8"))["models"]}
    assert models["servperf"]["instruments"] == ["servperf", "servqual"]
    assert models["servperf"]["items"] == 28
    assert main(["model", "show", "servperf"]) == 0
    assert "fed by: servperf servqual" in capsys.readouterr().err
