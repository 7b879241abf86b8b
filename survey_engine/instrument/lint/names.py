"""Lint of ids, order and languages."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from survey_engine.errors import Diagnostic, Where, diagnostic
from survey_engine.instrument.model import Instrument

LONGEST_ID = 32
_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_]*")


def lint_names(instrument: Instrument) -> Iterator[Diagnostic]:
    """Ids that statistics programs would cut, refuse or confuse."""
    small: dict[str, str] = {}
    for item in instrument.items:
        where = Where(items=(item.id,))
        if len(item.id) > LONGEST_ID:
            yield diagnostic("LINT_ID_LONG", where=where, limit=LONGEST_ID)
        if not _PLAIN.fullmatch(item.id):
            yield diagnostic("LINT_ID_CHARACTERS", where=where)
        twin = small.setdefault(item.id.casefold(), item.id)
        if twin != item.id:
            yield diagnostic("LINT_ID_TWINS", where=Where(items=(twin, item.id)))


def lint_order(instrument: Instrument) -> Iterator[Diagnostic]:
    """Follow-ups that nobody can reach, because their filter question comes later."""
    seen: set[str] = set()
    for item in instrument.items:
        if item.asked_if is not None and item.asked_if.item not in seen:
            where = Where(items=(item.id,))
            yield diagnostic("LINT_ROUTED_BACKWARD", where=where, asked=item.asked_if.item)
        seen.add(item.id)


def lint_languages(instrument: Instrument, wanted: Sequence[str]) -> Iterator[Diagnostic]:
    """Languages asked for that the questionnaire has not."""
    for language in wanted:
        if language not in instrument.languages:
            yield diagnostic("LINT_LANGUAGE_ABSENT", language=language)


def lint_open_questions(instrument: Instrument) -> Iterator[Diagnostic]:
    """What a draft assumes and nobody has confirmed."""
    for one in instrument.open_questions:
        yield diagnostic(
            "DRAFT_QUESTION_OPEN",
            where=Where(items=one.items),
            question=one.id,
            ask=one.ask,
            assumed=one.assumed,
        )
