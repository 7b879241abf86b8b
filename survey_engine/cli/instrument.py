"""``survey-engine instrument list|show|lint|print|form|draft|import|export``."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from survey_engine.cli.console import Console, exit_code
from survey_engine.cli.draft import add_draft, run_draft
from survey_engine.cli.exchange import add_exchange, run_export, run_import
from survey_engine.cli.presets import add_presets, preset_action
from survey_engine.cli.text_table import text_table
from survey_engine.cli.usage import CommandParser, value

if TYPE_CHECKING:
    from survey_engine.instrument.model import Instrument

NAME = "instrument"
ACTIONS = ("list", "show", "lint", "print", "form", "draft", "import", "export")


def add(parser: CommandParser) -> None:
    """`list`, or an action on an id or a file, and how it is done."""
    words = parser.words
    add_presets(parser, ACTIONS)
    parser.add_argument("-o", "--out", metavar="FILE", help=words.say("options.out_form"))
    parser.add_argument(
        "--in", metavar="LANGUAGE", dest="written", help=words.say("options.in")
    )
    parser.add_argument("--brand", metavar="FILE", help=words.say("options.brand"))
    add_draft(parser)
    parser.add_argument(
        "--languages",
        metavar="CODES",
        default=(),
        type=value("--languages", words.say("expected.languages"), _listed),
        help=words.say("options.languages"),
    )
    parser.add_argument(
        "--correlation",
        metavar="SHARE",
        default=0.55,
        type=value("--correlation", words.say("expected.share"), _share),
        help=words.say("options.correlation"),
    )
    add_exchange(parser)


def run(args: argparse.Namespace, console: Console) -> int:
    """List the questionnaires, or show, lint, print or make a form of one."""
    action = preset_action(args, NAME)
    if action == "list":
        return _list(console)
    if action == "show":
        return _show(args.name, console)
    if action in ("import", "export"):
        return (run_import if action == "import" else run_export)(args, console)
    if action == "draft":
        return run_draft(args, console)
    return _lint(args, console) if action == "lint" else _write(args, console)


def _listed(text: str) -> tuple[str, ...]:
    return tuple(code.strip() for code in text.split(",") if code.strip())


def _share(text: str) -> float | None:
    share = float(text)
    return share if 0.0 < share < 1.0 else None


def describe(one: Instrument, language: str) -> dict[str, Any]:
    """What `list` says of a questionnaire, as it stands in the JSON."""
    from survey_engine.instrument.lint import expected_minutes

    spoken = language if language in one.languages else one.languages[0]
    used = dict.fromkeys(item.construct_name for item in one.items if item.construct_name)
    return {
        "id": one.id,
        "version": one.version,
        "kind": one.kind,
        "title": one.title,
        "constructs": list(used),
        "items": len(one.items),
        "models": list(one.models),
        "scores": [score.id for score in one.scores],
        "languages": list(one.languages),
        "minutes": round(expected_minutes(one, spoken), 1),
    }


def _list(console: Console) -> int:
    from survey_engine.workflows.resources import load_instrument, preset_ids

    language = console.words.language
    found = [load_instrument(name) for name in preset_ids("instruments")]
    told = [describe(one, language) for one in found]
    rows = [
        (
            one.id,
            one.title.get(language, one.id),
            console.words.say(f"list.kinds.{one.kind}"),
            str(len(facts["constructs"])),
            str(facts["items"]),
            " ".join((*facts["models"], *facts["scores"])) or "–",
            " ".join(facts["languages"]),
            f"{facts['minutes']:.0f}",
        )
        for one, facts in zip(found, told, strict=True)
    ]
    head = console.words.head("list.library_head")
    console.text(text_table(head, rows, right=(3, 4, 7)))
    console.write_json({"instruments": told, "diagnostics": []})
    return 0


def _show(name: str, console: Console) -> int:
    from survey_engine.instrument.wording import item_text
    from survey_engine.workflows.resources import load_instrument

    language = console.words.language
    one = load_instrument(name)
    facts = describe(one, language)
    console.text(f"{one.id} {one.version}: {one.title.get(language, one.id)}")
    console.line("list.source", source=one.source or "–")
    console.line(
        "list.facts",
        languages=" ".join(facts["languages"]),
        minutes=facts["minutes"],
        models=" ".join((*facts["models"], *facts["scores"])) or "–",
    )
    rows = [
        (
            item.id,
            item.construct_name or "–",
            item.scale or item.type,
            item_text(one, item.id, language),
        )
        for item in one.items
    ]
    console.text(text_table(console.words.head("list.items_head"), rows))
    content = one.model_dump(mode="json", by_alias=True)
    console.write_json({"instrument": content, "facts": facts, "diagnostics": []})
    return 0


def _lint(args: argparse.Namespace, console: Console) -> int:
    from survey_engine.workflows.lint_questionnaire import lint_questionnaire

    one, report = lint_questionnaire(
        args.name, languages=args.languages, correlation=args.correlation
    )
    facts = describe(one, console.words.language)
    console.line("lint.head", id=one.id, items=facts["items"], minutes=facts["minutes"])
    console.diagnostics(report.remarks)
    for remark, because in report.accepted:
        message, _ = console.words.diagnostic(remark)
        console.line("lint.accepted", code=remark.code, message=message, because=because)
    if not report.remarks:
        console.line("lint.clean")
    accepted = [
        {**told, "because": because}
        for told, (_, because) in zip(
            console.describe(remark for remark, _ in report.accepted),
            report.accepted,
            strict=True,
        )
    ]
    console.write_json(
        {"facts": facts, "accepted": accepted, "diagnostics": console.describe(report.remarks)}
    )
    return exit_code(report.remarks)


def _write(args: argparse.Namespace, console: Console) -> int:
    from survey_engine.workflows.make_questionnaire import write_questionnaire
    from survey_engine.workflows.resources import load_instrument

    kind = "pdf" if args.action == "print" else "form"
    suffix = ".pdf" if kind == "pdf" else ".html"
    written = write_questionnaire(
        args.name,
        Path(args.out or f"{load_instrument(args.name).id}{suffix}"),
        kind=kind,
        language=args.written or console.words.language,
        brand=args.brand,
    )
    console.line("written", file=written)
    console.write_json({"file": str(written), "diagnostics": []})
    return 0
