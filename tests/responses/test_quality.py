"""The screen on simulated files: the culprit is named, clean files stay silent."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import pytest

from survey_engine.errors import Diagnostic
from survey_engine.responses.options import ResponseOptions
from survey_engine.responses.plain import plain_table
from survey_engine.responses.quality import item_quality, screen
from survey_engine.responses.survey_data import AnswerStatus, RawResponses, SurveyData

BLOCKS = {
    "A": ("A1", "A2", "A3"),
    "B": ("B1", "B2", "B3"),
    "C": ("C1", "C2"),
    "D": ("D1", "D2", "D3"),
}


def simulated(seed: int, n: int = 300, points: int = 10) -> dict[str, np.ndarray]:
    chance = np.random.default_rng(seed)
    common = chance.normal(size=n)
    columns = {}
    for items in BLOCKS.values():
        factor = 0.7 * common + 0.7 * chance.normal(size=n)
        for item in items:
            answer = 0.8 * factor + 0.6 * chance.normal(size=n)
            middle, spread = 0.62 * points, points / 5.5
            columns[item] = np.clip(np.rint(middle + spread * answer), 1, points)
    return columns


def data_of(
    columns: Mapping[str, object],
    scale: tuple[float, float] | None = (1, 10),
    **options: object,
) -> SurveyData:
    table = pd.DataFrame(columns).astype(object)
    table.index = pd.RangeIndex(1, len(table) + 1)
    raw = RawResponses(table=table, platform="csv", source="a.csv", sha256="")
    names = tuple(c for c in columns if c[0] in "ABCDX" and c[1:].isdigit())
    return plain_table(raw, options=ResponseOptions(columns=names, scale=scale, **options))


def found(columns: Mapping[str, object], **more: object) -> dict[str, Diagnostic]:
    return {d.code: d for d in screen(data_of(columns, **more), BLOCKS)}


@pytest.mark.parametrize("points", [5, 7, 10])
def test_clean_files_are_silent(points: int) -> None:
    for seed in range(25):
        n = (60, 300, 1000)[seed % 3]
        data = data_of(simulated(seed, n=n, points=points), scale=(1, points))
        assert screen(data, BLOCKS) == ()


def test_all_rows_identical_is_one_message() -> None:
    columns = {name: np.full(50, 5.0) for name in simulated(0)}
    codes = found(columns)
    assert set(codes) == {"ZERO_VARIANCE_ITEM", "STRAIGHT_LINING"}
    assert len(codes["ZERO_VARIANCE_ITEM"].where.items) == 11


@pytest.mark.parametrize("block", ["C", "B"])
def test_a_reversed_item_of_two_and_of_three(block: str) -> None:
    columns = simulated(1)
    columns[f"{block}2"] = 11 - columns[f"{block}2"]
    one = found(columns)["REVERSED_ITEM"]
    assert one.where.items == (f"{block}2",)
    assert one.where.constructs == (block,)


def test_two_of_three_reversed_cannot_be_told_apart() -> None:
    columns = simulated(2)
    columns["B1"], columns["B2"] = 11 - columns["B1"], 11 - columns["B2"]
    codes = found(columns)
    assert set(codes) == {"NEGATIVE_ALPHA"}
    assert codes["NEGATIVE_ALPHA"].where.constructs == ("B",)
    assert codes["NEGATIVE_ALPHA"].parameters["alpha"] < 0


def test_a_negative_construct_is_no_reversed_item() -> None:
    columns = simulated(3)
    for item in BLOCKS["B"]:
        columns[item] = 11 - columns[item]
    assert found(columns) == {}


def test_an_item_made_of_others_and_a_multiple() -> None:
    columns = simulated(4)
    columns["A3"] = (columns["A1"] + columns["A2"]) / 2
    columns["D3"] = columns["D2"].copy()
    sets = [d for d in screen(data_of(columns), BLOCKS) if d.code == "COLLINEAR_ITEMS"]
    assert [(d.where.items, d.parameters["kind"]) for d in sets] == [
        (("D2", "D3"), "identical"),
        (("A1", "A2", "A3"), "set"),
    ]


def test_scales_of_one_block() -> None:
    columns = simulated(5)
    columns["A2"] = columns["A2"] * 10
    one = found(columns, scale=None)["SCALE_MISMATCH"]
    assert (one.where.constructs, one.severity) == (("A",), "warning")
    columns["A2"] = columns["A2"] * 1e6
    assert found(columns, scale=None)["ILL_SCALED_ITEM"].where.items == ("A2",)


def test_straight_lining_and_nonresponse() -> None:
    columns = simulated(6)
    for item in columns:
        columns[item][:100] = 7
    lines = found(columns)["STRAIGHT_LINING"]
    assert lines.where.rows[:3] == (1, 2, 3)
    assert lines.parameters["percent"] == pytest.approx(33.3)
    columns = simulated(7)
    columns["C1"][:60] = np.nan
    assert found(columns)["HIGH_ITEM_NONRESPONSE"].where.items == ("C1",)


def test_copies_without_ids_and_none_in_short_questionnaires() -> None:
    columns = {name: np.append(cells, cells[:12]) for name, cells in simulated(8).items()}
    repeated = found(columns)["DUPLICATE_ROWS"]
    assert repeated.where.rows == tuple(range(301, 313))
    short = {name: columns[name] for name in ("A1", "A2", "A3")}
    assert "DUPLICATE_ROWS" not in {d.code for d in screen(data_of(short))}


def test_no_complete_row_is_named() -> None:
    columns = simulated(9)
    columns["A1"][:150] = np.nan
    columns["B1"][150:] = np.nan
    one = found(columns)["NO_COMPLETE_ROWS"]
    assert set(one.where.items[:2]) == {"A1", "B1"}


def test_constant_in_one_segment() -> None:
    columns: dict[str, object] = {**simulated(10), "branch": ["x"] * 40 + ["y"] * 260}
    np.asarray(columns["A1"])[:40] = 9
    one = found(columns, group=("branch",))["ZERO_VARIANCE_ITEM"]
    assert (one.where.items, one.where.groups, one.severity) == (("A1",), ("x",), "warning")


def test_item_quality_is_weighted() -> None:
    values = np.array([[1.0], [3.0], [3.0], [np.nan]])
    status = np.array([[0], [0], [0], [AnswerStatus.DONT_KNOW]], dtype=np.int8)
    (one,) = item_quality(("a",), values, status, weights=np.array([2.0, 1.0, 1.0, 5.0]))
    assert one.counts == {1.0: 1, 3.0: 2}
    assert one.shares == {1.0: 0.5, 3.0: 0.5}
    assert one.mean == 2.0
    assert one.standard_deviation == pytest.approx(np.sqrt(1.0 * 3 / 2))
    assert (one.n_valid, one.n_dont_know) == (3, 1)


def test_mobi_is_quiet(mobi: pd.DataFrame) -> None:
    table = mobi.astype(object)
    table.index = pd.RangeIndex(1, len(table) + 1)
    raw = RawResponses(table=table, platform="csv", source="mobi.csv", sha256="")
    data = plain_table(raw, options=ResponseOptions(scale=(1, 10)))
    assert data.n == 250
    assert len(data.columns) == 24
    blocks: dict[str, list[str]] = {}
    for name in data.columns:
        blocks.setdefault(name.rstrip("0123456789"), []).append(name)
    assert [d.code for d in screen(data, blocks)] == []
