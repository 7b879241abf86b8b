"""PLSpredict: how well items are predicted outside the sample, against a linear benchmark.

References
----------
Shmueli, G., Sarstedt, M., Hair, J. F., Cheah, J.-H., Ting, H., Vaithilingam, S. & Ringle,
C. M. (2019). Predictive model assessment in PLS-SEM: guidelines for using PLSpredict.
European Journal of Marketing 53, 2322-2347.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from survey_engine.assessment.prediction.cross_validate import CrossValidated

Power = Literal["high", "medium", "low", "none"]
SKEWED = 1.0
"""Beyond this skewness of its errors an item counts as predicted with skewed errors."""


@dataclass(frozen=True, kw_only=True)
class ItemPrediction:
    """Errors for one item, in its own units; `skewness` is that of the PLS errors."""

    construct: str
    item: str
    rmse: float
    mae: float
    q2_predict: float
    rmse_lm: float
    mae_lm: float
    q2_lm: float
    rmse_in_sample: float
    skewness: float


@dataclass(frozen=True, kw_only=True)
class PredictivePower:
    """Verdict for one construct, or for all (`construct` None).

    `better` of `items` items have a smaller error than under the linear benchmark, by
    `measure`; `above_mean` of them are predicted better than by their mean.
    """

    construct: str | None
    measure: Literal["rmse", "mae"]
    items: int
    better: int
    above_mean: int
    power: Power


def item_predictions(found: CrossValidated) -> tuple[ItemPrediction, ...]:
    """One row an item of an endogenous construct."""
    mse = {name: found.mean(values) for name, values in found.squared.items()}
    mae = {name: found.mean(values) for name, values in found.absolute.items()}
    mean = found.mean(found.error)
    with np.errstate(divide="ignore", invalid="ignore"):
        q2 = {name: 1.0 - mse[name] / mse["mean"] for name in ("pls", "lm")}
        variance = mse["pls"] - mean**2
        third = found.mean(found.third) - 3.0 * mean * mse["pls"] + 2.0 * mean**3
        skewness = third / variance**1.5
    return tuple(
        ItemPrediction(
            construct=found.design.constructs[found.which.constructs[j]],
            item=found.design.items[at],
            rmse=float(np.sqrt(mse["pls"][j])),
            mae=float(mae["pls"][j]),
            q2_predict=float(q2["pls"][j]),
            rmse_lm=float(np.sqrt(mse["lm"][j])),
            mae_lm=float(mae["lm"][j]),
            q2_lm=float(q2["lm"][j]),
            rmse_in_sample=float(np.sqrt(found.in_sample[j])),
            skewness=float(skewness[j]),
        )
        for j, at in enumerate(found.which.items)
    )


def predictive_power(items: tuple[ItemPrediction, ...]) -> tuple[PredictivePower, ...]:
    """The rule of Shmueli et al. (2019) for all items, then construct by construct.

    The error counts by its absolute size where most items have skewed errors, else by
    its square. Better than the linear benchmark on all items is high, on most (half of
    them included) medium, on fewer low, on none: none. An item the model predicts no
    better than its mean (Q² not above 0) is not counted as better.
    """
    constructs = tuple(dict.fromkeys(row.construct for row in items))
    return (
        _power(None, items),
        *(_power(name, tuple(r for r in items if r.construct == name)) for name in constructs),
    )


def _power(construct: str | None, rows: tuple[ItemPrediction, ...]) -> PredictivePower:
    skewed = sum(abs(row.skewness) > SKEWED for row in rows)
    measure: Literal["rmse", "mae"] = "mae" if 2 * skewed > len(rows) else "rmse"
    above = [row for row in rows if row.q2_predict > 0.0]
    better = sum(getattr(row, measure) < getattr(row, f"{measure}_lm") for row in above)
    power: Power = "none"
    if better == len(rows):
        power = "high"
    elif 2 * better >= len(rows):
        power = "medium"
    elif better:
        power = "low"
    return PredictivePower(
        construct=construct,
        measure=measure,
        items=len(rows),
        better=better,
        above_mean=len(above),
        power=power,
    )
