"""Scales and ticks: the one place that turns values into positions."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)


@dataclass(frozen=True)
class Scale:
    """A linear map of ``[lower, upper]`` on to pixels ``[start, end]``."""

    lower: float
    upper: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        """Pixel position of `value`."""
        share = (value - self.lower) / (self.upper - self.lower)
        return self.start + share * (self.end - self.start)


def tick_step(lower: float, upper: float, count: int) -> float:
    """The smallest step of 1, 2, 2.5 or 5 times a power of ten giving at most `count` steps."""
    raw = (upper - lower) / count
    magnitude = 10.0 ** math.floor(math.log10(raw))
    return next(step * magnitude for step in _STEPS if step * magnitude >= raw * (1 - 1e-9))


def ticks(lower: float, upper: float, *, count: int = 6) -> tuple[float, ...]:
    """Round numbers within ``[lower, upper]``.

    Examples
    --------
    >>> ticks(0, 100, count=5)
    (0.0, 20.0, 40.0, 60.0, 80.0, 100.0)
    """
    step = tick_step(lower, upper, count)
    first = math.ceil(lower / step - 1e-9)
    last = math.floor(upper / step + 1e-9)
    return tuple(round(index * step, 10) + 0.0 for index in range(first, last + 1))


def tick_labels(values: tuple[float, ...]) -> tuple[str, ...]:
    """Labels with just the decimals the steps need and a true minus sign.

    Examples
    --------
    >>> tick_labels((-0.5, 0.0, 0.5))
    ('−0.5', '0.0', '0.5')
    """
    decimals = max((_decimals(value) for value in values), default=0)
    return tuple(f"{value:.{decimals}f}".replace("-", "−") for value in values)


def _decimals(value: float) -> int:
    for decimals in range(10):
        if abs(round(value, decimals) - value) < 1e-9:
            return decimals
    return 10


def nice_domain(
    values: Iterable[float],
    *,
    minimum: float | None = None,
    maximum: float | None = None,
    count: int = 6,
) -> tuple[float, float]:
    """An axis range that holds every value, with ends on ticks where not given.

    A given end is widened when a value lies beyond it: nothing is clipped.
    """
    finite = [value for value in values if math.isfinite(value)]
    low = min([*finite, *([] if minimum is None else [minimum])], default=0.0)
    high = max([*finite, *([] if maximum is None else [maximum])], default=1.0)
    if high - low < 1e-9 * max(1.0, abs(high), abs(low)):
        spread = max(abs(high) * 0.1, 0.5)
        low, high = low - spread, high + spread
    step = tick_step(low, high, count)
    if minimum is None or low < minimum:
        low = math.floor(low / step + 1e-9) * step
    if maximum is None or high > maximum:
        high = math.ceil(high / step - 1e-9) * step
    return round(low, 10), round(high, 10)
