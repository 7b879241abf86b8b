"""Model text into tokens, in one pass: every character is looked at a fixed number of times.

Written by hand on purpose. A regular expression over a whole line takes exponential time
on crafted text, and evaluating the text runs whatever a stranger wrote into it.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from typing import Any, NamedTuple, NoReturn

from survey_engine.errors import AuthoringError, Where, diagnostic

MAX_BYTES = 1_048_576
EXCERPT = 40

NAME, NUMBER, STRING, OPERATOR, NEWLINE, END = range(6)

_THREE_OR_LESS = frozenset(
    {"=~", "<~", "~~", ":=", "==", "~", "|", "<", ">", ":", "+", "-", "*", "/", "^"}
    | {"(", ")", ",", "?", "**"}
)
_REFUSED = frozenset({"=", "<=", ">="})
_OPERATOR_CHARACTERS = frozenset("=~<>:|+-*/^(),?")
_SPACE = frozenset(" \t\r\f\v\u00a0\u3000\ufeff")
_DIGITS = frozenset("0123456789")


class Token(NamedTuple):
    """A piece of model text; line and column from 1."""

    kind: int
    text: str
    line: int
    column: int


def tokenize(text: str, *, file: str, first_line: int = 1) -> list[Token]:
    """Split model text into tokens; the last one is END.

    A ``;`` and a line break both give NEWLINE. Comments (``#``, ``!``) give nothing.

    Raises
    ------
    AuthoringError
        On text above 1 MB, a character outside the language, an unclosed quotation
        mark, a malformed number, or an operator the language does not have.
    """
    return list(token_stream(text, file=file, first_line=first_line))


def token_stream(text: str, *, file: str, first_line: int = 1) -> Iterator[Token]:
    """As `tokenize`, one token at a time, so that a long text keeps few in memory."""
    return _Scanner(text, file, first_line).scan()


class _Scanner:
    def __init__(self, text: str, file: str, first_line: int) -> None:
        self.text = text
        self.file = file
        self.line = first_line
        self.line_start = 0
        self.position = 0

    def scan(self) -> Iterator[Token]:
        self._refuse_size()
        text, end = self.text, len(self.text)
        while self.position < end:
            character = text[self.position]
            if character in _SPACE:
                self.position += 1
            elif character == "\n":
                yield self._token(NEWLINE, "\n", 1)
                self.line += 1
                self.line_start = self.position
            elif character == ";":
                yield self._token(NEWLINE, ";", 1)
            elif character in "#!":
                self._comment()
            elif character in _DIGITS or (character == "." and self._starts_fraction()):
                yield self._number()
            elif is_name_character(character):
                yield self._name()
            elif character in "\"'":
                yield self._string(character)
            elif character in _OPERATOR_CHARACTERS:
                yield self._operator()
            else:
                self._refuse_character(character)
        yield self._token(END, "", 0)

    def _refuse_size(self) -> None:
        try:
            size = len(self.text.encode("utf-8"))
        except UnicodeEncodeError:
            self._refuse("TEXT_NOT_UNICODE", "")
        if size > MAX_BYTES:
            place = Where(file=self.file, line=self.line, column=1)
            raise AuthoringError(diagnostic("TEXT_TOO_LARGE", where=place, limit=MAX_BYTES))

    def _token(self, kind: int, text: str, length: int) -> Token:
        column = self.position - self.line_start + 1
        self.position += length
        return Token(kind, text, self.line, column)

    def _comment(self) -> None:
        end = self.text.find("\n", self.position)
        self.position = len(self.text) if end < 0 else end

    def _starts_fraction(self) -> bool:
        return self.text[self.position + 1 : self.position + 2] in _DIGITS

    def _name(self) -> Token:
        text, end, start = self.text, len(self.text), self.position
        stop = start + 1
        while stop < end:
            character = text[stop]
            # the common case first: this is the innermost loop of the program
            if not (character.isalnum() or character in "._" or is_name_character(character)):
                break
            stop += 1
        return self._token(NAME, text[start:stop], stop - start)

    def _number(self) -> Token:
        text, end, stop = self.text, len(self.text), self.position + 1
        while stop < end and (
            is_name_character(text[stop]) or (text[stop] in "+-" and self._in_exponent(stop))
        ):
            stop += 1
        word = text[self.position : stop]
        if number_value(word) is None:
            self._refuse("MODEL_TEXT_NUMBER", word)
        return self._token(NUMBER, word, stop - self.position)

    def _in_exponent(self, stop: int) -> bool:
        """Whether the sign at `stop` belongs to an exponent, as in ``1e-3``."""
        return (
            self.text[stop - 1] in "eE"
            and stop - 2 >= self.position
            and self.text[stop - 2] in "0123456789."
        )

    def _string(self, quote: str) -> Token:
        stop = self.position + 1
        while stop < len(self.text) and self.text[stop] not in (quote, "\n"):
            stop += 1
        inside = self.text[self.position + 1 : stop]
        if self.text[stop : stop + 1] != quote:
            self._refuse("MODEL_TEXT_STRING", quote + inside)
        return self._token(STRING, inside, stop + 1 - self.position)

    def _operator(self) -> Token:
        pair = self.text[self.position : self.position + 2]
        word = pair if pair in _THREE_OR_LESS or pair in _REFUSED else pair[0]
        if word in _REFUSED:
            self._refuse("MODEL_TEXT_OPERATOR", word)
        return self._token(OPERATOR, "^" if word == "**" else word, len(word))

    def _refuse_character(self, character: str) -> NoReturn:
        plain = unicodedata.normalize("NFKC", character)
        if len(plain) == 1 and (plain in _OPERATOR_CHARACTERS or plain in ";#!\"'"):
            self._refuse("MODEL_TEXT_FULLWIDTH", character, suggestion=plain)
        shown = character if character.isprintable() else f"U+{ord(character):04X}"
        self._refuse("MODEL_TEXT_CHARACTER", shown)

    def _refuse(self, code: str, found: str, **parameters: Any) -> NoReturn:
        place = Where(
            file=self.file, line=self.line, column=self.position - self.line_start + 1
        )
        raise AuthoringError(diagnostic(code, where=place, found=found[:EXCERPT], **parameters))


def is_name_character(character: str) -> bool:
    """Letters and digits of any script, their combining marks, ``_`` and ``.``."""
    return (
        character.isalnum()
        or character in "._"
        or (character > "\x7f" and unicodedata.category(character)[0] == "M")
    )


def is_name(word: str) -> bool:
    """Whether model text reads `word` as one name.

    >>> is_name("感知质量"), is_name("x.1"), is_name("1x"), is_name("a b"), is_name(".5")
    (True, True, False, False, False)
    """
    if not word or word[0] in _DIGITS or (word[0] == "." and word[1:2] in _DIGITS):
        return False
    return all(map(is_name_character, word))


def number_value(word: str) -> float | None:
    """The value of an unsigned number such as ``0.8``, ``.5`` or ``1e-3``, else None."""
    mantissa, mark, exponent = word.lower().partition("e")
    whole, _, fraction = mantissa.partition(".")
    digits = whole + fraction
    if not digits or not _DIGITS.issuperset(digits) or len(word) > 400:
        return None
    power = exponent[1:] if exponent[:1] in ("+", "-") else exponent
    if mark and not (power and _DIGITS.issuperset(power)):
        return None
    value = float(word)
    return value if value - value == 0.0 else None
