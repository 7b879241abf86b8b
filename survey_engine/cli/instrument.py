"""``survey-engine instrument list|show``."""

from __future__ import annotations

import argparse

from survey_engine.cli.console import Console
from survey_engine.cli.presets import add_presets, preset_action
from survey_engine.cli.text_table import text_table
from survey_engine.cli.usage import CommandParser

NAME = "instrument"


def add(parser: CommandParser) -> None:
    """`list`, or `show` with an id or a file."""
    add_presets(parser)


def run(args: argparse.Namespace, console: Console) -> int:
    """List the questionnaires, or show one."""
    if preset_action(args, NAME) == "list":
        return _list(console)
    return _show(args.name, console)


def _list(console: Console) -> int:
    from survey_engine.workflows.resources import load_instrument, preset_ids

    language = console.words.language
    found = [load_instrument(name) for name in preset_ids("instruments")]
    rows = [
        (one.id, one.title.get(language, one.id), str(len(one.items)), " ".join(one.languages))
        for one in found
    ]
    console.text(text_table(console.words.head("list.instrument_head"), rows, right=(2,)))
    console.write_json(
        {
            "instruments": [
                {
                    "id": one.id,
                    "version": one.version,
                    "title": one.title,
                    "items": len(one.items),
                    "languages": list(one.languages),
                }
                for one in found
            ],
            "diagnostics": [],
        }
    )
    return 0


def _show(name: str, console: Console) -> int:
    from survey_engine.instrument.wording import item_text
    from survey_engine.workflows.resources import load_instrument

    language = console.words.language
    one = load_instrument(name)
    console.text(f"{one.id} {one.version}: {one.title.get(language, one.id)}")
    rows = [
        (item.id, item.construct_name or "–", item.scale, item_text(one, item.id, language))
        for item in one.items
    ]
    console.text(text_table(console.words.head("list.items_head"), rows))
    content = one.model_dump(mode="json", by_alias=True)
    console.write_json({"instrument": content, "diagnostics": []})
    return 0
