"""``survey-engine scores``: the scores a questionnaire declares by rule."""

from __future__ import annotations

import argparse
import dataclasses

from survey_engine.cli.console import Console, exit_code
from survey_engine.cli.options import add_data
from survey_engine.cli.text_table import text_table
from survey_engine.cli.usage import CommandParser

NAME = "scores"


def add(parser: CommandParser) -> None:
    """The export and how to read it."""
    add_data(parser, instrument_required=True)


def run(args: argparse.Namespace, console: Console) -> int:
    """Print each score with its interval and base."""
    from survey_engine.analysis.rule_scores import rule_scores
    from survey_engine.cli.requests import study_request
    from survey_engine.errors import Where, diagnostic
    from survey_engine.workflows.run_study import open_request

    request = study_request(args, weights=args.weights, group=args.group)
    data = open_request(request).data
    scores = rule_scores(data)
    labels = {} if data.instrument is None else {s.id: s.label for s in data.instrument.scores}
    found = list(data.diagnostics)
    if not scores:
        found.append(diagnostic("SCORE_NONE_DECLARED", instrument=args.instrument))
    found += [
        diagnostic("SCORE_ITEM_ABSENT", where=Where(items=one.missing), score=one.id)
        for one in scores
        if one.missing
    ]
    language = console.words.language
    rows = [
        (
            labels[one.id].get(language, one.id),
            _number(one.value),
            f"{_number(one.ci_lower)} – {_number(one.ci_upper)}",
            str(one.n),
        )
        for one in scores
    ]
    if rows:
        console.text(text_table(console.words.head("rule_scores.head"), rows, right=(1, 2, 3)))
    console.diagnostics(found)
    content = [{**dataclasses.asdict(one), "label": labels[one.id]} for one in scores]
    console.write_json({"scores": content, "diagnostics": console.describe(found)})
    return exit_code(found)


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.1f}".replace("-", "−")
