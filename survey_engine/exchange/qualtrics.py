"""Qualtrics survey file ``.qsf`` (JSON): import only.

``SurveyElements`` hold blocks (``BL``) and questions (``SQ``); the words of other languages
stand in each question under ``Language``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from survey_engine.errors import Diagnostic, Where, diagnostic
from survey_engine.exchange.cells import json_object, plain_words, refusal, text_of
from survey_engine.exchange.draft import Draft, Option, Options, Question
from survey_engine.instrument.model import ItemType, Texts

_LANGUAGES = {"zh-s": "zh", "zh-t": "zh-hant", "pt-br": "pt"}
_SELECTED = re.compile(r"q://(?P<question>QID\d+)/Selectable(?:Choice|Answer)/(?P<choice>\w+)")
Payload = Mapping[str, Any]


def recognises(content: bytes) -> bool:
    """An object with the entry and the elements of a survey."""
    head = content[:4000]
    return b'"SurveyEntry"' in head or b'"SurveyElements"' in head


def read(content: bytes, file: str) -> Draft:
    """The draft of a survey; raises ResponseError."""
    form = json_object(text_of(content, file), file)
    entry = _object(form.get("SurveyEntry"))
    elements = form.get("SurveyElements")
    if not isinstance(elements, list):
        raise refusal("EXCHANGE_BROKEN", file, reason="SurveyElements")
    main = _code(str(entry.get("SurveyLanguage") or "EN"))
    survey = _Survey(file=file, main=main)
    survey.gather([_object(one) for one in elements])
    questions = tuple(one for name in survey.order for one in survey.questions_of(name))
    if not questions:
        raise refusal("EXCHANGE_BROKEN", file, reason="SQ")
    languages = (main, *(code for code in survey.seen if code != main))
    return Draft(
        id=file.rpartition(".")[0] or file,
        title=survey.say(entry.get("SurveyName")),
        languages=languages,
        questions=questions,
        # A block's description has no translations: respondents do not see it.
        blocks={
            name: (dict.fromkeys(languages, title[main]) if title else {}, intro)
            for name, (title, intro) in survey.blocks.items()
        },
        left_out=tuple(survey.left_out()),
    )


def _object(value: object) -> Payload:
    return value if isinstance(value, dict) else {}


def _code(name: str) -> str:
    return _LANGUAGES.get(name.lower(), name.lower())


@dataclass(kw_only=True)
class _Survey:
    """Questions by their internal id, in the order of the blocks."""

    file: str
    main: str
    seen: dict[str, None] = field(default_factory=dict)
    payloads: dict[str, Payload] = field(default_factory=dict)
    order: list[str] = field(default_factory=list)
    block_of: dict[str, str] = field(default_factory=dict)
    blocks: dict[str, tuple[Texts, Texts]] = field(default_factory=dict)
    aside: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)

    def gather(self, elements: list[Payload]) -> None:
        blocks: list[Payload] = []
        for element in elements:
            payload = element.get("Payload")
            if element.get("Element") == "SQ" and isinstance(payload, dict):
                self.payloads[str(payload.get("QuestionID"))] = payload
            elif element.get("Element") == "BL" and isinstance(payload, dict | list):
                found = payload.values() if isinstance(payload, dict) else payload
                blocks += [_object(one) for one in found]
        for number, block in enumerate(blocks, start=1):
            if block.get("Type") == "Trash":
                continue
            name = f"block{number}"
            self.blocks[name] = (self.say(block.get("Description")), {})
            for one in block.get("BlockElements") or []:
                qid = str(_object(one).get("QuestionID", ""))
                if qid in self.payloads and qid not in self.block_of:
                    self.order.append(qid)
                    self.block_of[qid] = name
        if not self.order:
            self.order = list(self.payloads)

    def say(self, words: object) -> Texts:
        text = plain_words(str(words or ""))
        return {self.main: text} if text else {}

    def texts(self, payload: Payload, *path: str) -> Texts:
        """Words at a path, in the main language and in those under ``Language``."""
        found = self.say(_at(payload, path))
        languages = payload.get("Language")
        for name, other in (languages if isinstance(languages, dict) else {}).items():
            if text := plain_words(str(_at(_object(other), path) or "")):
                found[_code(str(name))] = text
                self.seen[_code(str(name))] = None
        return found

    def questions_of(self, qid: str) -> Iterator[Question]:
        payload = self.payloads[qid]
        kind, selector = str(payload.get("QuestionType")), str(payload.get("Selector"))
        name = str(payload.get("DataExportTag") or qid)
        if kind in ("DB", "Timing", "Meta", "Captcha"):
            self.aside.append(name)
        elif kind == "Matrix" and selector in ("Likert", "Bipolar", "Profile"):
            yield from self.matrix(qid, payload, name)
        elif kind in ("MC", "TE"):
            yield self.question(qid, payload, name, kind, selector)
        else:
            self.unread.append(name)

    def matrix(self, qid: str, payload: Payload, name: str) -> Iterator[Question]:
        """Each statement is a question, the scale points its answers."""
        many = payload.get("SubSelector") == "MultipleAnswer"
        options = self.options(payload, "Answers", "AnswerOrder")
        tags = _object(payload.get("ChoiceDataExportTags"))
        for key in _keys(payload, "Choices", "ChoiceOrder"):
            yield Question(
                id=str(tags.get(key) or f"{name}_{key}"),
                text=self.texts(payload, "Choices", key, "Display"),
                type="multiple" if many else "rating",
                options=options,
                condition=self.condition(payload),
                block=self.block_of.get(qid),
                stem=self.texts(payload, "QuestionText"),
            )

    def question(
        self, qid: str, payload: Payload, name: str, kind: str, selector: str
    ) -> Question:
        typed: ItemType = "choice" if kind == "MC" else "text"
        options = self.options(payload, "Choices", "ChoiceOrder") if kind == "MC" else None
        if selector in ("MAVR", "MAHR", "MACOL", "MSB"):
            typed = "multiple"
        content = _object(_object(payload.get("Validation")).get("Settings"))
        if kind == "TE" and content.get("ContentType") == "ValidNumber":
            typed = "number"
        return Question(
            id=name,
            text=self.texts(payload, "QuestionText"),
            type=typed,
            options=options,
            condition=self.condition(payload),
            block=self.block_of.get(qid),
        )

    def options(self, payload: Payload, key: str, order: str) -> Options:
        codes = _object(payload.get("RecodeValues"))
        return Options(
            entries=tuple(
                Option(
                    code=str(codes.get(one, one)), text=self.texts(payload, key, one, "Display")
                )
                for one in _keys(payload, key, order)
            )
        )

    def condition(self, payload: Payload) -> str:
        """Display logic as a rule of the common grammar; what it cannot say stays JSON."""
        logic = payload.get("DisplayLogic")
        if not isinstance(logic, dict):
            return ""
        parts = []
        for one in _expressions(logic):
            found = _SELECTED.match(str(one.get("ChoiceLocator") or one.get("LeftOperand")))
            joined = str(one.get("Conjuction") or one.get("Conjunction") or "Or").lower()
            asked = self.payloads.get(found["question"] if found else "", {})
            if found is None or one.get("Operator") != "Selected" or joined != "or":
                return "display logic: " + str(one.get("Description") or one)[:150]
            code = _object(asked.get("RecodeValues")).get(found["choice"], found["choice"])
            name = asked.get("DataExportTag") or found["question"]
            parts.append(f"${{{name}}} = '{code}'")
        return " or ".join(parts)

    def left_out(self) -> Iterator[Diagnostic]:
        for code, names in (
            ("EXCHANGE_NOT_QUESTIONS", self.aside),
            ("EXCHANGE_QUESTIONS_LEFT_OUT", self.unread),
        ):
            if names:
                yield diagnostic(code, where=Where(file=self.file, items=tuple(names)))


def _at(payload: Payload, path: tuple[str, ...]) -> object:
    found: object = payload
    for key in path:
        if isinstance(found, list) and key.isdecimal():
            found = found[int(key) - 1] if 0 < int(key) <= len(found) else None
        else:
            found = _object(found).get(key)
    return found


def _keys(payload: Payload, key: str, order: str) -> list[str]:
    """Keys of choices in the order they are shown."""
    choices = payload.get(key)
    if isinstance(choices, list):
        return [str(number) for number in range(1, len(choices) + 1)]
    there = [str(one) for one in _object(choices)]
    listed = payload.get(order)
    wanted = [str(one) for one in listed] if isinstance(listed, list) else there
    return [one for one in wanted if one in there] or there


def _expressions(logic: Payload) -> Iterator[Payload]:
    """The single expressions inside the numbered nests of a logic."""
    for key, value in logic.items():
        if not isinstance(value, dict):
            continue
        if value.get("Type") == "Expression" or "LeftOperand" in value:
            yield value
        elif str(key).isdecimal():
            yield from _expressions(value)
