"""Engines of a reconciliation: what each is asked, and the numbers taken from its answer."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from survey_engine.analysis.drivers import rank_drivers
from survey_engine.assessment.admissibility import verify
from survey_engine.assessment.blocks import block_sizes, block_slices
from survey_engine.assessment.fit_measures import fit_measures
from survey_engine.errors import Diagnostic, Scope, Severity, diagnostic
from survey_engine.estimation.fit_result import CbSemFit, PlsFit
from survey_engine.estimation.semopy_solution import semopy_solution
from survey_engine.numerics.moments import Array
from survey_engine.responses.survey_data import SurveyData
from survey_engine.scoring.hundred import case_deviation
from survey_engine.spec.model import ModelSpec
from survey_engine.study.cbsem_statistic import cbsem_solution
from survey_engine.study.estimate import Estimated, estimate
from survey_engine.study.ordinal import ALL
from survey_engine.study.prepare import Prepared, prepare
from survey_engine.study.quantities import quantities
from survey_engine.study.reconciliation import Facts, Key, Numbers
from survey_engine.study.result import StudySpec

MOST_CATEGORIES = 7
"""Up to so many answers (declared, else found) an item is read as ordered categories."""
ONE_TREATMENT = ("listwise", "mean", "pairwise", "em", "regression")
"""Treatments of missing answers that every engine but FIML can share."""
SEMOPY_SECONDS = 60.0


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


def semopy_rmsea(fit: CbSemFit) -> float:
    """RMSEA as semopy reports it: divisor n - 1 beside a chi-square of n F."""
    if fit.df == 0:
        return math.nan
    excess = max(fit.chisq / fit.df - 1, 0.0)
    return math.sqrt(excess / (fit.moments.n - 1))


def facts_of(prepared: Prepared, estimated: Estimated) -> Facts:
    """The numbers compared, each by name."""
    point, model, fit = estimated.sampled.point, estimated.model, estimated.fit
    at = {name: k for k, name in enumerate(model.construct_names)}
    paths: dict[Key, float] = {
        (p.source, p.target): float(point["paths"][at[p.source], at[p.target]])
        for p in model.paths
    }
    names: list[Key] = [(c.name, item) for c in model.constructs for item in c.indicators]
    loadings = dict(zip(names, map(float, point["loadings"]), strict=True))
    index, ranks, error = _described(prepared, estimated)
    n = fit.moments.n_effective
    path_errors = (
        _reported_errors(fit) if isinstance(fit, CbSemFit) else _regression_errors(estimated)
    )
    loading_errors: dict[Key, float] = {
        key: (1 - min(value**2, 1.0)) / math.sqrt(n) for key, value in loadings.items()
    }
    return Facts(
        paths=_known(paths),
        loadings=_known(loadings),
        index=_known(index),
        ranks=ranks,
        errors=_errors(fit),
        test=_test(fit),
        scaled=isinstance(fit, CbSemFit) and fit.scaled is not None,
        within={
            "paths": _known(path_errors),
            "loadings": _known(loading_errors),
            "index": error,
        },
    )


def _known(values: dict[Key, float]) -> dict[Key, float]:
    return {key: value for key, value in values.items() if math.isfinite(value)}


def _described(
    prepared: Prepared, estimated: Estimated
) -> tuple[dict[Key, float], dict[Key, float], dict[Key, float]]:
    """Index, ranks and the standard error of the index from the spread of case scores.

    From point estimates alone: whether they may be shown, admissibility says beside them.
    """
    point, target = estimated.sampled.point, prepared.target
    if target is None or "performance" not in point:
        return {}, {}, {}
    model = estimated.model
    k = model.construct_names.index(target)
    drivers = rank_drivers(estimated.sampled, model, target).drivers
    ranks: dict[Key, float] = {(one.source,): float(one.rank) for one in drivers}
    if (point["item_share"][block_slices(block_sizes(model))[k]] < 0).any():
        return {}, ranks, {}  # with a negative weight lower answers give a higher index
    index: dict[Key, float] = {(target,): float(point["performance"][k])}
    return index, ranks, {(target,): index_error(prepared, estimated, k)}


def index_error(prepared: Prepared, estimated: Estimated, k: int) -> float:
    """Standard deviation of the case scores over the root of n, in index points."""
    assert prepared.ranges is not None  # noqa: S101  (the caller has an index)
    moments = estimated.fit.moments.select(estimated.model.indicators)
    deviation = case_deviation(
        estimated.sampled.point["item_share"],
        moments.covariance_unbiased,
        prepared.ranges.span,
        block_sizes(estimated.model),
    )
    return float(deviation[k]) / math.sqrt(moments.n_effective)


def _reported_errors(fit: CbSemFit) -> dict[Key, float]:
    """Standard errors of the paths, in the metric of the standardised ones."""
    found: dict[Key, float] = {}
    for row in fit.parameters:
        if row.op == "~" and row.est and row.se is not None and row.std_all is not None:
            found[row.rhs, row.lhs] = abs(row.se * row.std_all / row.est)
    return found


def _regression_errors(estimated: Estimated) -> dict[Key, float]:
    """Standard errors of the inner regressions of composites, as if scores were data."""
    point, model = estimated.sampled.point, estimated.model
    at = {name: k for k, name in enumerate(model.construct_names)}
    correlations, r2 = point["correlations"], point["r2"]
    n = estimated.fit.moments.n_effective
    found: dict[Key, float] = {}
    for target in dict.fromkeys(path.target for path in model.paths):
        sources = [p.source for p in model.paths if p.target == target]
        places = [at[name] for name in sources]
        within = correlations[np.ix_(places, places)]
        if np.linalg.cond(within) > 1 / np.finfo(float).eps:
            continue
        rest = max(1 - float(r2[at[target]]), 0.0) / max(n - len(places) - 1, 1.0)
        each = np.sqrt(np.maximum(np.diagonal(np.linalg.inv(within)) * rest, 0.0))
        found |= {(s, target): float(se) for s, se in zip(sources, each, strict=True)}
    return found


def _errors(fit: PlsFit | CbSemFit) -> dict[Key, float]:
    if not isinstance(fit, CbSemFit):
        return {}
    return {(row.lhs, row.op, row.rhs): row.se for row in fit.parameters if row.free and row.se}


def _test(fit: PlsFit | CbSemFit) -> dict[Key, float]:
    """Chi-square as reported (scaled where the engine scales it) and RMSEA."""
    if not isinstance(fit, CbSemFit):
        return {}
    chisq = fit.chisq if fit.scaled is None else fit.scaled.chisq
    found: dict[Key, float] = {("chisq",): chisq}
    rmsea = fit_measures(fit).get("rmsea")
    if fit.scaled is None and rmsea is not None:
        found["rmsea",] = rmsea
    return _known(found)


def correlations_of(run: Run) -> Array:
    """Correlations of the constructs, shape (K, K)."""
    return np.asarray(run.estimated.sampled.point["correlations"])


def blocks_of(run: Run) -> tuple[slice, ...]:
    """Where the items of each construct stand."""
    return block_slices(block_sizes(run.estimated.model))
