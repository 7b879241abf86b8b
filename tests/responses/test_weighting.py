"""Weights from margins: the command, Python, and every refusal by name and place."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import survey_engine as se
from survey_engine.cli import main
from survey_engine.errors import SurveyEngineError

MARGINS: dict[str, Any] = {
    "sex": {"f": 0.52, "m": 0.48},
    "region": {"north": 1200, "south": 2800},
}


@pytest.fixture
def table() -> pd.DataFrame:
    chance = np.random.default_rng(3)
    n = 240
    return pd.DataFrame(
        {
            "sex": chance.choice(["f", "m"], n, p=[0.3, 0.7]),
            "region": chance.choice(["north", "south"], n),
            "Q1": chance.integers(1, 11, n),
            "Q2": chance.integers(1, 11, n),
            "design": chance.uniform(0.5, 2, n).round(2),
        }
    )


@pytest.fixture
def export(table: pd.DataFrame, tmp_path: Path) -> Path:
    path = tmp_path / "export.csv"
    table.to_csv(path, index=False)
    return path


def refused(path: Path, margins: dict[str, Any]) -> dict[str, Any]:
    with pytest.raises(SurveyEngineError) as problem:
        se.weight(se.read(path), margins)
    return {one.code: one for one in problem.value.diagnostics}


def test_python(export: Path, table: pd.DataFrame) -> None:
    found = se.weight(se.read(export), MARGINS)
    frame = found.to_frame().set_index(["margin", "category"])
    np.testing.assert_allclose(frame["after"], frame["wanted"], rtol=1e-6)
    assert frame.loc[("sex", "f"), "before"] == pytest.approx((table["sex"] == "f").mean())
    w = found.weights
    assert w.sum() == pytest.approx(240)
    assert found.design_effect == pytest.approx(240 * (w**2).sum() / w.sum() ** 2, abs=1e-12)
    assert found.n_effective == pytest.approx(240 / found.design_effect)
    # The weighted mean of every item, in its closed form.
    for quality in found.data.quality.items:
        if quality.item in ("Q1", "Q2"):
            mean = float(np.average(table[quality.item], weights=w))
            assert quality.mean == pytest.approx(mean, abs=1e-12)
    assert [one.code for one in found.diagnostics] == ["WEIGHTS_HELD_FIXED"]


def test_crossed_columns_are_post_stratified(export: Path, table: pd.DataFrame) -> None:
    cells = {"f": {"north": 30, "south": 20}, "m": {"north": 10, "south": 40}}
    found = se.weight(se.read(export), {"sex * region": cells})
    for sex, regions in cells.items():
        for region, percent in regions.items():
            cell = (table["sex"] == sex) & (table["region"] == region)
            wanted = percent / 100 * 240 / cell.sum()
            np.testing.assert_allclose(found.weights[cell], wanted, rtol=1e-9)


def test_base_weights_are_kept_within_cells(export: Path, table: pd.DataFrame) -> None:
    from survey_engine.api import ReadColumns

    data = se.read(export, columns=ReadColumns(weights="design"))
    found = se.weight(data, {"sex": MARGINS["sex"]}, trim=None)
    ratio = found.weights / table["design"].to_numpy()
    for sex in ("f", "m"):
        assert np.ptp(ratio[(table["sex"] == sex).to_numpy()]) < 1e-12
    assert "BASE_WEIGHTS_USED" in [one.code for one in found.diagnostics]


@pytest.mark.parametrize("kind", ["yaml", "csv"])
def test_command(
    export: Path, tmp_path: Path, kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    margins = tmp_path / f"margins.{kind}"
    if kind == "yaml":
        text = "sex: {f: 0.52, m: 0.48}\n'region * sex':\n"
        text += "  north: {f: 15, m: 15}\n  south: {f: 37, m: 33}\n"
    else:
        text = "column,category,share\nsex,f,0.52\nsex,m,0.48\nregion * sex,north * f,15\n"
        text += "region * sex,north * m,15\nregion * sex,south * f,37\n"
        text += "region * sex,south * m,33\n"
    margins.write_text(text, encoding="utf-8")
    out, answer = tmp_path / "weighted.csv", tmp_path / "answer.json"
    arguments = ["weight", str(export), "--margins", str(margins), "-o", str(out)]
    assert main([*arguments, "--json", str(answer)]) == 0
    found = json.loads(answer.read_text(encoding="utf-8"))
    assert found["error"] <= 1e-6
    assert len(found["margins"]) == 6
    written = pd.read_csv(out)
    assert written["weight"].sum() == pytest.approx(240)
    share = written.loc[written["sex"] == "f", "weight"].sum() / 240
    assert share == pytest.approx(0.52, abs=1e-6)
    said = capsys.readouterr().err
    assert "--weights weight" in said
    assert f"{found['n_effective']:.1f}" in said


def test_unknown_category_is_named_with_its_rows(export: Path, table: pd.DataFrame) -> None:
    told = refused(export, {"sex": {"f": 0.5, "w": 0.5}})
    unknown, empty = told["RAKING_UNKNOWN_CATEGORY"], told["RAKING_EMPTY_CATEGORY"]
    assert unknown.where.rows == tuple(np.flatnonzero(table["sex"] == "m") + 1)
    assert unknown.where.values == ("m",)
    assert (empty.parameters["margin"], empty.parameters["category"]) == ("sex", "w")


def test_faults_of_margins_are_told_together(export: Path) -> None:
    told = refused(export, {"sex": {"f": 0.52, "m": 0.46}, "region": {"north": 0, "south": 1}})
    assert set(told) == {"MARGIN_SHARES_SUM", "MARGIN_NOT_POSITIVE"}
    assert told["MARGIN_SHARES_SUM"].parameters["total"] == "0.98"


@pytest.mark.parametrize(
    ("margins", "code"),
    [
        ({"gender": {"f": 1}}, "MARGIN_UNKNOWN_COLUMN"),
        ({"sex": 0.5}, "MARGINS_UNREADABLE"),
        ({}, "MARGINS_UNREADABLE"),
        ({"sex": {"f": "half"}}, "MARGINS_UNREADABLE"),
    ],
)
def test_refusals(export: Path, margins: dict[str, Any], code: str) -> None:
    assert list(refused(export, margins)) == [code]


def test_totals_that_differ_are_told(export: Path) -> None:
    given = {"sex": {"f": 520, "m": 480}, "region": {"north": 300, "south": 500}}
    found = se.weight(se.read(export), given)
    (told,) = [one for one in found.diagnostics if one.code == "MARGIN_TOTALS_DIFFER"]
    assert told.parameters["found"] == "sex 1000, region 800"


def test_contradicting_margins_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "twins.csv"
    pd.DataFrame({"a": list("xy") * 20, "b": list("pq") * 20, "Q1": 1}).to_csv(
        path, index=False
    )
    told = refused(path, {"a": {"x": 0.5, "y": 0.5}, "b": {"p": 0.7, "q": 0.3}})
    assert told["RAKING_NOT_CONVERGED"].where.items in (("a",), ("b",))


def test_weights_enter_a_study(mobi: pd.DataFrame, tmp_path: Path) -> None:
    path = tmp_path / "mobi.csv"
    mobi.assign(kind=["a", "b"] * (len(mobi) // 2)).to_csv(path, index=False)
    found = se.weight(se.read(path, instrument="ecsi"), {"kind": {"a": 0.8, "b": 0.2}})
    options = {"resamples": 0, "second_opinion": False}
    index = se.Study(found.data, "ecsi", **options).run().index
    plain = se.Study(se.read(path, instrument="ecsi"), "ecsi", **options).run().index
    assert index is not None
    assert plain is not None
    assert index.est != pytest.approx(plain.est, abs=1e-6)


def test_choices_are_known_by_code_and_by_label_of_any_language(tmp_path: Path) -> None:
    text = """
schema: "1"
id: tiny
version: "1"
title: {en: Tiny, zh: 小问卷}
languages: [en, zh]
scales:
  - {id: rating, minimum: 1, maximum: 10}
  - id: sex
    minimum: 1
    maximum: 2
    labels: {1: {en: woman, zh: 女}, 2: {en: man, zh: 男}}
items:
  - {id: Q1, text: {en: "How good?", zh: "多好？"}, scale: rating}
  - {id: SEX, text: {en: "Sex?", zh: "性别？"}, scale: sex, type: choice, role: segment}
"""
    questionnaire = tmp_path / "tiny.yaml"
    questionnaire.write_text(text, encoding="utf-8")
    path = tmp_path / "export.csv"
    pd.DataFrame({"Q1": [1, 5, 9, 10, 3] * 8, "SEX": [1, 1, 2, 1, 1] * 8}).to_csv(
        path, index=False
    )
    data = se.read(path, instrument=questionnaire)
    for margins in ({1: 0.5, 2: 0.5}, {"woman": 0.5, "man": 0.5}, {"女": 0.5, "男": 0.5}):
        found = se.weight(data, {"SEX": margins})
        np.testing.assert_allclose(found.weights[:5], [0.625, 0.625, 2.5, 0.625, 0.625])
        assert [one.category for one in found.shares] == [str(k) for k in margins]


def test_a_blank_cell_can_have_a_category(tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    pd.DataFrame({"Q1": range(10), "sex": ["f", "m", None, "f", "m"] * 2}).to_csv(
        path, index=False
    )
    shares = {"f": 0.5, "m": 0.4}
    told = refused(path, {"sex": {**shares, "x": 0.1}})
    assert told["RAKING_UNKNOWN_CATEGORY"].where.rows == (3, 8)
    found = se.weight(se.read(path), {"sex": {**shares, "": 0.1}})
    np.testing.assert_allclose(found.weights[:3], [1.25, 1.0, 0.5])


@pytest.mark.parametrize("options", [{"trim": 0.5}, {"trim": 1}, {"tolerance": 0}])
def test_options_out_of_range_are_refused(export: Path, options: dict[str, float]) -> None:
    with pytest.raises(SurveyEngineError) as problem:
        se.weight(se.read(export), MARGINS, **options)
    (told,) = problem.value.diagnostics
    assert (told.code, told.parameters["name"]) == ("USAGE_BAD_VALUE", next(iter(options)))
