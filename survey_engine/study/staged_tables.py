"""Tables only a staged model has: simple slopes, and the run before the last."""

from __future__ import annotations

from dataclasses import dataclass

from survey_engine.assessment.tables import fields, indicator_table
from survey_engine.estimation.estimates import IndicatorEstimate
from survey_engine.study.estimate import Estimated
from survey_engine.study.simple_slopes import (
    LEVELS,
    SimpleSlope,
    SlopeRegion,
    slope_names,
    slope_region,
)


@dataclass(frozen=True, kw_only=True)
class FirstStage:
    """Measurement in the run before the last: lower-order constructs, main effects."""

    loadings: tuple[IndicatorEstimate, ...]
    weights: tuple[IndicatorEstimate, ...]


def slope_table(estimated: Estimated) -> tuple[SimpleSlope, ...]:
    """Slopes with intervals; empty without products."""
    if estimated.staged is None or not estimated.sampled.has("slopes"):
        return ()
    return tuple(
        SimpleSlope(
            product=product,
            source=source,
            moderator=moderator,
            target=target,
            level=level,
            **fields(estimated.sampled.estimate("slopes", s)),
        )
        for s, (product, source, moderator, target, level) in enumerate(
            slope_names(estimated.staged)
        )
    )


def slope_regions(estimated: Estimated) -> tuple[SlopeRegion, ...]:
    """Johnson-Neyman limits of each moderated path; empty without resamples."""
    sampled, staged = estimated.sampled, estimated.staged
    if staged is None or "slopes" not in sampled.draws:
        return ()
    rows = []
    names = slope_names(staged)
    for s in range(0, len(names), len(LEVELS)):
        product, source, moderator, target, _ = names[s]
        at = [s + LEVELS.index(0.0), s + LEVELS.index(1.0)]
        lower, upper, significant = slope_region(
            sampled.point["slopes"][at], sampled.draws["slopes"][:, at], sampled.confidence
        )
        rows.append(
            SlopeRegion(
                product=product,
                source=source,
                moderator=moderator,
                target=target,
                lower=lower,
                upper=upper,
                significant=significant,
            )
        )
    return tuple(rows)


def first_stage_tables(estimated: Estimated) -> FirstStage | None:
    """Loadings and weights of the first of two runs, with intervals."""
    if estimated.staged is None or len(estimated.staged.stages) < 2:
        return None
    model = estimated.staged.stages[0].spec
    return FirstStage(
        loadings=indicator_table("first_loadings", estimated.sampled, model),
        weights=indicator_table("first_weights", estimated.sampled, model),
    )
