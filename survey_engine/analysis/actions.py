"""Up to three actions, by a stated rule: effect times room, only if separable.

Rule
----
1. Candidates are the items of drivers whose total effect is positive with an interval
   that excludes 0, unless the instrument forbids an action on the item.
2. Leverage of an item = its share in its construct x the construct's effect on the
   index x room (100 minus the item's 0-100 mean): index points if the item reached 100.
3. The longest list of at most three is given whose last member is separable from the
   next item (the interval of the leverage difference in the same resamples excludes 0).
   If no such boundary exists among the first three, none is given.
4. Expected gain = share x effect x step, for a rise of `step` points on the item.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np

from survey_engine.analysis.results import DriverAnalysis, PriorityAction
from survey_engine.assessment.resampled import Resampled, excludes_zero
from survey_engine.estimation.estimates import Estimate
from survey_engine.spec.model import ModelSpec

STEP = 5.0
MOST = 3


@dataclass(frozen=True, kw_only=True)
class ItemLeverage:
    """One item's place in the leverage ranking."""

    construct: str
    item: str
    leverage: Estimate
    gain: Estimate
    performance: Estimate
    separable_from_next: bool | None
    difference_to_next: Estimate | None


def leverages(
    sampled: Resampled,
    model: ModelSpec,
    drivers: DriverAnalysis,
    *,
    forbidden: Collection[str] = (),
    step: float = STEP,
) -> tuple[ItemLeverage, ...]:
    """Every candidate item by leverage, largest first.

    Uses the statistics ``leverage`` (p,), ``item_effect`` (p,): points of the index per
    point of the item, and ``item_performance`` (p,).
    """
    strong = {d.source for d in drivers.drivers if (d.est or 0.0) > 0 and not d.includes_zero}
    owners = [c.name for c in model.constructs for _ in c.indicators]
    point = sampled.point["leverage"]
    candidates = sorted(
        (
            j
            for j, (item, owner) in enumerate(zip(model.indicators, owners, strict=True))
            if owner in strong and item not in forbidden and np.isfinite(point[j])
        ),
        key=lambda j: (-point[j], j),
    )
    rows = []
    for place, j in enumerate(candidates):
        to_next = None
        if place + 1 < len(candidates):
            k = candidates[place + 1]
            draws = sampled.draws.get("leverage")
            to_next = sampled.derived(
                float(point[j] - point[k]), None if draws is None else draws[:, j] - draws[:, k]
            )
        rows.append(
            ItemLeverage(
                construct=owners[j],
                item=model.indicators[j],
                leverage=sampled.estimate("leverage", j),
                gain=_times(sampled.estimate("item_effect", j), step),
                performance=sampled.estimate("item_performance", j),
                separable_from_next=None if to_next is None else excludes_zero(to_next),
                difference_to_next=to_next,
            )
        )
    return tuple(rows)


def choose_actions(
    ranking: tuple[ItemLeverage, ...],
    drivers: DriverAnalysis,
    *,
    own_words: Mapping[str, bool] | None = None,
    step: float = STEP,
) -> tuple[PriorityAction, ...]:
    """The actions of the rule above, from the leverage ranking.

    Parameters
    ----------
    ranking : tuple of ItemLeverage
    drivers : DriverAnalysis
    own_words : mapping of str to bool, optional
        Items whose action the instrument words itself.
    step : float
        Points on the item's 0-100 the gain is stated for.
    """
    count = 0
    for k in range(1, min(MOST, len(ranking)) + 1):
        last = ranking[k - 1]
        if last.separable_from_next or (k == len(ranking) and last.difference_to_next is None):
            count = k
    effects = {driver.source: driver for driver in drivers.drivers}
    chosen = []
    for rank, row in enumerate(ranking[:count], start=1):
        effect = effects[row.construct]
        chosen.append(
            PriorityAction(
                rank=rank,
                construct=row.construct,
                item=row.item,
                item_performance=row.performance,
                construct_effect=Estimate(
                    est=effect.est,
                    se=effect.se,
                    ci_lower=effect.ci_lower,
                    ci_upper=effect.ci_upper,
                ),
                step=step,
                gain=row.gain,
                leverage=row.leverage.est or 0.0,
                separable=bool(row.separable_from_next),
                overridden=bool((own_words or {}).get(row.item)),
            )
        )
    return tuple(chosen)


def _times(estimate: Estimate, factor: float) -> Estimate:
    def scaled(value: float | None) -> float | None:
        return None if value is None else factor * value

    return Estimate(
        est=scaled(estimate.est),
        se=scaled(estimate.se),
        ci_lower=scaled(estimate.ci_lower),
        ci_upper=scaled(estimate.ci_upper),
    )
