"""``instrument import|export`` as typed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import survey_engine as se
from survey_engine.cli import main
from survey_engine.exchange.losses import same_instrument
from survey_engine.workflows.resources import load_instrument


def test_export_then_import(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    form, back = tmp_path / "e.json", tmp_path / "e.yaml"
    assert main(["instrument", "export", "ecsi", "-o", str(form)]) == 0
    assert "nothing is lost" in capsys.readouterr().err
    assert main(["instrument", "import", str(form), "-o", str(back), "--json", "-"]) == 0
    told = capsys.readouterr()
    assert "e.json: surveyjs, 24 questions in en, zh" in told.err
    assert json.loads(told.out)["diagnostics"] == []
    assert same_instrument(load_instrument(str(back)), load_instrument("ecsi"))


def test_losses_and_refusals_are_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "e.csv"
    assert main(["instrument", "export", "ecsi", "--format", "redcap", "-o", str(out)]) == 0
    assert "Written in en; zh left out." in capsys.readouterr().err
    assert main(["instrument", "export", "ecsi", "-o", str(tmp_path / "e.doc")]) == 2
    assert "EXCHANGE_UNKNOWN_FORMAT" in capsys.readouterr().err
    assert main(["instrument", "export", "ecsi"]) == 2
    assert "-o" in capsys.readouterr().err


def test_from_python(tmp_path: Path) -> None:
    assert se.Instrument("scores").export(tmp_path / "s.json") == ()
    one, losses = se.import_instrument(tmp_path / "s.json", tmp_path / "s.yaml")
    assert losses == ()
    assert same_instrument(one, load_instrument("scores"))
    assert se.Instrument(tmp_path / "s.yaml").items == ("NPS", "WHY", "SAT1", "CES")
