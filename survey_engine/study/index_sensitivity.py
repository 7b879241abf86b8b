"""The index under every way to weight its items: how much hangs on the choice."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from survey_engine.assessment.blocks import block_slices
from survey_engine.assessment.resampled import number
from survey_engine.errors import EstimationError
from survey_engine.estimation.fit_result import PlsFit
from survey_engine.estimation.pls.design import MODES
from survey_engine.estimation.pls.estimator import PlsEstimator
from survey_engine.study.quantities import Layout, quantities
from survey_engine.study.statistic import pls_solution


@dataclass(frozen=True, kw_only=True)
class IndexByMode:
    """The index if its construct is weighted by `mode`.

    `value` is None where a weight is negative or the model cannot be estimated so;
    `weights` are those of raw items and sum to 1.
    """

    mode: str
    used: bool
    value: float | None
    weights: dict[str, float]


def index_sensitivity(
    estimator: PlsEstimator, fit: PlsFit, layout: Layout
) -> tuple[IndexByMode, ...]:
    """Refit with each mode for the index construct; empty without an index on 0-100."""
    target = layout.target
    if target is None or layout.ranges is None or layout.sizes[target] < 2:
        return ()
    name = fit.spec.construct_names[target]
    rows = []
    for mode in MODES:
        if estimator.sums:
            return ()
        other = replace(estimator, modes={**dict(estimator.modes or {}), name: mode})
        used = fit.modes[target] == mode
        try:
            found = other.fit(fit.spec, fit.moments)
        except EstimationError:  # this mode has no solution here: the row says so
            rows.append(IndexByMode(mode=mode, used=used, value=None, weights={}))
            continue
        known = quantities(pls_solution(found), layout)
        block = block_slices(layout.sizes)[target]
        weights = known["unstandardised_weights"][block]
        sound = found.converged and bool((weights >= -np.finfo(float).eps).all())
        rows.append(
            IndexByMode(
                mode=mode,
                used=used,
                value=number(known["performance"][target]) if sound else None,
                weights=dict(zip(fit.spec.indicators[block], weights.tolist(), strict=True)),
            )
        )
    return tuple(rows)
