"""Commands on the real survey: what they print, what the JSON holds, exit codes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from survey_engine.cli import main

FAST = ["--resamples", "100", "--no-second-opinion"]


def _json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def test_read_matches_all_items_and_writes_clean_answers(
    mobi_path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, told = tmp_path / "clean.csv", tmp_path / "read.json"
    argv = ["read", str(mobi_path), "-i", "ecsi", "-o", str(out), "--json", str(told)]
    assert main(argv) == 0
    content = _json(told)
    assert content["rows"]["read"] == content["rows"]["kept"] == 250
    assert len(content["mapping"]) == 24
    assert content["diagnostics"] == []
    assert len(out.read_text(encoding="utf-8").splitlines()) == 251
    assert (
        "This looks like a plain table: 250 people, 24 of 24 questions matched."
        in capsys.readouterr().err
    )


def test_check_reports_both_trials(
    mobi_path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = tmp_path / "check.json"
    argv = ["check", str(mobi_path), "-i", "ecsi", "-m", "ecsi", "--json", str(told)]
    assert main(argv) == 0
    content = _json(told)
    assert content["trials"] == [
        {"estimator": "pls", "converged": True, "admissible": "yes"},
        {"estimator": "ml", "converged": True, "admissible": "doubtful"},
    ]
    found = {entry["code"]: entry["scope"] for entry in content["diagnostics"]}
    assert found["NEAR_SINGULAR_LATENTS"] == "engine"
    assert "trial fit" in capsys.readouterr().err


def test_fit_prints_the_index_and_the_json_holds_it(
    mobi_path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = tmp_path / "fit.json"
    argv = ["fit", str(mobi_path), "-i", "ecsi", "-m", "ecsi", *FAST, "--json", str(told)]
    assert main(argv) == 0
    content = _json(told)
    assert content["index"]["value"] == pytest.approx(71.169, abs=5e-4)
    assert (content["n"], content["converged"], content["admissible"]) == (250, True, "yes")
    assert content["resamples"]["requested"] == 100
    text = capsys.readouterr().err
    assert "index of Customer satisfaction: 71.2 [" in text
    assert "100 of 100 resamples usable, seed 1" in text


def test_fit_of_a_plain_table_has_an_index_with_a_scale_only(
    mobi_path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = tmp_path / "fit.json"
    argv = ["fit", str(mobi_path), "-m", "ecsi", *FAST, "--json", str(told)]
    main(argv)
    assert _json(told)["index"] is None
    assert main([*argv, "--scale", "1:10"]) == 0
    assert _json(told)["index"]["value"] == pytest.approx(71.169, abs=5e-4)
    capsys.readouterr()


def test_json_on_standard_output_is_alone_there(
    mobi_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    argv = ["fit", str(mobi_path), "-i", "ecsi", "-m", "ecsi", "--resamples", "0"]
    assert main([*argv, "--no-second-opinion", "--json", "-"]) == 0
    assert json.loads(capsys.readouterr().out)["estimator"] == "pls"


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("kind", ["instrument", "model"])
def test_presets_are_listed_and_shown(
    kind: str, language: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = tmp_path / "out.json"
    assert main([kind, "list", "--lang", language, "--json", str(told)]) == 0
    assert {entry["id"] for entry in _json(told)[f"{kind}s"]} >= {"acsi", "cn6", "ecsi"}
    assert main([kind, "show", "ecsi", "--lang", language, "--json", str(told)]) == 0
    assert _json(told)[kind]["id"] == "ecsi"
    assert "CUSA1" in capsys.readouterr().err


def test_doctor_finds_this_machine_ready(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = tmp_path / "doctor.json"
    assert main(["doctor", "--json", str(told)]) == 0
    assert all(entry["ok"] for entry in _json(told)["checks"])
    assert "everything is in place" in capsys.readouterr().err


def test_read_says_how_surely_in_the_readers_language(
    mobi_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["read", str(mobi_path), "-i", "ecsi", "--lang", "zh"]) == 0
    said = capsys.readouterr().err
    assert "题号相同" in said
    assert "100%" in said


def test_a_questionnaire_is_shown_as_respondents_read_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["instrument", "show", "ecsi"]) == 0
    said = capsys.readouterr().err
    assert "The provider does what it says." in said
    assert "{" not in said
