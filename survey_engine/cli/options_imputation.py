"""Options of `--missing mi`: fields of `StudySpec` of the same names."""

from __future__ import annotations

import argparse
from typing import Any

from survey_engine.cli.usage import CommandParser, choice, whole

METHODS = ("pmm", "normal")
IMPUTATIONS = 20


def add_imputation(parser: CommandParser) -> None:
    """`--imputations`, `--imputation`."""
    words = parser.words
    parser.add_argument(
        "--imputations",
        metavar="N",
        default=IMPUTATIONS,
        type=whole("--imputations", words, 2),
        help=words.say("options.imputations"),
    )
    parser.add_argument(
        "--imputation",
        metavar="|".join(METHODS),
        default=METHODS[0],
        type=choice("--imputation", words, METHODS),
        help=words.say("options.imputation", choices=", ".join(METHODS)),
    )


def imputation_options(args: argparse.Namespace) -> dict[str, Any]:
    """Fields of `StudySpec` out of parsed arguments."""
    return {"imputations": args.imputations, "imputation": args.imputation}
