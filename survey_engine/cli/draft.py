"""``survey-engine instrument draft``: a questionnaire proposed from an export."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from survey_engine.cli.console import Console, exit_code
from survey_engine.cli.text_table import text_table
from survey_engine.cli.usage import CommandParser

if TYPE_CHECKING:
    from survey_engine.errors import UsageProblem
    from survey_engine.report.narrative.wording import Wording
    from survey_engine.responses.draft.questions import Question
    from survey_engine.workflows.draft_instrument import Draft


def add_draft(parser: CommandParser) -> None:
    """`--answers` and `--title`."""
    say = parser.words.say
    parser.add_argument("--answers", metavar="FILE", help=say("options.answers"))
    parser.add_argument("--title", metavar="TEXT", help=say("options.title"))


def run_draft(args: argparse.Namespace, console: Console) -> int:
    """Propose a questionnaire, ask what the file cannot tell, write it."""
    from survey_engine.responses.draft.items import Named
    from survey_engine.workflows.draft_instrument import (
        draft_id,
        draft_instrument,
        load_answers,
        write_draft,
    )

    export = Path(args.name)
    out = Path(args.out or f"{draft_id(export.stem)}.yaml")
    draft = draft_instrument(
        export,
        answers=None if args.answers is None else load_answers(Path(args.answers)),
        ask=_asker(console) if args.answers is None and sys.stdin.isatty() else None,
        language=args.written,
        named=Named(id=draft_id(out.stem), title=args.title or export.stem),
    )
    _told(draft, console)
    written = write_draft(draft, out)
    console.diagnostics(draft.diagnostics)
    for path in written:
        console.line("written", file=path)
    console.line("draft.next", export=export.name, out=out)
    console.write_json(_document(draft, written, console))
    return exit_code(draft.diagnostics)


def _asker(console: Console) -> Any:
    """Asks on the terminal; an empty line takes what is assumed."""
    from survey_engine.workflows.draft_instrument import question_words

    words = _wording(console)
    number = 0

    def ask(question: Question, fault: UsageProblem | None) -> Any:
        nonlocal number
        said = question_words(question, words)
        if fault is None:
            number += 1
            console.line("draft.question", number=number, **said)
        else:
            console.diagnostics(fault.diagnostics)
        console.text(console.words.say("draft.prompt", default=said["default"]))
        reply = sys.stdin.readline().strip()
        return reply or question.default

    return ask


def _wording(console: Console) -> Wording:
    from survey_engine.report.narrative.wording import Wording

    return Wording(language=console.words.language, catalogue=console.words.catalogue)


def _told(draft: Draft, console: Console) -> None:
    """The table of questions found, what was set aside, and what stays open."""
    from survey_engine.responses.draft.questions import correlation_with_rest
    from survey_engine.workflows.draft_instrument import question_words

    rated = draft.proposal.of_kind("rating")
    related = {
        draft.proposal.ids[one.column]: r
        for one, r in zip(rated, correlation_with_rest(rated), strict=True)
    }
    console.line("draft.found", n=len(rated), columns=len(draft.proposal.facts))
    rows = [
        (
            item.id,
            item.construct_name or item.role,
            item.scale or "–",
            _correlation(related.get(item.id)),
            next(iter(item.text.values()))[:60],
        )
        for item in draft.instrument.items
    ]
    console.text(text_table(console.words.head("draft.head"), rows, right=(3,)))
    console.line("draft.evidence")
    left = draft.instrument.open_questions
    console.line("draft.open" if left else "draft.nothing_open", n=len(left))
    words = _wording(console)
    for number, question in enumerate(
        (one for one in draft.proposal.questions if one.id not in draft.answers), start=1
    ):
        console.line("draft.question", number=number, **question_words(question, words))
    console.line("draft.model" if draft.model is not None else "draft.no_model")


def _correlation(value: float | None) -> str:
    if value is None or value != value:
        return "–"
    return f"{value:.2f}".replace("-", "−")


def _document(draft: Draft, written: tuple[Path, ...], console: Console) -> dict[str, Any]:
    return {
        "files": [str(path) for path in written],
        "instrument": draft.instrument.model_dump(mode="json", by_alias=True),
        "model": None if draft.model is None else draft.model.id,
        "columns": [
            {"column": one.column, "item": draft.proposal.ids[one.column], "kind": one.kind}
            for one in draft.proposal.facts
        ],
        "questions": [
            {
                "id": one.id,
                "items": list(one.items),
                "assumed": one.default,
                "answer": draft.answers.get(one.id),
                "answered": one.id in draft.answers,
            }
            for one in draft.proposal.questions
        ],
        "diagnostics": console.describe(draft.diagnostics),
    }
