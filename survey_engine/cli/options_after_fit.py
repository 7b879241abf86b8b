"""Options about a fitted covariance-based model: fields of `StudySpec`."""

from __future__ import annotations

import argparse
from typing import Any

from survey_engine.cli.usage import CommandParser

FLAGS = ("modification-indices", "measurement-tests", "invariance")


def add_after_fit(parser: CommandParser) -> None:
    """`--modification-indices`, `--measurement-tests`, `--invariance`."""
    for name in FLAGS:
        parser.add_argument(
            f"--{name}",
            action="store_true",
            help=parser.words.say(f"options.{name.replace('-', '_')}"),
        )


def add_scores(parser: CommandParser) -> None:
    """`--scores`."""
    parser.add_argument("--scores", metavar="FILE", help=parser.words.say("options.scores"))


def after_fit_options(args: argparse.Namespace) -> dict[str, Any]:
    """Fields of `StudySpec` out of parsed arguments."""
    asked = {name.replace("-", "_"): getattr(args, name.replace("-", "_")) for name in FLAGS}
    return {**asked, "factor_scores": getattr(args, "scores", None) is not None}
