"""Values of ``:=`` and ``==`` expressions, with their gradient.

Expressions come checked and in postfix order from `spec.expression`; nothing is ever
evaluated as code. Every value carries its gradient with respect to the free parameters
(forward-mode differentiation), which is what the delta method needs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from survey_engine.numerics.moments import Array
from survey_engine.spec.expression import parse_expression


class UnknownName(ValueError):
    """An expression names something that is no label and no defined parameter."""


@dataclass(frozen=True)
class Dual:
    """A value with its gradient, shapes (...) and (..., q)."""

    value: Array
    gradient: Array


def _add(a: Dual, b: Dual) -> Dual:
    return Dual(a.value + b.value, a.gradient + b.gradient)


def _subtract(a: Dual, b: Dual) -> Dual:
    return Dual(a.value - b.value, a.gradient - b.gradient)


def _multiply(a: Dual, b: Dual) -> Dual:
    slope = a.value[..., None] * b.gradient + b.value[..., None] * a.gradient
    return Dual(a.value * b.value, slope)


def _divide(a: Dual, b: Dual) -> Dual:
    ratio = a.value / b.value
    return Dual(ratio, (a.gradient - ratio[..., None] * b.gradient) / b.value[..., None])


def _power(a: Dual, b: Dual) -> Dual:
    power = np.asarray(a.value**b.value)
    slope = (b.value * a.value ** (b.value - 1))[..., None] * a.gradient
    if np.any(b.gradient):
        slope = slope + (power * np.log(a.value))[..., None] * b.gradient
    return Dual(power, slope)


_BINARY: dict[str, Callable[[Dual, Dual], Dual]] = {
    "+": _add,
    "-": _subtract,
    "*": _multiply,
    "/": _divide,
    "^": _power,
}
_UNARY: dict[str, tuple[Callable[[Array], Array], Callable[[Array], Array]]] = {
    "neg": (np.negative, lambda x: -np.ones_like(x)),
    "exp()": (np.exp, np.exp),
    "log()": (np.log, lambda x: 1 / x),
    "sqrt()": (np.sqrt, lambda x: 0.5 / np.sqrt(x)),
    "abs()": (np.abs, np.sign),
}


def evaluate(text: str, names: Mapping[str, Dual], n_free: int) -> Dual:
    """Value and gradient of an expression; NaN or infinite where it has none.

    Parameters
    ----------
    text : str
    names : Mapping[str, Dual]
        Parameters by label.
    n_free : int
        Length q of the gradients.

    Raises
    ------
    AuthoringError
        If the text is no expression.
    UnknownName
        If it names something not in `names`; the message is that name.
    """
    stack: list[Dual] = []
    with np.errstate(all="ignore"):
        for token in parse_expression(text).postfix:
            if token in _BINARY:
                right, left = stack.pop(), stack.pop()
                stack.append(_BINARY[token](left, right))
            elif token in _UNARY:
                function, slope = _UNARY[token]
                inner = stack.pop()
                gradient = slope(inner.value)[..., None] * inner.gradient
                stack.append(Dual(np.asarray(function(inner.value)), gradient))
            elif token[0].isdigit() or token[0] == ".":
                stack.append(_number(token, n_free, names))
            else:
                stack.append(_named(token, names))
    return stack.pop()


def _number(token: str, n_free: int, names: Mapping[str, Dual]) -> Dual:
    try:
        return Dual(np.asarray(float(token)), np.zeros(n_free))
    except ValueError:
        return _named(token, names)


def _named(token: str, names: Mapping[str, Dual]) -> Dual:
    if token not in names:
        raise UnknownName(token)
    return names[token]
