"""A study over m imputations: every completed data set is estimated, Rubin's rules pool.

Each imputation goes through `estimate` with its own resamples, so whatever a study prints
has its within-imputation error from there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import fields, replace
from typing import Any, cast

import numpy as np

from survey_engine.assessment.fit_measures import fit_measures
from survey_engine.assessment.imputed import ImputedResampled
from survey_engine.assessment.resampled import Resampled
from survey_engine.assessment.result import Admissibility
from survey_engine.errors import Diagnostic
from survey_engine.estimation.cbsem.imputed import PooledCbSem, pool_fits
from survey_engine.estimation.fit_result import CbSemFit, PlsFit
from survey_engine.numerics.moments import Array
from survey_engine.study.drawn import Progress
from survey_engine.study.estimate import Estimated, estimate
from survey_engine.study.imputed_information import (
    ImputationSummary,
    information,
    summary_of,
    told_of,
)
from survey_engine.study.prepare import Prepared
from survey_engine.study.result import ResampleLedger, StudySpec

RESAMPLES = 200
"""Of each imputation, unless a number is asked for: only variances come from them."""


def estimate_study(
    prepared: Prepared, spec: StudySpec, *, progress: Progress | None = None
) -> tuple[Estimated, ImputationSummary | None]:
    """`estimate`, or with imputations the same of each, pooled.

    Raises
    ------
    EstimationError
        The model cannot be estimated from these moments, or those of an imputation.
    """
    if prepared.imputed is None:
        return estimate(prepared, spec, progress=progress), None
    parts = _each(prepared, spec, progress)
    first = parts[0]
    points = {
        name: np.stack([one.sampled.point[name] for one in parts])
        for name in first.sampled.point
    }
    sampled = _pooled_statistics(parts, points, prepared.reduction.moments.n)
    pooled: PooledCbSem | None = None
    fit: PlsFit | CbSemFit
    if isinstance(first.fit, CbSemFit):
        own = [cast(CbSemFit, one.fit) for one in parts]
        pooled = pool_fits(own, prepared.reduction.moments)
        fit = pooled.fit
    else:
        fit = _pooled_pls([cast(PlsFit, one.fit) for one in parts], prepared)
    rows = information(sampled, first.model, prepared.target, pooled)
    times = 0 if first.ledger is None else first.ledger.requested
    tests = {} if pooled is None else pooled.tests
    summary = summary_of(prepared.imputed, times, rows, tests)
    notes = _distinct([note for one in parts for note in one.diagnostics])
    found = replace(
        first,
        fit=fit,
        sampled=sampled,
        ledger=_ledger(parts, spec),
        admissibility=_worst([one.admissibility for one in parts]),
        diagnostics=(*notes, told_of(summary)),
        measures=_mean_measures([one.measures for one in parts]),
        index_by_mode=(),
    )
    return found, summary


def pooled_measures(fit: CbSemFit, summary: ImputationSummary) -> dict[str, float | None]:
    """Fit measures of a pooled solution; probabilities are those of the F tests."""
    found = fit_measures(fit)
    for name, (_, test) in summary.tests.items():
        prefix = name.replace("chisq", "pvalue")
        if found.get(prefix) is not None:
            found[prefix] = test.p
    return found


def _each(prepared: Prepared, spec: StudySpec, progress: Progress | None) -> list[Estimated]:
    imputed = prepared.imputed
    assert imputed is not None  # noqa: S101  (the caller looked)
    seeds = np.random.SeedSequence([spec.seed, imputed.m]).generate_state(imputed.m)
    times = RESAMPLES if spec.resamples is None else spec.resamples
    parts = []
    for k, reduction in enumerate(imputed.reductions):
        own = spec.model_copy(update={"seed": int(seeds[k]), "resamples": times})
        # Means and deviations in tables are averages; see `_pooled_pls`.
        alone = replace(prepared, reduction=reduction, imputed=None)
        parts.append(estimate(alone, own))
        if progress is not None and times:
            progress("resamples", k + 1, imputed.m)
    return parts


def _pooled_statistics(
    parts: Sequence[Estimated], points: dict[str, Array], n: int
) -> Resampled:
    first = parts[0].sampled
    mean = {name: each.mean(axis=0) for name, each in points.items()}
    if any(not one.sampled.draws for one in parts):
        return Resampled(point=mean, confidence=first.confidence)
    names = first.draws
    sizes = [len(next(iter(one.sampled.draws.values()))) for one in parts]
    return ImputedResampled(
        point=mean,
        draws={
            name: np.concatenate([one.sampled.draws[name] for one in parts]) for name in names
        },
        confidence=first.confidence,
        interval="rubin",
        points=points,
        of=np.repeat(np.arange(len(parts)), sizes),
        df_complete=float(n - 1),
    )


def _pooled_pls(fits: Sequence[PlsFit], prepared: Prepared) -> PlsFit:
    """Means of every array of the solutions."""
    first = fits[0]
    averaged: dict[str, Any] = {
        one.name: np.mean([getattr(fit, one.name) for fit in fits], axis=0)
        for one in fields(first)
        if isinstance(getattr(first, one.name), np.ndarray)
    }
    return replace(
        first,
        moments=prepared.reduction.moments.select(first.moments.columns),
        converged=all(fit.converged for fit in fits),
        iterations=max(fit.iterations for fit in fits),
        criterion=max(fit.criterion for fit in fits),
        diagnostics=(),
        **averaged,
    )


def _ledger(parts: Sequence[Estimated], spec: StudySpec) -> ResampleLedger | None:
    known = [one.ledger for one in parts if one.ledger is not None]
    if len(known) < len(parts):
        return None
    reasons: Counter[str] = Counter()
    for one in known:
        reasons.update(one.by_reason)
    requested = sum(one.requested for one in known)
    return ResampleLedger(
        requested=requested,
        usable=sum(one.usable for one in known),
        failed=sum(one.failed for one in known),
        by_reason=dict(reasons),
        seed=spec.seed,
        interval="rubin",
        drawn=requested,
        treatment=known[0].treatment,
        sign=known[0].sign,
    )


def _worst(verdicts: Sequence[Admissibility]) -> Admissibility:
    """The worst verdict of the imputations, each reason once."""
    order = ("yes", "doubtful", "no")
    worst = max(verdicts, key=lambda one: order.index(one.verdict))
    reasons = _distinct([reason for one in verdicts for reason in one.reasons])
    return replace(worst, reasons=reasons)


def _distinct(found: Sequence[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Once for each code, severity and place: numbers differ between imputations."""
    kept: dict[tuple[str, str, str], Diagnostic] = {}
    for one in found:
        where = replace(one.where, values=())
        kept.setdefault((one.code, one.severity.value, repr(where)), one)
    return tuple(kept.values())


def _mean_measures(each: Sequence[dict[str, float | None]]) -> dict[str, float | None]:
    found: dict[str, float | None] = {}
    for name in each[0]:
        values = [one[name] for one in each]
        known = [value for value in values if value is not None]
        found[name] = float(np.mean(known)) if len(known) == len(values) else None
    return found
