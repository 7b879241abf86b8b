"""Lint of wordings: one thing at a time, no suggestion, no double negation, translated."""

from __future__ import annotations

import re
from collections.abc import Iterator

from survey_engine.errors import Diagnostic, Where, diagnostic
from survey_engine.instrument.lint.lexicon import (
    Lexicon,
    found_in,
    lexicon_of,
    polarity,
    texts_with_words,
)
from survey_engine.instrument.model import Instrument, Item

LONGEST = {"zh": 60}
LONGEST_WORDS = 40
SHORT = {"zh": 12}
SHORT_LETTERS = 28
_PLACEHOLDER = re.compile(r"\{[^}]*\}")


def lint_wordings(instrument: Instrument) -> Iterator[Diagnostic]:
    """Remarks on the questions, item by item and language by language."""
    for item in instrument.items:
        for language, text, words in texts_with_words(item.text):
            yield from _question(instrument, item, (language, text), words)
        yield from _translations(item)
        yield from _short(item)


def _question(
    instrument: Instrument, item: Item, said: tuple[str, str], words: Lexicon
) -> Iterator[Diagnostic]:
    language, text = said
    where = Where(items=(item.id,), values=(language,))
    plain = _PLACEHOLDER.sub("X", text)
    questions = sum(plain.count(mark) for mark in "?？")
    if item.type == "rating" and questions > 1:
        yield diagnostic("LINT_TWO_QUESTIONS", where=where, language=language, count=questions)
    elif item.type == "rating" and found_in(words.joined, plain, without=words.harmless):
        found = found_in(words.joined, plain, without=words.harmless)
        yield diagnostic("LINT_DOUBLE_BARRELLED", where=where, language=language, found=found)
    if found := found_in(words.leading, text):
        yield diagnostic("LINT_LEADING", where=where, language=language, found=found)
    if _is_agreement(instrument, item, language, words):
        if found := found_in(words.negated, plain):
            yield diagnostic("LINT_NEGATION", where=where, language=language, found=found)
        found = found_in(words.bad, plain)
        if found and item.direction == "higher_is_better":
            yield diagnostic(
                "LINT_REVERSED_UNMARKED", where=where, language=language, found=found
            )
    count = len(plain) if language.startswith("zh") else len(plain.split())
    if count > LONGEST.get(language.split("-")[0], LONGEST_WORDS):
        yield diagnostic("LINT_LONG_QUESTION", where=where, language=language, count=count)


_AGREEMENT = {"en": "agree", "zh": "同意", "de": "stimme"}


def _is_agreement(instrument: Instrument, item: Item, language: str, words: Lexicon) -> bool:
    """Whether people agree or disagree with a statement."""
    if item.type != "rating" or not item.scale:
        return False
    high = instrument.scale_of(item.id).high.get(language, "")
    mark = _AGREEMENT.get(language.split("-")[0], "")
    return bool(mark) and mark in high.casefold() and polarity(high, words) > 0


def _translations(item: Item) -> Iterator[Diagnostic]:
    seen: dict[str, str] = {}
    for language, text in item.text.items():
        words = lexicon_of(language)
        bare = _PLACEHOLDER.sub("", text)
        foreign = words is not None and not re.search(words.own_letters, bare)
        if foreign or (len(bare.split()) > 1 and bare in seen):
            yield diagnostic(
                "LINT_UNTRANSLATED",
                where=Where(items=(item.id,), values=(language,)),
                language=language,
            )
        seen.setdefault(bare, language)


def _short(item: Item) -> Iterator[Diagnostic]:
    where = Where(items=(item.id,))
    if not item.short and item.role in ("indicator", "overall"):
        yield diagnostic("LINT_NO_SHORT", where=where)
    for language, text in item.short.items():
        limit = SHORT.get(language.split("-")[0], SHORT_LETTERS)
        if len(text) > limit:
            yield diagnostic("LINT_SHORT_TOO_LONG", where=where, language=language, limit=limit)
