"""The printed questionnaire of an instrument in one language."""

from __future__ import annotations

from survey_engine.document.blocks import Block, Omission, Paragraph, QuestionBlock, Section
from survey_engine.instrument.model import Instrument, Item
from survey_engine.report.narrative.labels import Labels
from survey_engine.report.sections.context import Context


def build(context: Context) -> tuple[Section | Omission, ...]:
    """The questions, or an omission where there is no instrument in this language."""
    instrument = context.result.data.instrument
    if instrument is None:
        return (context.omission("questionnaire", "no_instrument"),)
    if context.words.language not in instrument.languages:
        return (context.omission("questionnaire", "other_language"),)
    blocks: list[Block] = list(question_blocks(instrument, context.labels))
    blocks.append(
        Paragraph(
            text=context.words.say("report.questionnaire.note", version=instrument.version),
            style="note",
        )
    )
    return (context.section("questionnaire", blocks, appendix=True, starts_page=False),)


def question_blocks(instrument: Instrument, labels: Labels) -> tuple[QuestionBlock, ...]:
    """Every item with wording in the language of `labels`, numbered from 1."""
    asked = [item for item in instrument.items if labels.language in item.text]
    return tuple(
        _question(instrument, item, labels, number)
        for number, item in enumerate(asked, start=1)
        if item.scale
    )


def _question(instrument: Instrument, item: Item, labels: Labels, number: int) -> QuestionBlock:
    scale = instrument.scale_of(item.id)
    language = labels.language
    values = range(int(scale.minimum), int(scale.maximum) + 1)
    named = {code: texts.get(language, "") for code, texts in scale.labels.items()}
    return QuestionBlock(
        number=str(number),
        item=item.id,
        text=labels.fill(item.text),
        low=labels.fill(scale.low),
        high=labels.fill(scale.high),
        codes=tuple(f"{v} {named[v]}" if named.get(v) else str(v) for v in values),
        dont_know=scale.dont_know.get(language, ""),
    )
