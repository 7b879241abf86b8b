"""A questionnaire as respondents see it: parts, groups of questions, routing in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from survey_engine.instrument.lint.length import expected_minutes
from survey_engine.instrument.model import Instrument, Item, ResponseScale
from survey_engine.instrument.wording import in_language, wording


@dataclass(frozen=True, kw_only=True)
class QuestionRow:
    """One question: its number on the page, its id and words."""

    number: int
    item: str
    text: str


@dataclass(frozen=True, kw_only=True)
class QuestionGroup:
    """Questions in a row that are answered alike: one table on paper.

    Attributes
    ----------
    kind : str
        ``rating``, ``choice``, ``multiple``, ``number`` or ``text``.
    rows : tuple[QuestionRow, ...]
    codes, labels : tuple[str, ...]
        Answers of a rating as printed above the circles; of a choice in words.
    low, high, dont_know : str
        Words of the ends and of the answer beside the scale; empty if there are none.
    routed : bool
        Whether only some people are asked.
    condition, after : str
        Routing in words, before and behind the group; said once for groups in a row.
    """

    kind: str
    rows: tuple[QuestionRow, ...]
    codes: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    low: str = ""
    high: str = ""
    dont_know: str = ""
    routed: bool = False
    condition: str = ""
    after: str = ""


@dataclass(frozen=True, kw_only=True)
class QuestionPart:
    """A block with its title and introduction; `total` is that of a constant sum."""

    title: str = ""
    intro: str = ""
    total: str = ""
    groups: tuple[QuestionGroup, ...]


@dataclass(frozen=True, kw_only=True)
class QuestionnairePage:
    """Everything the printed questionnaire says, in one language."""

    language: str
    title: str
    welcome: str
    minutes: str
    several: str
    sum: str
    thanks: str
    parts: tuple[QuestionPart, ...]


def questionnaire_page(
    instrument: Instrument,
    language: str,
    *,
    words: Mapping[str, str],
    brand: str | None = None,
) -> QuestionnairePage:
    """Compose the page of a questionnaire.

    Parameters
    ----------
    instrument : Instrument
    language : str
        One of its languages.
    words : Mapping[str, str]
        The words around the questions, from ``reports/forms/words.yaml``.
    brand : str, optional
        Name in place of the instrument's own.
    """
    composer = _Composer(instrument=instrument, language=language, words=words, brand=brand)
    minutes = max(1, round(expected_minutes(instrument, language)))
    return QuestionnairePage(
        language=language,
        title=wording(instrument, instrument.title, language, brand=brand),
        welcome=words["welcome"],
        minutes=words["minutes"].format(minutes=minutes),
        several=words["several"],
        sum=words["sum"],
        thanks=words["thanks"],
        parts=tuple(composer.parts()),
    )


@dataclass(frozen=True, kw_only=True)
class _Composer:
    instrument: Instrument
    language: str
    words: Mapping[str, str]
    brand: str | None

    @property
    def numbers(self) -> dict[str, int]:
        """Number on the page by item."""
        return {item.id: n for n, item in enumerate(self.instrument.items, start=1)}

    def say(self, texts: Mapping[str, str]) -> str:
        """Words of the instrument; empty if there are none."""
        return wording(self.instrument, texts, self.language, brand=self.brand)

    def parts(self) -> Iterator[QuestionPart]:
        for block, items in groupby(self.instrument.items, key=lambda item: item.block):
            groups = tuple(self._groups(list(items)))
            if block is None:
                yield QuestionPart(groups=groups)
                continue
            found = self.instrument.blocks[block]
            total = "" if found.total is None else f"{found.total:g}"
            intro = self.say(found.intro)
            if total:
                intro = f"{intro} {self.words['total'].format(total=total)}".strip()
            yield QuestionPart(
                title=self.say(found.title), intro=intro, total=total, groups=groups
            )

    def _groups(self, items: list[Item]) -> Iterator[QuestionGroup]:
        numbers = self.numbers
        said = ""
        for _, together in groupby(items, key=_alike):
            alike = list(together)
            first = alike[0]
            rows = tuple(
                QuestionRow(number=numbers[i.id], item=i.id, text=self.say(i.text))
                for i in alike
            )
            condition = self._condition(first)
            yield QuestionGroup(
                kind=first.type,
                rows=rows,
                routed=bool(condition),
                condition="" if condition == said else condition,
                after=self._after(alike[-1]),
                **self._answers(first),
            )
            said = condition

    def _answers(self, item: Item) -> dict[str, Any]:
        if not item.scale or item.type in ("number", "text"):
            return {}
        scale = self.instrument.scale_of(item.id)
        values = range(int(scale.minimum), int(scale.maximum) + 1)
        labels = {code: self.say(texts) for code, texts in scale.labels.items()}
        low, high = self.say(scale.low), self.say(scale.high)
        named = item.type == "rating" and bool(labels) and not low
        return {
            "codes": tuple(labels.get(v, str(v)) if named else str(v) for v in values),
            "labels": tuple(labels.values()),
            "low": low,
            "high": high,
            "dont_know": self._dont_know(scale),
        }

    def _dont_know(self, scale: ResponseScale) -> str:
        return in_language(scale.dont_know, self.language) if scale.dont_know else ""

    def _condition(self, item: Item) -> str:
        routing = item.asked_if
        if routing is None:
            return ""
        scale = self.instrument.scale_of(routing.item)
        answers = [
            self.say(scale.labels[int(v)]) if int(v) in scale.labels else f"{v:g}"
            for v in routing.values
        ]
        number = self.numbers[routing.item]
        joined = self.words["and_or"].join(answers)
        return self.words["only_if"].format(answers=joined, number=number)

    def _after(self, last: Item) -> str:
        """Where to go on for those whom the next question does not concern."""
        items = self.instrument.items
        place = self.numbers[last.id]
        following = items[place : place + 1]
        if not following or following[0].asked_if is None:
            return ""
        routing = following[0].asked_if
        if routing.item != last.id:
            return ""
        for item in items[place:]:
            if item.asked_if != routing:
                return self.words["go_on"].format(number=self.numbers[item.id])
        return self.words["go_end"]


def _alike(item: Item) -> tuple[object, ...]:
    """Questions with the same of these stand in one table."""
    routing = None if item.asked_if is None else (item.asked_if.item, item.asked_if.values)
    return item.type, item.scale, routing
