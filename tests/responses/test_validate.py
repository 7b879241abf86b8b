from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from survey_engine.errors import ResponseError
from survey_engine.instrument.model import Instrument
from survey_engine.responses.options import ResponseOptions
from survey_engine.responses.survey_data import AnswerStatus as S
from survey_engine.responses.survey_data import RawResponses, SurveyData
from survey_engine.responses.validate import validate

MakeRaw = Callable[..., RawResponses]
FULL = {
    "SAT1": ["8", "9", "10 - very satisfied", "7", "4"],
    "SAT2": ["7", "99", "9", "", "5"],
    "TRUST": ["Agree", "2", "Disagree", "3", ""],
    "EASE": ["2", "3", "1", "4", ""],
    "COMPLAINED": ["No", "Yes", "", "2", ""],
    "HANDLED": ["", "6", "", "", ""],
    "BRANCH": ["North", "South", "North", "", ""],
    "COMMENT": ["", "fine", "", "", ""],
}


def code(data: SurveyData, name: str) -> list[tuple[tuple[str, ...], tuple[int, ...], tuple]]:
    return [
        (d.where.items, d.where.rows, d.where.values)
        for d in data.diagnostics
        if d.code == name
    ]


def statuses(data: SurveyData, item: str) -> list[S]:
    return [S(x) for x in data.status[:, data.columns.index(item)]]


def test_reasons_are_kept_apart(make_raw: MakeRaw, instrument: Instrument) -> None:
    data = validate(make_raw(FULL), instrument)
    assert data.columns == ("SAT1", "SAT2", "TRUST", "EASE", "COMPLAINED", "HANDLED")
    A, SK, NR, NA = S.ANSWERED, S.SKIPPED, S.NOT_REACHED, S.NOT_ASKED
    assert statuses(data, "SAT2") == [A, S.DONT_KNOW, A, SK, A]
    # Row 3 gave a branch later: it skipped. Row 5 left after SAT2.
    assert statuses(data, "TRUST") == [A, A, A, A, NR]
    assert statuses(data, "COMPLAINED") == [A, A, SK, A, NR]
    assert statuses(data, "HANDLED") == [NA, A, SK, NA, NR]
    quality = data.quality.items[1]
    assert (quality.n_valid, quality.n_dont_know, quality.n_skipped) == (3, 1, 1)


def test_direction_is_turned_and_told(make_raw: MakeRaw, instrument: Instrument) -> None:
    data = validate(make_raw(FULL), instrument)
    column = data.values[:, data.columns.index("EASE")]
    np.testing.assert_array_equal(column, [9, 8, 10, 7, np.nan])
    (told,) = [d for d in data.diagnostics if d.code == "RECODED_DIRECTION"]
    assert told.where.items == ("EASE",)
    assert told.parameters["recoding"] == "11 − x"


def test_off_the_scale_is_counted_never_used(make_raw: MakeRaw, instrument: Instrument) -> None:
    raw = make_raw({**FULL, "SAT1": ["8", "77", "0", "77", "good"]})
    data = validate(raw, instrument)
    assert code(data, "OUT_OF_RANGE") == [(("SAT1",), (2, 3, 4), (77.0, 0.0))]
    assert code(data, "NON_NUMERIC_ITEM") == [(("SAT1",), (5,), ("good",))]
    assert code(data, "MISSING_CODE_PROPOSED") == [(("SAT1",), (), (77.0,))]
    assert statuses(data, "SAT1")[1:] == [S.INVALID] * 4
    assert np.isnan(data.values[1:, 0]).all()


def test_segments_weights_ids_go_beside_the_answers(
    make_raw: MakeRaw, instrument: Instrument
) -> None:
    raw = make_raw({**FULL, "key": list("abcde"), "w": ["1", "2,5", "-1", "", "0"]})
    options = ResponseOptions(weights="w", id_column="key")
    data = validate(raw, instrument, options=options)
    assert (data.id_column, data.weight_column, data.group_columns) == ("key", "w", ("BRANCH",))
    assert data.requested_groups == ()
    assert validate(raw, instrument, options=ResponseOptions(group=("key",))).group_columns == (
        "key",
        "BRANCH",
    )
    assert data.extra["BRANCH"].tolist() == ["North", "South", "North", None, None]
    assert data.weights is not None
    np.testing.assert_array_equal(data.weights, [1, 2.5, -1, np.nan, 0])
    with pytest.raises(ResponseError, match="UNKNOWN_COLUMN"):
        validate(raw, instrument, options=ResponseOptions(group=("nowhere",)))


def test_empty_responses_are_counted_and_rows_keep_their_numbers(
    make_raw: MakeRaw, instrument: Instrument
) -> None:
    raw = make_raw({name: [cells[0], "", *cells[1:]] for name, cells in FULL.items()})
    data = validate(raw, instrument)
    assert code(data, "EMPTY_RESPONSES") == [((), (2,), ())]
    assert (data.quality.n_read, data.quality.n_kept) == (6, 5)
    assert data.quality.excluded == {"no_answer": 1}
    assert data.rows.tolist() == [1, 3, 4, 5, 6]


def test_file_declared_missing_codes(make_raw: MakeRaw, instrument: Instrument) -> None:
    raw = make_raw(
        {"SAT1": [8.0, 98.0, 96.0], "SAT2": [1.0, 2.0, 3.0]},
        missing_codes={"SAT1": (96.0, 98.0)},
        value_labels={"SAT1": {98.0: "Refused", 96.0: "Not asked"}},
    )
    assert statuses(validate(raw, instrument), "SAT1") == [S.ANSWERED, S.REFUSED, S.NOT_ASKED]


def test_personal_columns_are_flagged(make_raw: MakeRaw, instrument: Instrument) -> None:
    raw = make_raw({**FULL, "contact": ["a@b.org", "c@d.org", None, None, None]})
    assert code(validate(raw, instrument), "PERSONAL_DATA") == [(("contact",), (), ())]


def test_row_order_does_not_matter(make_raw: MakeRaw, instrument: Instrument) -> None:
    raw = make_raw(FULL)
    turned = RawResponses(
        table=pd.DataFrame(raw.table.iloc[::-1]), platform="csv", source="a.csv", sha256=""
    )
    one, other = validate(raw, instrument), validate(turned, instrument)
    np.testing.assert_array_equal(one.values, other.values[::-1])
    np.testing.assert_array_equal(one.status, other.status[::-1])
    assert other.rows.tolist() == [5, 4, 3, 2, 1]
