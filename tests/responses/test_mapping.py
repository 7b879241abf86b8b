from __future__ import annotations

from collections.abc import Callable

import pytest

from survey_engine.errors import ResponseError
from survey_engine.instrument.model import Instrument
from survey_engine.responses.mapping import ColumnMapping, map_columns
from survey_engine.responses.survey_data import RawResponses

MakeRaw = Callable[..., RawResponses]


def evidence(make_raw: MakeRaw, instrument: Instrument, *names: str) -> dict[str, str]:
    result = map_columns(make_raw({name: ["1"] for name in names}), instrument)
    return {one.item: one.evidence for one in result.items if one.evidence != "unmatched"}


def test_evidence_by_strength(make_raw: MakeRaw, instrument: Instrument) -> None:
    found = evidence(
        make_raw,
        instrument,
        "q_overall",
        "group/sat2",
        "3、值得信赖的公司【单选题】",
        "Please rate: How hard was it to reach us?",
        "COMPLAINED",
        "<b>How well was it handled?</b> (required)",
    )
    assert found == {
        "SAT1": "alias",
        "SAT2": "id_ignoring_case",
        "TRUST": "question_text",
        "EASE": "statement",
        "COMPLAINED": "id",
        "HANDLED": "question_text",
    }


def test_labels_of_the_file_are_question_texts(
    make_raw: MakeRaw, instrument: Instrument
) -> None:
    raw = make_raw({"V1": ["5"]}, labels={"V1": "How close is it to your ideal?"})
    assert map_columns(raw, instrument).columns == {"SAT2": "V1"}


def test_ties_are_asked_never_guessed(make_raw: MakeRaw, instrument: Instrument) -> None:
    result = map_columns(make_raw({"sat1": ["1"], "Sat_1": ["2"], "SAT2": ["3"]}), instrument)
    (tie,) = [d for d in result.diagnostics if d.code == "AMBIGUOUS_MAPPING"]
    assert tie.where.items == ("SAT1",)
    assert tie.parameters["candidates"] == "sat1, Sat_1"
    assert result.columns == {"SAT2": "SAT2"}


def test_what_is_missing_and_left_over(make_raw: MakeRaw, instrument: Instrument) -> None:
    result = map_columns(make_raw({"SAT1": ["1"], "start": ["x"]}), instrument)
    found = {d.code: d.where.items for d in result.diagnostics}
    assert found == {
        "ITEM_NOT_FOUND": ("SAT2", "TRUST", "EASE"),
        "OPTIONAL_ITEM_NOT_FOUND": ("COMPLAINED", "HANDLED", "BRANCH", "COMMENT"),
        "UNMATCHED_COLUMNS": ("start",),
    }
    assert result.unmatched_columns == ("start",)


def test_given_wins_and_ignore_silences(make_raw: MakeRaw, instrument: Instrument) -> None:
    given = ColumnMapping(columns={"SAT1": "x"}, ignore=("SAT2", "TRUST", "EASE"))
    result = map_columns(make_raw({"SAT1": ["1"], "x": ["2"]}), instrument, given=given)
    assert result.columns == {"SAT1": "x"}
    assert result.items[0].evidence == "given"
    assert result.unmatched_columns == ("SAT1",)
    assert "ITEM_NOT_FOUND" not in {d.code for d in result.diagnostics}


@pytest.mark.parametrize(
    ("columns", "code"),
    [
        ({"SAT1": "no"}, "UNKNOWN_COLUMN"),
        ({"SAT9": "x"}, "UNKNOWN_ITEM"),
        ({"SAT1": "x", "SAT2": "x"}, "COLUMN_USED_TWICE"),
    ],
)
def test_a_mapping_that_does_not_fit(
    make_raw: MakeRaw, instrument: Instrument, columns: dict[str, str], code: str
) -> None:
    with pytest.raises(ResponseError) as caught:
        map_columns(make_raw({"x": ["1"]}), instrument, given=ColumnMapping(columns=columns))
    assert caught.value.diagnostics[0].code == code


def test_nothing_fits(make_raw: MakeRaw, instrument: Instrument) -> None:
    (only,) = map_columns(make_raw({"name": ["x"]}), instrument).diagnostics
    assert only.code == "NO_ITEM_MATCHED"
