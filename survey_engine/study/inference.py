"""How a study resamples: the options, the jackknife beside it, and what they change."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from survey_engine.assessment.resampled import Resampled, number
from survey_engine.assessment.tables import connected_pairs, effect_table, fields
from survey_engine.errors import Diagnostic, diagnostic
from survey_engine.estimation.bootstrap import BootstrapResult, ResamplingOptions
from survey_engine.estimation.estimates import ConstructEstimate, EffectEstimate
from survey_engine.estimation.jackknife import JackknifeResult, jackknife
from survey_engine.estimation.outcomes import BatchStatistic
from survey_engine.numerics.jackknife import acceleration, jackknife_bias, jackknife_error
from survey_engine.numerics.moments import Array, RowSource
from survey_engine.spec.model import ModelSpec
from survey_engine.study.result import StudySpec

_COMPARED = ("paths", "total_effects", "performance")
_LEAST_ROWS = 3


@dataclass(frozen=True, kw_only=True)
class JackknifeRow:
    """Jackknife standard error, bias and acceleration of one number."""

    table: str
    source: str | None
    target: str
    est: float | None
    se: float | None
    bias: float | None
    acceleration: float | None


@dataclass(frozen=True, kw_only=True)
class TreatmentResult:
    """Intervals when inadmissible resamples are kept, dropped or replaced."""

    treatment: str
    drawn: int
    used: int
    paths: tuple[EffectEstimate, ...]
    scores: tuple[ConstructEstimate, ...]


@dataclass(frozen=True, kw_only=True)
class Inference:
    """Standard errors without resampling, and results under each treatment.

    Attributes
    ----------
    groups : int or None
        Rows, or groups of rows, left out in turn; None without a jackknife.
    failed : int
        Groups without which there is no usable solution.
    jackknife : tuple[JackknifeRow, ...]
        Paths, total effects, and constructs on 0-100.
    treatments : tuple[TreatmentResult, ...]
        Empty where every resample was usable: then the three are one.
    """

    groups: int | None = None
    failed: int = 0
    jackknife: tuple[JackknifeRow, ...] = ()
    treatments: tuple[TreatmentResult, ...] = ()


def resampling_options(spec: StudySpec) -> ResamplingOptions:
    """What a request says about resampling."""
    return ResamplingOptions(
        inadmissible=spec.inadmissible,
        studentised=spec.ci == "studentised",
        compare=_COMPARED,
    )


def leave_out(
    rows: RowSource, statistic: BatchStatistic, spec: StudySpec
) -> JackknifeResult | None:
    """The jackknife, where an interval or the request needs it."""
    needed = spec.jackknife or spec.ci != "percentile"
    if not needed or rows.n_rows < _LEAST_ROWS:
        return None
    return jackknife(rows, statistic, seed=spec.seed, workers=spec.workers)


_COVARIANCE_OPTIONS = (
    "kind",
    "meanstructure",
    "std_lv",
    "orthogonal",
    "fixed_x",
    "bounds",
    "information",
    "likelihood",
    "group_equal",
    "group_partial",
    "parameterization",
)


_PLAIN_RUN = ("--robustness", "--exact-fit")
"""Options that a PLS model in one run has a use for."""


def unused_options(spec: StudySpec, *, staged: bool = False) -> tuple[Diagnostic, ...]:
    """Options that the estimator, or a model of several runs, has no use for."""
    unused = []
    if spec.covariance_based and spec.sign != "none":
        unused.append("--sign")
    if (spec.covariance_based or spec.estimator == "sum") and spec.modes:
        unused.append("--mode")
    if spec.estimator == "gsca":
        unused += ["--scheme"] if spec.scheme != "path" else []
        unused += ["--metric"] if spec.metric == "raw" else []
    if spec.robustness and (spec.covariance_based or staged):
        unused.append("--robustness")
    if not spec.robustness:
        asked: dict[str, object] = {"--controls": spec.controls, "--marker": spec.marker}
        asked["--instruments"] = spec.instruments
        usual = StudySpec.model_fields["desired_level"].default
        asked["--desired-level"] = spec.desired_level != usual
        unused += [option for option, given in asked.items() if given]
    if spec.class_specific != "structure" and spec.segmentation != "sem":
        unused.append("--class-specific")
    if spec.exact_fit and (spec.covariance_based or staged):
        unused.append("--exact-fit")
    if not spec.covariance_based:
        unused += [
            f"--{name.replace('_', '-')}"
            for name in _COVARIANCE_OPTIONS
            if getattr(spec, name) != type(spec).model_fields[name].default
        ]
    return tuple(
        diagnostic(
            "OPTION_UNUSED",
            option=option,
            estimator=f"{spec.estimator}, A:B / A =~ B"
            if staged and option in _PLAIN_RUN
            else spec.estimator,
        )
        for option in unused
    )


def inference_of(
    drawn: BootstrapResult | None,
    leaves: JackknifeResult | None,
    point: dict[str, Array],
    model: ModelSpec,
    confidence: float,
) -> Inference | None:
    """What the study shows beside its intervals; None if there is nothing."""
    treatments = _treatments(drawn, point, model, confidence)
    if leaves is None and not treatments:
        return None
    if leaves is None:
        return Inference(treatments=treatments)
    return Inference(
        groups=leaves.groups,
        failed=leaves.failed,
        jackknife=tuple(_jackknife_rows(leaves, point, model)),
        treatments=treatments,
    )


def _jackknife_rows(
    leaves: JackknifeResult, point: dict[str, Array], model: ModelSpec
) -> list[JackknifeRow]:
    at = {name: k for k, name in enumerate(model.construct_names)}
    arrows = [(path.source, path.target) for path in model.paths]
    wanted: list[tuple[str, str | None, str, tuple[int, ...]]] = [
        ("paths", a, b, (at[a], at[b])) for a, b in arrows
    ]
    reached, _ = connected_pairs(model)
    wanted += [("total_effects", a, b, (at[a], at[b])) for a, b in reached]
    if "performance" in point:
        wanted += [("scores", None, name, (k,)) for name, k in at.items()]
    rows = []
    for table, source, target, place in wanted:
        name = "performance" if table == "scores" else table
        each = np.moveaxis(leaves.leaves[name], 0, -1)[place]
        est = np.asarray(point[name][place])
        rows.append(
            JackknifeRow(
                table=table,
                source=source,
                target=target,
                est=number(est),
                se=number(jackknife_error(each)),
                bias=number(jackknife_bias(each, est)),
                acceleration=number(acceleration(each)),
            )
        )
    return rows


def _treatments(
    drawn: BootstrapResult | None, point: dict[str, Array], model: ModelSpec, confidence: float
) -> tuple[TreatmentResult, ...]:
    if drawn is None:
        return ()
    rows = []
    for one in drawn.treated:
        enough = one.used > 1 and bool(np.isfinite(next(iter(one.draws.values()))).any())
        sampled = Resampled(
            point=point, draws=one.draws if enough else {}, confidence=confidence
        )
        scores: list[ConstructEstimate] = []
        if sampled.has("performance"):
            for k, name in enumerate(model.construct_names):
                found = sampled.estimate("performance", k)
                scores.append(ConstructEstimate(construct=name, **fields(found)))
        rows.append(
            TreatmentResult(
                treatment=one.treatment,
                drawn=one.drawn,
                used=one.used,
                paths=effect_table("paths", sampled, model),
                scores=tuple(scores),
            )
        )
    return tuple(rows)
