r"""Power of the RMSEA tests, and the number of respondents a power needs.

With ``lambda = (n - 1) df e^2 / G`` the statistic is noncentral chi-square under either
hypothesis (MacCallum, Browne & Sugawara 1996, Psychological Methods 1, eq. 3 and 8).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from scipy.special import chndtrix

from survey_engine.assessment.fit_measures.chi_square import critical_value
from survey_engine.assessment.fit_measures.rmsea import cumulative

Test = Literal["close", "not_close", "exact"]
HYPOTHESES: dict[Test, tuple[float, float]] = {
    "close": (0.05, 0.08),
    "not_close": (0.05, 0.01),
    "exact": (0.0, 0.05),
}
"""RMSEA under the null hypothesis and under the alternative, as in the source."""
LARGEST = 10_000_000


@dataclass(frozen=True, kw_only=True)
class RmseaPower:
    """Power of one test.

    `n_needed` is the smallest n with at least `wanted` power; None beyond ten million.
    """

    test: Test
    null: float
    alternative: float
    n: int
    df: int
    alpha: float
    power: float
    wanted: float
    n_needed: int | None


def rmsea_power(
    n: int, df: int, *, null: float, alternative: float, alpha: float = 0.05, groups: int = 1
) -> float:
    """Probability of rejecting RMSEA = `null` when it is `alternative`.

    Rejects in the upper tail where the alternative is worse than the null, in the lower
    tail (test of not-close fit) where it is better.
    """
    scale = (n - 1) * df / groups
    below, above = null**2 * scale, alternative**2 * scale
    if alternative >= null:
        return 1 - cumulative(_quantile(1 - alpha, df, below), df, above)
    return cumulative(_quantile(alpha, df, below), df, above)


def _quantile(probability: float, df: int, noncentrality: float) -> float:
    if noncentrality <= 0:
        return critical_value(1 - probability, df) or 0.0
    return float(chndtrix(probability, df, noncentrality))


def needed_n(
    wanted: float,
    df: int,
    *,
    null: float,
    alternative: float,
    alpha: float = 0.05,
    groups: int = 1,
) -> int | None:
    """Smallest n whose power is at least `wanted`; None beyond ten million."""

    def enough(n: int) -> bool:
        power = rmsea_power(
            n, df, null=null, alternative=alternative, alpha=alpha, groups=groups
        )
        return power >= wanted

    low, high = 1, 64
    while not enough(high):
        low, high = high, 2 * high
        if high > LARGEST:
            return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high


def power_table(
    n: int, df: int, *, wanted: float = 0.80, alpha: float = 0.05, groups: int = 1
) -> tuple[RmseaPower, ...]:
    """Power of the tests of close, not close and exact fit; empty without df."""
    if df <= 0:
        return ()
    return tuple(
        RmseaPower(
            test=test,
            null=null,
            alternative=alternative,
            n=n,
            df=df,
            alpha=alpha,
            power=rmsea_power(
                n, df, null=null, alternative=alternative, alpha=alpha, groups=groups
            ),
            wanted=wanted,
            n_needed=needed_n(
                wanted, df, null=null, alternative=alternative, alpha=alpha, groups=groups
            ),
        )
        for test, (null, alternative) in HYPOTHESES.items()
    )
