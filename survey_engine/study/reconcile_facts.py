"""The numbers of one engine that are compared, taken from its fit."""

from __future__ import annotations

import math

import numpy as np

from survey_engine.analysis.drivers import rank_drivers
from survey_engine.assessment.blocks import block_sizes, block_slices
from survey_engine.assessment.fit_measures import fit_measures
from survey_engine.estimation.fit_result import CbSemFit, PlsFit
from survey_engine.scoring.hundred import case_deviation
from survey_engine.study.estimate import Estimated
from survey_engine.study.prepare import Prepared
from survey_engine.study.reconciliation import Facts, Key


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
