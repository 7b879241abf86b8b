"""Expressions of ``:=``, ``==``, ``<``, ``>``: a small grammar, never evaluated as code.

Numbers, names, ``+ - * / ^``, parentheses, and the functions exp, log, sqrt, abs.
Operator precedence is parsed with an explicit stack (Dijkstra's shunting yard), so depth
cannot exhaust the call stack.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NoReturn

from survey_engine.errors import AuthoringError, Where, diagnostic
from survey_engine.spec.tokens import EXCERPT, NAME, NUMBER, OPERATOR, Token, tokenize

FUNCTIONS = ("abs", "exp", "log", "sqrt")
_PRECEDENCE = {"+": 1, "-": 1, "*": 2, "/": 2, "neg": 3, "^": 4}
_RIGHT = frozenset({"neg", "^"})


@dataclass(frozen=True, kw_only=True)
class Expression:
    """A checked expression.

    Attributes
    ----------
    text : str
        Canonical text: the author's brackets, our spacing.
    postfix : tuple[str, ...]
        Reverse Polish: numbers, names, ``+ - * / ^``, ``neg`` and function names
        followed by ``()``, such as ``exp()``.
    names : tuple[str, ...]
        Labels and defined parameters it refers to, each once, in order.
    """

    text: str
    postfix: tuple[str, ...]
    names: tuple[str, ...]


def parse_expression(text: str, *, file: str = "") -> Expression:
    """Check an expression given as text (the `rhs` of a defined parameter).

    Raises
    ------
    AuthoringError
        MODEL_TEXT_EXPRESSION or MODEL_TEXT_FUNCTION, with line and column.

    Examples
    --------
    >>> parse_expression("(b1+a2*b2)*c1").postfix
    ('b1', 'a2', 'b2', '*', '+', 'c1', '*')
    """
    tokens = tokenize(text, file=file)
    return expression_of(tokens[:-1], end=tokens[-1], file=file)


def expression_of(tokens: Sequence[Token], *, end: Token, file: str) -> Expression:
    """Check the tokens of an expression; `end` is the place to name if it stops short."""
    return _Yard(file=file).run(tokens, end)


@dataclass(kw_only=True)
class _Yard:
    file: str
    written: list[str] = field(default_factory=list)
    output: list[str] = field(default_factory=list)
    stack: list[str] = field(default_factory=list)
    names: dict[str, None] = field(default_factory=dict)
    operand_next: bool = True

    def run(self, tokens: Sequence[Token], end: Token) -> Expression:
        for token, following in _pairs(tokens):
            if token.kind in (NAME, NUMBER):
                self._operand(token, following)
            elif token.kind != OPERATOR:
                self._refuse(token)
            elif token.text == "(":
                self._open(token)
            elif token.text == ")":
                self._close(token)
            elif self.operand_next:
                self._sign(token)
            else:
                self._binary(token)
        if self.operand_next or "(" in self.stack:
            self._refuse(end)
        self.output.extend(reversed(self.stack))
        return Expression(
            text="".join(self.written), postfix=tuple(self.output), names=tuple(self.names)
        )

    def _operand(self, token: Token, following: Token | None) -> None:
        if not self.operand_next:
            self._refuse(token)
        self.written.append(token.text)
        if token.kind == NAME and following is not None and following.text == "(":
            if token.text not in FUNCTIONS:
                self._refuse(
                    token, "MODEL_TEXT_FUNCTION", allowed=[f"{f}()" for f in FUNCTIONS]
                )
            self.stack.append(f"{token.text}()")
            return
        self.operand_next = False
        self.output.append(token.text)
        if token.kind == NAME:
            self.names.setdefault(token.text)

    def _open(self, token: Token) -> None:
        if not self.operand_next:
            self._refuse(token)
        self.stack.append("(")
        self.written.append("(")

    def _close(self, token: Token) -> None:
        if self.operand_next:
            self._refuse(token)
        while self.stack and self.stack[-1] != "(":
            self.output.append(self.stack.pop())
        if not self.stack:
            self._refuse(token)
        self.stack.pop()
        if self.stack and self.stack[-1].endswith("()"):
            self.output.append(self.stack.pop())
        self.written.append(")")

    def _sign(self, token: Token) -> None:
        if token.text not in ("+", "-"):
            self._refuse(token)
        self.written.append(token.text)
        if token.text == "-":
            self.stack.append("neg")

    def _binary(self, token: Token) -> None:
        if token.text not in _PRECEDENCE:
            self._refuse(token)
        mine = _PRECEDENCE[token.text]
        while self.stack and self.stack[-1] in _PRECEDENCE:
            other = _PRECEDENCE[self.stack[-1]]
            if other < mine or (other == mine and token.text in _RIGHT):
                break
            self.output.append(self.stack.pop())
        self.stack.append(token.text)
        self.written.append(f" {token.text} " if token.text in "+-" else token.text)
        self.operand_next = True

    def _refuse(
        self, token: Token, code: str = "MODEL_TEXT_EXPRESSION", **parameters: Any
    ) -> NoReturn:
        place = Where(file=self.file, line=token.line, column=token.column)
        found = token.text[:EXCERPT] if token.text.strip() else "…"
        raise AuthoringError(diagnostic(code, where=place, found=found, **parameters))


def _pairs(tokens: Sequence[Token]) -> Iterator[tuple[Token, Token | None]]:
    for number, token in enumerate(tokens):
        yield token, tokens[number + 1] if number + 1 < len(tokens) else None
