"""``list`` and ``show`` of authored files: shared by instruments and models."""

from __future__ import annotations

import argparse

from survey_engine.cli.usage import PROGRAM, CommandParser, choice, refuse

ACTIONS = ("list", "show")


def add_presets(parser: CommandParser, actions: tuple[str, ...] = ACTIONS) -> None:
    """The action and the name it needs."""
    words = parser.words
    parser.add_argument(
        "action",
        metavar="|".join(actions),
        type=choice("|".join(actions), words, actions),
        help=words.say("arguments.action", choices=", ".join(actions)),
    )
    parser.add_argument("name", metavar="NAME", nargs="?", help=words.say("arguments.name"))


def preset_action(args: argparse.Namespace, command: str) -> str:
    """The action, once it is complete.

    Raises
    ------
    UsageProblem
        ``USAGE_MISSING_ARGUMENT`` for anything but ``list`` without a name.
    """
    if args.action != "list" and args.name is None:
        usage = f"{PROGRAM} {command} {args.action} NAME"
        refuse("USAGE_MISSING_ARGUMENT", names="NAME", usage=usage)
    return str(args.action)
