"""Write docs/cli.md from the parser: every command, every option.

Run ``make docs`` after changing one; a test compares the file with what this makes.
"""

from __future__ import annotations

from pathlib import Path

from survey_engine.cli.run import build_parser
from survey_engine.cli.usage import CommandParser
from survey_engine.cli.words import command_words

PAGE = Path(__file__).with_name("cli.md")
_HEADS = {"en": ("Option", "Meaning"), "zh": ("选项", "含义")}


def page() -> str:
    """The whole page, English first, then Chinese."""
    parts = [
        "# Command line",
        "Made by `make docs` from the program itself; do not edit. Human text goes to standard "
        "error, `--json FILE` (or `-`) holds the result for machines and is written on failure "
        "too. Exit codes: 0 done, 1 an error in the requested analysis, 2 the command was not "
        "understood. 中文见后半部分。",
    ]
    for language in ("en", "zh"):
        if language == "zh":
            parts.append("# 命令行")
        _, parsers = build_parser(command_words(language))
        for name, parser in parsers.items():
            parts += [f"## {name}", parser.description or "", _table(parser, language)]
    return "\n\n".join(parts) + "\n"


def _table(parser: CommandParser, language: str) -> str:
    head = _HEADS[language]
    lines = [f"| {head[0]} | {head[1]} |", "|---|---|"]
    for action in parser._actions:
        metavar = "" if action.metavar is None else str(action.metavar).replace("|", "\\|")
        names = ", ".join(f"`{name}`" for name in action.option_strings)
        shown = " ".join(part for part in (names, metavar) if part)
        lines.append(f"| {shown} | {str(action.help).replace('|', chr(92) + '|')} |")
    return "\n".join(lines)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
