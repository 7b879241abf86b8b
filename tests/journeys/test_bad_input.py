"""Broken input ends with a named diagnostic, in words and JSON, and never a traceback."""

from __future__ import annotations

import importlib.abc
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
import pytest

from survey_engine.cli import main

FAST = ("--resamples", "50", "--no-second-opinion")
MODEL = "Image =~ IMAG1 + IMAG2 + IMAG3\nSatisfaction =~ CUSA1 + CUSA2 + CUSA3\n"


class Case(NamedTuple):
    """How a user gets it wrong, and what must be said."""

    make: Callable[[pd.DataFrame, Path], list[str]]
    code: str
    where: dict[str, Any]
    said: tuple[str, ...]


def _export(table: pd.DataFrame, folder: Path) -> Path:
    path = folder / "export.csv"
    table.to_csv(path, index=False)
    return path


def _fit(path: Path, *options: str) -> list[str]:
    return ["fit", str(path), "-i", "ecsi", "-m", "ecsi", *FAST, *options]


def _with_model(table: pd.DataFrame, folder: Path, text: str) -> list[str]:
    model = folder / "model.txt"
    model.write_text(MODEL + text, encoding="utf-8")
    return ["fit", str(_export(table, folder)), "-m", str(model), *FAST]


def unknown_column(table: pd.DataFrame, folder: Path) -> list[str]:
    return _fit(_export(table, folder), "--group", "regoin")


def missing_item(table: pd.DataFrame, folder: Path) -> list[str]:
    return _fit(_export(table.drop(columns="CUSA2"), folder))


def off_scale(table: pd.DataFrame, folder: Path) -> list[str]:
    table.loc[[6, 16], "CUSA1"] = 12
    return _fit(_export(table, folder))


def constant(table: pd.DataFrame, folder: Path) -> list[str]:
    table["PERQ3"] = 7
    return _fit(_export(table, folder))


def reversed_driver_item(table: pd.DataFrame, folder: Path) -> list[str]:
    table["PERQ4"] = 11 - table["PERQ4"]
    return _fit(_export(table, folder))


def reversed_item(table: pd.DataFrame, folder: Path) -> list[str]:
    table["CUSA2"] = 11 - table["CUSA2"]
    return _fit(_export(table, folder))


def misspelt_construct(table: pd.DataFrame, folder: Path) -> list[str]:
    return _with_model(table, folder, "Satisfation ~ Image\n")


def unconnected_construct(table: pd.DataFrame, folder: Path) -> list[str]:
    text = "Loyalty =~ CUSL1 + CUSL2 + CUSL3\nSatisfaction ~ Image\n"
    return _with_model(table, folder, text)


def cyclic_model(table: pd.DataFrame, folder: Path) -> list[str]:
    return _with_model(table, folder, "Satisfaction ~ Image\nImage ~ Satisfaction\n")


def empty_file(_table: pd.DataFrame, folder: Path) -> list[str]:
    path = folder / "export.csv"
    path.write_bytes(b"")
    return _fit(path)


CASES = {
    "unknown column": Case(unknown_column, "UNKNOWN_COLUMN", {}, ("regoin",)),
    "item without column": Case(missing_item, "ITEM_NOT_FOUND", {"items": ["CUSA2"]}, ()),
    "value off the scale": Case(
        off_scale, "OUT_OF_RANGE", {"items": ["CUSA1"], "rows": [7, 17]}, ("12", "7", "17")
    ),
    "constant item": Case(constant, "ZERO_VARIANCE_ITEM", {"items": ["PERQ3"]}, ("7",)),
    "reversed item": Case(reversed_item, "REVERSED_ITEM", {"items": ["CUSA2"]}, ("CUSA2",)),
    "reversed driver item": Case(
        reversed_driver_item, "REVERSED_ITEM", {"items": ["PERQ4"]}, ("PERQ4", "11 − PERQ4")
    ),
    "misspelt construct": Case(
        misspelt_construct, "UNKNOWN_CONSTRUCT", {"line": 3}, ("Satisfation", "Satisfaction")
    ),
    "unconnected construct": Case(
        unconnected_construct, "UNCONNECTED_CONSTRUCT", {"constructs": ["Loyalty"]}, ()
    ),
    "cyclic model": Case(cyclic_model, "CYCLIC_MODEL", {}, ("Image", "Satisfaction")),
    "empty file": Case(empty_file, "EMPTY_FILE", {"file": "export.csv"}, ()),
}


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("name", CASES)
def test_every_fault_is_named_with_its_place_and_remedy(
    name: str,
    language: str,
    mobi: pd.DataFrame,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    case = CASES[name]
    argv = case.make(mobi.copy(), tmp_path)
    target = tmp_path / "out.json"
    assert main([*argv, "--lang", language, "--json", str(target)]) == 1
    text = capsys.readouterr().err
    assert "Traceback" not in text
    assert "INTERNAL_ERROR" not in text
    content = json.loads(target.read_text(encoding="utf-8"))
    found = next(entry for entry in content["diagnostics"] if entry["code"] == case.code)
    assert {key: found["where"][key] for key in case.where} == case.where
    assert found["remedy"]
    assert found["message"] in text
    assert [part for part in case.said if part not in found["message"] + found["remedy"]] == []
    assert content["index"] is None
    chinese = any("\u4e00" <= letter <= "\u9fff" for letter in found["message"])
    assert chinese is (language == "zh")


class _NoPango(importlib.abc.MetaPathFinder):
    """Makes the import of WeasyPrint fail as it does without the system library."""

    def find_spec(self, name: str, *_: object) -> None:
        if name == "weasyprint":
            raise OSError("cannot load library 'libpango-1.0-0'")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_missing_pango_is_named_and_everything_else_still_works(
    language: str,
    mobi_path: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name in [key for key in sys.modules if key.partition(".")[0] == "weasyprint"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(sys, "meta_path", [_NoPango(), *sys.meta_path])
    told, pdf = tmp_path / "out.json", tmp_path / "report.pdf"
    common = [str(mobi_path), "-i", "ecsi", *FAST, "--lang", language, "--json", str(told)]
    assert main(["report", *common, "-o", str(pdf)]) == 1
    text = capsys.readouterr().err
    assert "PANGO_MISSING" in text
    assert "Traceback" not in text
    assert not pdf.exists()
    (found,) = json.loads(told.read_text(encoding="utf-8"))["diagnostics"]
    assert found["code"] == "PANGO_MISSING"
    assert "libpango" in found["remedy"]
    assert main(["fit", *common, "-m", "ecsi"]) == 0
    assert main(["doctor", "--lang", language]) == 1
