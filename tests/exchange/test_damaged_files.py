"""Damaged and hostile files end in named refusals or in an instrument, never in a traceback."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest

from survey_engine.errors import SurveyEngineError
from survey_engine.exchange.convert import export_instrument, import_instrument
from survey_engine.workflows.resources import load_instrument

TRIALS = 60
STRANGE: tuple[Any, ...] = (None, 0, -1.5, "", "x" * 200, [], {}, [[]], True, {"a": {"b": []}})


def attempt(content: bytes, format_id: str) -> str:
    try:
        import_instrument(content, file="f", format_id=format_id)
    except SurveyEngineError as refused:
        return refused.diagnostics[0].code
    return "read"


@pytest.mark.parametrize("format_id", ["redcap", "surveyjs", "limesurvey", "triple-s"])
def test_changed_bytes(format_id: str) -> None:
    good = export_instrument(load_instrument("kano"), format_id).content
    dice = random.Random(5)  # noqa: S311 (a seed)
    ends = set()
    for _ in range(TRIALS):
        bad = bytearray(good)
        for _ in range(dice.randint(1, 20)):
            at = dice.randrange(len(bad))
            bad[at : at + dice.randint(0, 30)] = dice.randbytes(dice.randint(0, 6))
        ends.add(attempt(bytes(bad[: dice.randrange(1, len(bad) + 1)]), format_id))
    assert ends - {"read"}


def replaced(value: Any, dice: random.Random) -> Any:
    """The same data with one value of another kind."""
    if dice.random() < 0.08 or not isinstance(value, dict | list) or not value:
        return dice.choice(STRANGE)
    copy = value.copy()
    key = dice.choice(list(copy)) if isinstance(copy, dict) else dice.randrange(len(copy))
    copy[key] = replaced(copy[key], dice)
    return copy


def test_values_of_another_kind() -> None:
    form = json.loads(export_instrument(load_instrument("kano"), "surveyjs").content)
    dice = random.Random(7)  # noqa: S311 (a seed)
    for _ in range(4 * TRIALS):
        attempt(json.dumps(replaced(form, dice)).encode(), "surveyjs")


def test_a_long_rule_takes_no_time() -> None:
    rule = "{a} = 1 or " * 100_000
    form = {"elements": [{"type": "text", "name": "a"},
                         {"type": "text", "name": "b", "visibleIf": rule}]}  # fmt: skip
    found = import_instrument(json.dumps(form).encode(), file="f.json")
    assert "EXCHANGE_RULE_NOT_KEPT" in {loss.code for loss in found.losses}
