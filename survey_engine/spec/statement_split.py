"""Tokens into statements: where a line ends and where it goes on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from survey_engine.spec.tokens import END, NEWLINE, OPERATOR, Token

_OPENS = frozenset({"("})
_CLOSES = frozenset({")"})


def split_statements(tokens: Iterable[Token]) -> Iterator[list[Token]]:
    """Yield the tokens of each statement, without line breaks.

    A line goes on when it ends with an operator, when the next one begins with an
    operator, or inside parentheses. A ``;`` always ends a statement.
    """
    current: list[Token] = []
    depth = 0
    pending = False
    for token in tokens:
        if token.kind == NEWLINE and token.text != ";":
            pending = True
            continue
        if token.kind in (NEWLINE, END) or (
            pending and not depth and current and not _goes_on(current[-1], token)
        ):
            if current:
                yield current
            current, depth = [], 0
        pending = False
        if token.kind not in (NEWLINE, END):
            current.append(token)
            depth = _depth(depth, token)


def _depth(depth: int, token: Token) -> int:
    if token.kind != OPERATOR:
        return depth
    if token.text in _OPENS:
        return depth + 1
    return max(depth - 1, 0) if token.text in _CLOSES else depth


def _goes_on(last: Token, following: Token) -> bool:
    ends_open = last.kind == OPERATOR and last.text not in _CLOSES
    begins_open = following.kind == OPERATOR and following.text not in _OPENS
    return ends_open or begins_open
