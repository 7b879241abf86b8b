"""LimeSurvey questionnaires as tables of groups, questions, subquestions and answers.

Shared by the two file formats, ``.lss`` and tab-separated text. Source: LimeSurvey manual,
"Question types" and "Tab Separated Value survey structure".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from survey_engine.errors import Diagnostic, Where, diagnostic
from survey_engine.exchange.cells import noted, plain_words
from survey_engine.exchange.draft import Option, Options, Question
from survey_engine.instrument.model import ItemType, Texts

_LANGUAGES = {"zh-hans": "zh"}
WRITTEN_LANGUAGES = {"zh": "zh-Hans"}
_CHOICE, _TEXT, _MANY = frozenset("L!OHR^"), frozenset("STU"), frozenset("MP")
_ARRAYS = frozenset("ABCFEH1")
_FIXED = {"5": range(1, 6), "A": range(1, 6), "B": range(1, 11)}
_WORDED = {
    "Y": (("Y", "Yes"), ("N", "No")),
    "G": (("F", "Female"), ("M", "Male")),
    "C": (("Y", "Yes"), ("N", "No"), ("U", "Uncertain")),
    "E": (("I", "Increase"), ("S", "Same"), ("D", "Decrease")),
}
_TICKED = re.compile(r"\b(\w+?)_(\w+)(?:\.NAOK)?\s*==\s*[\"']Y[\"']")


def language_code(text: str) -> str:
    """The engine's code of a LimeSurvey language."""
    return _LANGUAGES.get(text.lower(), text.lower())


@dataclass(kw_only=True)
class Row:
    """A question, subquestion or answer of LimeSurvey, its words by language."""

    code: str
    kind: str = ""
    group: str = ""
    relevance: str = ""
    low: str = ""
    high: str = ""
    notes: str = ""
    line: int = 1
    text: Texts = field(default_factory=dict)
    parts: dict[str, Row] = field(default_factory=dict)
    answers: dict[str, Texts] = field(default_factory=dict)


@dataclass(kw_only=True)
class Structure:
    """Groups and questions in order, by their own keys."""

    file: str
    languages: list[str] = field(default_factory=list)
    titles: Texts = field(default_factory=dict)
    groups: dict[str, tuple[Texts, Texts, str]] = field(default_factory=dict)
    questions: dict[str, Row] = field(default_factory=dict)
    aside: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    as_text: list[str] = field(default_factory=list)

    def blocks(self) -> dict[str, tuple[Texts, Texts]]:
        """Groups that say something."""
        return {key: (title, intro) for key, (title, intro, _) in self.groups.items()}

    def drafted(self) -> tuple[Question, ...]:
        """The questions; an array gives one for each row."""
        return tuple(one for row in self.questions.values() for one in self._questions(row))

    def _questions(self, row: Row) -> Iterator[Question]:
        kind = row.kind
        if kind in "X*|":
            self.aside.append(row.code)
        elif kind in _ARRAYS or kind in "KQ":
            for part in row.parts.values():
                typed: ItemType = {"K": "number", "Q": "text"}.get(kind, "rating")  # type: ignore[assignment]
                yield self._question(row, part, typed)
        elif kind in _CHOICE or kind in _MANY or kind in _FIXED or kind in _WORDED:
            yield self._question(row, None, "multiple" if kind in _MANY else "choice")
        elif kind == "N" or kind in _TEXT or kind == "D":
            if kind == "D":
                self.as_text.append(row.code)
            yield self._question(row, None, "number" if kind == "N" else "text")
        else:
            self.unread.append(row.code)

    def _question(self, row: Row, part: Row | None, typed: ItemType) -> Question:
        rules = [self.groups.get(row.group, ({}, {}, ""))[2], row.relevance]
        rules = [rule for rule in rules if rule.strip() not in ("", "1")]
        return Question(
            id=row.code if part is None else f"{row.code}_{part.code}",
            text=row.text if part is None else part.text,
            type=typed,
            options=self._options(row, typed),
            condition=self._rule(" and ".join(f"({rule})" for rule in rules)),
            block=row.group if row.group in self.groups else None,
            stem={} if part is None else row.text,
            notes=noted(row.notes),
            row=row.line,
        )

    def _rule(self, rule: str) -> str:
        """Ticks of a list with several answers in the one notation for them."""
        many = {row.code for row in self.questions.values() if row.kind in _MANY}

        def ticked(match: re.Match[str]) -> str:
            return f'[{match[1]}({match[2]})] = "1"' if match[1] in many else match[0]

        return _TICKED.sub(ticked, rule)

    def _options(self, row: Row, typed: str) -> Options | None:
        main = self.languages[0]
        if row.kind in _FIXED:
            entries = tuple(Option(code=str(n), text={main: str(n)}) for n in _FIXED[row.kind])
            return Options(minimum=float(entries[0].code), maximum=float(entries[-1].code))
        if row.kind in _WORDED:
            return Options(
                entries=tuple(
                    Option(code=code, text=dict.fromkeys(self.languages, word))
                    for code, word in _WORDED[row.kind]
                )
            )
        if typed == "multiple":
            parts = row.parts.values()
            return Options(entries=tuple(Option(code=p.code, text=p.text) for p in parts))
        if typed in ("choice", "rating"):
            answers = row.answers.items()
            return Options(entries=tuple(Option(code=c, text=text) for c, text in answers))
        bounds = [re.fullmatch(r"-?\d+(?:\.\d+)?", one or "") for one in (row.low, row.high)]
        if typed != "number" or not all(bounds):
            return None
        return Options(minimum=float(row.low), maximum=float(row.high))

    def left_out(self) -> Iterator[Diagnostic]:
        """What `drafted` could not keep; call it afterwards."""
        for code, names in (
            ("EXCHANGE_NOT_QUESTIONS", self.aside),
            ("EXCHANGE_QUESTIONS_LEFT_OUT", self.unread),
            ("EXCHANGE_READ_AS_TEXT", self.as_text),
        ):
            if names:
                yield diagnostic(code, where=Where(file=self.file, items=tuple(names)))


def words(text: str) -> str:
    """Words of a LimeSurvey text, which is HTML."""
    return plain_words(text)
