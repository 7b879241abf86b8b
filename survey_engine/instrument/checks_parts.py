"""Cross checks of types, blocks and scores of an instrument."""

from __future__ import annotations

from collections.abc import Iterator

from survey_engine.errors import Diagnostic, diagnostic
from survey_engine.instrument.model import Instrument, Item, Score
from survey_engine.instrument.nearest import nearest_name
from survey_engine.instrument.yaml_document import YamlDocument

ANSWERED_BY_NUMBER = frozenset({"indicator", "nps", "overall"})
"""Roles whose answers are numbers of the analysis."""


def check_something_asked(
    instrument: Instrument, document: YamlDocument
) -> Iterator[Diagnostic]:
    """A questionnaire has questions."""
    if not instrument.items:
        where = document.where(("items",))
        yield diagnostic("MISSING_KEY", where=where, key="items", inside=document.file)


def check_types(instrument: Instrument, document: YamlDocument) -> Iterator[Diagnostic]:
    """Choices need labels; words and lists of answers cannot be indicators."""
    labelled = {scale.id for scale in instrument.scales if scale.labels}
    for number, item in enumerate(instrument.items):
        path = ("items", str(number))
        if item.type in ("choice", "multiple") and item.scale not in labelled:
            where = document.where((*path, "scale"), items=(item.id,))
            yield diagnostic("CHOICE_WITHOUT_LABELS", where=where, scale=item.scale or "–")
        if item.type in ("multiple", "text") and item.role in ANSWERED_BY_NUMBER:
            where = document.where((*path, "type"), items=(item.id,))
            yield diagnostic("TYPE_NEEDS_ROLE", where=where, type=item.type, role=item.role)
        if item.block is not None and item.block not in instrument.blocks:
            where = document.where((*path, "block"), items=(item.id,))
            near = nearest_name(item.block, instrument.blocks) or "–"
            yield diagnostic("UNKNOWN_BLOCK", where=where, block=item.block, suggestion=near)
        elif item.block is not None and not _sums(instrument, item):
            where = document.where((*path, "type"), items=(item.id,))
            yield diagnostic("CONSTANT_SUM_NUMBERS", where=where, block=item.block)


def _sums(instrument: Instrument, item: Item) -> bool:
    """Whether an item of a constant sum takes a number."""
    block = instrument.blocks[item.block or ""]
    return block.total is None or item.type == "number"


def check_scores(instrument: Instrument, document: YamlDocument) -> Iterator[Diagnostic]:
    """Scores know their items and have the limits their rule needs."""
    answered = {item.id for item in instrument.items if item.role in ANSWERED_BY_NUMBER}
    seen: set[str] = set()
    for number, score in enumerate(instrument.scores):
        path = ("scores", str(number))
        if score.id in seen:
            yield diagnostic(
                "DUPLICATE_SCORE", where=document.where((*path, "id")), score=score.id
            )
        seen.add(score.id)
        for name in (item for item in score.items if item not in answered):
            near = nearest_name(name, answered) or "–"
            where = document.where((*path, "parts"), items=(name,))
            yield diagnostic("SCORE_UNKNOWN_ITEM", where=where, score=score.id, suggestion=near)
        if missing := _missing_limits(score):
            where = document.where((*path, "rule"))
            yield diagnostic(
                "SCORE_NEEDS_LIMIT", where=where, score=score.id, rule=score.rule, key=missing
            )


def _missing_limits(score: Score) -> str:
    needed = {"mean": (), "share": ("top",), "net": ("top", "bottom")}[score.rule]
    return ", ".join(key for key in needed if getattr(score, key) is None)
