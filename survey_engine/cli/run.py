"""From arguments to the exit code of a command."""

from __future__ import annotations

import argparse
import functools
from collections.abc import Sequence

from survey_engine.cli import (
    check,
    clean,
    compare,
    demo,
    doctor,
    explore,
    fit,
    instrument,
    model,
    plan,
    read,
    reconcile,
    report,
    score,
    scores,
    validate,
    weight,
)
from survey_engine.cli.boundary import guarded
from survey_engine.cli.console import Console
from survey_engine.cli.options import add_common
from survey_engine.cli.usage import (
    PROGRAM,
    CommandParser,
    closest,
    refuse,
    refuse_leftovers,
)
from survey_engine.cli.words import CommandWords, command_words
from survey_engine.workflows.resources import languages

COMMANDS = (
    demo,
    read,
    check,
    clean,
    weight,
    scores,
    explore,
    fit,
    compare,
    reconcile,
    report,
    score,
    instrument,
    model,
    plan,
    validate,
    doctor,
)
"""One module a command, in the order of the help: NAME, add(parser), run(args, console)."""


def run(argv: Sequence[str]) -> int:
    """Parse and run; every failure ends here as diagnostics and an exit code."""
    argv = _common_last(argv)
    language = _option(argv, "--lang") or "en"
    words = command_words(language if language in languages() else "en")
    console = Console(words=words, json_target=_option(argv, "--json"))
    try:
        return guarded(console, functools.partial(_run, argv, language, console))
    except SystemExit as leaving:  # argparse after --help and --version
        return int(leaving.code or 0)


def _run(argv: Sequence[str], language: str, console: Console) -> int:
    words = command_words(language)
    top, parsers = build_parser(words)
    if not argv or argv[0].startswith(("--lang", "--json")):
        top.print_help()
        return 0
    _refuse_unknown_command(argv, parsers)
    args, leftovers = top.parse_known_args(list(argv))
    if args.command is None:
        refuse(
            "USAGE_MISSING_ARGUMENT", names="COMMAND", usage=f"{PROGRAM} {'|'.join(parsers)}"
        )
    refuse_leftovers(parsers[args.command], leftovers)
    command = next(module for module in COMMANDS if args.command == module.NAME)
    return int(command.run(args, console))


def build_parser(words: CommandWords) -> tuple[CommandParser, dict[str, CommandParser]]:
    """The parser and, by name, the parsers of the commands."""
    top = CommandParser(
        words=words,
        prog=PROGRAM,
        description=words.say("description"),
        epilog=words.say("footer"),
    )
    top.add_argument("--version", action=_Version, nargs=0, help=words.say("version"))
    commands = top.add_subparsers(
        dest="command",
        title=words.say("commands_title"),
        metavar="COMMAND",
    )
    parsers: dict[str, CommandParser] = {}
    for module in COMMANDS:
        sentence = words.say(f"commands.{module.NAME}")
        parser = commands.add_parser(
            module.NAME, words=words, help=sentence, description=sentence
        )
        module.add(parser)
        add_common(parser)
        parsers[module.NAME] = parser
    return top, parsers


class _Version(argparse.Action):
    """Looks the version up only when asked: reading package metadata takes time."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from survey_engine.workflows.examine_machine import engine_version

        print(f"{PROGRAM} {engine_version()}")
        parser.exit()


def _refuse_unknown_command(argv: Sequence[str], known: dict[str, CommandParser]) -> None:
    first = argv[0]
    if not first.startswith("-") and first not in known:
        refuse("USAGE_UNKNOWN_COMMAND", name=first, suggestion=closest(first, known))


def _common_last(argv: Sequence[str]) -> list[str]:
    """`--lang` and `--json` may stand before the command too."""
    rest, moved = list(argv), list[str]()
    while rest and rest[0].partition("=")[0] in ("--lang", "--json"):
        count = 1 if "=" in rest[0] else 2
        moved += rest[:count]
        rest = rest[count:]
    return rest + moved


def _option(argv: Sequence[str], name: str) -> str | None:
    """An option's value before parsing: errors of parsing need language and JSON too."""
    for position, word in enumerate(argv):
        if word == name and position + 1 < len(argv):
            return argv[position + 1]
        if word.startswith(f"{name}="):
            return word.partition("=")[2]
    return None
