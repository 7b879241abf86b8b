"""The same answers on other rulers: top-2-box share, mean x 10, NPS-style shares."""

from __future__ import annotations

from dataclasses import dataclass

from survey_engine.analysis.answers import Answers, mean_interval
from survey_engine.analysis.proportions import adjusted_wald_nps, wilson
from survey_engine.analysis.results import Ruler

_ONE_TO_TEN = (1.0, 10.0)
_ZERO_TO_TEN = (0.0, 10.0)


@dataclass(frozen=True, kw_only=True)
class MeasuredItem:
    """The answers to one item and the ends of its scale."""

    item: str
    answers: Answers
    minimum: float
    maximum: float


def top_two_box(measured: MeasuredItem, confidence: float) -> Ruler:
    """Share of the two highest answers, 0-1, with a Wilson interval."""
    answers = measured.answers
    share = answers.share(answers.values >= measured.maximum - 1)
    lower, upper = wilson(share, answers.n_effective, confidence)
    return Ruler(
        name="top_two_box",
        item=measured.item,
        n=answers.n,
        method="wilson",
        est=share,
        ci_lower=lower,
        ci_upper=upper,
    )


def mean_times_ten(construct: str, answers: Answers, confidence: float) -> Ruler:
    """Ten times the mean of a block's 1-10 answers: 10 to 100, not 0 to 100.

    Parameters
    ----------
    construct : str
    answers : Answers
        Each respondent's plain average of the block.
    """
    mean = mean_interval(answers, confidence)
    assert mean.est is not None  # noqa: S101  (an average of at least one answer)
    return Ruler(
        name="mean_times_ten",
        item=construct,
        n=answers.n,
        method="t",
        est=10 * mean.est,
        se=None if mean.se is None else 10 * mean.se,
        ci_lower=None if mean.ci_lower is None else 10 * mean.ci_lower,
        ci_upper=None if mean.ci_upper is None else 10 * mean.ci_upper,
    )


def nps_style(measured: MeasuredItem, confidence: float) -> Ruler | None:
    """Share of 9-10 minus share of 6 or less, in points; None off a 0-10 or 1-10 scale.

    On 1-10 it is "NPS-style": the published score asks on 0-10 (method
    ``"adjusted_wald_1_10"``).
    """
    scale = (measured.minimum, measured.maximum)
    if scale not in (_ONE_TO_TEN, _ZERO_TO_TEN):
        return None
    answers = measured.answers
    promoters = answers.share(answers.values >= 9)
    detractors = answers.share(answers.values <= 6)
    lower, upper = adjusted_wald_nps(promoters, detractors, answers.n_effective, confidence)
    variance = promoters + detractors - (promoters - detractors) ** 2
    return Ruler(
        name="nps_style",
        item=measured.item,
        n=answers.n,
        method="adjusted_wald" if scale == _ZERO_TO_TEN else "adjusted_wald_1_10",
        est=100 * (promoters - detractors),
        se=100 * (max(variance, 0.0) / answers.n_effective) ** 0.5,
        ci_lower=lower,
        ci_upper=upper,
        promoters=promoters,
        passives=1 - promoters - detractors,
        detractors=detractors,
    )


def is_one_to_ten(measured: MeasuredItem) -> bool:
    """Whether an item was answered from 1 to 10."""
    return (measured.minimum, measured.maximum) == _ONE_TO_TEN
