"""How a number is printed: decimals, signs, intervals, p-values, in one place.

Every number of the report's prose passes through `Numbers`, which can keep a trail of
(printed text, unrounded value): the tests find each value of the trail in the result.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from survey_engine.estimation.estimates import Estimate

MINUS = "−"
UNDEFINED = "–"


def _known(value: float | None) -> bool:
    return value is not None and math.isfinite(value)


def _fixed(value: float, digits: int) -> str:
    """Fixed decimals with a true minus sign and no negative zero."""
    text = f"{abs(value):,.{digits}f}"
    is_zero = not text.strip("0.,")
    return text if value >= 0 or is_zero else MINUS + text


@dataclass(frozen=True, kw_only=True)
class Numbers:
    """Formats of one language.

    Attributes
    ----------
    formats : Mapping[str, str]
        ``formats:`` of the catalogue: ``interval``, ``estimate``, ``below``.
    trail : list[tuple[str, float]] or None
        Collects what was printed from which unrounded value.

    Examples
    --------
    >>> en = Numbers(formats={"interval": "[{lower}, {upper}]", "below": "< {value}"})
    >>> en.points(71.248), en.change(-0.62), en.coefficient(-0.054), en.percent(0.6634)
    ('71.2', '−0.6', '−.05', '66%')
    >>> en.five(0.622), en.p_value(0.0002), en.count(1842)
    ('+3.1', '< .001', '1,842')
    """

    formats: Mapping[str, str]
    trail: list[tuple[str, float]] | None = field(default=None, compare=False)

    def _note(self, text: str, value: float) -> str:
        if self.trail is not None:
            self.trail.append((text, float(value)))
        return text

    def points(self, value: float | None, digits: int = 1) -> str:
        """A score in points, or any number with fixed decimals."""
        if value is None or not math.isfinite(value):
            return UNDEFINED
        return self._note(_fixed(value, digits), value)

    def change(self, value: float | None, digits: int = 1) -> str:
        """A difference: always with its sign."""
        if value is None or not math.isfinite(value):
            return UNDEFINED
        return self._note(_signed(value, digits), value)

    def five(self, value: float | None) -> str:
        """Points gone with a 5-point rise, from the effect of one point."""
        if value is None or not math.isfinite(value):
            return UNDEFINED
        return self._note(_signed(5 * value, 1), value)

    def coefficient(self, value: float | None, digits: int = 2) -> str:
        """A number bounded by 1, APA style: no zero before the point."""
        if value is None or not math.isfinite(value):
            return UNDEFINED
        text = _fixed(value, digits)
        if text.lstrip(MINUS).startswith("0."):
            text = text.replace("0.", ".", 1)
        return self._note(text, value)

    def percent(self, value: float | None, digits: int = 0) -> str:
        """A share between 0 and 1, as percent."""
        if value is None or not math.isfinite(value):
            return UNDEFINED
        return self._note(_fixed(100 * value, digits) + "%", value)

    def balance(self, value: float | None) -> str:
        """A balance of shares from -100 to 100: signed, without decimals."""
        if value is None or not math.isfinite(value):
            return UNDEFINED
        return self._note(_signed(value, 0), value)

    def count(self, value: float) -> str:
        """A number of respondents, items or resamples."""
        return self._note(_fixed(value, 0), value)

    def scientific(self, value: float) -> str:
        """A very small or large number, such as a convergence criterion."""
        return self._note(f"{value:.1e}".replace("-", MINUS), value)

    def p_said(self, value: float | None) -> str:
        """A p-value as it follows the letter p in prose: ``= .014`` or ``< .001``."""
        text = self.p_value(value)
        exact = value is not None and math.isfinite(value) and value >= 0.001
        return self.formats["exactly"].format(value=text) if exact else text

    def p_value(self, value: float | None) -> str:
        """A p-value with three decimals, ``< .001`` below."""
        if value is None or not math.isfinite(value):
            return UNDEFINED
        if value < 0.001:
            return self._note(self.formats["below"].format(value=".001"), value)
        return self.coefficient(value, 3)

    def interval(
        self,
        lower: float | None,
        upper: float | None,
        show: Callable[[float | None], str],
    ) -> str:
        """``[69.0, 73.3]`` or ``69.0~73.3``; empty where there is no interval."""
        if not (_known(lower) and _known(upper)):
            return ""
        # The sign of the estimate says "a difference"; bounds repeat only a minus.
        low, high = show(lower).lstrip("+"), show(upper).lstrip("+")
        return self.formats["interval"].format(lower=low, upper=high)

    def interval_of(self, row: Estimate, show: Callable[[float | None], str]) -> str:
        """The interval of an estimate; empty where it has none."""
        return self.interval(row.ci_lower, row.ci_upper, show)

    def estimate(self, row: Estimate, show: Callable[[float | None], str]) -> str:
        """The estimate followed by its interval where it has one, for tables and charts."""
        return self.beside(show(row.est), self.interval_of(row, show))

    def beside(self, text: str, interval: str) -> str:
        """A number and its interval, kept apart as the language does; alone without one."""
        if not interval:
            return text
        return self.formats["estimate"].format(value=text, interval=interval)


def _signed(value: float, digits: int) -> str:
    text = _fixed(value, digits)
    return text if text.startswith(MINUS) or not text.strip("0.,") else "+" + text
