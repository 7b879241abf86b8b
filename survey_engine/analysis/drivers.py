"""Drivers: total effects on the index, in index points per point of the driver."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from survey_engine.analysis.results import Driver, DriverAnalysis
from survey_engine.assessment.resampled import Resampled, excludes_zero
from survey_engine.estimation.estimates import Estimate
from survey_engine.numerics.moments import Array
from survey_engine.spec.model import ModelSpec


def driver_names(model: ModelSpec, target: str) -> tuple[str, ...]:
    """The constructs whose effect on `target` is analysed, in the order of the model.

    The roles of the model name them; without roles, every construct with a directed way
    to the target.
    """
    ways = {target}
    for _ in model.constructs:
        ways |= {path.source for path in model.paths if path.target in ways}
    declared = model.roles.drivers if model.roles else ()
    wanted = set(declared) or ways
    return tuple(n for n in model.construct_names if n in wanted & ways and n != target)


def rank_drivers(
    sampled: Resampled, model: ModelSpec, target: str, *, without: Collection[str] = ()
) -> DriverAnalysis:
    """Rank the drivers by their unstandardised total effect, strongest first.

    Uses the statistics ``importance`` (K,) and ``r2`` (K,). Two neighbours in the
    ranking are separable when the percentile interval of their difference, taken in the
    same resamples, excludes 0. Constructs in `without` (no 0-100 score) are left out.
    """
    at = {name: k for k, name in enumerate(model.construct_names)}
    importance = sampled.point["importance"]
    names = sorted(
        (
            name
            for name in driver_names(model, target)
            if name not in without and np.isfinite(importance[at[name]])
        ),
        key=lambda name: (-importance[at[name]], at[name]),
    )
    rows = []
    for rank, name in enumerate(names, start=1):
        estimate = sampled.estimate("importance", at[name])
        to_next = None
        if rank < len(names):
            to_next = _difference(sampled, at[name], at[names[rank]])
        rows.append(
            Driver(
                source=name,
                target=target,
                est=estimate.est,
                se=estimate.se,
                ci_lower=estimate.ci_lower,
                ci_upper=estimate.ci_upper,
                rank=rank,
                separable_from_next=None if to_next is None else excludes_zero(to_next),
                difference_to_next=to_next,
                includes_zero=not excludes_zero(estimate),
            )
        )
    r2 = sampled.estimate("r2", at[target])
    return DriverAnalysis(target=target, drivers=tuple(rows), r2=r2)


def _difference(sampled: Resampled, first: int, second: int) -> Estimate:
    point = sampled.point["importance"]
    draws: Array | None = None
    leaves: Array | None = None
    if "importance" in sampled.draws:
        each = sampled.draws["importance"]
        draws = each[:, first] - each[:, second]
    if "importance" in sampled.leaves:
        without = sampled.leaves["importance"]
        leaves = without[:, first] - without[:, second]
    return sampled.derived(float(point[first] - point[second]), draws, leaves)
