"""Fit the invariance ladder, judge it, and look for partial invariance where it breaks.

Partial invariance is searched one equality at a time, the largest score test first, as long
as two items of every factor stay invariant (Byrne, Shavelson & Muthen 1989). What is found
that way was found in these data: every such step says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from survey_engine.assessment.model_tests.alignment import align
from survey_engine.assessment.model_tests.ladder import (
    EQUAL,
    InvarianceLimits,
    Ladder,
    LadderStep,
    LatentMean,
    Step,
    enough_invariant_items,
    judge,
)
from survey_engine.assessment.model_tests.of_fit import model_fit, point_of
from survey_engine.assessment.model_tests.score_tests import ScoreTest, equality_tests
from survey_engine.errors import EstimationError, Where, diagnostic
from survey_engine.estimation.cbsem.estimator import CbSemEstimator
from survey_engine.estimation.cbsem.grouped import GroupedMoments
from survey_engine.estimation.fit_result import CbSemFit
from survey_engine.spec.model import ModelSpec, Statement
from survey_engine.spec.statements import statements_of

STEPS: tuple[Step, ...] = ("configural", "metric", "scalar", "strict")
SUGGESTIONS = 5
_KIND: dict[Step, str] = {"metric": "=~", "scalar": "~1", "strict": "~~"}


@dataclass
class _Climb:
    """The state of a climb: what was fitted, what is free."""

    spec: ModelSpec
    moments: GroupedMoments
    method: str
    limits: InvarianceLimits
    blocks: dict[str, tuple[str, ...]]
    freed: tuple[str, ...]
    searched: bool = False
    fits: list[CbSemFit] = field(default_factory=list)
    steps: list[LadderStep] = field(default_factory=list)


def invariance_ladder(  # noqa: PLR0913  (what, in whom, by which column, and how)
    spec: ModelSpec,
    moments: GroupedMoments,
    *,
    group: str,
    method: str = "ml",
    partial: Sequence[str] = (),
    limits: InvarianceLimits | None = None,
    search: bool = True,
) -> Ladder:
    """Configural, metric, scalar and strict invariance of a measurement model.

    Parameters
    ----------
    spec : ModelSpec
        Its measurement part is used: regressions and definitions are left out.
    moments : GroupedMoments
        At least two groups.
    group : str
        Name of the grouping column.
    method : str
        A `CbSemEstimator` method with means.
    partial : sequence of str
        Parameters free in all groups from the start, as ``"x3 ~1"``.
    limits : InvarianceLimits, optional
    search : bool
        Look for partial invariance where a step fails.

    Raises
    ------
    EstimationError
        INVARIANCE_NEEDS_GROUPS, and those of the estimator.
    """
    if len(moments.groups) < 2:
        raise EstimationError(
            diagnostic("INVARIANCE_NEEDS_GROUPS", where=Where(values=(group,)), column=group)
        )
    model = measurement_part(spec)
    climb = _Climb(
        spec=model,
        moments=moments,
        method=method,
        limits=limits or InvarianceLimits(),
        blocks=_blocks(model),
        freed=tuple(partial),
    )
    for step in STEPS:
        _take(climb, step)
        last = climb.steps[-1]
        if search and last.verdict == "fails":
            _search(climb, step)
    return _ladder(climb, group)


def measurement_part(spec: ModelSpec) -> ModelSpec:
    """The model without regressions, definitions and constraints: all factors correlate."""
    statements = statements_of(spec)
    if not any(s.op == "~" for s in statements):
        return spec
    items = set(spec.indicators) - set(spec.construct_names)
    kept = tuple(s for s in statements if _measures(s, items))
    return spec.model_copy(update={"statements": kept, "paths": ()})


def _measures(statement: Statement, items: set[str]) -> bool:
    """Whether a statement is about items: loadings, their residuals and intercepts."""
    if statement.op == "~~":
        return {statement.lhs, statement.rhs} <= items
    return statement.op == "=~" or (statement.op == "~1" and statement.lhs in items)


def _blocks(spec: ModelSpec) -> dict[str, tuple[str, ...]]:
    blocks: dict[str, tuple[str, ...]] = {}
    for s in statements_of(spec):
        if s.op == "=~":
            blocks[s.lhs] = (*blocks.get(s.lhs, ()), s.rhs)
    return blocks


def _fit(climb: _Climb, step: Step, freed: tuple[str, ...]) -> CbSemFit:
    estimator = CbSemEstimator(
        method=climb.method,
        meanstructure=True,
        group_equal=EQUAL[step],
        group_partial=freed if EQUAL[step] else (),
    )
    return estimator.fit(climb.spec, climb.moments)


def _take(climb: _Climb, step: Step) -> None:
    fit = _fit(climb, step, climb.freed)
    climb.steps.append(_judged(climb, step, fit, climb.freed))
    climb.fits.append(fit)


def _judged(climb: _Climb, step: Step, fit: CbSemFit, freed: tuple[str, ...]) -> LadderStep:
    """The step beside the last one that stands."""
    here = model_fit(step, fit)
    if not climb.fits:
        return judge([here], steps=[step])[0]
    before = model_fit("before", climb.fits[-1])
    found = judge([before, here], steps=["configural", step], limits=climb.limits)[1]
    suggested = () if found.verdict == "holds" else _suggestions(fit, step)
    used = freed if EQUAL[step] else ()
    return replace(found, freed=used, searched=climb.searched, suggested=suggested)


def _suggestions(fit: CbSemFit, step: Step) -> tuple[ScoreTest, ...]:
    _, each = equality_tests(point_of(fit))
    kind = [
        one for one in each if one.location is not None and one.location.op == _KIND.get(step)
    ]
    return tuple(sorted(kind, key=lambda one: -one.chisq)[:SUGGESTIONS])


def _search(climb: _Climb, step: Step) -> None:
    """Free the worst equality again and again; keep the result if the step then stands."""
    failed = climb.fits.pop()
    freed, fit, judged = climb.freed, failed, climb.steps[-1]
    while judged.verdict == "fails":
        text = _next(climb, step, fit, freed)
        if text is None:
            break
        freed = (*freed, text)
        fit = _fit(climb, step, freed)
        judged = replace(_judged(climb, step, fit, freed), searched=True)
    if freed == climb.freed:
        climb.fits.append(failed)
        return
    climb.steps.append(judged)
    climb.fits.append(fit)
    climb.freed, climb.searched = freed, True


def _next(climb: _Climb, step: Step, fit: CbSemFit, freed: tuple[str, ...]) -> str | None:
    for one in _suggestions(fit, step):
        if one.location is None:
            continue
        text = one.location.text
        short = enough_invariant_items(climb.blocks, (*freed, text), climb.limits)
        if text not in freed and not short:
            return text
    return None


def _ladder(climb: _Climb, group: str) -> Ladder:
    def stands(step: Step) -> bool:
        last = [one for one in climb.steps if one.step == step][-1]
        return last.verdict in ("holds", "doubtful")

    paths = stands("metric")
    short = enough_invariant_items(climb.blocks, climb.freed, climb.limits)
    means = paths and stands("scalar") and not short
    return Ladder(
        steps=tuple(climb.steps),
        group=group,
        labels=climb.moments.labels,
        paths_comparable=paths,
        means_comparable=means,
        limits=climb.limits,
        latent_means=_latent_means(climb) if means else (),
        # The fallback: means from the model that holds nothing equal.
        alignment=None if means else align(point_of(climb.fits[0]), climb.moments.labels),
    )


def _latent_means(climb: _Climb) -> tuple[LatentMean, ...]:
    """Latent means of the (partially) scalar model, beside the first group's zeros."""
    fit = _fit(climb, "scalar", climb.freed)
    if not np.isfinite(fit.free_covariance).all():
        # Not identified: with a factor of factors one mean too many is free.
        return ()
    variance = {
        (row.group, row.lhs): row.est
        for row in fit.parameters
        if row.op == "~~" and row.lhs == row.rhs
    }
    found = []
    for row in fit.parameters:
        if row.op != "~1" or row.lhs not in climb.blocks or row.group == 1:
            continue
        pair = [variance.get((g, row.lhs)) for g in (1, row.group)]
        spread = float(np.mean([v for v in pair if v is not None]))
        d = row.est / np.sqrt(spread) if row.est is not None and spread > 0 else None
        found.append(
            LatentMean(
                construct=row.lhs,
                group=row.group,
                group_label=row.group_label,
                est=row.est,
                se=row.se,
                p=row.p,
                d=None if d is None else float(d),
            )
        )
    return tuple(found)
