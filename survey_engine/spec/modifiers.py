"""Modifiers of a term, such as ``0.8*``, ``NA*``, ``start(.5)*``, ``a*``, ``c(a, b)*``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NoReturn

from survey_engine.errors import AuthoringError, Where, diagnostic
from survey_engine.spec.tokens import (
    END,
    EXCERPT,
    NAME,
    NUMBER,
    OPERATOR,
    STRING,
    Token,
    is_name,
    number_value,
)

FUNCTIONS = ("c", "start", "equal", "label")
_FREE = "NA"


@dataclass(frozen=True, kw_only=True)
class Modifier:
    """One modifier: exactly one of the fields is filled."""

    fixed: tuple[float | None, ...] = ()
    start: tuple[float, ...] = ()
    label: tuple[str, ...] = ()
    equal: str | None = None


class Cursor:
    """Walks the tokens of one statement, forward only."""

    def __init__(self, tokens: list[Token], file: str) -> None:
        last = tokens[-1]
        end = Token(END, "", last.line, last.column + len(last.text))
        # nobody steps over an END, so three of them answer every look ahead
        self.tokens = [*tokens, end, end, end]
        self.file = file
        self.index = 0

    def peek(self, ahead: int = 0) -> Token:
        """The token `ahead` (at most 2) of the current one; END behind the last."""
        return self.tokens[self.index + ahead]

    def take(self) -> Token:
        """The current token; the cursor moves on."""
        token = self.peek()
        self.index += 1
        return token

    def at(self, text: str, ahead: int = 0) -> bool:
        """Whether an operator `text` stands there."""
        token = self.peek(ahead)
        return token.kind == OPERATOR and token.text == text

    def expect(self, text: str, code: str = "MODEL_TEXT_UNEXPECTED") -> None:
        """Step over the operator `text`, or refuse what stands there."""
        if not self.at(text):
            self.refuse(code, expected=text)
        self.index += 1

    def refuse(self, code: str, token: Token | None = None, **parameters: Any) -> NoReturn:
        """Raise `code` at `token` (the current one if None)."""
        place = self.peek() if token is None else token
        found = place.text[:EXCERPT] if place.kind != END else "…"
        raise AuthoringError(
            diagnostic(
                code,
                where=Where(file=self.file, line=place.line, column=place.column),
                found=found,
                **parameters,
            )
        )


def modifier_ahead(cursor: Cursor) -> bool:
    """Whether the next tokens are a modifier rather than a variable or an intercept."""
    token = cursor.peek()
    if token.kind == STRING or cursor.at("-"):
        return True
    if token.kind == NUMBER:
        return cursor.at("*", 1) or cursor.at("?", 1)
    return token.kind == NAME and (cursor.at("*", 1) or cursor.at("(", 1))


def take_modifier(cursor: Cursor) -> Modifier:
    """Read one modifier and the ``*`` (or ``?`` of a starting value) behind it."""
    if cursor.peek().kind == NAME and cursor.at("(", 1):
        modifier = _call(cursor)
    else:
        modifier = _values(cursor, [_value(cursor)])
        if cursor.at("?"):
            cursor.index += 1
            return _started(cursor, modifier)
    cursor.expect("*", "MODEL_TEXT_MODIFIER")
    return modifier


def _call(cursor: Cursor) -> Modifier:
    name = cursor.peek()
    if name.text not in FUNCTIONS:
        cursor.refuse("MODEL_TEXT_FUNCTION", allowed=[f"{known}()" for known in FUNCTIONS])
    if name.text == "c":
        return _values(cursor, _list(cursor))
    cursor.index += 1
    nested = cursor.at("(") and cursor.peek(1).text == "c" and cursor.at("(", 2)
    if nested:
        cursor.index += 1
        inside = _list(cursor)
        cursor.expect(")")
    else:
        cursor.index -= 1
        inside = _list(cursor)
    return _meaning(cursor, name, inside)


def _meaning(cursor: Cursor, name: Token, inside: list[Token | float]) -> Modifier:
    if name.text == "start":
        return _started(cursor, _values(cursor, inside), name)
    if any(isinstance(value, float) for value in inside):
        cursor.refuse("MODEL_TEXT_MODIFIER", name)
    words = [value for value in inside if not isinstance(value, float)]
    if name.text == "equal":
        if len(words) != 1 or words[0].kind != STRING:
            cursor.refuse("MODEL_TEXT_MODIFIER", name)
        return Modifier(equal=words[0].text)
    return Modifier(label=tuple(_label(cursor, word) for word in words))


def _list(cursor: Cursor) -> list[Token | float]:
    """The values of ``name(value, value, ...)``."""
    cursor.index += 1
    cursor.expect("(")
    found = [_value(cursor)]
    while cursor.at(","):
        cursor.index += 1
        found.append(_value(cursor))
    cursor.expect(")")
    return found


def _value(cursor: Cursor) -> Token | float:
    sign = -1.0 if cursor.at("-") else 1.0
    if cursor.at("-") or cursor.at("+"):
        cursor.index += 1
    elif cursor.peek().kind in (NAME, STRING) and not cursor.at("(", 1):
        return cursor.take()
    elif cursor.peek().kind == NAME:
        cursor.refuse("MODEL_TEXT_FUNCTION", allowed=[f"{known}()" for known in FUNCTIONS])
    token = cursor.peek()
    value = number_value(token.text) if token.kind == NUMBER else None
    if value is None:
        cursor.refuse("MODEL_TEXT_MODIFIER")
    cursor.index += 1
    return sign * value


def _values(cursor: Cursor, values: list[Token | float]) -> Modifier:
    """Numbers and NA fix or free; names are labels; the two are not mixed."""
    numeric = [isinstance(value, float) or _is_free(value) for value in values]
    if all(numeric):
        return Modifier(
            fixed=tuple(value if isinstance(value, float) else None for value in values)
        )
    words = [value for value in values if not isinstance(value, float)]
    if any(numeric):
        cursor.refuse("MODEL_TEXT_MODIFIER", words[0])
    return Modifier(label=tuple(_label(cursor, word) for word in words))


def _is_free(value: Token | float) -> bool:
    return not isinstance(value, float) and value.kind == NAME and value.text == _FREE


def _label(cursor: Cursor, word: Token) -> str:
    if not is_name(word.text) or word.text == _FREE:
        cursor.refuse("MODEL_TEXT_MODIFIER", word)
    return word.text


def _started(cursor: Cursor, modifier: Modifier, name: Token | None = None) -> Modifier:
    numbers = tuple(value for value in modifier.fixed if value is not None)
    if not numbers or len(numbers) != len(modifier.fixed):
        cursor.refuse("MODEL_TEXT_MODIFIER", name)
    return Modifier(start=numbers)
