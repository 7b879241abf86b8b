"""`plan`: formulas, simulated power, a picture, and misspelt paths."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from survey_engine.cli import main
from survey_engine.document.charts.base import Theme
from survey_engine.document.charts.power_chart import PowerChart, PowerLine

QUICK = ["--surveys", "20", "--resamples", "50", "--n", "60,240"]
TWO = "A =~ a1 + a2 + a3\nB =~ b1 + b2 + b3\nC =~ c1 + c2 + c3\nC ~ A + B\n"


def test_formulas(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    answer = tmp_path / "a.json"
    arguments = ["plan", "--margin", "2", "--difference", "3", "--path", "0.2"]
    assert main([*arguments, "--json", str(answer)]) == 0
    found = json.loads(answer.read_text(encoding="utf-8"))["formulas"]
    assert found == {"margin": 278, "difference": 505, "path": 155}
    assert "278 respondents" in capsys.readouterr().err


def test_simulation(tmp_path: Path) -> None:
    model, answer, picture = tmp_path / "m.txt", tmp_path / "a.json", tmp_path / "p.svg"
    model.write_text(TWO, encoding="utf-8")
    effects = ["--effect", "A>C=0.6", "--effect", "B>C=0.05"]
    arguments = ["plan", "-m", str(model), *effects, *QUICK, "-o", str(picture)]
    assert main([*arguments, "--json", str(answer)]) == 0
    strong, weak = json.loads(answer.read_text(encoding="utf-8"))["simulation"]["paths"]
    assert (strong["from"], strong["to"]) == ("A", "C")
    assert strong["power"][1] == {"n": 240, "power": 1.0}
    assert strong["needed"] in (60, 240)
    assert weak["power"][1]["power"] < 0.7
    assert weak["needed"] is None
    root = ElementTree.fromstring(picture.read_text(encoding="utf-8"))  # noqa: S314
    text = " ".join(root.itertext())
    assert "A → C" in text
    assert "respondents" in text


def test_the_same_seed_gives_the_same_plan(tmp_path: Path) -> None:
    model = tmp_path / "m.txt"
    model.write_text(TWO, encoding="utf-8")
    answers = []
    for name in ("a.json", "b.json"):
        arguments = ["plan", "-m", str(model), *QUICK, "--json", str(tmp_path / name)]
        assert main(arguments) == 0
        answers.append((tmp_path / name).read_text(encoding="utf-8"))
    assert answers[0] == answers[1]


@pytest.mark.parametrize(
    ("arguments", "code", "exit_code"),
    [
        (["plan"], "USAGE_MISSING_ARGUMENT", 2),
        (["plan", "--margin", "-2"], "USAGE_BAD_VALUE", 2),
        (["plan", "-m", "ecsi", "--effect", "Image=0.2"], "USAGE_BAD_VALUE", 2),
        (["plan", "-m", "ecsi", "--effect", "Loyalty>Image=0.2"], "PLAN_UNKNOWN_PATH", 2),
        (["plan", "-m", "ecsi", "--effect", "Image>Expectation=0.99", "--effect",
          "Expectation>Value=0.99"], "POPULATION_IMPOSSIBLE", 1),
    ],
)  # fmt: skip
def test_refusals(
    arguments: list[str], code: str, exit_code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == exit_code
    assert code in capsys.readouterr().err


def test_names_at_line_ends_do_not_overlap() -> None:
    chart = PowerChart(
        sizes=(100, 200),
        lines=tuple(PowerLine(label=f"path {k}", power=(0.5, 1.0)) for k in range(8)),
        axis_label="n",
        power_label="power",
    )
    root = ElementTree.fromstring(chart.draw(Theme(), title="t"))  # noqa: S314
    labels = [e for e in root.iter() if (e.text or "").startswith("path ")]
    heights = sorted(float(e.get("y", "nan")) for e in labels)
    assert len(heights) == 8
    assert min(b - a for a, b in itertools.pairwise(heights)) >= 13
    assert len(chart.frame()) == 16
