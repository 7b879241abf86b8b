"""`ImputedResampled`: statistics of m completed data sets, pooled by Rubin's rules.

Each data set has its own point estimate and its own bootstrap; the interval is Rubin's t
interval (Schomaker & Heumann 2018, Statistics in Medicine 37, 2252-2266, "MI Boot").
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from survey_engine.assessment.resampled import (
    Resampled,
    Spread,
    number,
    percentile_spread,
)
from survey_engine.estimation.estimates import Estimate
from survey_engine.numerics.moments import Array
from survey_engine.numerics.rubin import Pooled, pool


@dataclass(frozen=True, kw_only=True)
class ImputedResampled(Resampled):
    """Pooled statistics; `point` holds the means over imputations.

    Attributes
    ----------
    points : Mapping[str, ndarray], each of shape (m, ...)
        Estimates of every completed data set.
    of : ndarray, shape (B,)
        Imputation that each draw comes from.
    df_complete : float
        Degrees of freedom with complete data (Barnard & Rubin 1999).
    """

    points: Mapping[str, Array] = field(default_factory=dict, repr=False)
    of: NDArray[np.intp] = field(default_factory=lambda: np.empty(0, np.intp), repr=False)
    df_complete: float = np.inf
    _pooled: dict[str, Pooled] = field(default_factory=dict, repr=False, compare=False)

    def pooled(self, name: str) -> Pooled | None:
        """Estimate, error, degrees of freedom and FMI; None without resampling."""
        if name not in self.draws:
            return None
        if name not in self._pooled:
            within = np.stack(
                [
                    np.square(percentile_spread(self.draws[name][at], self.confidence).se)
                    for at in self._parts()
                ]
            )
            with np.errstate(invalid="ignore"):
                self._pooled[name] = pool(
                    self.points[name], within, df_complete=self.df_complete
                )
        return self._pooled[name]

    def _parts(self) -> list[NDArray[np.intp]]:
        return [np.flatnonzero(self.of == k) for k in np.unique(self.of)]

    def _spread(self, name: str) -> Spread:
        found = self.pooled(name)
        assert found is not None  # noqa: S101  (the caller has draws)
        return _limits(found, self.confidence)

    def derived(
        self,
        est: float | None,
        draws: Array | None,
        leaves: Array | None = None,  # noqa: ARG002
    ) -> Estimate:
        """An estimate made of several statistics of the same resamples.

        Each imputation's own value is not known here, so the variance between them is
        that of the means of their draws, less what resampling adds to it.
        """
        if est is None or draws is None:
            return Estimate(est=est)
        apart = [draws[at][np.isfinite(draws[at])] for at in self._parts()]
        if min(len(one) for one in apart) < 2:
            return Estimate(est=est)
        mean = np.array([one.mean() for one in apart])
        within = np.array([one.var(ddof=1) for one in apart])
        noise = float(np.mean(within / [len(one) for one in apart]))
        between = float(mean.var(ddof=1))
        kept = np.sqrt(max(between - noise, 0.0) / between) if between > 0 else 0.0
        found = pool(est + kept * (mean - mean.mean()), within, df_complete=self.df_complete)
        spread = _limits(found, self.confidence)
        return Estimate(
            est=est,
            se=number(spread.se),
            ci_lower=number(spread.lower),
            ci_upper=number(spread.upper),
        )


def _limits(found: Pooled, confidence: float) -> Spread:
    """Rubin's interval; a statistic that never varies has limits at its value."""
    lower, upper = found.interval(confidence)
    still = found.se == 0
    return Spread(
        se=found.se,
        lower=np.where(still, found.est, lower),
        upper=np.where(still, found.est, upper),
    )
