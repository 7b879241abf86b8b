"""Draft, answers, questionnaire, report: the right step and the right numbers on it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pypdf
import pytest

from survey_engine.cli import main
from survey_engine.workflows.largest_report import read_step
from survey_engine.workflows.run_study import StudyRequest
from tests.workflows.home_made import chinese_matrix, mixed_scales, three_ratings


def _made(
    make: Callable[[Path], Path], answers: str, folder: Path, *options: str
) -> tuple[dict[str, Any], str, pd.DataFrame]:
    """Draft, answer, report: the JSON, the text of the pages, the file."""
    export = make(folder)
    (folder / "answers.yaml").write_text(answers, encoding="utf-8")
    mine, pdf, told = folder / "mine.yaml", folder / "r.pdf", folder / "r.json"
    draft = ["instrument", "draft", str(export), "-o", str(mine)]
    assert main([*draft, "--answers", str(folder / "answers.yaml")]) == 0
    assert main(["instrument", "lint", str(mine)]) == 0
    report = ["report", str(export), "-i", str(mine), "-o", str(pdf), "--json", str(told)]
    assert main([*report, *options]) == 0
    text = "\n".join(page.extract_text() for page in pypdf.PdfReader(pdf).pages)
    found = json.loads(told.read_text(encoding="utf-8"))
    return found, " ".join(text.split()), pd.read_csv(export)


def test_chinese_matrix_carries_the_index_model(tmp_path: Path) -> None:
    answers = "direction: highest\nspecial_codes: {99: dont_know}\n"
    options = ("--lang", "zh", "--resamples", "100", "--no-second-opinion")
    found, text, _ = _made(chinese_matrix, answers, tmp_path, *options)
    assert "顾客满意度" in text
    assert found["index"]["construct"] == "Satisfaction"
    assert [(one["from"], one["to"]) for one in found["paths"]] == [
        ("Quality", "Value"),
        ("Quality", "Satisfaction"),
        ("Value", "Satisfaction"),
        ("Satisfaction", "Loyalty"),
    ]


def test_mixed_scales_carry_drivers(tmp_path: Path) -> None:
    found, text, table = _made(mixed_scales, "direction: highest\nreversed: [QUA3]\n", tmp_path)
    assert (found["step"], found["target"]) == ("drivers", "SAT1")
    assert [(one["step"], one["kind"], one["name"], one["n"]) for one in found["lifts"]] == [
        ("model", "construct", "Satisfaction", 1),
        ("model", "construct", "Value", 1),
    ]
    assert "This report stands on step 2 of 3: drivers of overall satisfaction." in text
    assert "ask about Customer satisfaction (questions still needed: 1)" in text
    answers = table.iloc[:, [1, 2, 3, 4, 5]].to_numpy(float)
    answers[:, 2] = 6 - answers[:, 2]
    r = np.corrcoef(answers.T)
    r2 = r[:4, 4] @ np.linalg.solve(r[:4, :4], r[:4, 4])
    assert found["drivers"]["r2"] == pytest.approx(r2, abs=1e-12)
    shares = {one["item"]: one for one in found["drivers"]["drivers"]}
    assert set(shares) == {"QUA1", "QUA2", "QUA3", "VAL1"}
    assert sum(one["share"] for one in shares.values()) == pytest.approx(1, abs=1e-12)
    for j, item in enumerate(("QUA1", "QUA2", "QUA3", "VAL1")):
        assert shares[item]["correlation"] == pytest.approx(r[j, 4], abs=1e-12)
        assert shares[item]["ci_lower"] < shares[item]["share"] < shares[item]["ci_upper"]
    means = {one["item"]: one["mean"]["value"] for one in found["scores"]}
    assert means["QUA3"] == pytest.approx(25 * (answers[:, 2].mean() - 1), abs=1e-12)
    assert means["SAT1"] == pytest.approx(100 * (answers[:, 4].mean() - 1) / 9, abs=1e-12)
    assert f"{means['SAT1']:.1f}" in text
    assert f"{100 * shares['QUA1']['share']:.0f}%" in text


def test_three_ratings_carry_single_scores(tmp_path: Path) -> None:
    found, text, _ = _made(
        three_ratings, "overall: none\ndirection: highest\nconstructs: {}\n", tmp_path
    )
    assert (found["step"], found["target"], found["drivers"]) == ("scores", None, None)
    assert found["lifts"][0]["kind"] == "overall"
    scores = {one["item"]: one for one in found["scores"]}
    # 50 promoters and 20 detractors of 100; adjusted Wald (Rocks 2016) by hand.
    assert scores["NPS"]["net"]["value"] == pytest.approx(30, abs=1e-12)
    p, d = 50.75 / 103, 20.75 / 103
    half = 1.959963984540054 * ((p + d - (p - d) ** 2) / 103) ** 0.5
    assert scores["NPS"]["net"]["ci_lower"] == pytest.approx(100 * (p - d - half), abs=1e-9)
    # Staff: (40*100 + 20*75 + 20*50 + 10*25) / 100, and 60 in the top two.
    assert scores["Staff"]["mean"]["value"] == pytest.approx(67.5, abs=1e-12)
    assert scores["Staff"]["top"]["value"] == pytest.approx(60, abs=1e-12)
    z2 = 1.959963984540054**2
    centre = (0.6 + z2 / 200) / (1 + z2 / 100)
    spread = (z2 * 0.6 * 0.4 / 100 + z2**2 / 40000) ** 0.5 / (1 + z2 / 100)
    assert scores["Staff"]["top"]["ci_lower"] == pytest.approx(
        100 * (centre - spread), abs=1e-9
    )
    # Rooms: 50 answers of 75 points, 25 of 50 and 25 of none.
    assert scores["Rooms"]["mean"]["value"] == pytest.approx(50, abs=1e-12)
    assert "This report stands on step 3 of 3: single scores." in text
    assert "+30" in text
    assert "67.5" in text


def test_naming_the_overall_question_lifts_the_step(tmp_path: Path) -> None:
    found, text, _ = _made(three_ratings, "overall: Staff\nconstructs: {}\n", tmp_path)
    assert (found["step"], found["target"]) == ("drivers", "Staff")
    assert {one["item"] for one in found["drivers"]["drivers"]} == {"Rooms", "Breakfast"}
    assert "step 2 of 3" in text
    assert "Assumed, until somebody confirms it" in text  # the direction is still open


def test_a_library_questionnaire_without_some_of_its_questions(
    mobi_path: Path, tmp_path: Path
) -> None:
    table = pd.read_csv(mobi_path).drop(columns=["CUSA2"])
    table.to_csv(tmp_path / "short.csv", index=False)
    step, _ = read_step(StudyRequest(export=tmp_path / "short.csv", instrument="ecsi"))
    assert step.step != "model"
    [lift] = [one for one in step.lifts if one.step == "model"]
    assert (lift.kind, lift.n) == ("items", 1)


def test_an_interval_stands_apart_from_its_number_in_chinese(tmp_path: Path) -> None:
    answers = "overall: Staff\ndirection: highest\nconstructs: {}\n"
    found, text, _ = _made(three_ratings, answers, tmp_path, "--lang", "zh")
    mean = next(one["mean"] for one in found["scores"] if one["item"] == "Rooms")
    interval = f"{mean['ci_lower']:.1f}～{mean['ci_upper']:.1f}"
    assert f"{mean['value']:.1f}（{interval}）" in text
    share = found["drivers"]["drivers"][0]
    low, high = (f"{100 * share[end]:.0f}%" for end in ("ci_lower", "ci_upper"))
    assert f"{100 * share['share']:.0f}%（{low}～{high}）" in text
    assert "净推荐值：+30（" in text
