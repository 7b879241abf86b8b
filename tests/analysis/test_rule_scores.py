"""Scores by rule against sums done by hand."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest

import survey_engine as se
from survey_engine.cli import main
from survey_engine.workflows.resources import load_instrument

# Five promoters, two passives, three detractors; one does not know.
ANSWERS = """NPS,SAT1,CES,weight
10,9,7,1
10,10,7,1
9,9,5,1
9,8,4,1
9,8,5,1
8,8,5,1
7,7,4,2
6,7,3,2
3,5,2,1
0,1,1,1
99,99,99,1
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "scores.csv"
    path.write_text(ANSWERS, encoding="utf-8")
    return path


def test_shares_and_net_shares_by_hand(file: Path) -> None:
    table = se.scores(se.read(file, instrument="scores")).set_index("id")
    assert table["value"].to_dict() == pytest.approx({"nps": 20.0, "csat": 30.0, "ces": 50.0})
    assert set(table["n"]) == {10}
    # adjusted Wald: three answers added, 3/4 to each end
    p, d = 5.75 / 13, 3.75 / 13
    half = 1.959963985 * math.sqrt((p + d - (p - d) ** 2) / 13)
    assert table.loc["nps", "ci_lower"] == pytest.approx(100 * (p - d - half), abs=1e-6)
    # Wilson interval of 3 in 10
    z2 = 1.959963985**2
    centre, wide = (0.3 + z2 / 20) / (1 + z2 / 10), math.sqrt(0.021 + z2 / 400)
    upper = centre + 1.959963985 * wide / (1 + z2 / 10)
    assert table.loc["csat", "ci_upper"] == pytest.approx(100 * upper, abs=1e-6)


def test_case_weights_count(file: Path) -> None:
    from survey_engine.api import ReadColumns

    data = se.read(file, instrument="scores", columns=ReadColumns(weights="weight"))
    table = se.scores(data).set_index("id")
    assert table.loc["nps", "value"] == pytest.approx(100 * (5 - 4) / 12)
    assert table.loc["nps", "n_effective"] == pytest.approx(12**2 / 16)


def simulated(folder: Path, name: str, rows: np.ndarray):
    items = [i.id for i in load_instrument(name).items if i.type == "rating"]
    path = folder / f"{name}.csv"
    lines = [",".join(items), *(",".join(map(str, row[: len(items)])) for row in rows)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return items, se.read(path, instrument=name)


def test_the_british_index_is_ten_times_the_mean(tmp_path: Path) -> None:
    rows = np.random.default_rng(3).integers(1, 8, (40, 30))
    items, data = simulated(tmp_path, "ukcsi", rows)
    table = se.scores(data).set_index("id")
    score = next(s for s in load_instrument("ukcsi").scores if s.id == "ukcsi")
    asked = rows[:, [items.index(item) for item in score.items]]
    assert table.loc["ukcsi", "value"] == pytest.approx(10 * asked.mean())
    person = 10 * asked.mean(axis=1)
    half = 1.959963985 * person.std() / math.sqrt(40)
    assert table.loc["ukcsi", "ci_upper"] == pytest.approx(person.mean() + half, abs=1e-6)


def test_parts_count_by_their_weight(tmp_path: Path) -> None:
    rows = np.random.default_rng(4).integers(1, 11, (30, 30))
    items, data = simulated(tmp_path, "kcsi", rows)
    at = {item: 100 * (rows[:, k] - 1) / 9 for k, item in enumerate(items)}
    elements = np.mean([at[i] for i in ("ELP", "ELS", "ELF", "ELC", "ELI", "ELA")], axis=0)
    by_hand = 0.4 * at["SAT1"] + 0.4 * elements + 0.2 * at["LOY1"]
    table = se.scores(data).set_index("id")
    assert table.loc["kcsi", "value"] == pytest.approx(by_hand.mean())


def test_the_command_prints_and_what_lacks_is_told(
    file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = tmp_path / "told.json"
    assert main(["scores", str(file), "-i", "scores", "--json", str(told)]) == 0
    content = json.loads(told.read_text("utf-8"))
    assert [one["id"] for one in content["scores"]] == ["nps", "csat", "ces"]
    assert "Net promoter score" in capsys.readouterr().err
    assert main(["--lang", "zh", "scores", str(file), "-i", "ukcsi", "--json", str(told)]) in (
        0,
        1,
    )
    content = json.loads(told.read_text("utf-8"))
    lacking = next(one for one in content["scores"] if one["id"] == "ukcsi")
    assert lacking["value"] is None
    assert "XPR" in lacking["missing"]
    assert "SCORE_ITEM_ABSENT" in {one["code"] for one in content["diagnostics"]}


def test_a_questionnaire_without_scores_is_refused(
    mobi_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["scores", str(mobi_path), "-i", "ecsi"]) == 1
    assert "SCORE_NONE_DECLARED" in capsys.readouterr().err


def test_the_python_face_of_a_questionnaire(tmp_path: Path) -> None:
    ecsi = se.Instrument("ecsi")
    assert repr(ecsi) == "Instrument('ecsi', 24 questions)"
    assert {one.code for one in ecsi.lint()} == {"LINT_TWO_ITEMS", "LINT_SINGLE_ITEM"}
    assert ecsi.form(tmp_path / "f.html", lang="zh").stat().st_size > 10_000
    assert ecsi.print(tmp_path / "q.pdf").read_bytes().startswith(b"%PDF")
