"""`reconcile` on the command line and in Python: table, reasons, JSON, refusals."""

from __future__ import annotations

import json
from importlib import resources
from pathlib import Path
from typing import Any

import jsonschema
import pandas as pd
import pytest

import survey_engine as se
from survey_engine.cli import main
from survey_engine.cli.reconcile import ENGINES as OFFERED
from survey_engine.errors import UsageProblem
from survey_engine.study.reconcile import ENGINES, PAIRS
from survey_engine.study.reconcile_reasons import REASONS
from survey_engine.workflows.resources import load_wording

SAID = {
    "en": ("PLS leads because maximum likelihood cannot be relied on", "of the gap closes"),
    "zh": ("以 PLS 为主，因为此处极大似然的结果不可靠", "差距缩小"),
}


@pytest.fixture
def export(mobi: pd.DataFrame, tmp_path: Path) -> Path:
    path = tmp_path / "export.csv"
    mobi.to_csv(path, index=False)
    return path


def schema() -> Any:
    folder = resources.files("survey_engine.study") / "schema" / "reconciliation-1.json"
    return json.loads(folder.read_text(encoding="utf-8"))


@pytest.mark.parametrize("language", ["en", "zh"])
def test_command(
    export: Path, tmp_path: Path, language: str, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = tmp_path / "answer.json"
    chosen = ["--engines", "pls,plsc,sum,ml,mlr", "--lang", language, "--json", str(answer)]
    assert main(["reconcile", str(export), "-i", "ecsi", "-m", "ecsi", *chosen]) == 0
    found = json.loads(answer.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(schema()).validate(found)
    assert [row["engine"] for row in found["engines"]] == ["pls", "plsc", "sum", "ml", "mlr"]
    assert found["lead"]["engine"] == "pls"
    said = capsys.readouterr().err
    for words in SAID[language]:
        assert words in said
    assert "ml*" in said, "a solution in doubt is marked"
    assert "sum*" not in said
    for row in found["differences"]:
        assert row["sentence"] in said


def test_python(export: Path) -> None:
    data = se.read(export, instrument="ecsi")
    made = se.reconcile(data, "ecsi", engines=("pls", "sum"), metric="raw")
    assert made.lead == "pls"
    table = made.to_frame("table").set_index(["quantity", "from", "to"])
    assert list(table.columns) == ["pls", "sum"]
    index = table.loc[("index", "Satisfaction", "Satisfaction")]
    # The mean of CUSA1-CUSA3 on 0-100 is arithmetic; PLS as in the main job.
    answers = pd.read_csv(export)[["CUSA1", "CUSA2", "CUSA3"]]
    assert index["sum"] == pytest.approx((answers.mean().mean() - 1) / 9 * 100, abs=1e-9)
    assert index["pls"] == pytest.approx(71.169, abs=1e-3)
    differences = made.to_frame("differences")
    assert set(differences["quantity"]) == {"paths", "index", "ranks"}
    assert made.explain()[0].startswith("PLS leads")
    with pytest.raises(KeyError, match="there are table, differences, engines"):
        made.to_frame("other")


def test_unknown_engine_and_option_are_refused(export: Path) -> None:
    data = se.read(export, instrument="ecsi")
    with pytest.raises(UsageProblem) as refused:
        se.reconcile(data, "ecsi", engines=("pls", "amos"))
    assert refused.value.diagnostics[0].parameters["found"] == "amos"
    with pytest.raises(UsageProblem) as refused:
        se.reconcile(data, "ecsi", likelyhood="wishart")
    assert refused.value.diagnostics[0].parameters["suggestion"] == "likelihood"
    assert main(["reconcile", str(export), "-m", "ecsi", "--engines", "amos"]) == 2


def test_options_without_effect_are_named(export: Path) -> None:
    data = se.read(export, instrument="ecsi")
    made = se.reconcile(data, "ecsi", engines=("pls", "sum"), exact_fit=True, group="CUSCO")
    told = [d for d in made.found.diagnostics if d.code == "RECONCILE_OPTIONS_UNUSED"]
    assert told[0].parameters["names"] == ["group", "exact_fit"]
    shared = se.reconcile(data, "ecsi", engines=("pls",), metric="raw", seed=2, resamples=0)
    codes = [d.code for d in shared.found.diagnostics]
    assert "RECONCILE_OPTIONS_UNUSED" not in codes


def test_failed_resamples_are_counted_when_asked(export: Path) -> None:
    data = se.read(export, instrument="ecsi")
    made = se.reconcile(data, "ecsi", engines=("pls", "ml"), resamples=10)
    told = {one.code: one.parameters for one in made.found.lead_reasons}
    assert told["RESAMPLES_FAILED"]["requested"] == 10


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_engine_and_reason_has_words(language: str) -> None:
    words = load_wording(language)["reconciliation"]
    assert set(words["engines"]) == set(ENGINES) == set(OFFERED)
    assert set(words["reasons"]) == set(REASONS)
    codes = schema()["$defs"]["reason"]["properties"]["code"]["enum"]
    assert set(codes) == set(REASONS)
    assert {one for pair in PAIRS.values() for one in pair} == set(words["quantities"])
