"""One cell to one answer: a number on the item's scale, or the reason for none.

Only what the instrument declares (labels, anchors, special codes), what the caller
declares (`na_codes`), what the file declares (SPSS user-missing) and a short list of
words that cannot be an answer ("don't know", "(跳过)") is understood; everything else
stays INVALID and is reported.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from survey_engine.instrument.model import MissingKind, ResponseScale
from survey_engine.responses.survey_data import AnswerStatus
from survey_engine.responses.text import cell_text, comparable, name_key, number_of

STATUS_OF_KIND: dict[MissingKind, AnswerStatus] = {
    "dont_know": AnswerStatus.DONT_KNOW,
    "not_asked": AnswerStatus.NOT_ASKED,
    "skipped": AnswerStatus.SKIPPED,
    "not_reached": AnswerStatus.NOT_REACHED,
    "refused": AnswerStatus.REFUSED,
}

_WORDS: dict[AnswerStatus, tuple[str, ...]] = {
    AnswerStatus.DONT_KNOW: (
        "don't know", "dont know", "do not know", "don’t know", "dk", "not sure", "no opinion",
        "weiß nicht", "keine meinung", "不知道", "不清楚", "不了解", "说不清", "无法评价",
    ),
    AnswerStatus.NOT_ASKED: (
        "(跳过)", "not asked", "not applicable", "n/a", "entfällt", "trifft nicht zu", "不适用",
    ),
    AnswerStatus.SKIPPED: ("(空)", "no answer", "skipped", "未作答", "未填"),
    AnswerStatus.REFUSED: (
        "refused", "prefer not to say", "keine angabe", "k.a.", "k. a.", "拒答", "拒绝回答",
    ),
}  # fmt: skip
VOCABULARY = {
    cell_text(word).casefold(): status for status, words in _WORDS.items() for word in words
}
# What `clean_table` writes, so that a cleaned file reads back the same.
VOCABULARY |= {status.name.lower(): status for status in AnswerStatus if status > 0}
# What programs write for "nothing".
EMPTY_WORDS = frozenset({"", ".", "na", "nan", "null", "none", "#n/a", "#null!", "<na>"})

YES = frozenset({"yes", "y", "true", "ja", "j", "wahr", "oui", "sí", "si", "是", "有", "はい"})
NO = frozenset({"no", "n", "false", "nein", "falsch", "non", "否", "没有", "いいえ"})

# "10 - Excellent", "1＝差", "9分", "8/10": a number, a mark, words.
_LEADING = re.compile(
    r"([-−]?\d+(?:[.,]\d+)?)\s*(?:[-–—=:.、()/]|分|points?\b|pts?\b)\s*(.*)", re.IGNORECASE
)


LARGEST_ANSWER = 2.0**53
"""No whole number beyond it is exact, and squares of such numbers drown all others."""
SMALLEST_ANSWER = 2.0**-53
"""Squares of numbers much closer to zero vanish, so that an item would seem constant."""


class Answer(NamedTuple):
    """A value and why there is none; SKIPPED stands for an empty cell at this stage."""

    value: float
    status: AnswerStatus


BLANK = Answer(math.nan, AnswerStatus.SKIPPED)
INVALID = Answer(math.nan, AnswerStatus.INVALID)


@dataclass(frozen=True, kw_only=True)
class AnswerRules:
    """How the cells of one column are read.

    Attributes
    ----------
    minimum, maximum : float or None
        The declared scale; None leaves values unchecked.
    labels : Mapping[str, float]
        Answer by comparable label text.
    codes : Mapping[float, AnswerStatus]
        Special codes.
    words : Mapping[str, AnswerStatus]
        Special answers by casefolded text.
    recode : Mapping[float, float]
        Answer by the number in the file, where the file counts otherwise.
    names : Mapping[str, float]
        Answer by `name_key` of its short name.
    """

    minimum: float | None = None
    maximum: float | None = None
    labels: Mapping[str, float] = field(default_factory=dict)
    codes: Mapping[float, AnswerStatus] = field(default_factory=dict)
    words: Mapping[str, AnswerStatus] = field(default_factory=lambda: VOCABULARY)
    recode: Mapping[float, float] = field(default_factory=dict)
    names: Mapping[str, float] = field(default_factory=dict)

    def on_scale(self, value: float) -> bool:
        """Whether a number may be an answer."""
        low = -LARGEST_ANSWER if self.minimum is None else self.minimum
        high = LARGEST_ANSWER if self.maximum is None else self.maximum
        return low <= value <= high and (value == 0 or abs(value) >= SMALLEST_ANSWER)

    def read(self, cell: object) -> Answer:
        """The answer in a cell."""
        text = cell_text(cell)
        if text.casefold() in EMPTY_WORDS:
            return BLANK
        number = number_of(text)
        if number is not None:
            return self._of_number(self.recode.get(number, number))
        label = comparable(text)
        if label in self.labels:
            return self._of_number(self.labels[label])
        special = self.words.get(text.casefold())
        if special is not None:
            return Answer(math.nan, special)
        if (name := name_key(text)) in self.names:
            return self._of_number(self.names[name])
        return self._of_leading_number(text)

    def _of_number(self, number: float) -> Answer:
        if number in self.codes:
            return Answer(math.nan, self.codes[number])
        if self.on_scale(number):
            return Answer(number, AnswerStatus.ANSWERED)
        return INVALID

    def _of_leading_number(self, text: str) -> Answer:
        match = _LEADING.fullmatch(text)
        number = number_of(match.group(1)) if match else None
        if match is None or number is None:
            return INVALID
        rest = match.group(2)
        special = self.words.get(rest.casefold())
        if special is not None:
            return Answer(math.nan, special)
        # "8/10" is an answer on a scale that ends at 10; "1-5" is a date or a range.
        after = number_of(rest)
        if after is not None and not (self.maximum is not None and after == self.maximum):
            return INVALID
        if any(c.isdigit() for c in rest) and after is None:
            return INVALID
        return self._of_number(number)


def rules_of_scale(
    scale: ResponseScale,
    *,
    na_codes: tuple[float, ...] = (),
    file_codes: Mapping[float, AnswerStatus] | None = None,
) -> AnswerRules:
    """The rules of a declared response scale, the caller's and the file's codes added."""
    labels: dict[str, float] = {}
    for texts, value in ((scale.low, scale.minimum), (scale.high, scale.maximum)):
        labels.update({comparable(text): value for text in texts.values()})
    for code, texts in scale.labels.items():
        labels.update({comparable(text): float(code) for text in texts.values()})
    yes_no = yes_no_codes(scale)
    if yes_no is not None:
        for word in (*YES, *NO):
            labels.setdefault(comparable(word), yes_no[0] if word in YES else yes_no[1])
    labels.pop("", None)
    codes = dict(file_codes or {})
    codes.update(dict.fromkeys(na_codes, AnswerStatus.DONT_KNOW))
    codes.update({float(k): STATUS_OF_KIND[kind] for k, kind in scale.missing.items()})
    words = dict(VOCABULARY)
    words.update(
        {cell_text(t).casefold(): AnswerStatus.DONT_KNOW for t in scale.dont_know.values()}
    )
    names = {name_key(n): float(code) for code, of in scale.names.items() for n in of}
    return AnswerRules(
        minimum=scale.minimum,
        maximum=scale.maximum,
        labels=labels,
        codes=codes,
        words=words,
        names=names,
    )


def yes_no_codes(scale: ResponseScale) -> tuple[float, float] | None:
    """Codes of yes and of no, if that is all the scale offers."""
    if len(scale.labels) != 2:
        return None
    found: dict[str, float] = {}
    for code, texts in scale.labels.items():
        words = {text.strip().casefold() for text in texts.values()}
        kind = "yes" if words & YES else "no" if words & NO else None
        if kind is None or kind in found:
            return None
        found[kind] = float(code)
    return found["yes"], found["no"]


@dataclass(frozen=True, kw_only=True)
class ColumnAnswers:
    """A column read by rules.

    Attributes
    ----------
    values : ndarray, shape (n,)
    status : ndarray, shape (n,)
    cells : ndarray of object, shape (n,)
        Normalised text of each cell, for reports on invalid ones.
    """

    values: NDArray[np.float64]
    status: NDArray[np.int8]
    cells: NDArray[np.object_]


def read_column(column: pd.Series[Any], rules: AnswerRules) -> ColumnAnswers:
    """Read a column; each distinct cell is understood once."""
    codes, raw = pd.factorize(column.to_numpy(dtype=object), use_na_sentinel=True)
    # One text more than there are values: code -1, the empty cells, points to it.
    distinct = np.array([*(cell_text(cell) for cell in raw), ""], dtype=object)
    answers = [rules.read(cell) for cell in distinct]
    values = np.array([answer.value for answer in answers], dtype=np.float64)
    status = np.array([int(answer.status) for answer in answers], dtype=np.int8)
    return ColumnAnswers(values=values[codes], status=status[codes], cells=distinct[codes])
