"""How to read: the words of the report and the rules behind its verbs and marks."""

from __future__ import annotations

from survey_engine.document.blocks import DefinitionList, Omission, Section
from survey_engine.report.sections.context import Context


def build(context: Context) -> tuple[Section | Omission, ...]:
    """Terms from ``report.reading``; numbers in them are the study's own settings."""
    risk, strong = context.brand.bands
    values = {
        "level": context.level,
        "risk": context.numbers.points(risk, 0),
        "strong": context.numbers.points(strong, 0),
        "target": context.labels.inside(context.roles.index),
        "interval_words": context.interval_words,
    }
    entries = context.words.node("report.reading")
    pairs = tuple(
        (
            context.words.say(f"report.reading.{key}.term", **values),
            context.words.say(f"report.reading.{key}.text", **values),
        )
        for key in entries
    )
    return (context.section("reading", (DefinitionList(entries=pairs),)),)
