from __future__ import annotations

from collections.abc import Callable

import pytest

from survey_engine.errors import ResponseError
from survey_engine.responses.options import ResponseOptions, weight_values
from survey_engine.responses.plain import plain_table
from survey_engine.responses.survey_data import RawResponses

MakeRaw = Callable[..., RawResponses]


def test_numbers_are_indicators_the_rest_is_kept_aside(make_raw: MakeRaw) -> None:
    raw = make_raw(
        {
            "resp_id": ["001", "002", "003"],
            "branch": ["N", "S", "N"],
            "weight": ["1", "2", "1"],
            "Q1": ["1", "2", "x"],
            "Q2": ["7,5", "", "9"],
        }
    )
    data = plain_table(raw)
    assert data.columns == ("Q1", "Q2")
    assert data.values[0].tolist() == [1.0, 7.5]
    assert data.ranges == {}
    assert data.extra["resp_id"].tolist() == ["001", "002", "003"]
    found = {d.code: d.where.items for d in data.diagnostics}
    assert found == {
        "TEXT_COLUMNS_LEFT_OUT": ("branch",),
        "NON_NUMERIC_ITEM": ("Q1",),
        "SUGGESTED_ID": ("resp_id",),
        "SUGGESTED_GROUP": ("branch",),
        "SUGGESTED_WEIGHTS": ("weight",),
    }
    assert data.weights is None


def test_declared_scale_and_codes(make_raw: MakeRaw) -> None:
    raw = make_raw({"Q1": ["1", "99", "11"], "Q2": ["1", "2", "3"]})
    options = ResponseOptions(scale=(1, 10), na_codes=(99,))
    data = plain_table(raw, options=options)
    assert {d.code: d.where.rows for d in data.diagnostics} == {
        "OUT_OF_RANGE": (3,),
        "MISSING_ANSWERS_READ": (),
    }
    assert data.ranges == {"Q1": (1, 10), "Q2": (1, 10)}


def test_an_indicator_may_be_a_segment_too(make_raw: MakeRaw) -> None:
    raw = make_raw({"Q1": ["1", "2"], "Q2": ["3", "4"]})
    options = ResponseOptions(columns=("Q1", "Q2"), group=("Q1",))
    data = plain_table(raw, options=options)
    assert data.columns == ("Q1", "Q2")
    assert data.extra["Q1"].tolist() == ["1", "2"]
    assert data.requested_groups == ("Q1",)


def test_unknown_columns_and_tables_of_words(make_raw: MakeRaw) -> None:
    raw = make_raw({"Q1": ["a", "b"]})
    with pytest.raises(ResponseError, match="NO_ITEM_MATCHED"):
        plain_table(raw)
    with pytest.raises(ResponseError) as caught:
        plain_table(raw, options=ResponseOptions(columns=("Q1", "Q9"), weights="w"))
    assert [d.parameters["column"] for d in caught.value.diagnostics] == ["Q9", "w"]


def test_weights_as_given(make_raw: MakeRaw) -> None:
    raw = make_raw({"w": ["0,5", "inf", "-1", None, "x", 2]})
    values = weight_values(raw.table["w"]).tolist()
    assert values[:3] == [0.5, float("inf"), -1.0]
    assert values[3] != values[3]
    assert values[4] != values[4]
    assert values[5] == 2.0
