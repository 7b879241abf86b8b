"""Effects beyond the path table: mediation, and tests adjusted for their number."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from survey_engine.assessment.mediation import (
    MOST_CHAINS,
    Mediation,
    SpecificEffect,
    chains_of,
    mediations,
    specific_table,
)
from survey_engine.assessment.resampled import Resampled, number
from survey_engine.errors import Diagnostic, diagnostic
from survey_engine.estimation.estimates import Estimate
from survey_engine.numerics.multiple_testing import adjusted
from survey_engine.spec.model import ModelSpec


@dataclass(frozen=True, kw_only=True)
class EffectTest:
    """Two-sided normal test of an effect by its bootstrap standard error.

    `family` is what it was adjusted with: all paths, or all specific indirect effects.
    """

    family: str
    through: tuple[str, ...]
    z: float | None
    p: float | None
    bonferroni: float | None
    holm: float | None
    bh: float | None
    by: float | None


@dataclass(frozen=True, kw_only=True)
class Effects:
    """Mediation of every pair, effects of every way, and adjusted tests."""

    mediation: tuple[Mediation, ...]
    specific: tuple[SpecificEffect, ...]
    tests: tuple[EffectTest, ...]
    diagnostics: tuple[Diagnostic, ...] = ()


def effects_of(sampled: Resampled, model: ModelSpec) -> Effects:
    """All of them, from one set of resamples."""
    at = {name: k for k, name in enumerate(model.construct_names)}
    specific = specific_table(sampled, model)
    arrows: list[tuple[tuple[str, ...], Estimate]] = [
        (
            (path.source, path.target),
            sampled.estimate("paths", at[path.source], at[path.target]),
        )
        for path in model.paths
    ]
    ways: list[tuple[tuple[str, ...], Estimate]] = [(row.through, row) for row in specific]
    notes: tuple[Diagnostic, ...] = ()
    if len(chains_of(model)) == MOST_CHAINS:
        notes = (diagnostic("SPECIFIC_EFFECTS_CUT", most=MOST_CHAINS),)
    return Effects(
        mediation=mediations(sampled, model),
        specific=specific,
        tests=(*_family("paths", arrows), *_family("specific_effects", ways)),
        diagnostics=notes,
    )


def _family(
    family: str, rows: list[tuple[tuple[str, ...], Estimate]]
) -> tuple[EffectTest, ...]:
    z = np.array([_ratio(row) for _, row in rows])
    p = 2.0 * ndtr(-np.abs(z))
    corrected = adjusted(p)
    return tuple(
        EffectTest(
            family=family,
            through=through,
            z=number(z[k]),
            p=number(p[k]),
            bonferroni=number(corrected["bonferroni"][k]),
            holm=number(corrected["holm"][k]),
            bh=number(corrected["bh"][k]),
            by=number(corrected["by"][k]),
        )
        for k, (through, _) in enumerate(rows)
    )


def _ratio(row: Estimate) -> float:
    if row.est is None or not row.se:
        return float("nan")
    return row.est / row.se
