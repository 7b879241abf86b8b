"""The first thing a person sees: recognised, matched, set aside, asked; and named faults."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from survey_engine.cli import main

from . import northline as made

FIVE = {
    "qualtrics_values.csv": ("a Qualtrics export: 16 people, 24 of 24 questions matched", 2),
    "limesurvey_full_de.csv": ("a LimeSurvey export: 15 people, 24 of 24 questions matched", 1),
    "wenjuanxing_text.xlsx": ("a Wenjuanxing export: 14 people, 24 of 24 questions matched", 0),
    "google_forms_sheet.csv": (
        "a Google Forms export: 14 people, 24 of 24 questions matched",
        0,
    ),
    "spss.sav": ("an SPSS file: 15 people, 24 of 24 questions matched", 1),
}


def read(path: Path, instrument: Path, out: Path, *more: str) -> tuple[int, dict[str, Any]]:
    code = main(["read", str(path), "-i", str(instrument), "--json", str(out), *more])
    return code, json.loads(out.read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", FIVE)
def test_what_is_said_first(
    shared_folder: Path,
    northline_yaml: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    name: str,
) -> None:
    said, aside = FIVE[name]
    path = made.exports(shared_folder) / name
    code, told = read(path, northline_yaml, tmp_path / "o.json")
    text = capsys.readouterr().err
    assert code == 0
    assert f"This looks like {said}." in text
    assert text.count("Set aside:") == aside
    assert told["rows"]["read"] - told["rows"]["kept"] == sum(told["rows"]["excluded"].values())
    assert {one["confidence"] for one in told["mapping"]} <= {1.0, 0.95, 0.9, 0.88, 0.8}
    assert "Nothing to ask." in text
    assert told["asked"] == []


def test_a_mapping_is_saved_reused_and_its_changes_are_told(
    shared_folder: Path, northline_yaml: Path, tmp_path: Path
) -> None:
    path, saved = made.exports(shared_folder) / "plain_en_tab_utf16.txt", tmp_path / "m.yaml"
    _, first = read(path, northline_yaml, tmp_path / "a.json", "--save-mapping", str(saved))
    again, second = read(path, northline_yaml, tmp_path / "b.json", "--mapping", str(saved))
    assert again == 0
    assert {one["evidence"] for one in second["mapping"]} == {"given"}
    assert [one["column"] for one in second["mapping"]] == [
        one["column"] for one in first["mapping"]
    ]
    text = path.read_text(encoding="utf-16").replace("sat1", "SAT_1", 1)
    moved = tmp_path / "next.txt"
    moved.write_text(text, encoding="utf-16")
    code, third = read(moved, northline_yaml, tmp_path / "c.json", "--mapping", str(saved))
    told = {one["code"]: one for one in third["diagnostics"]}
    assert code == 0
    assert "SAT_1" in told["COLUMNS_CHANGED"]["message"]
    assert told["MAPPED_COLUMN_MOVED"]["where"]["items"] == ["sat1"]


def lines(shared: Path) -> list[str]:
    path = made.exports(shared) / "plain_en_tab_utf16.txt"
    return path.read_text(encoding="utf-16").splitlines()


def truncated(rows: list[str]) -> bytes:
    return "\n".join(rows)[:-60].rsplit("\t", 3)[0].encode()


def shifted(rows: list[str]) -> bytes:
    cells = rows[1].split("\t")
    rows[1] = "\t".join([*cells[:6], "late answer", *cells[6:-1]])
    return "\n".join(rows).encode()


def ragged(rows: list[str]) -> bytes:
    rows[2] += "\tmore"
    return "\n".join(rows).encode()


def duplicated(rows: list[str]) -> bytes:
    rows[0] = rows[0].replace("\timg2\t", "\timg1\t")
    return "\n".join(rows).encode()


def mojibake(rows: list[str]) -> bytes:
    rows[0] = rows[0].replace("branch", "Größe").replace("\tage\t", "\tÄrger\t")
    return "\n".join(rows).encode().decode("cp1252", "replace").encode()


FAULTS: dict[str, tuple[Any, str, dict[str, Any]]] = {
    "truncated": (truncated, "TRUNCATED_FILE", {"row": 14}),
    "shifted": (shifted, "SHIFTED_ROWS", {"rows": [1], "column": 7}),
    "ragged": (ragged, "RAGGED_ROWS", {"rows": [2], "column": 27}),
    "empty": (lambda _: b" \n", "EMPTY_FILE", {}),
    "header only": (lambda rows: rows[0].encode(), "NO_DATA_ROWS", {}),
    "duplicated header": (duplicated, "DUPLICATE_COLUMN", {"items": ["img1"], "column": 4}),
    "mojibake": (mojibake, "MOJIBAKE", {"column": 23, "line": 1}),
    "html": (lambda _: b"<html><table><tr><td>1</td></tr></table>", "UNSUPPORTED_FILE", {}),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_broken_file_is_named_with_row_and_column(
    shared_folder: Path,
    northline_yaml: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    name: str,
) -> None:
    make, code, where = FAULTS[name]
    path = tmp_path / "export.xls"
    path.write_bytes(make(lines(shared_folder)))
    status, told = read(path, northline_yaml, tmp_path / "o.json")
    text = capsys.readouterr().err
    assert status == 1
    assert "Traceback" not in text
    found = next(one for one in told["diagnostics"] if one["code"] == code)
    assert found["message"] in text
    row = where.pop("row", None)
    assert {key: found["where"][key] for key in where} == where
    assert row is None or f"row {row}" in found["message"]


def test_the_wrong_questionnaire_is_named(
    shared_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = made.exports(shared_folder) / "wenjuanxing_codes_gb18030.csv"
    status = main(["read", str(path), "-i", "cn6", "--json", str(tmp_path / "o.json")])
    told = json.loads((tmp_path / "o.json").read_text(encoding="utf-8"))
    codes = {one["code"] for one in told["diagnostics"] if one["severity"] == "error"}
    assert status == 1
    assert codes & {"NO_ITEM_MATCHED", "ITEM_NOT_FOUND", "AMBIGUOUS_MAPPING"}
    assert "Traceback" not in capsys.readouterr().err


def test_a_questionnaire_without_a_match_names_every_column(
    shared_folder: Path, tmp_path: Path
) -> None:
    path = made.exports(shared_folder) / "qualtrics_values.csv"
    status = main(["read", str(path), "-i", "scores", "--json", str(tmp_path / "o.json")])
    told = json.loads((tmp_path / "o.json").read_text(encoding="utf-8"))
    (found,) = (one for one in told["diagnostics"] if one["severity"] == "error")
    assert (status, found["code"]) == (1, "NO_ITEM_MATCHED")
    assert {"StartDate", "Q1_1", "store_id"} <= set(found["where"]["items"])
