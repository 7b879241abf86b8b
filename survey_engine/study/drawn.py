"""Resamples of a study: how they are drawn, what of them is kept, and their ledger."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from survey_engine.assessment.resampled import Resampled
from survey_engine.estimation.bootstrap import BatchStatistic, BootstrapResult, bootstrap
from survey_engine.estimation.cluster_bootstrap import cluster_bootstrap
from survey_engine.estimation.jackknife import JackknifeResult
from survey_engine.estimation.pattern_bootstrap import EM_RESAMPLES, pattern_bootstrap
from survey_engine.numerics.moments import Array, RowSource
from survey_engine.study.inference import leave_out, resampling_options
from survey_engine.study.prepare import Prepared
from survey_engine.study.result import ResampleLedger, StudySpec
from survey_engine.study.survey_design import design_of

Progress = Callable[[str, int, int], None]
"""Called with the stage, tasks done and tasks in all."""

LEAST_SHARE = 0.5
STUDENTISED_RESAMPLES = 2_000
"""Each takes some fifty fits."""


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """Resamples, and the jackknife where it is needed."""

    bootstrap: BootstrapResult
    jackknife: JackknifeResult | None


def resample(
    prepared: Prepared,
    statistic: BatchStatistic,
    *,
    spec: StudySpec,
    default: int,
    progress: Progress | None,
    rows: RowSource | None = None,
) -> Drawn | None:
    """Draw what a request wants; None without resamples, or where there are no rows.

    Parameters
    ----------
    prepared : Prepared
    statistic : BatchStatistic
    spec : StudySpec
    default : int
        Resamples where the request names no number.
    progress : callable or None
    rows : RowSource, optional
        In place of the rows behind the moments.
    """
    if spec.ci == "studentised":
        default = min(default, STUDENTISED_RESAMPLES)
    if prepared.reduction.incomplete is not None:
        default = min(default, EM_RESAMPLES)
    requested = default if spec.resamples is None else spec.resamples
    if requested == 0 or prepared.reduction.moments.missing == "pairwise":
        return None
    if prepared.ordinal is not None:  # told by `ordinal_notes`
        return None

    def told(done: int, total: int) -> None:
        if progress is not None:
            progress("resamples", done, total)

    incomplete = prepared.reduction.incomplete
    if incomplete is not None:
        redone = pattern_bootstrap(
            (incomplete, prepared.reduction.moments),
            statistic,
            requested=requested,
            seed=spec.seed,
            workers=spec.workers,
            progress=told,
        )
        return Drawn(bootstrap=redone, jackknife=None)
    design = design_of(prepared, spec)
    if design is not None:
        by_cluster = cluster_bootstrap(
            prepared.reduction.rows,
            design,
            statistic,
            requested=requested,
            seed=spec.seed,
            workers=spec.workers,
            progress=told,
        )
        return Drawn(bootstrap=by_cluster, jackknife=None)
    rows = rows or prepared.reduction.rows
    drawn = bootstrap(
        rows,
        statistic,
        requested=requested,
        seed=spec.seed,
        workers=spec.workers,
        progress=told,
        options=resampling_options(spec),
    )
    return Drawn(bootstrap=drawn, jackknife=leave_out(rows, statistic, spec))


def sampled_of(
    point: dict[str, Array],
    drawn: BootstrapResult | None,
    leaves: JackknifeResult | None,
    spec: StudySpec,
) -> Resampled:
    """The point estimates with their resamples, if enough of these are usable."""
    if drawn is None or not enough(drawn):
        return Resampled(point=point, confidence=spec.confidence)
    return Resampled(
        point=point,
        draws=drawn.draws,
        confidence=spec.confidence,
        leaves=leaves.leaves if leaves else {},
        errors=drawn.errors,
        interval=spec.ci if leaves else "percentile",
    )


def enough(drawn: BootstrapResult) -> bool:
    """Whether the usable resamples are more than a remnant: half of those drawn."""
    return drawn.usable >= max(LEAST_SHARE * drawn.requested, 2)


def ledger_of(
    drawn: BootstrapResult | None, spec: StudySpec | None = None
) -> ResampleLedger | None:
    """The ledger of a bootstrap, without its draws."""
    if drawn is None:
        return None
    return ResampleLedger(
        requested=drawn.requested,
        usable=drawn.usable,
        failed=drawn.failed,
        by_reason=dict(drawn.by_reason),
        seed=drawn.seed,
        interval=spec.ci if spec else "percentile",
        drawn=drawn.drawn,
        treatment=drawn.treatment,
        sign=spec.sign if spec else "none",
    )
