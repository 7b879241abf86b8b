"""Engines of a reconciliation: what each is asked, and the numbers taken from its answer."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from survey_engine.assessment.admissibility import verify
from survey_engine.assessment.blocks import block_sizes, block_slices
from survey_engine.errors import Diagnostic, Scope, Severity, diagnostic
from survey_engine.estimation.fit_result import CbSemFit
from survey_engine.estimation.semopy_solution import semopy_solution
from survey_engine.numerics.moments import Array
from survey_engine.responses.survey_data import SurveyData
from survey_engine.spec.model import ModelSpec
from survey_engine.study.cbsem_statistic import cbsem_solution
from survey_engine.study.estimate import Estimated, estimate
from survey_engine.study.ordinal import ALL
from survey_engine.study.prepare import Prepared, prepare
from survey_engine.study.quantities import quantities
from survey_engine.study.reconcile_facts import facts_of, semopy_rmsea
from survey_engine.study.reconciliation import Facts, Numbers
from survey_engine.study.result import StudySpec

MOST_CATEGORIES = 7
"""Up to so many answers (declared, else found) an item is read as ordered categories."""
ONE_TREATMENT = ("listwise", "mean", "pairwise", "em", "regression")
"""Treatments of missing answers that every engine but FIML can share."""
SEMOPY_SECONDS = 60.0
SHARED = {
    *("estimator", "metric", "scheme", "modes", "interaction", "higher_order", "index"),
    *("missing", "weights", "resamples", "seed", "ordered", "parameterization"),
    *("std_lv", "orthogonal", "fixed_x", "meanstructure", "kind", "bounds"),
    *("information", "likelihood", "second_opinion", "workers", "executor"),
}
"""Fields of a request the engines use, or that change nothing here."""


@dataclass(frozen=True, kw_only=True)
class Run:
    """One engine's fit with everything needed to make one thing of it different."""

    spec: StudySpec
    prepared: Prepared
    estimated: Estimated
    facts: Facts


class NotNeeded(Exception):
    """The engine would say nothing of its own; `reason` says why."""

    def __init__(self, reason: Diagnostic) -> None:
        super().__init__(reason.code)
        self.reason = reason


def request_of(engine: str, data: SurveyData, model: ModelSpec, spec: StudySpec) -> StudySpec:
    """What an engine is asked: a quick look at one sample, by the common options.

    Raises
    ------
    NotNeeded
        No answer is missing, or no item has few categories.
    """
    missing = spec.missing if spec.missing in ONE_TREATMENT else "listwise"
    asked: dict[str, object] = {
        "estimator": engine,
        "missing": missing,
        "resamples": 0,
        "second_opinion": False,
        "group": None,
        "exact_fit": False,
        "jackknife": False,
        "group_equal": (),
        "group_partial": (),
        "ordered": (),
    }
    if engine == "sum":
        # What everybody does: answers are added as they were given.
        asked |= {"metric": "raw", "modes": {}}
    if engine == "fiml":
        items = [item for item in model.indicators if item in data.columns]
        if not np.isnan(data.values[:, data.positions(items)]).any():
            raise NotNeeded(_note("RECONCILE_NOTHING_MISSING"))
        asked |= {"estimator": "ml", "missing": "fiml"}
    if engine == "wlsmv":
        asked |= {"ordered": spec.ordered or _few_categories(data, model)}
        asked |= {"missing": missing if missing == "pairwise" else "listwise"}
    return spec.model_copy(update=asked)


def unused_options(spec: StudySpec) -> tuple[Diagnostic, ...]:
    """What the request asks for beyond point estimates of all respondents."""
    fields = StudySpec.model_fields
    names = [
        name
        for name in fields
        if name in spec.model_fields_set - SHARED
        and getattr(spec, name) != fields[name].get_default(call_default_factory=True)
    ]
    if not names:
        return ()
    return (diagnostic("RECONCILE_OPTIONS_UNUSED", names=names),)


def _few_categories(data: SurveyData, model: ModelSpec) -> tuple[str, ...]:
    items = tuple(dict.fromkeys(i for i in model.indicators if i in data.columns))
    few = []
    for item in items:
        answers = data.values[:, data.columns.index(item)]
        found = np.unique(answers[np.isfinite(answers)])
        whole = bool((found == np.round(found)).all())
        low, high = data.ranges.get(item, (0.0, len(found) - 1.0))
        if whole and max(high - low + 1, len(found)) <= MOST_CATEGORIES:
            few.append(item)
    if not few:
        raise NotNeeded(_note("RECONCILE_NOT_COARSE", most=MOST_CATEGORIES))
    return ALL if len(few) == len(items) else tuple(few)


def _note(code: str, *, most: int | None = None) -> Diagnostic:
    told: dict[str, Any] = {} if most is None else {"most": most}
    return diagnostic(code, severity=Severity.INFO, scope=Scope.ENGINE, **told)


def run_engine(engine: str, data: SurveyData, model: ModelSpec, spec: StudySpec) -> Run:
    """Prepare and fit one engine.

    Raises
    ------
    SurveyEngineError
        It cannot be fitted.
    NotNeeded
        It would say nothing of its own.
    """
    asked = request_of(engine, data, model, spec)
    return run_prepared(prepare(data, model, asked), asked)


def run_prepared(prepared: Prepared, spec: StudySpec) -> Run:
    """Fit; the numbers compared are taken from an admissible solution or any other."""
    estimated = estimate(prepared, spec)
    # A staged model has made indicators, and scales of its own.
    facts = facts_of(estimated.prepared or prepared, estimated)
    return Run(spec=spec, prepared=prepared, estimated=estimated, facts=facts)


def semopy_run(reference: Run) -> Run | Diagnostic:
    """The run of ML with semopy's estimates; or why there is none."""
    fit = reference.estimated.fit
    assert isinstance(fit, CbSemFit)  # noqa: S101  (the caller's is maximum likelihood)
    if fit.likelihood != "normal":
        asked = reference.spec.model_copy(update={"likelihood": "normal"})
        return semopy_run(run_prepared(reference.prepared, asked))
    told = semopy_solution(fit, timeout=SEMOPY_SECONDS)
    if told.fit is None:
        assert told.reason is not None  # noqa: S101  (one of the two is there)
        return told.reason
    estimated = reference.estimated
    point = quantities(cbsem_solution(told.fit), estimated.layout)
    moved = replace(
        estimated,
        fit=told.fit,
        sampled=replace(estimated.sampled, point=point),
        admissibility=verify(told.fit),
    )
    facts = facts_of(reference.prepared, moved)
    test: Numbers = {("chisq",): told.fit.chisq, ("rmsea",): semopy_rmsea(told.fit)}
    return replace(reference, estimated=moved, facts=replace(facts, test=test, errors={}))


def correlations_of(run: Run) -> Array:
    """Correlations of the constructs, shape (K, K)."""
    return np.asarray(run.estimated.sampled.point["correlations"])


def blocks_of(run: Run) -> tuple[slice, ...]:
    """Where the items of each construct stand."""
    return block_slices(block_sizes(run.estimated.model))
