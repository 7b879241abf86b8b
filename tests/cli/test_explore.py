"""`explore`: items, blocks and factors on the command line and in Python."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import survey_engine as se
from survey_engine.assessment.exploratory import ExploratoryChoice
from survey_engine.cli import main


@pytest.fixture
def export(mobi: pd.DataFrame, tmp_path: Path) -> Path:
    path = tmp_path / "export.csv"
    mobi.to_csv(path, index=False)
    return path


@pytest.mark.parametrize("language", ["en", "zh"])
def test_command(
    export: Path, tmp_path: Path, language: str, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = tmp_path / "answer.json"
    options = ["-i", "ecsi", "--factors", "2", "--rotation", "promax", "--extraction", "ml"]
    arguments = ["explore", str(export), *options, "--lang", language, "--json", str(answer)]
    assert main(arguments) == 0
    found = json.loads(answer.read_text(encoding="utf-8"))
    assert [row["block"] for row in found["blocks"]][:2] == ["Image", "Expectation"]
    assert found["exploratory"]["n_factors"] == 2
    assert found["exploratory"]["rotation"] == "promax"
    assert len(found["exploratory"]["factor_correlations"]) == 1
    satisfaction = [row for row in found["items"] if row["block"] == "Satisfaction"]
    assert [row["item"] for row in satisfaction] == ["CUSA1", "CUSA2", "CUSA3"]
    single = [row for row in found["items"] if row["item"] == "CUSCO"]
    assert single[0]["item_rest"] is None, "one item has no block to stand in"
    said = capsys.readouterr().err
    assert "KMO" in said
    assert "CUSA3" in said


def test_python(export: Path) -> None:
    data = se.read(export, instrument="ecsi")
    found = se.explore(data, factors=ExploratoryChoice(n_factors=1))
    items = found.to_frame("items").set_index("item")
    assert items.loc["CUSA1", "mean"] == pytest.approx(7.988, abs=1e-9)
    blocks = found.to_frame("blocks").set_index("block")
    # Tenenhaus et al. (2005), Table 2: standardised alpha of satisfaction .779.
    assert blocks.loc["Satisfaction", "alpha"] == pytest.approx(0.779, abs=5e-4)
    assert found.to_dict()["general_factor"]["omega_total"] > 0.9


def test_a_table_without_questionnaire_is_one_block(mobi: pd.DataFrame, tmp_path: Path) -> None:
    path, answer = tmp_path / "plain.csv", tmp_path / "answer.json"
    mobi[["CUSA1", "CUSA2", "CUSA3"]].to_csv(path, index=False)
    assert main(["explore", str(path), "--json", str(answer)]) == 0
    found = json.loads(answer.read_text(encoding="utf-8"))
    assert [(row["block"], row["n_items"]) for row in found["blocks"]] == [("all", 3)]
    assert found["general_factor"] is None


def test_factors_of_ordered_answers(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Four skewed categories of six items that load .8: polychoric factors give .8 back."""
    random = np.random.default_rng(4)
    factor = random.standard_normal((4000, 1))
    behind = 0.8 * factor + 0.6 * random.standard_normal((4000, 6))
    answers = 1 + (behind[..., None] > np.array([-2.0, -1.3, -0.6])).sum(axis=2)
    path, answer = tmp_path / "ordinal.csv", tmp_path / "answer.json"
    pd.DataFrame(answers, columns=[f"q{k}" for k in range(6)]).to_csv(path, index=False)
    found = {}
    for name, options in (("plain", []), ("ordered", ["--ordered", "all"])):
        asked = ["explore", str(path), "--factors", "1", *options, "--json", str(answer)]
        assert main(asked) == 0
        content = json.loads(answer.read_text(encoding="utf-8"))
        (block,) = content["blocks"]
        loadings = [row["est"] for row in content["exploratory"]["loadings"]]
        found[name] = (np.mean(loadings), block["alpha_ordinal"])
    assert found["ordered"][0] == pytest.approx(0.8, abs=0.015)
    assert found["plain"][0] < 0.77
    assert found["plain"][1] is None
    # Alpha of six parallel responses with correlation .64.
    assert found["ordered"][1] == pytest.approx(6 * 0.64 / (1 + 5 * 0.64), abs=0.01)
    assert "ordinal alpha" in capsys.readouterr().err
    data = se.read(path)
    assert se.explore(data, ordered=("all",)).to_frame("blocks").alpha_ordinal[0] > 0.9
