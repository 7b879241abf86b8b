"""The broken survey files of ../shared: the expected codes, at the expected place."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from survey_engine.errors import Diagnostic
from survey_engine.readers import read_file
from survey_engine.responses.options import ResponseOptions
from survey_engine.responses.plain import plain_table
from survey_engine.responses.quality import screen

BLOCKS = {
    "EXPE": ("EXPE1", "EXPE2", "EXPE3"),
    "QUAL": ("QUAL1", "QUAL2", "QUAL3"),
    "VAL": ("VAL1", "VAL2"),
    "SAT": ("SAT1", "SAT2", "SAT3"),
    "LOY": ("LOY1", "LOY2", "LOY3"),
}
ITEMS = tuple(item for items in BLOCKS.values() for item in items)


@pytest.fixture(scope="module")
def folder(shared_folder: Path) -> Path:
    return shared_folder / "samples" / "degenerate"


def found_in(folder: Path, case: dict[str, Any]) -> list[Diagnostic]:
    raw = read_file(folder / case["file"])
    options = ResponseOptions(
        columns=tuple(item for item in ITEMS if item in raw.table.columns),
        scale=(1, 10),
        id_column="resp_id",
        group=(case["group"],) if "group" in case else (),
        weights=case.get("weight"),
    )
    data = plain_table(raw, options=options)
    return [*data.diagnostics, *screen(data, BLOCKS)]


def case(folder: Path, start: str) -> dict[str, Any]:
    cases = json.loads((folder / "cases.json").read_text())
    return next(one for one in cases if one["id"].startswith(start))


def only(found: list[Diagnostic], code: str) -> Diagnostic:
    (one,) = [d for d in found if d.code == code]
    return one


@pytest.mark.parametrize("start", [f"d{k:02d}" for k in range(1, 13)])
def test_codes_and_severities(folder: Path, start: str) -> None:
    this = case(folder, start)
    found = found_in(folder, this)
    of_the_fit = {"HEYWOOD_CASE", "SINGLE_INDICATOR"}
    expected = {
        (e["code"], e["severity"]) for e in this["expect"] if e["code"] not in of_the_fit
    }
    serious = {(d.code, d.severity.value) for d in found if d.severity != "info"}
    informing = {(d.code, d.severity.value) for d in found}
    assert expected <= informing
    assert serious <= expected, "an innocent warning or error"


def test_places(folder: Path) -> None:
    def of(start: str, code: str) -> Diagnostic:
        return only(found_in(folder, case(folder, start)), code)

    d01 = of("d01", "ZERO_VARIANCE_ITEM")
    assert (d01.where.items, d01.parameters["value"]) == (("EXPE2",), 7)
    d02 = of("d02", "COLLINEAR_ITEMS")
    assert (d02.where.items, d02.parameters["kind"]) == (("SAT2", "SAT3"), "identical")
    d03 = of("d03", "REVERSED_ITEM")
    assert (d03.where.items, d03.where.constructs) == (("QUAL3",), ("QUAL",))
    assert d03.parameters["recoding"] == "11 − QUAL3"
    d04 = of("d04", "ALL_MISSING_ITEM")
    assert (d04.where.items, d04.parameters["n_valid"]) == (("VAL2",), 0)
    assert dict(of("d05", "N_LESS_THAN_P").parameters) == {"n": 10, "p": 14}
    d08 = of("d08", "EXTREME_SKEW")
    assert d08.where.items == ("SAT1", "SAT2", "SAT3")
    assert min(d08.where.values) >= 0.98
    d11 = of("d11", "GROUP_TOO_SMALL")
    assert dict(zip(d11.where.groups, d11.where.values, strict=True)) == {
        "Kiosk": 9,
        "Airport": 7,
        "Depot": 3,
        "Desk": 1,
    }


def test_out_of_range_counts_per_item_and_value(folder: Path) -> None:
    found = [d for d in found_in(folder, case(folder, "d09")) if d.code == "OUT_OF_RANGE"]
    counts = {d.where.items[0]: (d.where.values, d.parameters["n"]) for d in found}
    assert counts == {
        "QUAL2": ((99.0,), 10),
        "SAT1": ((0.0,), 8),
        "LOY2": ((-1.0,), 4),
        "EXPE1": ((77.0,), 2),
    }
    assert next(d for d in found if d.where.items == ("LOY2",)).where.rows == (36, 83, 97, 165)


def test_repeated_respondents(folder: Path) -> None:
    found = found_in(folder, case(folder, "d10"))
    assert only(found, "DUPLICATE_ROWS").parameters["n_exact"] == 50
    conflict = only(found, "CONFLICTING_DUPLICATE_IDS")
    assert conflict.parameters["n_ids"] == 10
    assert conflict.where.values == tuple(str(i) for i in range(101, 111))


def test_weights(folder: Path) -> None:
    found = found_in(folder, case(folder, "d12"))
    invalid = only(found, "INVALID_WEIGHT")
    assert invalid.where.rows == (6, 18, 41)
    assert invalid.where.values == ("inf", "-1.2", "")
    extreme = only(found, "EXTREME_WEIGHT")
    assert (extreme.where.rows, extreme.where.values) == ((121,), (4000.0,))
    assert extreme.parameters["n_effective"] == 1.15
    assert extreme.parameters["share_percent"] == pytest.approx(93, abs=0.5)
    assert only(found, "ZERO_WEIGHT").where.rows == (78,)


def test_the_recoded_file_is_clean(folder: Path) -> None:
    raw = read_file(folder / "d03_reverse_coded.csv")
    raw.table["QUAL3"] = [str(11 - int(cell)) for cell in raw.table["QUAL3"]]
    options = ResponseOptions(columns=ITEMS, scale=(1, 10), id_column="resp_id")
    data = plain_table(raw, options=options)
    assert screen(data, BLOCKS) == ()
    assert {d.code for d in data.diagnostics} == {"SUGGESTED_GROUP"}
