"""Shipped files with a line damaged: read or refused by name, never a traceback."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from survey_engine.errors import AuthoringError
from survey_engine.instrument.parse import parse_instrument
from survey_engine.spec.identify import identify
from survey_engine.spec.parse import parse_model

REPOSITORY = Path(__file__).resolve().parents[2]
PIECES = st.text(max_size=6) | st.sampled_from(
    ["", "- ", "  ", "[", "}", ": ", "no", "~", '"', "&a", "*a", "1", "null", "{brand", "id: x"]
)


def damaged(text: str, place: int, cut: int, piece: str) -> str:
    start = place % len(text)
    return text[:start] + piece + text[start + cut :]


@pytest.mark.parametrize(
    ("name", "parse"),
    [("instruments/cn6.yaml", parse_instrument), ("models/ecsi.yaml", parse_model)],
)
@settings(max_examples=60)
@given(place=st.integers(800, 100_000), cut=st.integers(0, 30), piece=PIECES)
def test_any_damage_is_answered(name, parse, place, cut, piece):
    text = (REPOSITORY / name).read_text(encoding="utf-8")
    faults = ()
    try:
        value = parse(damaged(text, place, cut, piece), file=name)
        if parse is parse_model:
            faults = identify(value)
    except AuthoringError as refused:
        faults = refused.diagnostics
        assert_placed(faults)
    assert len(faults) < 100


def assert_placed(faults) -> None:
    assert all(fault.where.line >= 1 for fault in faults)


def test_a_byte_order_mark_and_windows_lines_do_not_matter():
    text = (REPOSITORY / "models" / "ecsi.yaml").read_text(encoding="utf-8")
    plain = parse_model(text, file="ecsi.yaml")
    assert parse_model("\ufeff" + text.replace("\n", "\r\n"), file="ecsi.yaml") == plain
    formula = parse_model("\ufeffA =~ a + b\r\nA ~ c\r\n", file="m.txt")
    assert [s.line for s in formula.statements] == [1, 1, 2]
