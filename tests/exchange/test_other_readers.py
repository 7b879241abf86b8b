"""What we write, read by programs and rules that are not ours."""

from __future__ import annotations

import io
import json
from pathlib import Path

import openpyxl
import pytest

from survey_engine.exchange.cells import guarded, unguarded
from survey_engine.exchange.conditions import condition_of
from survey_engine.exchange.convert import export_instrument, import_instrument
from survey_engine.instrument.model import Instrument
from survey_engine.workflows.resources import load_instrument


@pytest.mark.parametrize("name", ["ecsi", "bank", "kano", "loyalty-types"])
def test_pyxform_converts_the_xlsform(name: str, tmp_path: Path) -> None:
    from pyxform.xls2xform import convert

    one = load_instrument(name)
    path = tmp_path / f"{name}.xlsx"
    path.write_bytes(export_instrument(one, "xlsform").content)
    form = convert(xlsform=path, validate=False).xform
    for item in one.items:
        assert f"/{item.id}" in form, item.id
    routed = [item for item in one.items if item.asked_if]
    assert form.count("relevant=") == len(routed)
    assert all(f'lang="{word}"' in form for word in ("English (en)", "中文 (zh)"))


HOSTILE = {
    "schema": "1",
    "id": "h",
    "version": "1",
    "title": {"en": "=1+1"},
    "languages": ["en"],
    "scales": [
        {"id": "s", "minimum": 1, "maximum": 2,
         "labels": {"1": {"en": "@SUM(A1)"}, "2": {"en": "-no | yes"}}}
    ],
    "items": [
        {"id": "Q 1", "type": "choice", "scale": "s", "text": {"en": "=HYPERLINK(\"x\")"}},
        {"id": "q_1", "type": "text", "role": "open", "text": {"en": "+1, 'quoted'"},
         "asked_if": {"item": "Q 1", "values": [2]}},
    ],
}  # fmt: skip


@pytest.mark.parametrize("format_id", ["xlsform", "redcap"])
def test_no_cell_is_a_formula_and_the_words_come_back(format_id: str) -> None:
    one = Instrument.model_validate_json(json.dumps(HOSTILE))
    made = export_instrument(one, format_id)
    if format_id == "xlsform":
        book = openpyxl.load_workbook(io.BytesIO(made.content))
        cells = [cell for sheet in book for row in sheet for cell in row if cell.value]
        assert all(cell.data_type == "s" for cell in cells)
        texts = [str(cell.value) for cell in cells]
    else:
        texts = made.content.decode("utf-8-sig").replace("\r\n", ",").split(",")
    assert not [text for text in texts if text.lstrip('"').startswith(("=", "+", "@"))]
    back = import_instrument(made.content, file="h").instrument
    assert made.losses == ()
    assert back == one


@pytest.mark.parametrize("text", ["=1", "+x", "-x", "@x", "\tx", "plain", "'quoted'", "-5"])
def test_guarding_is_undone(text: str) -> None:
    assert unguarded(guarded(text)) == text


@pytest.mark.parametrize(
    ("rule", "meaning"),
    [
        ("${a} = '1'", ("a", ("1",))),
        ("${a} = 'x' or ${a} = 'y'", ("a", ("x", "y"))),
        ("selected(${a}, 'other')", ("a", ("other",))),
        ('[a] = "1" or [a] = "2"', ("a", ("1", "2"))),
        ('[a(5)] = "1"', ("a", ("5",))),
        ('((a.NAOK == "Y"))', ("a", ("Y",))),
        ('a.NAOK == "1" || a.NAOK == "2"', ("a", ("1", "2"))),
        ("{a} anyof [1, 2]", ("a", ("1", "2"))),
        ("{a} contains 3", ("a", ("3",))),
        ('[a(5)] = "0"', None),
        ("${a} > 3", None),
        ("${a} != '3'", None),
        ("${a} = '1' and ${b} = '2'", None),
        ("${a} = '1' or ${b} = '2'", None),
        ("count(${a}) = 1", None),
        ("__import__('os').system('x') = 1", None),
        ("(" * 400 + "${a} = 1" + ")" * 400, None),
        ("", None),
    ],
)
def test_rules_are_read_or_left(rule: str, meaning: object) -> None:
    assert condition_of(rule) == meaning
