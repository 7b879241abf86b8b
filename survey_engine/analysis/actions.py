"""Up to three actions, by a stated rule: effect times room, only if separable.

Rule
----
1. Candidates are the items of drivers whose total effect is positive with an interval
   that excludes 0, unless the instrument forbids an action on the item.
2. Leverage of an item = its share in its construct x the construct's effect on the
   index x room (100 minus the item's 0-100 mean): index points if the item reached 100.
3. An item qualifies when its leverage is separable from that of the average candidate
   and from 0: both intervals, from the same resamples, lie above 0. The (at most) three
   qualifying items of largest leverage are the actions. Neighbours in so long a ranking
   are hardly ever separable from each other, so the order of the actions is not a claim.
4. Expected gain = share x effect x step, for a rise of `step` points on the item.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np

from survey_engine.analysis.results import DriverAnalysis, PriorityAction
from survey_engine.assessment.resampled import Resampled
from survey_engine.estimation.estimates import Estimate
from survey_engine.spec.model import ModelSpec

STEP = 5.0
MOST = 3


@dataclass(frozen=True, kw_only=True)
class ItemLeverage:
    """One item's place in the leverage ranking.

    `above_average` is its leverage minus the mean leverage of all candidates.
    """

    construct: str
    item: str
    leverage: Estimate
    gain: Estimate
    performance: Estimate
    above_average: Estimate
    separable: bool


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
    if not candidates:
        return ()
    draws = sampled.draws.get("leverage")
    average = float(np.mean(point[candidates]))
    averages = None if draws is None else draws[:, candidates].mean(axis=1)
    rows = []
    for j in candidates:
        beyond = None if draws is None or averages is None else draws[:, j] - averages
        above = sampled.derived(float(point[j]) - average, beyond)
        gain = _times(sampled.estimate("item_effect", j), step)
        rows.append(
            ItemLeverage(
                construct=owners[j],
                item=model.indicators[j],
                leverage=sampled.estimate("leverage", j),
                gain=gain,
                performance=sampled.estimate("item_performance", j),
                above_average=above,
                separable=_positive(above) and _positive(gain),
            )
        )
    return tuple(rows)


def _positive(estimate: Estimate) -> bool:
    return estimate.ci_lower is not None and estimate.ci_lower > 0


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
    effects = {driver.source: driver for driver in drivers.drivers}
    chosen = []
    qualified = [row for row in ranking if row.separable][:MOST]
    for rank, row in enumerate(qualified, start=1):
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
                separable=row.separable,
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
