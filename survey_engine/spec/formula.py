"""One statement of model text into its terms."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from survey_engine.spec.expression import expression_of
from survey_engine.spec.model import Operator
from survey_engine.spec.modifiers import Cursor, Modifier, modifier_ahead, take_modifier
from survey_engine.spec.tokens import END, NAME, NUMBER, OPERATOR, Token, number_value

FORMULA_OPERATORS: tuple[Operator, ...] = ("=~", "<~", "~", "~~", "|")
EXPRESSION_OPERATORS: tuple[Operator, ...] = (":=", "==", "<", ">")
_BLOCKS = frozenset({"group", "level", "block", "class"})
MAX_TERMS = 200_000
_Right = tuple[Operator, str, tuple[Modifier, ...], Token]


class Term(NamedTuple):
    """One term of a formula, before terms of the same parameter are put together."""

    lhs: str
    op: Operator
    rhs: str
    place: Token
    modifiers: tuple[Modifier, ...] = ()


def terms_of(tokens: list[Token], *, file: str) -> Iterator[Term]:
    """The terms of one statement, left side by left side.

    Raises
    ------
    AuthoringError
        With line, column and the token that does not fit.
    """
    cursor = Cursor(tokens, file)
    place = _operator_index(cursor)
    operator = tokens[place]
    if operator.text in EXPRESSION_OPERATORS:
        yield _defined(cursor, place)
        return
    left = _left_side(cursor, place)
    cursor.index = place + 1
    right = list(_right_side(cursor, operator))
    if len(left) * len(right) > MAX_TERMS:
        cursor.refuse("MODEL_TEXT_TOO_MANY_TERMS", operator, limit=MAX_TERMS)
    for lhs in left:
        for op, rhs, modifiers, token in right:
            yield Term(lhs.text, op, rhs, token, modifiers)


def _operator_index(cursor: Cursor) -> int:
    """Where the operator stands that makes this statement what it is."""
    known = (*FORMULA_OPERATORS, *EXPRESSION_OPERATORS)
    for index, token in enumerate(cursor.tokens):
        if token.kind == OPERATOR and token.text in known:
            return index
    first = cursor.tokens[0]
    if first.text in _BLOCKS and cursor.at(":", 1):
        cursor.refuse("MODEL_TEXT_BLOCK", first)
    return cursor.refuse("MODEL_TEXT_NO_OPERATOR", first, allowed=list(known))


def _defined(cursor: Cursor, place: int) -> Term:
    operator = cursor.tokens[place]
    left, right = cursor.tokens[:place], cursor.tokens[place + 1 : -3]
    end = cursor.tokens[-1]
    lhs = expression_of(left, end=operator, file=cursor.file)
    if operator.text == ":=" and not (len(left) == 1 and left[0].kind == NAME):
        cursor.refuse("MODEL_TEXT_NAME", left[0])
    rhs = expression_of(right, end=end, file=cursor.file)
    return Term(lhs.text, _operator(operator), rhs.text, left[0])


def _operator(token: Token) -> Operator:
    for known in (*FORMULA_OPERATORS, *EXPRESSION_OPERATORS):
        if token.text == known:
            return known
    raise ValueError(token.text)


def _left_side(cursor: Cursor, place: int) -> list[Token]:
    if place == 0:
        cursor.refuse("MODEL_TEXT_NAME", cursor.tokens[0])
    found = [_variable(cursor)]
    while cursor.index < place:
        cursor.expect("+")
        found.append(_variable(cursor))
    if cursor.index > place:
        cursor.refuse("MODEL_TEXT_UNEXPECTED", cursor.tokens[place])
    measured = cursor.tokens[place].text in ("=~", "<~", "|")
    if measured and any(":" in token.text for token in found):
        cursor.refuse("MODEL_TEXT_NAME", found[0])
    return found


def _right_side(cursor: Cursor, operator: Token) -> Iterator[_Right]:
    op = _operator(operator)
    while True:
        start, following = cursor.tokens[cursor.index], cursor.tokens[cursor.index + 1]
        if start.kind == NAME and (following.text == "+" or following.kind == END):
            cursor.index += 1  # the common case, a bare name, without further questions
            yield op, start.text, (), start
        else:
            yield _modified(cursor, op, start)
            following = cursor.peek()
        if following.kind == END:
            return
        cursor.expect("+")


def _modified(cursor: Cursor, op: Operator, start: Token) -> _Right:
    modifiers: list[Modifier] = []
    while modifier_ahead(cursor):
        modifiers.append(take_modifier(cursor))
    if cursor.peek().kind == NUMBER and op == "~":
        return _intercept(cursor, modifiers, start)
    return op, _variable(cursor).text, tuple(modifiers), start


def _intercept(cursor: Cursor, modifiers: list[Modifier], start: Token) -> _Right:
    """``y ~ 1``, ``y ~ a*1``; ``y ~ 0`` fixes the intercept to zero."""
    value = number_value(cursor.peek().text)
    if value not in (0.0, 1.0) or (value == 0.0 and modifiers):
        cursor.refuse("MODEL_TEXT_NAME")
    cursor.index += 1
    if value == 0.0:
        return "~1", "", (Modifier(fixed=(0.0,)),), start
    return "~1", "", tuple(modifiers), start


def _variable(cursor: Cursor) -> Token:
    """A name, or ``A:B`` as one name."""
    token = cursor.peek()
    if token.kind != NAME:
        cursor.refuse("MODEL_TEXT_NAME")
    cursor.index += 1
    if not cursor.at(":"):
        return token
    cursor.index += 1
    second = cursor.peek()
    if second.kind != NAME:
        cursor.refuse("MODEL_TEXT_NAME")
    cursor.index += 1
    if cursor.at(":"):
        cursor.refuse("MODEL_TEXT_UNEXPECTED", expected="+")
    return Token(NAME, f"{token.text}:{second.text}", token.line, token.column)
