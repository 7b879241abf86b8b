"""Measurement invariance: each step of the ladder judged against the one before.

References
----------
Cheung & Rensvold (2002), Struct. Eq. Modeling 9; Chen (2007), Struct. Eq. Modeling 14;
Byrne, Shavelson & Muthen (1989), Psych. Bull. 105.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from survey_engine.assessment.model_tests.alignment import Alignment
from survey_engine.assessment.model_tests.compare import (
    LikelihoodRatio,
    ModelFit,
    likelihood_ratios,
)
from survey_engine.assessment.model_tests.score_tests import ScoreTest

Step = Literal["configural", "metric", "scalar", "strict"]
Verdict = Literal["holds", "doubtful", "fails"]
EQUAL: dict[Step, tuple[str, ...]] = {
    "configural": (),
    "metric": ("loadings",),
    "scalar": ("loadings", "intercepts"),
    "strict": ("loadings", "intercepts", "residuals"),
}
"""What each step holds equal, in the words of ``--group-equal``."""


@dataclass(frozen=True, kw_only=True)
class InvarianceLimits:
    """How far fit may fall; editable."""

    cfi: float = -0.010
    rmsea: float = 0.015
    srmr_metric: float = 0.030
    srmr_later: float = 0.010
    invariant_items: int = 2


@dataclass(frozen=True, kw_only=True)
class LadderStep:
    """One step.

    Attributes
    ----------
    step : str
    ratio : LikelihoodRatio
        Against the step before.
    cfi, rmsea, srmr : float or None
    delta_cfi, delta_rmsea, delta_srmr : float or None
    verdict : str or None
        ``"holds"``: no index fell too far; ``"doubtful"``: CFI did not, another did;
        ``"fails"``: CFI fell too far. None for the configural step.
    freed : tuple of str
        Parameters set free again (partial invariance).
    searched : bool
        Whether `freed` was found by looking at these data: exploratory.
    suggested : tuple of ScoreTest
        Equalities whose release would help most, the largest first; only where the step
        does not hold.
    """

    step: Step
    ratio: LikelihoodRatio
    cfi: float | None
    rmsea: float | None
    srmr: float | None
    delta_cfi: float | None = None
    delta_rmsea: float | None = None
    delta_srmr: float | None = None
    verdict: Verdict | None = None
    freed: tuple[str, ...] = ()
    searched: bool = False
    suggested: tuple[ScoreTest, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Ladder:
    """All steps, and what they allow.

    `paths_comparable` needs (partial) metric, `means_comparable` (partial) scalar
    invariance, with at least two invariant items a factor.
    """

    steps: tuple[LadderStep, ...]
    group: str
    labels: tuple[str, ...]
    paths_comparable: bool
    means_comparable: bool
    limits: InvarianceLimits = field(default_factory=InvarianceLimits)
    latent_means: tuple[LatentMean, ...] = ()
    alignment: Alignment | None = None


@dataclass(frozen=True, kw_only=True)
class LatentMean:
    """A latent mean beside the first group's, whose means are 0; `d` in its deviations."""

    construct: str
    group: int
    group_label: str
    est: float | None
    se: float | None
    p: float | None
    d: float | None


def judge(
    models: Sequence[ModelFit],
    *,
    steps: Sequence[Step],
    limits: InvarianceLimits | None = None,
    freed: Sequence[tuple[str, ...]] = (),
) -> tuple[LadderStep, ...]:
    """Judge each model against the one before it.

    Parameters
    ----------
    models : sequence of ModelFit
        In the order of `steps`, the freest first.
    steps : sequence of str
    limits : InvarianceLimits, optional
    freed : sequence of tuple of str, optional
        What each step left free.
    """
    bounds = limits or InvarianceLimits()
    ratios = likelihood_ratios(models)
    found = []
    for k, (step, model) in enumerate(zip(steps, models, strict=True)):
        three = {m: _measure(model, m) for m in ("cfi", "rmsea", "srmr")}
        before = {m: _measure(models[k - 1], m) for m in three} if k else {}
        deltas = {m: _difference(three[m], before.get(m)) for m in three}
        found.append(
            LadderStep(
                step=step,
                ratio=ratios[k],
                cfi=three["cfi"],
                rmsea=three["rmsea"],
                srmr=three["srmr"],
                delta_cfi=deltas["cfi"],
                delta_rmsea=deltas["rmsea"],
                delta_srmr=deltas["srmr"],
                verdict=_verdict(deltas, step, bounds) if k else None,
                freed=freed[k] if k < len(freed) else (),
            )
        )
    return tuple(found)


def _measure(model: ModelFit, name: str) -> float | None:
    return model.measures.get(name) if name == "srmr" else model.best(name)


def _difference(here: float | None, before: float | None) -> float | None:
    return None if here is None or before is None else here - before


def _verdict(
    deltas: dict[str, float | None], step: Step, limits: InvarianceLimits
) -> Verdict | None:
    cfi, rmsea, srmr = deltas["cfi"], deltas["rmsea"], deltas["srmr"]
    if cfi is None:
        return None
    if cfi < limits.cfi:
        return "fails"
    largest = limits.srmr_metric if step == "metric" else limits.srmr_later
    others = (rmsea is None or rmsea <= limits.rmsea) and (srmr is None or srmr <= largest)
    return "holds" if others else "doubtful"


def enough_invariant_items(
    blocks: dict[str, tuple[str, ...]], freed: Sequence[str], limits: InvarianceLimits
) -> dict[str, int]:
    """Factors left with fewer invariant items than the rule asks, and how many they have.

    Parameters
    ----------
    blocks : dict of str to tuple of str
        Items by factor; blocks shorter than the rule are held to their length.
    freed : sequence of str
        As ``"F =~ x1"`` or ``"x1 ~1"``.
    """
    loose = {"".join(text.split()) for text in freed}
    short = {}
    for factor, items in blocks.items():
        kept = [i for i in items if not {f"{factor}=~{i}", f"{i}~1"} & loose]
        if len(kept) < min(limits.invariant_items, len(items)):
            short[factor] = len(kept)
    return short
