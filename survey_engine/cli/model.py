"""``survey-engine model list|show|export``."""

from __future__ import annotations

import argparse

from survey_engine.cli.console import Console
from survey_engine.cli.model_export import add_export, run_export
from survey_engine.cli.presets import add_presets, preset_action
from survey_engine.cli.text_table import text_table
from survey_engine.cli.usage import CommandParser

NAME = "model"
ACTIONS = ("list", "show", "export")


def add(parser: CommandParser) -> None:
    """`list`, or `show` or `export` with an id or a file."""
    add_presets(parser, ACTIONS)
    add_export(parser)


def run(args: argparse.Namespace, console: Console) -> int:
    """List the models, show one, or write one for another program."""
    action = preset_action(args, NAME)
    if action == "list":
        return _list(console)
    return _show(args.name, console) if action == "show" else run_export(args, console)


def _list(console: Console) -> int:
    from survey_engine.workflows.library import feeders
    from survey_engine.workflows.resources import load_model, preset_ids

    language = console.words.language
    found = [load_model(name) for name in preset_ids("models")]
    by_model = feeders()
    told = [
        {
            "id": one.id,
            "version": one.version,
            "title": one.title,
            "constructs": len(one.constructs),
            "paths": len(one.paths),
            "items": len(set(one.indicators) - set(one.construct_names)),
            "instruments": list(by_model.get(one.id, ())),
            "languages": list(one.title),
        }
        for one in found
    ]
    rows = [
        (
            one.id,
            one.title.get(language, one.id),
            str(len(one.constructs)),
            str(len(one.paths)),
            str(facts["items"]),
            " ".join(by_model.get(one.id, ())) or "–",
            " ".join(one.title),
        )
        for one, facts in zip(found, told, strict=True)
    ]
    console.text(text_table(console.words.head("list.models_head"), rows, right=(2, 3, 4)))
    console.write_json({"models": told, "diagnostics": []})
    return 0


def _show(name: str, console: Console) -> int:
    from survey_engine.workflows.library import feeders
    from survey_engine.workflows.resources import load_model

    language = console.words.language
    one = load_model(name)
    console.text(f"{one.id} {one.version}: {one.title.get(language, one.id)}")
    console.line("list.source", source=one.source or "–")
    console.line("list.fed_by", instruments=" ".join(feeders().get(one.id, ())) or "–")
    constructs = [
        (construct.name, construct.kind, " ".join(construct.indicators))
        for construct in one.constructs
    ]
    console.text(text_table(console.words.head("list.constructs_head"), constructs))
    paths = [(path.source, path.target) for path in one.paths]
    console.text("\n" + text_table(console.words.head("list.paths_head"), paths))
    content = one.model_dump(mode="json", by_alias=True)
    console.write_json({"model": content, "diagnostics": []})
    return 0
