"""``survey-engine reconcile``: one model through every engine, and why they differ."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from survey_engine.cli.console import Console, exit_code
from survey_engine.cli.options import add_data, add_missing, add_model, choose
from survey_engine.cli.text_table import text_table
from survey_engine.cli.usage import CommandParser, value, whole

if TYPE_CHECKING:
    from survey_engine.workflows.reconcile import Reconciled

NAME = "reconcile"
ENGINES = ("pls", "plsc", "sum", "ml", "mlr", "fiml", "wlsmv", "semopy")
DECIMALS = {"paths": 3, "index": 1, "ranks": 0}


def add(parser: CommandParser) -> None:
    """The data, the model, and what all engines share."""
    words = parser.words
    add_data(parser)
    add_model(parser, required=True)
    parser.add_argument(
        "--engines",
        metavar="LIST",
        default=ENGINES,
        type=value("--engines", ", ".join(ENGINES), _engines),
        help=words.say("options.engines", choices=", ".join(ENGINES)),
    )
    choose(parser, "--metric", ("raw", "standardised"), None)
    choose(parser, "--scheme", ("path", "centroid", "factorial"), "path")
    choose(parser, "--likelihood", ("normal", "wishart"), "normal")
    add_missing(parser)
    parser.add_argument("--index", metavar="CONSTRUCT", help=words.say("options.index"))
    parser.add_argument(
        "--ordered",
        metavar="LIST",
        default=(),
        type=value("--ordered", words.say("expected.list"), _listed),
        help=words.say("options.ordered"),
    )
    for name, default, said in (("resamples", 0, "reconcile_resamples"), ("seed", 1, "seed")):
        parser.add_argument(
            f"--{name}",
            metavar="N",
            default=default,
            type=whole(f"--{name}", words, 0),
            help=words.say(f"options.{said}"),
        )


def run(args: argparse.Namespace, console: Console) -> int:
    """Print the table, how each engine went, and why they differ."""
    from survey_engine.cli.progress import ProgressLine
    from survey_engine.cli.requests import study_request
    from survey_engine.workflows.reconcile import reconcile_request

    request = study_request(
        args,
        metric=args.metric,
        scheme=args.scheme,
        likelihood=args.likelihood,
        missing=args.missing,
        index=args.index,
        ordered=args.ordered,
        weights=args.weights,
        group=args.group,
        resamples=args.resamples,
        seed=args.seed,
    )
    progress = ProgressLine(console=console)
    made = reconcile_request(request, engines=args.engines, progress=progress)
    progress.close()
    document = made.to_dict(lang=console.words.language)
    _print_table(document, console)
    _print_engines(document, console)
    _print_reasons(made, console)
    if console.json_target is not None:
        console.write_json(document)
    return exit_code(made.found.diagnostics)


def _print_table(document: dict[str, Any], console: Console) -> None:
    """Paths, index and ranks: a column an engine, those in doubt marked."""
    words = console.words
    fitted = [one for one in document["engines"] if one["status"] == "fitted"]
    names = [one["engine"] for one in fitted]
    marks = [
        words.say("reconcile.mark") if one["admissible"] != "yes" else "" for one in fitted
    ]
    head = [*words.head("reconcile.head"), *(n + m for n, m in zip(names, marks, strict=True))]
    rows = []
    for row in document["table"]:
        quantity = row["quantity"]
        ends: Sequence[str] = (row["from"], row["to"])
        if quantity != "paths":
            ends = (row["from"], words.say(f"reconcile.rows.{quantity}"))
        numbers = (_decimal(row["values"].get(name), DECIMALS[quantity]) for name in names)
        rows.append((*ends, *numbers))
    console.text(text_table(head, rows, right=range(2, len(head))))
    if any(marks):
        console.line("reconcile.marked")


def _print_engines(document: dict[str, Any], console: Console) -> None:
    words = console.words
    rows = []
    for one in document["engines"]:
        verdict = words.say(f"reconcile.statuses.{one['status']}")
        if one["status"] == "fitted":
            verdict = words.say(f"reconcile.admissible.{one['admissible']}")
        n = "–" if one["n"] is None else str(one["n"])
        numbers = (_decimal(one["chisq"], 2), _decimal(one["rmsea"], 4))
        remarks = ", ".join(dict.fromkeys(one["reasons"]))
        rows.append((one["engine"], n, one["metric"] or "–", verdict, *numbers, remarks))
    console.text("\n" + text_table(words.head("reconcile.status"), rows, right=(1, 4, 5)))


def _print_reasons(made: Reconciled, console: Console) -> None:
    lead, *differences = made.explain(lang=console.words.language)
    console.text("\n" + console.words.say("reconcile.why"))
    for sentence in differences:
        console.text(f"- {sentence}")
    console.text("\n" + lead)
    told = {reason for one in made.found.engines for reason in _codes(one.reasons)}
    console.diagnostics(one for one in made.found.diagnostics if one.code not in told)


def _codes(found: Sequence[Any]) -> list[str]:
    return [one.code for one in found]


def _decimal(number: float | None, digits: int) -> str:
    return "–" if number is None else f"{number:.{digits}f}"


def _engines(text: str) -> tuple[str, ...] | None:
    chosen = _listed(text)
    return chosen if chosen and set(chosen) <= set(ENGINES) else None


def _listed(text: str) -> tuple[str, ...] | None:
    parts = tuple(part.strip() for part in text.split(","))
    return parts if all(parts) else None
