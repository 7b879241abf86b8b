"""The parser of the command line: its own words, and refusals that say what to write."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable, Sequence
from difflib import get_close_matches
from typing import Any, NoReturn, TypeVar

from survey_engine.cli.words import CommandWords
from survey_engine.errors import CODES, Diagnostic, UsageProblem

PROGRAM = "survey-engine"
Value = TypeVar("Value")


def refuse(code: str, **parameters: object) -> NoReturn:
    """Raise the `UsageProblem` of a code."""
    found = Diagnostic(code=code, severity=CODES[code], parameters=parameters)
    raise UsageProblem(found)


def closest(wanted: str, known: Iterable[str]) -> str:
    """The known word most like the one written."""
    return (get_close_matches(wanted, list(known), n=1, cutoff=0.0) or ["–"])[0]


class CommandParser(argparse.ArgumentParser):
    """An `ArgumentParser` that speaks the reader's language and raises `UsageProblem`."""

    words: CommandWords

    def __init__(self, *, words: CommandWords, **options: Any) -> None:
        self.words = words
        super().__init__(
            add_help=False,
            allow_abbrev=False,
            formatter_class=argparse.RawDescriptionHelpFormatter,
            **options,
        )
        self._positionals.title = words.say("arguments_title")
        self._optionals.title = words.say("options_title")
        self.add_argument("-h", "--help", action="help", help=words.say("help"))

    def format_usage(self) -> str:
        """Usage under the reader's own word for it."""
        return self._own_usage(super().format_usage())

    def format_help(self) -> str:
        """Help under the reader's own word for usage."""
        return self._own_usage(super().format_help())

    def _own_usage(self, text: str) -> str:
        return text.replace("usage: ", self.words.say("usage"), 1)

    def _shortest(self) -> str:
        """The command with what it cannot do without."""
        words = [self.prog]
        for action in self._actions:
            if not action.required:
                continue
            value = str(action.metavar or action.dest.upper())
            words.append(" ".join([*action.option_strings[:1], value]))
        return " ".join(words)

    def error(self, message: str) -> NoReturn:
        """Say what is missing instead of printing argparse's English and leaving."""
        command = self.prog.removeprefix(PROGRAM).strip()
        if "arguments are required" in message:
            names = message.rpartition(": ")[2]
            refuse("USAGE_MISSING_ARGUMENT", names=names, usage=self._shortest())
        name = message.removeprefix("argument ").partition(":")[0]
        refuse("USAGE_MISSING_VALUE", name=name, command=command)


def refuse_leftovers(parser: argparse.ArgumentParser, leftovers: Sequence[str]) -> None:
    """Refuse what no option or argument took.

    Raises
    ------
    UsageProblem
        ``USAGE_OPTION_NOT_YET`` for planned options, else ``USAGE_UNKNOWN_OPTION``.
    """
    if not leftovers:
        return
    known = sorted(
        name
        for action in parser._actions  # noqa: SLF001  (argparse has no public list)
        for name in action.option_strings
        if name.startswith("--")
    )
    name = next((word for word in leftovers if word.startswith("-")), leftovers[0])
    name = name.partition("=")[0]
    command = parser.prog.removeprefix(PROGRAM).strip()
    refuse("USAGE_UNKNOWN_OPTION", name=name, suggestion=closest(name, known), command=command)


def value(
    name: str, expected: str, read: Callable[[str], Value | None]
) -> Callable[[str], Value]:
    """An argparse type: `read` gives None for text it does not understand."""

    def convert(text: str) -> Value:
        try:
            result = read(text)
        except ValueError:
            result = None
        if result is None:
            refuse("USAGE_BAD_VALUE", name=name, found=text, expected=expected)
        return result

    return convert


def choice(
    name: str, words: CommandWords, choices: Sequence[str], *, planned: Sequence[str] = ()
) -> Callable[[str], str]:
    """An argparse type for one of a closed list; planned values are refused by name."""

    def convert(text: str) -> str:
        if text in planned:
            refuse("USAGE_OPTION_NOT_YET", name=f"{name} {text}", known=choices)
        if text not in choices:
            expected = words.say("expected.choice", choices=", ".join(choices))
            refuse("USAGE_BAD_VALUE", name=name, found=text, expected=expected)
        return text

    return convert


def whole(name: str, words: CommandWords, minimum: int) -> Callable[[str], int]:
    """An argparse type for whole numbers from `minimum`."""

    def read(text: str) -> int | None:
        number = int(text)
        return number if number >= minimum else None

    return value(name, words.say("expected.whole", minimum=minimum), read)
