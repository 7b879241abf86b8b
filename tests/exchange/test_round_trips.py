"""Every shipped questionnaire through every format and back, losses asserted exactly."""

from __future__ import annotations

import json

import pytest

from survey_engine.cli.exchange import FORMAT_IDS
from survey_engine.exchange.convert import Exported, export_instrument, import_instrument
from survey_engine.exchange.formats import FORMATS, Format
from survey_engine.exchange.losses import same_instrument
from survey_engine.exchange.words import in_languages
from survey_engine.instrument.dump import plain
from survey_engine.instrument.model import Instrument
from survey_engine.workflows.resources import load_instrument, preset_ids

WHOLE = tuple(one for one in FORMATS if one.carries_notes and one.writer)


def cut(one: Instrument, languages: tuple[str, ...]) -> Instrument:
    data = in_languages({"schema": "1", **plain(one)}, languages)
    return Instrument.model_validate_json(json.dumps(data))


def codes(made: Exported) -> dict[str, tuple[str, ...]]:
    return {loss.code: loss.where.items for loss in made.losses}


def test_the_command_line_names_every_format() -> None:
    assert tuple(one.id for one in FORMATS) == FORMAT_IDS


@pytest.mark.parametrize("name", preset_ids("instruments"))
@pytest.mark.parametrize("chosen", WHOLE, ids=lambda one: one.id)
def test_formats_with_room_for_notes_bring_everything_back(chosen: Format, name: str) -> None:
    one = load_instrument(name)
    kept = one.languages[:1] if chosen.one_language else one.languages
    made = export_instrument(one, chosen.id)
    assert codes(made) == ({} if kept == one.languages else {"EXCHANGE_LANGUAGES_LEFT_OUT": ()})
    back = import_instrument(made.content, file=f"{name}.{chosen.extensions[0]}")
    assert back.format == chosen.id
    assert {loss.code for loss in back.losses} <= {"EXCHANGE_NOT_QUESTIONS"}
    wanted = cut(one, kept)
    for item in wanted.items:
        assert back.instrument.item(item.id) == item, f"{chosen.id} {name} {item.id}"
    assert same_instrument(back.instrument, wanted)
