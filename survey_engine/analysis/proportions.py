"""Intervals of shares: Wilson through statsmodels (its only import), adjusted Wald for NPS."""

from __future__ import annotations

import math

from scipy.special import ndtri


def wilson(share: float, n_effective: float, confidence: float) -> tuple[float, float]:
    """Wilson (1927) interval of a share observed in an effective number of answers.

    With case weights, `share` is the weighted share and `n_effective` Kish's.
    """
    # statsmodels costs a second to import: only reports that show shares pay for it.
    from statsmodels.stats.proportion import proportion_confint

    lower, upper = proportion_confint(
        share * n_effective, n_effective, alpha=1 - confidence, method="wilson"
    )
    return float(lower), float(upper)


def adjusted_wald_nps(
    promoters: float, detractors: float, n_effective: float, confidence: float
) -> tuple[float, float]:
    """Adjusted Wald interval of a net promoter score, in points (-100 to 100).

    Adds three answers, three quarters to each end and one and a half to the middle
    (Rocks 2016, Am Statistician 70); the interval is centred on the adjusted score.

    Parameters
    ----------
    promoters, detractors : float
        Shares of the (weighted) answers.
    """
    n = n_effective + 3
    p = (promoters * n_effective + 0.75) / n
    d = (detractors * n_effective + 0.75) / n
    centre = p - d
    half = float(ndtri(0.5 + confidence / 2)) * math.sqrt((p + d - centre**2) / n)
    return 100 * max(centre - half, -1.0), 100 * min(centre + half, 1.0)
