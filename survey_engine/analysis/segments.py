"""The index by segment, with the weights of the whole sample and minimum cell sizes.

Minimum cells (methodology 9, unweighted answers): under 10 never shown, 10-29 withheld,
30-99 shown with caution. A single withheld segment could be computed from the total, so
the smallest shown one is withheld with it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtr, stdtrit

from survey_engine.analysis.answers import Answers, mean_interval
from survey_engine.analysis.results import SegmentScore
from survey_engine.estimation.estimates import Estimate

NEVER_SHOWN = 10
WITHHELD = 30
CAUTION = 100


def segment_scores(
    column: str, labels: Sequence[str | None], index: Answers, confidence: float
) -> tuple[SegmentScore, ...]:
    """Mean case index of each segment, in the order of first appearance.

    Parameters
    ----------
    column : str
        Name of the grouping column.
    labels : sequence of str or None, length n
        Segment of each respondent; None (no answer) belongs to no segment.
    index : Answers
        The case index (0-100) of the same respondents.
    confidence : float
    """
    names = list(dict.fromkeys(label for label in labels if label is not None))
    at = np.array([names.index(x) if x is not None else -1 for x in labels], dtype=int)
    sizes = [int(np.sum(at == g)) for g in range(len(names))]
    reasons = _withheld(sizes)
    shown = [g for g, reason in enumerate(reasons) if reason is None]
    contrasts = {g: _against_rest(index, at == g, at >= 0, confidence) for g in shown}
    adjusted = holm([contrasts[g][1] for g in shown])
    p_holm = dict(zip(shown, adjusted, strict=True))
    rows = []
    for g, name in enumerate(names):
        kept = reasons[g] is None
        score = mean_interval(index.subset(at == g), confidence) if kept else Estimate(est=None)
        rows.append(
            SegmentScore(
                column=column,
                segment=name,
                n=sizes[g],
                withheld=not kept,
                caution=kept and sizes[g] < CAUTION,
                reason=reasons[g],
                est=score.est,
                se=score.se,
                ci_lower=score.ci_lower,
                ci_upper=score.ci_upper,
                difference_to_rest=contrasts[g][0] if kept else None,
                p_holm=p_holm.get(g),
                comparisons=len(shown),
            )
        )
    return tuple(rows)


def _withheld(sizes: Sequence[int]) -> list[str | None]:
    reasons: list[str | None] = []
    for size in sizes:
        small = "fewer_than_10" if size < NEVER_SHOWN else "fewer_than_30"
        reasons.append(small if size < WITHHELD else None)
    hidden = [g for g, reason in enumerate(reasons) if reason is not None]
    shown = [g for g, reason in enumerate(reasons) if reason is None]
    if len(hidden) == 1 and shown:
        reasons[min(shown, key=lambda g: sizes[g])] = "complementary"
    return reasons


def _against_rest(
    index: Answers, inside: NDArray[np.bool_], asked: NDArray[np.bool_], confidence: float
) -> tuple[Estimate | None, float | None]:
    """Welch difference of a segment to all other respondents, and its two-sided p."""
    one, rest = index.subset(inside), index.subset(asked & ~inside)
    if one.n < 2 or rest.n < 2:
        return None, None
    difference = one.mean - rest.mean
    a, b = one.variance / one.n_effective, rest.variance / rest.n_effective
    if a + b <= 0:
        return Estimate(est=difference), None
    df = (a + b) ** 2 / (a**2 / (one.n_effective - 1) + b**2 / (rest.n_effective - 1))
    se = math.sqrt(a + b)
    half = float(stdtrit(df, 0.5 + confidence / 2)) * se
    p = 2 * float(stdtr(df, -abs(difference) / se))
    estimate = Estimate(
        est=difference, se=se, ci_lower=difference - half, ci_upper=difference + half
    )
    return estimate, p


def holm(p_values: Sequence[float | None]) -> list[float | None]:
    """Holm's step-down adjustment; None stays None and is not counted."""
    known = sorted((p, i) for i, p in enumerate(p_values) if p is not None)
    result: list[float | None] = [None] * len(p_values)
    largest = 0.0
    for rank, (p, i) in enumerate(known):
        largest = max(largest, min(1.0, p * (len(known) - rank)))
        result[i] = largest
    return result
