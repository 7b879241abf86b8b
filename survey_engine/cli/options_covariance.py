"""Options of covariance-based models: fields of `StudySpec` of the same names."""

from __future__ import annotations

import argparse
from typing import Any

from survey_engine.cli.usage import CommandParser, choice, value

FLAGS = ("meanstructure", "std-lv", "orthogonal", "bounds")
CHOICES = {
    "fixed-x": (("yes", "no"), "yes"),
    "kind": (("sem", "cfa", "growth"), "sem"),
    "information": (("expected", "observed"), None),
    "likelihood": (("normal", "wishart"), "normal"),
    "parameterization": (("delta", "theta"), "delta"),
}
LISTS = ("group-equal", "group-partial")


def add_covariance(parser: CommandParser) -> None:
    """`--meanstructure`, `--std-lv`, `--orthogonal`, `--bounds`; `--fixed-x`, `--kind`,
    `--information`, `--likelihood`; `--group-equal`, `--group-partial`,
    `--ordered`; `--parameterization`.
    """
    words = parser.words
    for name in FLAGS:
        said = words.say(f"options.{name.replace('-', '_')}")
        parser.add_argument(f"--{name}", action="store_true", help=said)
    for name, (choices, default) in CHOICES.items():
        parser.add_argument(
            f"--{name}",
            metavar="|".join(choices),
            default=default,
            type=choice(f"--{name}", words, choices),
            help=words.say(f"options.{name.replace('-', '_')}", choices=", ".join(choices)),
        )
    for name in LISTS:
        _add_list(parser, name)
    add_ordered(parser)


def add_ordered(parser: CommandParser) -> None:
    """`--ordered`."""
    _add_list(parser, "ordered")


def _add_list(parser: CommandParser, name: str) -> None:
    words = parser.words
    parser.add_argument(
        f"--{name}",
        metavar="LIST",
        default=(),
        type=value(f"--{name}", words.say("expected.list"), _listed),
        help=words.say(f"options.{name.replace('-', '_')}"),
    )


def covariance_options(args: argparse.Namespace) -> dict[str, Any]:
    """Fields of `StudySpec` out of parsed arguments."""
    return {
        "meanstructure": True if args.meanstructure else None,
        "std_lv": args.std_lv,
        "orthogonal": args.orthogonal,
        "bounds": args.bounds,
        "fixed_x": args.fixed_x == "yes",
        "kind": args.kind,
        "information": args.information,
        "likelihood": args.likelihood,
        "group_equal": args.group_equal,
        "group_partial": args.group_partial,
        "ordered": args.ordered,
        "parameterization": args.parameterization,
    }


def _listed(text: str) -> tuple[str, ...] | None:
    parts = tuple(part.strip() for part in text.split(","))
    return parts if all(parts) else None
