"""The whole way from a file to validated answers and back to a clean table."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from survey_engine.errors import ResponseError
from survey_engine.instrument.model import Instrument, Item, ResponseScale
from survey_engine.instrument.parse import parse_instrument
from survey_engine.responses.mapping import ColumnMapping
from survey_engine.responses.options import ResponseOptions
from survey_engine.responses.quality import screen
from survey_engine.responses.reduce import reduce
from survey_engine.responses.survey_data import AnswerStatus
from survey_engine.workflows.read_export import (
    clean_table,
    open_export,
    read_export,
    read_report,
)


@pytest.fixture(scope="module")
def ecsi(repository: Path) -> Instrument:
    path = repository / "instruments" / "ecsi.yaml"
    return parse_instrument(path.read_text(encoding="utf-8"), file=path.name)


def test_mobi_through_its_questionnaire(
    mobi_path: Path, mobi: pd.DataFrame, ecsi: Instrument
) -> None:
    data = read_export(mobi_path, instrument=ecsi)
    assert data.diagnostics == ()
    assert screen(data) == ()
    expected = mobi[list(data.columns)].to_numpy(dtype=float)
    turned = [
        j for j, c in enumerate(data.columns) if ecsi.item(c).direction == "lower_is_better"
    ]
    assert turned == []
    np.testing.assert_array_equal(data.values, expected)
    moments = reduce(data, data.columns).moments
    np.testing.assert_allclose(
        moments.covariance_unbiased, np.cov(expected.T), rtol=1e-12, atol=1e-13
    )
    assert (moments.n, moments.n_effective) == (250, 250.0)


def test_every_block_of_mobi_runs_one_way(mobi_path: Path, ecsi: Instrument) -> None:
    data = read_export(mobi_path, instrument=ecsi)
    correlation = reduce(data, data.columns).moments.correlation
    for name in ecsi.constructs:
        at = [j for j, c in enumerate(data.columns) if ecsi.item(c).construct_name == name]
        assert (correlation[np.ix_(at, at)] > 0).all()


def test_report_is_plain_json(mobi_path: Path, ecsi: Instrument) -> None:
    reading = open_export(mobi_path, instrument=ecsi)
    report = json.loads(json.dumps(read_report(reading), allow_nan=False))
    assert report["platform"] == "csv"
    assert report["rows"] == {"read": 250, "kept": 250, "excluded": {}, "complete": 250}
    assert {one["evidence"] for one in report["mapping"]} == {"id"}
    assert report["questions"][0]["answered"] == 250
    assert report["losses"] == []


@pytest.fixture
def small() -> Instrument:
    rating = ResponseScale(id="r", minimum=1, maximum=10, missing={99: "dont_know"})
    turned = {"direction": "lower_is_better"}
    return Instrument(
        id="small",
        version="1",
        title={"en": "Small"},
        languages=("en",),
        scales=(rating,),
        items=(
            Item(id="a", text={"en": "Alpha"}, scale="r", construct="C"),
            Item(id="b", text={"en": "Beta"}, scale="r", construct="C", **turned),
            Item(id="who", text={"en": "Who"}, scale="r", role="segment"),
        ),
    )


def test_a_clean_table_reads_back_the_same(tmp_path: Path, small: Instrument) -> None:
    path = tmp_path / "a.csv"
    path.write_text("a,b,who,note\n8,2,x,=1+1\n99,3,y,-5\n,4,x,@home\n7.5,12,y,+49 30\n")
    data = read_export(path, instrument=small)
    table = clean_table(data)
    assert table["a"].tolist() == ["8", "dont_know", "skipped", "7.5"]
    assert table["b"].tolist() == ["2", "3", "4", "invalid"]
    assert table["note"].tolist() == ["'=1+1", "-5", "'@home", "'+49 30"]
    table.to_csv(tmp_path / "clean.csv", index=False)
    again = read_export(tmp_path / "clean.csv", instrument=small)
    np.testing.assert_array_equal(again.values, data.values)
    np.testing.assert_array_equal(again.status, data.status)


def test_losses_name_what_the_file_cannot_give(tmp_path: Path, small: Instrument) -> None:
    path = tmp_path / "a.csv"
    path.write_text("a;b\n8;2\n;3\n")
    report = read_report(open_export(path, instrument=small))
    assert report["losses"] == [
        {"item": "who", "reason": "no_column"},
        {"item": "a", "reason": "dont_know_may_be_blank"},
    ]
    assert report["separator"] == ";"


def test_the_users_mapping_and_options(tmp_path: Path, small: Instrument) -> None:
    path = tmp_path / "a.csv"
    path.write_text("x,y,b\n8,a,2\n9,b,3\n")
    data = read_export(
        path,
        instrument=small,
        mapping=ColumnMapping(columns={"a": "x"}),
        options=ResponseOptions(group=("y",)),
    )
    assert data.mapping == {"a": "x", "b": "b"}
    assert data.group_columns == ("y",)
    with pytest.raises(ResponseError, match="UNKNOWN_COLUMN"):
        read_export(path, instrument=small, options=ResponseOptions(weights="wieght"))


def test_a_plain_table(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("q1,q2\n1,2\n3,40\n")
    reading = open_export(path, options=ResponseOptions(scale=(1, 10)))
    assert [d.code for d in reading.diagnostics] == ["OUT_OF_RANGE"]
    assert reading.data.status.tolist() == [[0, 0], [0, AnswerStatus.INVALID]]
    assert [one.evidence for one in reading.mapping.items] == ["id", "id"]
