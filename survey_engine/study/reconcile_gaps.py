"""How far two engines are apart, and when that is no difference."""

from __future__ import annotations

import math
from collections.abc import Mapping

from survey_engine.study.reconciliation import Facts, Key, Numbers

QUANTITIES = ("paths", "loadings", "index", "ranks", "errors", "test")
RATIOS = ("errors", "test")
"""Compared as ratios: their logarithms."""

ROUNDING: Mapping[str, float] = {
    "paths": 5e-4,
    "loadings": 5e-4,
    "index": 5e-3,
    "ranks": 0.5,
    # Two programs that minimise the same function agree to about six digits.
    "test": 1e-5,
}
"""Half of the last digit usually printed; standard errors: see `negligible`."""


def apart(first: Facts, second: Facts, quantity: str) -> dict[Key, float]:
    """First minus second by name (log ratio for errors and test), names of both only."""
    ours: Numbers = getattr(first, quantity)
    theirs: Numbers = getattr(second, quantity)
    found: dict[Key, float] = {}
    for key in ours:
        if key not in theirs:
            continue
        if quantity not in RATIOS:
            found[key] = ours[key] - theirs[key]
        elif ours[key] > 0 and theirs[key] > 0:
            found[key] = math.log(ours[key] / theirs[key])
    return found


def gap(differences: Mapping[Key, float]) -> float:
    """Root mean square; NaN without anything to compare."""
    if not differences:
        return math.nan
    return math.sqrt(sum(d * d for d in differences.values()) / len(differences))


def share_closed(before: float, after: float) -> float:
    """Of a gap: ``1 - after / before``; NaN where either is unknown."""
    return 1 - after / before if before > 0 else math.nan


def negligible(
    first: Facts, second: Facts, quantity: str, differences: Mapping[Key, float], n: int
) -> bool:
    """Within rounding, or every difference within the standard errors of both engines.

    Corrections for non-normality rest on fourth moments with a sampling error of their
    own: under normality the variance of kurtosis is 24 / n (Fisher 1930), so that a robust
    standard error of a variance has the coefficient of variation ``sqrt(1.5 / n)``. Twice
    that (errors), or once for the scaling factor, which averages many, is no difference.
    """
    size = max((abs(d) for d in differences.values()), default=0.0)
    noise = math.sqrt(1.5 / n)
    if quantity == "errors":
        return gap(differences) <= 2 * noise
    if quantity == "test" and first.scaled:
        return size <= noise
    if size <= ROUNDING[quantity]:
        return True
    ours, theirs = first.within.get(quantity, {}), second.within.get(quantity, {})
    return all(
        abs(d) <= min(ours.get(key, 0.0), theirs.get(key, 0.0))
        for key, d in differences.items()
    )
