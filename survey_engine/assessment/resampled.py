"""Point values and resampled values of the same statistics, and estimates made of them.

Per-resample values live only inside a run: no output holds them (with seed and n they
would give back the raw answers).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from survey_engine.estimation.estimates import Estimate
from survey_engine.numerics.jackknife import jackknife_error
from survey_engine.numerics.moments import Array
from survey_engine.numerics.refined_intervals import bca_interval, studentised_interval

_MOST_UNDEFINED = 0.05


def number(value: Any) -> float | None:
    """A plain float; None where the value is not a finite number."""
    plain = float(value)
    return plain if np.isfinite(plain) else None


@dataclass(frozen=True, kw_only=True)
class Spread:
    """Standard errors and interval limits, each of the statistic's own shape."""

    se: Array
    lower: Array
    upper: Array


def percentile_spread(draws: Array, confidence: float) -> Spread:
    """Standard deviation and percentile limits over the first axis.

    Percentiles interpolate linearly (Hyndman & Fan type 7). A statistic undefined in
    some resamples uses the others; undefined in more than 5 % of them, it has no
    interval.

    Parameters
    ----------
    draws : ndarray, shape (B, ...)
    confidence : float

    Returns
    -------
    Spread
        Arrays of shape (...), NaN where there is no interval.
    """
    count = draws.shape[0]
    columns = np.array(draws.reshape(count, -1).T, order="C")  # a copy: reordered below
    finite = np.isfinite(columns)
    if count > 1 and finite.all():
        return _spread_of_complete(columns, confidence, draws.shape[1:])
    usable = finite.sum(axis=1)
    ordered = np.sort(np.where(finite, columns, np.inf), axis=1)
    kept = np.maximum(usable, 1)
    mean = np.where(finite, columns, 0.0).sum(axis=1) / kept
    centred = np.where(finite, columns - np.where(usable > 0, mean, 0.0)[:, None], 0.0)
    variance = (centred**2).sum(axis=1) / np.maximum(usable - 1, 1)
    enough = (usable > 1) & (usable >= (1 - _MOST_UNDEFINED) * count)
    tail = (1 - confidence) / 2
    shape = draws.shape[1:]
    limits = [_quantile(ordered, usable, q, enough) for q in (tail, 1 - tail)]
    return Spread(
        se=np.where(enough, np.sqrt(variance), np.nan).reshape(shape),
        lower=limits[0].reshape(shape),
        upper=limits[1].reshape(shape),
    )


def _spread_of_complete(columns: Array, confidence: float, shape: tuple[int, ...]) -> Spread:
    """`percentile_spread` of draws that are all defined, shape (statistics, B).

    The draws are reordered in place: four order statistics cost half of a sort.
    """
    last = columns.shape[1] - 1
    tail = (1 - confidence) / 2
    positions = [tail * last, (1 - tail) * last]
    deviation = columns.std(axis=1, ddof=1)
    below = [int(position) for position in positions]
    above = [min(low + 1, last) for low in below]
    columns.partition(sorted({*below, *above}), axis=1)
    lower, upper = (
        columns[:, low] + (position - low) * (columns[:, high] - columns[:, low])
        for position, low, high in zip(positions, below, above, strict=True)
    )
    return Spread(
        se=deviation.reshape(shape),
        lower=lower.reshape(shape),
        upper=upper.reshape(shape),
    )


def _quantile(ordered: Array, usable: Array, q: float, enough: Array) -> Array:
    last = np.maximum(usable - 1, 0)
    position = q * last
    below = np.floor(position).astype(int)
    above = np.minimum(below + 1, last)
    rows = np.arange(ordered.shape[0])
    low = np.where(enough, ordered[rows, below], 0.0)
    high = np.where(enough, ordered[rows, above], 0.0)
    return np.where(enough, low + (position - below) * (high - low), np.nan)


@dataclass(frozen=True, kw_only=True)
class Resampled:
    """Statistics by name: point values, resampled values, intervals on request.

    Attributes
    ----------
    point : Mapping[str, ndarray]
        Each of its own shape.
    draws : Mapping[str, ndarray]
        The same names with a leading axis of resamples; empty without resampling.
    confidence : float
    leaves : Mapping[str, ndarray]
        The same names with a leading axis of jackknife groups; needed for ``"bca"``
        and ``"studentised"``.
    errors : Mapping[str, ndarray]
        Standard errors inside the resamples; needed for ``"studentised"``.
    interval : {"percentile", "bca", "studentised"}
    """

    point: Mapping[str, Array]
    draws: Mapping[str, Array] = field(default_factory=dict)
    confidence: float = 0.95
    leaves: Mapping[str, Array] = field(default_factory=dict, repr=False)
    errors: Mapping[str, Array] = field(default_factory=dict, repr=False)
    interval: str = "percentile"
    _spreads: dict[str, Spread] = field(default_factory=dict, repr=False, compare=False)

    def has(self, name: str) -> bool:
        """Whether a statistic exists for this study."""
        return name in self.point

    def value(self, name: str, *at: int) -> float | None:
        """The point value at a position; None where undefined."""
        return number(self.point[name][at])

    def estimate(self, name: str, *at: int) -> Estimate:
        """A point value with its standard error and interval of the chosen kind."""
        est = self.value(name, *at)
        if est is None or name not in self.draws:
            return Estimate(est=est)
        if name not in self._spreads:
            self._spreads[name] = self._spread(name)
        spread = self._spreads[name]
        return Estimate(
            est=est,
            se=number(spread.se[at]),
            ci_lower=number(spread.lower[at]),
            ci_upper=number(spread.upper[at]),
        )

    def _spread(self, name: str) -> Spread:
        """Bootstrap standard errors, and limits of the chosen kind."""
        plain = percentile_spread(self.draws[name], self.confidence)
        if self.interval == "bca":
            limits = bca_interval(
                self.draws[name], self.point[name], self.leaves[name], self.confidence
            )
        elif self.interval == "studentised":
            limits = studentised_interval(
                self.draws[name],
                self.errors[name],
                self.point[name],
                jackknife_error(self.leaves[name]),
                level=self.confidence,
            )
        else:
            return plain
        return Spread(se=plain.se, lower=limits[0], upper=limits[1])

    def draw(self, name: str, *at: int) -> Array | None:
        """Resampled values at a position, shape (B,); None without resampling."""
        if name not in self.draws:
            return None
        result: Array = self.draws[name][(slice(None), *at)]  # type: ignore[arg-type]
        return result

    def derived(
        self, est: float | None, draws: Array | None, leaves: Array | None = None
    ) -> Estimate:
        """An estimate computed from several statistics of the same resamples.

        With `leaves` (G,), the same computed from the jackknife, a BCa run gives a BCa
        interval; a studentised run keeps percentiles here, for it has no standard error
        of a combination inside each resample.
        """
        if est is None or draws is None:
            return Estimate(est=est)
        spread = percentile_spread(draws, self.confidence)
        if self.interval == "bca" and leaves is not None:
            lower, upper = bca_interval(draws, np.asarray(est), leaves, self.confidence)
            spread = Spread(se=spread.se, lower=lower, upper=upper)
        return Estimate(
            est=est,
            se=number(spread.se[()]),
            ci_lower=number(spread.lower[()]),
            ci_upper=number(spread.upper[()]),
        )


def excludes_zero(estimate: Estimate) -> bool | None:
    """Whether the interval lies on one side of 0; None without an interval."""
    if estimate.ci_lower is None or estimate.ci_upper is None:
        return None
    return estimate.ci_lower > 0 or estimate.ci_upper < 0
