"""Options about robustness: fields of `StudySpec` of the same names."""

from __future__ import annotations

import argparse
from typing import Any

from survey_engine.cli.usage import CommandParser, choice, value, whole

SEGMENTATION = ("fimix", "pos", "rebus", "sem")
"""Ways to look for hidden classes; the first is the default."""
CLASS_SPECIFIC = ("structure", "all")
"""What differs between the classes of a latent-class SEM; the first is the default."""


def add_robustness(parser: CommandParser) -> None:
    """Every option of the checks, from `--robustness` to `--desired-level`."""
    words = parser.words
    parser.add_argument(
        "--robustness", action="store_true", help=words.say("options.robustness")
    )
    parser.add_argument(
        "--segments",
        metavar="N",
        default=4,
        type=whole("--segments", words, 1),
        help=words.say("options.segments"),
    )
    parser.add_argument(
        "--segmentation",
        metavar="|".join(SEGMENTATION),
        default=SEGMENTATION[0],
        type=choice("--segmentation", words, SEGMENTATION),
        help=words.say("options.segmentation", choices=", ".join(SEGMENTATION)),
    )
    parser.add_argument(
        "--class-specific",
        metavar="|".join(CLASS_SPECIFIC),
        default=CLASS_SPECIFIC[0],
        type=choice("--class-specific", words, CLASS_SPECIFIC),
        help=words.say("options.class_specific", choices=", ".join(CLASS_SPECIFIC)),
    )
    parser.add_argument(
        "--controls",
        metavar="COLUMNS",
        default=(),
        type=value("--controls", words.say("expected.columns"), _columns),
        help=words.say("options.controls"),
    )
    parser.add_argument("--marker", metavar="COLUMN", help=words.say("options.marker"))
    parser.add_argument(
        "--instruments",
        metavar="CONSTRUCT=COLUMNS",
        action="append",
        default=[],
        type=value("--instruments", words.say("expected.instruments"), _instruments),
        help=words.say("options.instruments"),
    )
    parser.add_argument(
        "--desired-level",
        metavar="POINTS",
        default=80.0,
        type=value("--desired-level", words.say("expected.points"), _points),
        help=words.say("options.desired_level"),
    )


def robustness_options(args: argparse.Namespace) -> dict[str, Any]:
    """Fields of `StudySpec` out of parsed arguments."""
    return {
        "robustness": args.robustness,
        "segments": args.segments,
        "segmentation": args.segmentation,
        "class_specific": args.class_specific,
        "controls": args.controls,
        "marker": args.marker,
        "instruments": dict(args.instruments),
        "desired_level": args.desired_level,
    }


def _columns(text: str) -> tuple[str, ...] | None:
    names = tuple(name.strip() for name in text.split(",") if name.strip())
    return names or None


def _instruments(text: str) -> tuple[str, tuple[str, ...]] | None:
    construct, _, columns = text.partition("=")
    names = _columns(columns)
    return (construct, names) if construct and names else None


def _points(text: str) -> float | None:
    points = float(text)
    return points if 0.0 < points <= 100.0 else None
