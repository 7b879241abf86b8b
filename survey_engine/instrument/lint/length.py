"""How long a questionnaire takes: reading at an ordinary pace, then answering."""

from __future__ import annotations

from collections.abc import Iterator

from survey_engine.errors import Diagnostic, diagnostic
from survey_engine.instrument.model import Instrument, Item

WORDS_PER_SECOND = 4.0
SIGNS_PER_SECOND = 6.0
"""Chinese characters read in a second."""
ANSWERING = {"rating": 3.5, "choice": 4.0, "multiple": 7.0, "number": 8.0, "text": 25.0}
"""Seconds to answer once the question is read."""
NEW_SCALE = 2.0
WELCOME = 20.0
ROUTED = 0.5
"""Share of people expected at a question that routing leads to."""
LIMIT = 10.0
_SIGNS = ("zh", "ja", "ko")


def expected_minutes(instrument: Instrument, language: str) -> float:
    """Minutes an average respondent needs: our rule of thumb, to be checked in a pretest.

    Parameters
    ----------
    instrument : Instrument
    language : str
        One of its languages.
    """
    seconds = WELCOME
    known: set[str] = set()
    blocks: set[str | None] = set()
    for item in instrument.items:
        spent = _reading(item.text.get(language, ""), language) + ANSWERING[item.type]
        if item.block not in blocks and item.block is not None:
            spent += _reading(instrument.blocks[item.block].intro.get(language, ""), language)
        if item.scale not in known and item.scale:
            spent += NEW_SCALE + _labels(instrument, item, language)
        blocks.add(item.block)
        known.add(item.scale)
        seconds += spent * (1.0 if item.asked_if is None else ROUTED)
    return seconds / 60


def _reading(text: str, language: str) -> float:
    if language.split("-")[0] in _SIGNS:
        return len(text) / SIGNS_PER_SECOND
    return len(text.split()) / WORDS_PER_SECOND


def _labels(instrument: Instrument, item: Item, language: str) -> float:
    labels = instrument.scale_of(item.id).labels.values()
    return sum(_reading(texts.get(language, ""), language) for texts in labels)


def lint_length(instrument: Instrument) -> Iterator[Diagnostic]:
    """One remark, for the language that takes longest."""
    minutes = {code: expected_minutes(instrument, code) for code in instrument.languages}
    slowest = max(minutes, key=lambda code: minutes[code])
    if minutes[slowest] > LIMIT and instrument.kind == "questionnaire":
        yield diagnostic("LINT_LONG", minutes=f"{minutes[slowest]:.0f}", language=slowest)
