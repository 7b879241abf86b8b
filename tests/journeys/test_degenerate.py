"""Every kind of broken survey is named by `check` and `fit`: code, place, remedy, exit code."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from survey_engine.cli import main

from . import kinds

REQUIRED = {  # what a fit by maximum likelihood must say beside what `check` says
    "d06_heywood": "HEYWOOD_CASE",
}


def told(arguments: list[str], folder: Path) -> tuple[int, dict[str, Any]]:
    """Exit code and JSON of a command."""
    answer = folder / "answer.json"
    code = main([*arguments, "--json", str(answer)])
    return code, json.loads(answer.read_text(encoding="utf-8"))


def of_code(answer: dict[str, Any], code: str) -> list[dict[str, Any]]:
    return [entry for entry in answer["diagnostics"] if entry["code"] == code]


@pytest.mark.parametrize("kind", kinds.KINDS, ids=lambda kind: kind.name)
def test_kind_is_named(
    kind: kinds.Kind, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data, model = tmp_path / "survey.csv", tmp_path / "model.txt"
    kind.make(kinds.clean()).to_csv(data, index=False)
    model.write_text(kind.model, encoding="utf-8")
    code, answer = told(["check", str(data), "-m", str(model), *kind.options], tmp_path)
    found = of_code(answer, kind.code)
    assert found, [entry["code"] for entry in answer["diagnostics"]]
    (entry,) = found[:1]
    assert (entry["severity"], entry["scope"]) == (kind.severity, kind.scope)
    assert set(entry["where"].get("items") or ()) >= set(kind.items)
    if kind.items:
        assert set(entry["where"]["items"]) == set(kind.items), "an innocent item is named"
    for place in ("groups", "constructs"):
        if getattr(kind, place):
            assert tuple(entry["where"][place]) == getattr(kind, place)
    assert entry["remedy"]
    assert code == (1 if (kind.severity, kind.scope) == ("error", "primary") else 0)
    said = capsys.readouterr().err
    assert kind.code in said
    assert "Traceback" not in said
    assert not of_code(answer, "INTERNAL_ERROR")


def test_ceiling_asked_for_as_ordered_answers(shared_folder: Path, tmp_path: Path) -> None:
    folder = shared_folder / "samples" / "degenerate"
    arguments = ["check", str(folder / "d08_ceiling.csv"), "-m"]
    arguments += [str(folder / "d08_ceiling.model.txt"), "--scale", "1:10", "--id", "resp_id"]
    _, answer = told([*arguments, "--ordered", "all"], tmp_path)
    sparse = of_code(answer, "SPARSE_CATEGORIES") + of_code(answer, "EMPTY_CATEGORY")
    named = {item for entry in sparse for item in entry["where"].get("items") or ()}
    assert {"SAT1", "SAT2", "SAT3"} <= named
    assert all(entry["remedy"] for entry in sparse)


def cases(shared: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(
        (shared / "samples" / "degenerate" / "cases.json").read_text(encoding="utf-8")
    )
    return found


@pytest.mark.parametrize("number", range(12), ids=lambda k: f"d{k + 1:02d}")
@pytest.mark.parametrize("command", ["check", "fit"])
def test_sample_is_named(
    command: str,
    number: int,
    shared_folder: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    case = cases(shared_folder)[number]
    folder = shared_folder / "samples" / "degenerate"
    arguments = [command, str(folder / case["file"]), "-m", str(folder / case["model"])]
    arguments += case["options"]
    if command == "fit":
        estimator = "ml" if case["id"] in REQUIRED else "pls"
        arguments += ["-e", estimator, "--resamples", "0", "--no-second-opinion"]
    code, answer = told(arguments, tmp_path)
    stopping = {
        entry["code"] for entry in answer["diagnostics"] if entry["severity"] == "error"
    }
    for expected in case["expect"]:
        found = of_code(answer, expected["code"])
        if command == "fit" and stopping and expected["severity"] != "error":
            continue  # the run ends at its errors
        assert found, (expected["code"], [e["code"] for e in answer["diagnostics"]])
        assert all(entry["remedy"] for entry in found)
        if command == "check" or expected["severity"] == "error":
            assert expected["severity"] in {entry["severity"] for entry in found}
        _places(expected["where"], found)
    serious = {e["severity"] for e in case["expect"] if e["code"] not in REQUIRED.values()}
    if "error" in serious or (command == "fit" and case["id"] in REQUIRED):
        assert code == 1
        assert answer.get("index") is None
    said = capsys.readouterr().err
    assert "Traceback" not in said
    assert all(expected["code"] in said for expected in case["expect"]) or command == "fit"


def _places(where: dict[str, Any], found: list[dict[str, Any]]) -> None:
    """The items, groups and rows expected are named, and no others."""
    items = where.get("items")
    if items:
        named = {item for entry in found for item in entry["where"].get("items") or ()}
        assert named == set(items)
    if isinstance(where.get("groups"), dict):
        named = {group for entry in found for group in entry["where"].get("groups") or ()}
        assert named == set(where["groups"])
    rows = where.get("rows")
    if rows:
        named_rows = {row for entry in found for row in entry["where"].get("rows") or ()}
        assert named_rows == {int(row) for row in rows}


@pytest.mark.parametrize("seed", range(20))
def test_a_clean_survey_passes(seed: int, tmp_path: Path) -> None:
    """A tenth of the 200; the rest and the share of warnings run with the slow studies."""
    assert warnings_of(seed, tmp_path) == []


@pytest.mark.slow
def test_two_hundred_clean_surveys(tmp_path: Path) -> None:
    warned = [seed for seed in range(200) if warnings_of(seed, tmp_path)]
    print(f"clean files with a warning: {len(warned)} of 200")
    assert len(warned) < 0.02 * 200, warned


def warnings_of(seed: int, folder: Path) -> list[str]:
    """Codes of warnings on a clean simulated survey; an error fails at once."""
    data, model = folder / "survey.csv", folder / "model.txt"
    kinds.clean(1000 + seed).to_csv(data, index=False)
    model.write_text(kinds.MODEL, encoding="utf-8")
    code, answer = told(["check", str(data), "-m", str(model), "--scale", "1:10"], folder)
    severe = {entry["code"]: entry["severity"] for entry in answer["diagnostics"]}
    assert code == 0
    assert "error" not in severe.values(), severe
    return [name for name, severity in severe.items() if severity == "warning"]
