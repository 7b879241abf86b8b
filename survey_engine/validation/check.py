"""One comparison of a value of ours with a reference, and its verdict."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

import pandas as pd

Measure = Literal["relative", "absolute", "digits", "equal"]
Verdict = Literal["pass", "fail", "not run"]
DIGITS = 9.0
"""Least log relative error against certified values (of the 15 a double has)."""


@dataclass(frozen=True, kw_only=True)
class Check:
    """A cell compared.

    Attributes
    ----------
    cell : str
        What was computed, such as ``"chisq"`` or ``"Image → Expectation"``.
    value, reference : float
    measure : {"relative", "absolute", "digits", "equal"}
        How they are compared: ``|v - r| / max(|r|, 1e-12)``; ``|v - r|``;
        ``-log10`` of the relative error (McCullough 1998); equality.
    tolerance : float
        Largest difference, or least digits.
    """

    cell: str
    value: float
    reference: float
    measure: Measure = "relative"
    tolerance: float = 1e-6

    @property
    def difference(self) -> float:
        """The difference in the measure's unit; digits for ``"digits"``."""
        gap = abs(self.value - self.reference)
        if self.measure in ("absolute", "equal"):
            return gap
        share = gap / max(abs(self.reference), 1e-12)
        if self.measure == "relative":
            return share
        return 15.0 if share == 0 else min(15.0, -math.log10(share))

    @property
    def passes(self) -> bool:
        """Whether the value is within the tolerance; a value that is not finite is not."""
        if not math.isfinite(self.value):
            return False
        if self.measure == "digits":
            return self.difference >= self.tolerance
        if self.measure == "equal":
            return self.value == self.reference
        return self.difference <= self.tolerance


Frames = Mapping[str, pd.DataFrame]


@dataclass(frozen=True, kw_only=True)
class Requirement:
    """What the engine must be able to do, and the comparisons that show it.

    Attributes
    ----------
    id : str
        Stable; its words are in the wording under ``validation.requirements``.
    area : str
        ``arithmetic``, ``structural``, ``partial_least_squares``, ``index`` or
        ``reproducibility``.
    source : str
        Of the reference numbers.
    needs : tuple of str
        Names of the data sets it takes.
    run : callable
        Takes the frames, yields checks.
    """

    id: str
    area: str
    source: str
    run: Callable[[Frames], Iterator[Check]]
    needs: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """A requirement after its checks; ``not run`` where its data are not installed."""

    requirement: Requirement
    checks: tuple[Check, ...]
    missing: tuple[str, ...] = ()

    @property
    def verdict(self) -> Verdict:
        """Pass only if every cell passes and there is at least one."""
        if self.missing:
            return "not run"
        return "pass" if self.checks and all(one.passes for one in self.checks) else "fail"

    @property
    def worst(self) -> Check | None:
        """The cell furthest from passing."""
        if not self.checks:
            return None
        return max(self.checks, key=_closeness)


def _closeness(check: Check) -> float:
    """Difference over tolerance, beyond 1 for a failure."""
    if not math.isfinite(check.value):
        return math.inf
    if check.measure == "digits":
        return check.tolerance / max(check.difference, 1e-12)
    if check.measure == "equal":
        return 0.0 if check.passes else math.inf
    return check.difference / check.tolerance
