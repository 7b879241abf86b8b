from __future__ import annotations

import math

import pytest

from survey_engine.instrument.model import Instrument
from survey_engine.responses.answers import AnswerRules, rules_of_scale
from survey_engine.responses.survey_data import AnswerStatus as S


@pytest.fixture
def rating(instrument: Instrument) -> AnswerRules:
    return rules_of_scale(instrument.scale_of("SAT1"))


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("7", 7),
        (7, 7),
        (7.0, 7),
        (" 7 ", 7),
        ("7,0", 7),
        ("７", 7),
        ("1０", 10),
        ("7.5", 7.5),
        ("10 - very satisfied", 10),
        ("1＝非常不满意", 1),
        ("9分", 9),
        ("8/10", 8),
        ("Very Satisfied", 10),
        ("very dissatisfied", 1),
        ("非常满意", 10),
        ("8 (good)", 8),
        ("\u00a010 – Excellent", 10),
    ],
)
def test_numbers_and_labels(rating: AnswerRules, cell: object, value: float) -> None:
    assert rating.read(cell) == (value, S.ANSWERED)


@pytest.mark.parametrize(
    ("cell", "status"),
    [
        (None, S.SKIPPED),
        (math.nan, S.SKIPPED),
        ("", S.SKIPPED),
        ("  ", S.SKIPPED),
        ("NA", S.SKIPPED),
        ("#N/A", S.SKIPPED),
        ("(空)", S.SKIPPED),
        ("(跳过)", S.NOT_ASKED),
        ("（跳过）", S.NOT_ASKED),
        ("99", S.DONT_KNOW),
        (99.0, S.DONT_KNOW),
        ("97", S.NOT_ASKED),
        ("Cannot say", S.DONT_KNOW),
        ("说不准", S.DONT_KNOW),
        ("Don't know", S.DONT_KNOW),
        ("99 - Don't know", S.DONT_KNOW),
        ("k.A.", S.REFUSED),
        ("dont_know", S.DONT_KNOW),
        ("not_reached", S.NOT_REACHED),
    ],
)
def test_reasons_for_no_number(rating: AnswerRules, cell: object, status: S) -> None:
    value, found = rating.read(cell)
    assert math.isnan(value)
    assert found == status


@pytest.mark.parametrize(
    "cell",
    [
        "0",
        "11",
        "-1",
        "77",
        "1e9",
        "inf",
        "good",
        "1-5",
        "2026-03-02",
        "8/5",
        "3 times a week",
        "10 of 12",
        "A8",
        True,
    ],
)
def test_what_is_no_answer_stays_invalid(rating: AnswerRules, cell: object) -> None:
    assert rating.read(cell)[1] == S.INVALID


def test_codes_of_the_caller_and_the_file(instrument: Instrument) -> None:
    rules = rules_of_scale(
        instrument.scale_of("SAT1"), na_codes=(-1,), file_codes={98.0: S.REFUSED}
    )
    assert rules.read("-1")[1] == S.DONT_KNOW
    assert rules.read(98)[1] == S.REFUSED
