"""A Qualtrics survey file: questions, matrix rows, recodes, display logic, languages."""

from __future__ import annotations

import json
from typing import Any

from survey_engine.exchange.convert import import_instrument
from survey_engine.instrument.model import Routing


def question(qid: str, tag: str, kind: str, selector: str, **more: Any) -> dict[str, Any]:
    payload = {"QuestionID": qid, "DataExportTag": tag, "QuestionType": kind}
    payload |= {"Selector": selector, "QuestionText": f"<b>{tag}</b>?", **more}
    return {"Element": "SQ", "PrimaryAttribute": qid, "Payload": payload}


def shown_if(*expressions: dict[str, str]) -> dict[str, Any]:
    inside = {str(number): one for number, one in enumerate(expressions)}
    return {"0": {**inside, "Type": "If"}, "Type": "BooleanExpression"}


def chosen(qid: str, choice: str, **more: str) -> dict[str, str]:
    locator = f"q://{qid}/SelectableChoice/{choice}"
    return {"ChoiceLocator": locator, "Operator": "Selected", "Type": "Expression", **more}


YES_NO = {"1": {"Display": "Yes"}, "2": {"Display": "No"}}
GERMAN = {"DE": {"QuestionText": "C1 de?", "Choices": {"1": {"Display": "Ja"},
                                                       "2": {"Display": "Nein"}}}}  # fmt: skip


def survey(*elements: dict[str, Any]) -> bytes:
    blocks = [
        {"Type": "Default", "Description": "Main", "BlockElements": [
            {"Type": "Question", "QuestionID": one["PrimaryAttribute"]} for one in elements]},
        {"Type": "Trash", "BlockElements": []},
    ]  # fmt: skip
    form = {
        "SurveyEntry": {"SurveyName": "Visit", "SurveyLanguage": "EN"},
        "SurveyElements": [{"Element": "BL", "Payload": blocks}, *elements],
    }
    return json.dumps(form).encode()


def test_a_qualtrics_survey() -> None:
    found = import_instrument(
        survey(
            question("QID1", "C1", "MC", "SAVR", Choices=YES_NO, ChoiceOrder=["2", "1"],
                     RecodeValues={"1": "1", "2": "0"}),
            question("QID2", "M", "Matrix", "Likert",
                     Choices={"1": {"Display": "the food"}, "4": {"Display": "the staff"}},
                     ChoiceOrder=["4", "1"], ChoiceDataExportTags={"4": "STAFF"},
                     Answers={"1": {"Display": "1 - poor"}, "2": {"Display": "2"},
                              "3": {"Display": "3 - superb"}}),
            question("QID3", "WHY", "TE", "SL",
                     DisplayLogic=shown_if(chosen("QID1", "2"))),
            question("QID4", "BOTH", "TE", "SL", DisplayLogic=shown_if(
                chosen("QID1", "1"), chosen("QID1", "2", Conjuction="And"))),
            question("QID5", "N", "TE", "SL", Validation={
                "Settings": {"ContentType": "ValidNumber"}}),
            question("QID6", "HELLO", "DB", "TB"),
            question("QID7", "RANK", "RO", "DND"),
        ),
        file="Visit.qsf",
    )  # fmt: skip
    one = found.instrument
    assert (found.format, one.id, one.title) == ("qualtrics", "Visit", {"en": "Visit"})
    assert [item.id for item in one.items] == ["C1", "STAFF", "M_1", "WHY", "BOTH", "N"]
    assert one.item("C1").text == {"en": "C1?"}
    assert one.scale_of("C1").labels == {0: {"en": "No"}, 1: {"en": "Yes"}}
    assert one.item("STAFF").text == {"en": "the staff"}
    assert one.item("STAFF").stem == {"en": "M?"}
    scale = one.scale_of("M_1")
    assert (scale.minimum, scale.maximum, scale.low) == (1.0, 3.0, {"en": "poor"})
    assert one.item("WHY").asked_if == Routing(item="C1", values=(0.0,))
    assert one.item("BOTH").asked_if is None
    assert one.item("N").type == "number"
    assert one.blocks["block1"].title == {"en": "Main"}
    named = {loss.code: loss.where.items for loss in found.losses}
    assert named == {
        "EXCHANGE_NOT_QUESTIONS": ("HELLO",),
        "EXCHANGE_QUESTIONS_LEFT_OUT": ("RANK",),
        "EXCHANGE_RULE_NOT_KEPT": ("BOTH",),
        "EXCHANGE_NO_ROLES": tuple(item.id for item in one.items),
    }


def test_a_language_is_kept_only_if_complete() -> None:
    whole = question("QID1", "C1", "MC", "SAVR", Choices=YES_NO, Language=GERMAN)
    part = question("QID2", "C2", "TE", "SL")
    found = import_instrument(survey(whole, part), file="v.qsf")
    assert found.instrument.languages == ("en",)
    lost = next(one for one in found.losses if one.code == "EXCHANGE_LANGUAGE_INCOMPLETE")
    assert lost.parameters["language"] == "de"
    alone = import_instrument(survey(whole), file="v.qsf").instrument
    assert alone.languages == ("en", "de")
    assert alone.item("C1").text == {"en": "C1?", "de": "C1 de?"}
    assert alone.scale_of("C1").labels[2] == {"en": "No", "de": "Nein"}
