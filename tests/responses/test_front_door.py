"""Rules of the front door one by one: ticks, option numbers, labels, personal data."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import pytest

from survey_engine.instrument.model import Instrument, Item, ResponseScale
from survey_engine.responses.mapping import ColumnMapping
from survey_engine.responses.multiple import split
from survey_engine.responses.personal import personal_columns
from survey_engine.responses.survey_data import RawResponses
from survey_engine.responses.validate import validate

MakeRaw = Callable[..., RawResponses]
WAYS = ResponseScale(
    id="ways",
    minimum=1,
    maximum=3,
    labels={1: {"en": "Shop"}, 2: {"en": "Mobile app"}, 3: {"en": "Other (please specify)"}},
    names={1: ("shop",), 2: ("app",), 3: ("other",)},
    other=3,
)


@pytest.mark.parametrize(
    ("cell", "codes", "typed"),
    [
        ("Shop;Mobile app", {1, 2}, None),
        ("Shop, Mobile app", {1, 2}, None),
        ("shop app", {1, 2}, None),
        ("1;2", {1, 2}, None),
        ("Mobile app┋Other (please specify)〖a; b, c〗", {2, 3}, "a; b, c"),
        ('Shop;Facebook, "X";', {1}, 'Facebook, "X"'),
        ("Shop / Other: by mail, mostly", {1, 3}, "by mail, mostly"),
    ],
)
def test_ticks_in_one_cell(cell: str, codes: set[int], typed: str | None) -> None:
    assert split(cell, WAYS) == (codes, typed)


@pytest.fixture
def recommend() -> Instrument:
    nps = ResponseScale(id="n", minimum=0, maximum=10)
    agree = ResponseScale(
        id="a",
        minimum=1,
        maximum=3,
        labels={k: {"en": w} for k, w in enumerate("xyz", start=1)},
    )
    return Instrument(
        id="small",
        version="1",
        title={"en": "Small"},
        languages=("en",),
        scales=(nps, agree),
        items=(
            Item(id="nps", text={"en": "Recommend"}, scale="n", role="nps"),
            Item(id="agree", text={"en": "Agree"}, scale="a"),
        ),
    )


def told(data: object, code: str) -> int:
    return sum(one.code == code for one in data.diagnostics)  # type: ignore[attr-defined]


def test_option_numbers_are_taken_back_only_when_sure(
    make_raw: MakeRaw, recommend: Instrument
) -> None:
    sure = validate(make_raw({"nps": ["11", "1", "6"]}), recommend)
    assert sure.values[:, 0].tolist() == [10, 0, 5]
    assert told(sure, "OPTION_NUMBERS_READ") == 1
    values = validate(make_raw({"nps": ["10", "0", "6"]}), recommend)
    assert values.values[:, 0].tolist() == [10, 0, 6]
    traits = frozenset({"option_numbers"})
    unclear = make_raw({"nps": ["10", "1", "6"]}, traits=traits)
    asked = validate(unclear, recommend)
    assert asked.values[:, 0].tolist() == [10, 1, 6]
    assert told(asked, "OPTION_NUMBERS_UNCLEAR") == 1
    answer = ColumnMapping(option_numbers={"nps": True})
    assert validate(unclear, recommend, mapping=answer).values[:, 0].tolist() == [9, 0, 5]


def test_labels_of_the_file_decide_against_other_codes(
    make_raw: MakeRaw, recommend: Instrument
) -> None:
    raw = make_raw(
        {"agree": [1.0, 2.0, 3.0]}, value_labels={"agree": {1.0: "z", 2.0: "y", 3.0: "x"}}
    )
    data = validate(raw, recommend)
    assert data.values[:, 0].tolist() == [3, 2, 1]
    assert told(data, "FILE_CODES_DIFFER") == 1


def test_personal_columns_are_split_off(make_raw: MakeRaw, recommend: Instrument) -> None:
    raw = make_raw({"nps": ["1", "0"], "E-mail": ["a@b.de", "c@d.de"], "note": ["hm", "oh"]})
    data = validate(raw, recommend)
    assert list(data.extra.columns) == ["note"]
    assert data.personal["E-mail"].tolist() == ["a@b.de", "c@d.de"]


@pytest.mark.parametrize(
    ("name", "cells", "personal"),
    [
        ("x", ["4111 1111 1111 1111", "5500-0000-0000-0004"], True),
        ("x", ["4111111111111112", "5500000000000005"], False),
        ("x", ["11010519491231002X"], True),
        ("x", ["DE89 3704 0044 0532 0130 00"], True),
        ("x", ["+49 30 1234567", "13912345678"], True),
        ("Name", ["Li"], True),
        ("姓名", ["李"], True),
        ("Product quality", ["8", "9"], False),
        ("x", ["10", "99", "7"], False),
    ],
)
def test_what_is_personal(name: str, cells: list[str], personal: bool) -> None:
    assert (personal_columns(pd.DataFrame({name: cells})) == (name,)) is personal
