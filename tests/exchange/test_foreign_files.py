"""Questionnaires other programs made: right items, scales, rules; every loss by name."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from survey_engine.errors import AuthoringError, ResponseError
from survey_engine.exchange.convert import import_instrument
from survey_engine.instrument.model import Routing


def losses(found: object) -> set[str]:
    return {loss.code for loss in found.losses}  # type: ignore[attr-defined]


def test_a_kobo_form(shared_folder: Path) -> None:
    path = shared_folder / "samples/exports/kobo_xlsform.xlsx"
    found = import_instrument(path.read_bytes(), file=path.name)
    one = found.instrument
    assert (found.format, one.id, one.version) == ("xlsform", "northline_csi", "2026030101")
    assert one.languages == ("en", "de")
    assert len(one.items) == 25
    assert one.item("qual2").text == {"en": "Network coverage", "de": "Netzabdeckung"}
    scale = one.scale_of("sat1")
    assert (scale.minimum, scale.maximum) == (1.0, 10.0)
    assert scale.low == {"en": "Very poor", "de": "Sehr schlecht"}
    assert scale.high == {"en": "Excellent", "de": "Ausgezeichnet"}
    assert scale.missing == {99: "dont_know"}
    assert scale.dont_know == {"en": "Don't know", "de": "Weiß nicht"}
    assert one.item("comp1").asked_if == Routing(item="complained", values=(1.0,))
    assert one.item("channels_other").asked_if == Routing(item="channels", values=(5.0,))
    assert one.scale_of("complained").names == {1: ("yes",), 2: ("no",)}
    assert (one.item("channels").type, one.item("comment").type) == ("multiple", "text")
    assert (one.scale_of("nps").minimum, one.scale_of("nps").maximum) == (0.0, 10.0)
    assert losses(found) == {
        "EXCHANGE_NOT_QUESTIONS",
        "EXCHANGE_CODES_READ",
        "EXCHANGE_CODES_NUMBERED",
        "EXCHANGE_NO_ROLES",
    }
    aside = next(loss for loss in found.losses if loss.code == "EXCHANGE_NOT_QUESTIONS")
    assert aside.where.items == ("start", "end", "today", "deviceid", "respondent")


def test_a_redcap_dictionary(shared_folder: Path) -> None:
    path = shared_folder / "samples/exports/redcap_dictionary.csv"
    found = import_instrument(path.read_bytes(), file=path.name)
    one = found.instrument
    assert (found.format, one.id, one.languages) == ("redcap", "northline_csi", ("en",))
    assert one.item("img2").stem == {
        "en": "How much do you agree with these statements about Northline?"
    }
    assert one.item("img2").type == "rating"
    assert one.scale_of("img2").labels[3] == {"en": "Neither agree nor disagree"}
    assert one.scale_of("qual1") == one.scale_of("sat3")
    assert one.scale_of("sat3").missing == {99: "dont_know"}
    assert one.item("comp1").asked_if == Routing(item="complained", values=(1.0,))
    assert one.item("channels_other").asked_if == Routing(item="channels", values=(5.0,))
    assert one.scale_of("complained").labels == {1: {"en": "Yes"}, 0: {"en": "No"}}
    assert (one.item("tenure").type, one.item("age").type) == ("number", "choice")
    assert losses(found) == {
        "EXCHANGE_NOT_QUESTIONS",
        "EXCHANGE_LANGUAGE_ASSUMED",
        "EXCHANGE_CODES_READ",
        "EXCHANGE_NO_ROLES",
    }


FORM = {
    "title": "Visit",
    "pages": [
        {
            "name": "p1",
            "elements": [
                {"type": "matrix", "name": "m", "title": "How good was",
                 "columns": [1, 2, {"value": 3, "text": "3 - superb"}],
                 "rows": [{"value": "food", "text": "the food at {place}"}, "staff"]},
                {"type": "rating", "name": "r", "rateMax": 7, "minRateDescription": "bad"},
                {"type": "boolean", "name": "b", "visibleIf": "{r} > 3"},
                {"type": "comment", "name": "c", "visibleIf": "{r} anyof [1, 2]"},
                {"type": "file", "name": "f"},
                {"type": "html", "name": "h"},
            ],
        }
    ],
}  # fmt: skip


def test_a_surveyjs_form() -> None:
    found = import_instrument(json.dumps(FORM).encode(), file="visit.json")
    one = found.instrument
    assert [item.id for item in one.items] == ["food", "staff", "r", "b", "c"]
    assert one.item("food").text == {"en": "the food at [place]"}
    assert one.item("staff").stem == {"en": "How good was"}
    assert one.scale_of("staff").high == {"en": "superb"}
    assert (one.scale_of("r").maximum, one.scale_of("r").low) == (7.0, {"en": "bad"})
    assert one.item("c").asked_if == Routing(item="r", values=(1.0, 2.0))
    assert one.item("b").asked_if is None
    named = {loss.code: loss for loss in found.losses}
    assert set(named) == {
        "EXCHANGE_PIPED_TEXT",
        "EXCHANGE_RULE_NOT_KEPT",
        "EXCHANGE_QUESTIONS_LEFT_OUT",
        "EXCHANGE_NOT_QUESTIONS",
        "EXCHANGE_NO_ROLES",
    }
    assert named["EXCHANGE_RULE_NOT_KEPT"].where.items == ("b",)
    assert named["EXCHANGE_RULE_NOT_KEPT"].parameters["rule"] == "{r} > 3"
    assert named["EXCHANGE_QUESTIONS_LEFT_OUT"].where.items == ("f",)


def test_an_edited_export_keeps_the_edit_and_the_notes() -> None:
    from survey_engine.exchange.convert import export_instrument
    from survey_engine.workflows.resources import load_instrument

    form = json.loads(export_instrument(load_instrument("ecsi"), "surveyjs").content)
    form["pages"][0]["elements"][0]["title"]["default"] = "Reworded?"
    back = import_instrument(json.dumps(form).encode(), file="x.json").instrument
    before = load_instrument("ecsi").items[0]
    assert back.items[0].text == {**before.text, "en": "Reworded?"}
    assert back.items[0].construct_name == before.construct_name


def test_the_parser_names_the_row_of_a_question_that_comes_twice() -> None:
    from survey_engine.exchange.redcap import HEADER

    rows = ["record_id,f,,text,Record", "q,f,,text,One", "q,f,,text,Two"]
    text = ",".join(f'"{head}"' for head in HEADER) + "\n" + "\n".join(rows) + "\n"
    with pytest.raises(AuthoringError) as caught:
        import_instrument(text.encode(), file="d.csv")
    fault = caught.value.diagnostics[0]
    assert (fault.code, fault.where.file, fault.where.line) == ("DUPLICATE_ITEM", "d.csv", 4)


@pytest.mark.parametrize(
    ("content", "format_id", "code"),
    [
        (b"", None, "EMPTY_FILE"),
        (b"a,b\n1,2\n", None, "EXCHANGE_NOT_RECOGNISED"),
        (b'{"elements": [', "surveyjs", "EXCHANGE_BROKEN"),
        (b'{"elements": []}', None, "EXCHANGE_BROKEN"),
        (b"[" * 200_000, "surveyjs", "EXCHANGE_BROKEN"),
        (b"Variable / Field Name,Form Name,Section Header\n", None, "EXCHANGE_BROKEN"),
        (b"PK\x03\x04 no workbook", "xlsform", "TRUNCATED_FILE"),
        (b"x" * (20 * 2**20 + 1), "redcap", "EXCHANGE_TOO_LARGE"),
    ],
    ids=["empty", "unknown", "cut", "nothing", "deep", "header", "zip", "large"],
)
def test_what_cannot_be_read_is_refused_by_name(
    content: bytes, format_id: str | None, code: str
) -> None:
    with pytest.raises(ResponseError) as caught:
        import_instrument(content, file="f", format_id=format_id)
    assert caught.value.diagnostics[0].code == code
