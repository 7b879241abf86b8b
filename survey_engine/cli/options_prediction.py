"""Options about prediction and groups: fields of `StudySpec` of the same names."""

from __future__ import annotations

import argparse
import re
from typing import Any

from survey_engine.cli.usage import CommandParser, choice, value, whole

ANTECEDENTS = ("direct", "earliest")
_FOLDS = re.compile(r"[1-9]\d*(x[1-9]\d*)?|loo")


def add_prediction(parser: CommandParser) -> None:
    """`--predict`, `--antecedents`, `--cvpat`, `--rival`, `--blindfold`, `--redundancy`;
    `--compare-groups`, `--permutations`.
    """
    words = parser.words
    parser.add_argument(
        "--predict",
        metavar="FOLDS[xTIMES]|loo",
        type=value("--predict", words.say("expected.folds"), _folds),
        help=words.say("options.predict"),
    )
    parser.add_argument(
        "--antecedents",
        metavar="|".join(ANTECEDENTS),
        default=ANTECEDENTS[0],
        type=choice("--antecedents", words, ANTECEDENTS),
        help=words.say("options.antecedents", choices=", ".join(ANTECEDENTS)),
    )
    parser.add_argument("--cvpat", action="store_true", help=words.say("options.cvpat"))
    parser.add_argument("--rival", metavar="MODEL", help=words.say("options.rival"))
    parser.add_argument(
        "--blindfold",
        metavar="D",
        type=whole("--blindfold", words, 2),
        help=words.say("options.blindfold"),
    )
    parser.add_argument(
        "--redundancy",
        metavar="CONSTRUCT=ITEM",
        action="append",
        default=[],
        type=value("--redundancy", words.say("expected.redundancy"), _pair),
        help=words.say("options.redundancy"),
    )
    parser.add_argument(
        "--compare-groups", action="store_true", help=words.say("options.compare_groups")
    )
    parser.add_argument(
        "--permutations",
        metavar="N",
        default=1_000,
        type=whole("--permutations", words, 1),
        help=words.say("options.permutations"),
    )


def prediction_options(args: argparse.Namespace) -> dict[str, Any]:
    """Fields of `StudySpec` out of parsed arguments; a rival model is read."""
    rival = None
    if args.rival is not None:
        from survey_engine.workflows.run_study import load_identified

        rival = load_identified(args.rival)
    return {
        "predict": args.predict,
        "antecedents": args.antecedents,
        "cvpat": args.cvpat,
        "rival": rival,
        "blindfold": args.blindfold,
        "redundancy": dict(args.redundancy),
        "compare_groups": args.compare_groups,
        "permutations": args.permutations,
    }


def _folds(text: str) -> str | None:
    return text if _FOLDS.fullmatch(text) else None


def _pair(text: str) -> tuple[str, str] | None:
    construct, equals, item = text.partition("=")
    return (construct, item) if construct and equals and item else None
