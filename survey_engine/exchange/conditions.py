"""Rules of when a question is asked: every tool's notation, one tiny grammar.

Understood is what `Routing` can say: one other question has one of some answers.
Nothing is evaluated; anything else is None and becomes a named loss.
"""

from __future__ import annotations

import re

MAX_LENGTH = 2_000
_TOKEN = re.compile(
    r"""\s*(?:
      (?P<ref>\$\{\w+\}|\{\w+\}|\[\w+(?:\(\w+\))?\](?=\s*(?:=|anyof|contains)))
    | (?P<text>"[^"]*"|'[^']*')
    | (?P<or>\|\||\bor\b)
    | (?P<any>\banyof\b)
    | (?P<equal>===?|=|\beq\b|\bcontains\b)
    | (?P<word>-?\w+(?:\.\w+)*)
    | (?P<sign>[(),\[\]])
    )""",
    re.VERBOSE | re.IGNORECASE,
)
_CHOSEN = re.compile(r"\[(\w+)\((\w+)\)\]")
Token = tuple[str, str]


def condition_of(text: str) -> tuple[str, tuple[str, ...]] | None:
    """The question asked about and the answers that count, None if it says more.

    >>> condition_of("${COM1} = '1' or ${COM1} = '2'")
    ('COM1', ('1', '2'))
    >>> condition_of("${age} > 17") is None
    True
    """
    tokens = _tokens(text)
    if not tokens:
        return None
    reader = _Reader(tokens)
    found = reader.any_of()
    if found is None or reader.at < len(tokens) or len({name for name, _ in found}) != 1:
        return None
    return found[0][0], tuple(dict.fromkeys(value for _, value in found))


def _tokens(text: str) -> list[Token] | None:
    at, found = 0, []
    text = text.strip()
    if len(text) > MAX_LENGTH:
        return None
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None or match.end() == at:
            return None
        kind = match.lastgroup or ""
        found.append((kind, match.group(kind)))
        at = match.end()
    return found


class _Reader:
    """Descends over the tokens; depth is limited by the length of the text."""

    def __init__(self, tokens: list[Token]) -> None:
        self.tokens = tokens
        self.at = 0
        self.depth = 0

    def any_of(self) -> list[tuple[str, str]] | None:
        found: list[tuple[str, str]] = []
        while True:
            part = self.term()
            if part is None:
                return None
            found += part
            if self.peek()[0] != "or":
                return found
            self.at += 1

    def term(self) -> list[tuple[str, str]] | None:
        if self.take("sign", "("):
            self.depth += 1
            inside = self.any_of() if self.depth < 50 else None
            self.depth -= 1
            return inside if inside is not None and self.take("sign", ")") else None
        kind, word = self.peek()
        if (kind, word.lower()) == ("word", "selected"):
            return self.selected()
        if kind not in ("ref", "word"):
            return None
        self.at += 1
        chosen = _CHOSEN.fullmatch(word)
        if self.peek()[0] == "any":
            self.at += 1
            return self.listed(_name(word))
        if self.peek()[0] != "equal":
            return None
        self.at += 1
        value = self.value()
        if value is None:
            return None
        if chosen:  # [name(code)] = '1': this answer of a checkbox is ticked
            return [(chosen[1], chosen[2])] if value == "1" else None
        return [(_name(word), value)]

    def selected(self) -> list[tuple[str, str]] | None:
        self.at += 1
        if not self.take("sign", "("):
            return None
        kind, word = self.peek()
        self.at += 1
        if kind != "ref" or not self.take("sign", ","):
            return None
        value = self.value()
        return [(_name(word), value)] if value is not None and self.take("sign", ")") else None

    def listed(self, name: str) -> list[tuple[str, str]] | None:
        if not self.take("sign", "["):
            return None
        found: list[tuple[str, str]] = []
        while (value := self.value()) is not None:
            found.append((name, value))
            self.take("sign", ",")
        return found if found and self.take("sign", "]") else None

    def value(self) -> str | None:
        kind, word = self.peek()
        if kind not in ("text", "word"):
            return None
        self.at += 1
        return word.strip("\"'")

    def peek(self) -> Token:
        return self.tokens[self.at] if self.at < len(self.tokens) else ("", "")

    def take(self, kind: str, word: str) -> bool:
        if self.peek() != (kind, word):
            return False
        self.at += 1
        return True


def _name(word: str) -> str:
    bare = word.strip("${}[]")
    return re.sub(r"\.(?:NAOK|value|code)$", "", bare)
