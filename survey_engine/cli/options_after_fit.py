"""Options about a fitted covariance-based model: fields of `StudySpec`."""

from __future__ import annotations

import argparse
from typing import Any

from survey_engine.cli.usage import CommandParser, value

FLAGS = ("modification-indices", "measurement-tests", "invariance", "dynamic-cutoffs")


def add_after_fit(parser: CommandParser) -> None:
    """`--modification-indices`, `--measurement-tests`, `--invariance`, `--cutoff`."""
    for name in FLAGS:
        parser.add_argument(
            f"--{name}",
            action="store_true",
            help=parser.words.say(f"options.{name.replace('-', '_')}"),
        )

    parser.add_argument(
        "--cutoff",
        metavar="LINE=GOOD[:FAIR]",
        action="append",
        default=[],
        type=value("--cutoff", parser.words.say("expected.cutoff"), _cutoff),
        help=parser.words.say("options.cutoff"),
    )


def _cutoff(text: str) -> tuple[str, tuple[float, float]] | None:
    name, _, limits = text.partition("=")
    good, colon, fair = limits.partition(":")
    pair = (float(good), float(fair if colon else good))
    return (name, pair) if name else None


def add_scores(parser: CommandParser) -> None:
    """`--scores`."""
    parser.add_argument("--scores", metavar="FILE", help=parser.words.say("options.scores"))


def after_fit_options(args: argparse.Namespace) -> dict[str, Any]:
    """Fields of `StudySpec` out of parsed arguments."""
    asked = {name.replace("-", "_"): getattr(args, name.replace("-", "_")) for name in FLAGS}
    scored = getattr(args, "scores", None) is not None
    return {**asked, "factor_scores": scored, "cutoffs": dict(args.cutoff)}
