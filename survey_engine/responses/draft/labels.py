"""Answers written in words, put in order: by lists of customary labels, else by grade."""

from __future__ import annotations

import re
from collections.abc import Iterable

from survey_engine.instrument.lint.lexicon import Lexicon, lexicon_of, polarity
from survey_engine.responses.text import cell_text

# From the worst to the best answer. Several words of one place are separated by "|".
_FAMILIES: tuple[tuple[str, ...], ...] = (
    ("very poor|terrible", "poor|bad", "fair|average|okay", "good", "very good|excellent"),
    ("poor", "fair", "good", "very good", "excellent"),
    ("never", "rarely|seldom", "sometimes", "often", "always"),
    ("not at all", "slightly|a little", "moderately|somewhat", "very", "extremely"),
    ("从不|从未", "很少", "有时|偶尔", "经常", "总是"),
    ("很差|非常差", "较差|比较差|差", "一般", "较好|比较好|好", "很好|非常好"),
    ("很低|非常低", "较低|比较低|低", "一般", "较高|比较高|高", "很高|非常高"),
)  # fmt: skip
_WEAK = re.compile(
    r"\b(?:somewhat|slightly|rather|a little|mostly|fairly)\b|比较|较|有点|不太|基本"
)
_STRONG = re.compile(
    r"\b(?:very|extremely|completely|strongly|totally|fully|definitely)\b|非常|完全|很|十分|极|特别"
)
_MIDDLE = re.compile(
    r"neutral|neither|undecided|so[- ]so|average|一般|中立|不确定|普通|说不上|尚可|还可以"
)
_NEGATED = re.compile(r"不太|不怎么|不大|\bnot (?:very|so|really|too)\b")
_FEWEST = 3


def ordered_labels(words: Iterable[str]) -> tuple[str, ...]:
    """Labels from the worst to the best answer; "" stands for a place nobody chose.

    Empty where the words are no customary scale.

    Examples
    --------
    >>> ordered_labels(["Satisfied", "Very satisfied", "Very dissatisfied", "Neutral"])
    ('Very dissatisfied', '', 'Neutral', 'Satisfied', 'Very satisfied')
    >>> ordered_labels(["一般", "非常满意", "不满意", "满意", "非常不满意"])
    ('非常不满意', '不满意', '一般', '满意', '非常满意')
    >>> ordered_labels(["north", "south", "west"])
    ()
    """
    own = list(dict.fromkeys(cell_text(word) for word in words))
    if not _FEWEST <= len(own) <= 7:
        return ()
    for family in _FAMILIES:
        places = [set(place.split("|")) for place in family]
        if found := _placed(own, places):
            return found
    return _graded(own)


def _placed(own: list[str], places: list[set[str]]) -> tuple[str, ...]:
    found = [[word for word in own if word.casefold() in place] for place in places]
    if any(len(words) > 1 for words in found) or sum(map(len, found)) < len(own):
        return ()
    return tuple(words[0] if words else "" for words in found)


def _graded(own: list[str]) -> tuple[str, ...]:
    language = "zh" if any("\u4e00" <= c <= "\u9fff" for word in own for c in word) else "en"
    lexicon = lexicon_of(language)
    if lexicon is None:
        return ()
    grades = {word: _grade(word, lexicon) for word in own}
    if not ({1, -1} & set(grades.values()) and {2, -2} & set(grades.values())):
        # In five-point scales "somewhat" and no word at all stand in the same place.
        grades = {w: 2 * g if g in (1, -1) else g for w, g in grades.items() if g is not None}
    known = {grade for grade in grades.values() if grade is not None}
    if (
        len(grades) < len(own)
        or None in grades.values()
        or len(known) != len(own)
        or not (min(known) < 0 < max(known))
    ):
        return ()
    by_grade = {grade: word for word, grade in grades.items() if grade is not None}
    sides = {abs(grade) for grade in known if grade}
    steps = sorted(sides) if len(sides) > 1 else [*sides]
    middle = [0] if 0 in known else []
    places = [-s for s in reversed(steps)] + middle + steps
    return tuple(by_grade.get(place, "") for place in places)


def _grade(word: str, lexicon: Lexicon) -> int | None:
    """Side times strength: 1 weak ("somewhat"), 2 plain, 3 strong; 0 the middle."""
    text = word.casefold()
    if _MIDDLE.search(text):
        return 0
    if _NEGATED.search(text):
        return -1
    side = polarity(text, lexicon)
    if not side or _WEAK.search(text):
        return side or None
    return side * (3 if _STRONG.search(text) else 2)
