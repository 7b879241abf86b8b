"""Counterfactual fits: one thing of one engine made the same as in the other.

Each function returns the numbers of both engines after the change, or None where the two
do not differ in this respect. What the gap between them shrinks by is the evidence.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from survey_engine.assessment.admissibility import SMALLEST_EIGENVALUE, near_singular
from survey_engine.assessment.blocks import adjacency, spread
from survey_engine.estimation.fit_result import CbSemFit, PlsFit
from survey_engine.numerics.moments import Array, ArrayRows
from survey_engine.scoring.hundred import performance
from survey_engine.study.cbsem_statistic import cbsem_solution
from survey_engine.study.covariance import cbsem_estimator
from survey_engine.study.quantities import Solution, quantities
from survey_engine.study.reconcile_engines import (
    Run,
    blocks_of,
    correlations_of,
    facts_of,
    run_prepared,
    semopy_rmsea,
)
from survey_engine.study.reconciliation import Facts, Numbers
from survey_engine.study.statistic import pls_solution

COMPOSITES = ("sum", "pls")
WEIGHTED = (*COMPOSITES, "plsc")
SEED_OF_NORMAL_ROWS = 1


@dataclass(frozen=True, kw_only=True)
class Changed:
    """Both engines' numbers after the change, with what the wording needs."""

    first: Facts
    second: Facts
    parameters: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Pair:
    """Two engines, and every run there is."""

    first: str
    second: str
    runs: Mapping[str, Run]
    tried: dict[str, Changed | None] = field(default_factory=dict)

    @property
    def ours(self) -> Run:
        """The run of the first."""
        return self.runs[self.first]

    @property
    def theirs(self) -> Run:
        """The run of the second."""
        return self.runs[self.second]


def attenuation(pair: Pair) -> Changed | None:
    """Composite correlations divided by the root of both reliabilities.

    For PLS beside a covariance-based engine by rho_A (Dijkstra & Henseler 2015, eq. 6:
    consistent PLS); else by Cronbach's alpha, as Spearman (1904) has it.
    """
    if pair.first not in COMPOSITES or pair.second in COMPOSITES:
        return None
    point = pair.ours.estimated.sampled.point
    alphas = np.where(np.isfinite(point["alpha"]), point["alpha"], 1.0)
    weakest = int(np.argmin(alphas))
    told = {
        "reliability": float(alphas[weakest]),
        "construct": pair.ours.estimated.model.construct_names[weakest],
    }
    consistent = pair.runs.get("plsc")
    if pair.first == "pls" and pair.second != "plsc" and consistent is not None:
        return Changed(first=consistent.facts, second=pair.theirs.facts, parameters=told)
    if (alphas <= 0).any():
        return None
    root = np.sqrt(alphas)
    corrected = correlations_of(pair.ours) / np.outer(root, root)
    np.fill_diagonal(corrected, 1.0)
    facts = _with_correlations(pair.ours, corrected, shrink=root)
    return Changed(first=replace(facts, loadings={}), second=pair.theirs.facts, parameters=told)


def scaling(pair: Pair) -> Changed | None:
    """The other metric: items in their own units, or each divided by its deviation."""
    mine, theirs = pair.ours.prepared.metric, pair.theirs.prepared.metric
    # Covariance-based engines do not depend on the units of the items.
    target = theirs if pair.second in WEIGHTED else "standardised"
    if pair.first not in WEIGHTED or mine == target:
        return None
    deviation = pair.ours.estimated.fit.moments.standard_deviation
    other = replace(pair.ours.prepared, metric=target)
    changed = run_prepared(other, pair.ours.spec.model_copy(update={"metric": target}))
    told = {"ratio": float(deviation.max() / deviation.min())}
    return Changed(first=changed.facts, second=pair.theirs.facts, parameters=told)


def weighting(pair: Pair) -> Changed | None:
    """Sum scores with indicator weights estimated as PLS does, in their own metric."""
    if pair.first != "sum" or pair.second == "sum":
        return None
    asked = pair.ours.spec.model_copy(update={"estimator": "pls"})
    changed = run_prepared(pair.ours.prepared, asked)
    shares = changed.estimated.sampled.point["unstandardised_weights"]
    names = pair.ours.estimated.model.indicators
    sizes = [len(shares[block]) for block in blocks_of(pair.ours)]
    away = shares * spread(np.array(sizes, dtype=float), tuple(sizes))
    furthest = int(np.nanargmax(np.abs(away - 1)))
    told = {"item": names[furthest], "times": float(away[furthest])}
    return Changed(first=changed.facts, second=pair.theirs.facts, parameters=told)


def index_weights(pair: Pair) -> Changed | None:
    """The index of the first with the normalised indicator weights of the second."""
    target, ranges = pair.ours.prepared.target, pair.ours.prepared.ranges
    ours, theirs = pair.ours.estimated, pair.theirs.estimated
    if target is None or ranges is None or ours.model.indicators != theirs.model.indicators:
        return None
    sizes = tuple(len(c.indicators) for c in ours.model.constructs)
    mine = ours.sampled.point["unstandardised_weights"]
    other = theirs.sampled.point["unstandardised_weights"]
    mean = ours.fit.moments.select(ours.model.indicators).mean
    if pair.first == "wlsmv":
        mean = pair.ours.prepared.reduction.moments.select(ours.model.indicators).mean
    k = ours.model.construct_names.index(target)
    score = float(performance(other, mean, ranges, sizes)[k])
    block = blocks_of(pair.ours)[k]
    furthest = int(np.argmax(np.abs(mine[block] - other[block]))) + block.start
    told = {
        "item": ours.model.indicators[furthest],
        "first": float(mine[furthest]),
        "second": float(other[furthest]),
    }
    changed = replace(pair.ours.facts, index={(target,): score})
    only = Facts(index=changed.index)
    return Changed(first=only, second=pair.theirs.facts, parameters=told)


def missing_answers(pair: Pair) -> Changed | None:
    """FIML from the respondents both engines use: those who answered everything."""
    if pair.first != "fiml":
        return None
    n, fewer = pair.ours.prepared.reduction, pair.theirs.prepared.reduction
    changed = run_prepared(replace(pair.ours.prepared, reduction=fewer), pair.ours.spec)
    told = {"n_first": n.moments.n, "n_second": fewer.moments.n}
    return Changed(first=changed.facts, second=pair.theirs.facts, parameters=told)


def coarse_answers(pair: Pair) -> Changed | None:
    """ML fitted to the polychoric correlations in place of those of the numbers."""
    if pair.first != "wlsmv" or pair.second != "ml":
        return None
    ordinal = pair.ours.prepared.ordinal
    assert ordinal is not None  # noqa: S101  (WLSMV is only run on ordered items)
    moments = pair.ours.prepared.reduction.moments
    given = replace(pair.theirs.prepared, reduction=pair.ours.prepared.reduction)
    changed = run_prepared(given, pair.theirs.spec)
    numbers = pair.theirs.prepared.reduction.moments.select(moments.columns).correlation
    away = np.abs(moments.correlation) - np.abs(numbers)
    found = [len(answers) for answers in ordinal.moments[0].categories if answers]
    told = {"categories": min(found), "correlation": float(away.max())}
    return Changed(first=pair.ours.facts, second=changed.facts, parameters=told)


def non_normality(pair: Pair) -> Changed | None:
    """The robust engine on normal answers with the very same means and covariances."""
    if pair.first != "mlr" or pair.second != "ml":
        return None
    fit = pair.ours.estimated.fit
    if not isinstance(fit, CbSemFit) or fit.scaled is None:
        return None
    reduction = pair.ours.prepared.reduction
    rows = _normal_rows(reduction.rows, reduction.moments.mean, reduction.moments.covariance)
    given = replace(pair.ours.prepared, reduction=replace(reduction, rows=rows))
    changed = run_prepared(given, pair.ours.spec)
    ours, theirs = pair.ours.facts.errors, pair.theirs.facts.errors
    ratios = [ours[key] / theirs[key] for key in ours if key in theirs]
    told = {"factor": fit.scaled.factor, "ratio": float(np.mean(ratios))}
    return Changed(first=changed.facts, second=pair.theirs.facts, parameters=told)


def _normal_rows(rows: ArrayRows, mean: Array, covariance: Array) -> ArrayRows:
    """Normal rows with exactly these means and covariances (divisor n), seeded."""
    random = np.random.default_rng(SEED_OF_NORMAL_ROWS)
    draws = random.standard_normal(rows.values.shape)
    exact = np.linalg.qr(draws - draws.mean(axis=0))[0] * np.sqrt(len(draws))
    return ArrayRows(
        columns=rows.columns, values=mean + exact @ np.linalg.cholesky(covariance).T
    )


def divisor(pair: Pair) -> Changed | None:
    """The second with semopy's divisors: n for chi-square, n - 1 for RMSEA."""
    if pair.first != "semopy":
        return None
    asked = pair.theirs.spec.model_copy(update={"likelihood": "normal"})
    fit = run_prepared(pair.theirs.prepared, asked).estimated.fit
    assert isinstance(fit, CbSemFit)  # noqa: S101  (semopy is compared with ML only)
    test: Numbers = {("chisq",): fit.chisq, ("rmsea",): semopy_rmsea(fit)}
    told = {"n": fit.moments.n, "likelihood": pair.theirs.spec.likelihood}
    return Changed(
        first=Facts(test=pair.ours.facts.test), second=Facts(test=test), parameters=told
    )


def not_at_optimum(pair: Pair) -> Changed | None:
    """Semopy's search carried on by the engine from where it stopped."""
    if pair.first != "semopy":
        return None
    stopped, best = pair.ours.estimated.fit, pair.theirs.estimated.fit
    assert isinstance(stopped, CbSemFit)  # noqa: S101
    assert isinstance(best, CbSemFit)  # noqa: S101
    moments = pair.ours.prepared.reduction.moments
    batch = cbsem_estimator(pair.ours.spec).fit_batch(
        pair.ours.prepared.model, moments, moments.covariance[None], start=stopped
    )
    if not batch.converged[0]:
        return None
    names = stopped.spec.construct_names
    at = {name: k for k, name in enumerate(names)}
    paths = {
        key: float(batch.paths[0, at[key[0]], at[key[1]]]) for key in pair.ours.facts.paths
    }
    keys = pair.ours.facts.loadings
    loadings = dict(zip(keys, map(float, batch.loadings[0]), strict=False))
    reached = replace(stopped, chisq=float(batch.chisq[0]))
    test: Numbers = {("chisq",): reached.chisq, ("rmsea",): semopy_rmsea(reached)}
    told = {"chisq_first": stopped.chisq, "chisq_second": float(batch.chisq[0])}
    changed = Facts(
        paths=paths, loadings=loadings if len(batch.loadings[0]) == len(keys) else {}, test=test
    )
    return Changed(first=changed, second=pair.theirs.facts, parameters=told)


def near_singular_constructs(pair: Pair) -> Changed | None:
    """Constructs the data hardly tell apart, told apart as well as by PLS.

    Correlations whose smallest eigenvalue is below the cut-off are multiplied by one
    factor that raises it to that of PLS (without PLS, to the cut-off); paths follow by
    regression.
    """
    weak = {side: _smallest(run) for side, run in (("a", pair.ours), ("b", pair.theirs))}
    known = _smallest(pair.runs["pls"]) if "pls" in pair.runs else SMALLEST_EIGENVALUE
    known = max(known, SMALLEST_EIGENVALUE)
    if not min(weak.values()) < SMALLEST_EIGENVALUE:
        return None
    told = {"eigenvalue": min(weak.values()), "eased": known}
    return Changed(
        first=_eased(pair.ours, weak["a"], known),
        second=_eased(pair.theirs, weak["b"], known),
        parameters=told,
    )


def _smallest(run: Run) -> float:
    return float(near_singular(correlations_of(run)))


def _eased(run: Run, weak: float, known: float) -> Facts:
    """Paths and ranks once the smallest eigenvalue is `known`; of a sound run as they are."""
    if weak >= SMALLEST_EIGENVALUE:
        return replace(run.facts, loadings={}, index={}, test={}, errors={})
    eased = correlations_of(run) * (1 - known) / (1 - weak)
    np.fill_diagonal(eased, 1.0)
    changed = _with_correlations(run, eased)
    return replace(changed, loadings={}, index={}, test={}, errors={})


def misfit(pair: Pair) -> Changed | None:
    """Consistent PLS on the covariances ML's solution implies: answers that fit the model."""
    if (pair.first, pair.second) != ("plsc", "ml"):
        return None
    best = pair.theirs.estimated.fit
    assert isinstance(best, CbSemFit)  # noqa: S101  (the second is maximum likelihood)
    reduction = pair.ours.prepared.reduction
    columns = best.moments.columns
    if set(columns) != set(reduction.moments.columns):
        return None
    at = [columns.index(name) for name in reduction.moments.columns]
    moments = replace(reduction.moments, covariance=best.implied[np.ix_(at, at)])
    given = replace(pair.ours.prepared, reduction=replace(reduction, moments=moments))
    changed = run_prepared(given, pair.ours.spec)
    told = {"chisq": best.chisq, "df": best.df}
    return Changed(first=changed.facts, second=pair.theirs.facts, parameters=told)


def _with_correlations(run: Run, correlations: Array, shrink: Array | None = None) -> Facts:
    """The numbers of a run, had its constructs these correlations."""
    estimated = run.estimated
    fit = estimated.fit
    solution = pls_solution(fit) if isinstance(fit, PlsFit) else cbsem_solution(fit)
    paths, r2 = _regressed(correlations, adjacency(estimated.model))
    total = np.linalg.inv(np.eye(len(paths)) - paths) - np.eye(len(paths))
    loadings = solution.loadings
    if shrink is not None:
        loadings = loadings * spread(shrink, estimated.layout.sizes)
    moved: Solution = replace(
        solution,
        correlations=correlations,
        paths=paths,
        total_effects=total,
        r2=r2,
        loadings=loadings,
    )
    point = quantities(moved, estimated.layout)
    sampled = replace(estimated.sampled, point=point)
    return facts_of(run.prepared, replace(estimated, sampled=sampled))


def _regressed(correlations: Array, arrows: Array) -> tuple[Array, Array]:
    """Standardised regressions along the arrows: paths (K, K) and R2 (K,)."""
    paths = np.zeros_like(correlations)
    r2 = np.full(len(correlations), np.nan)
    for target in np.flatnonzero(arrows.any(axis=0)):
        sources = np.flatnonzero(arrows[:, target])
        within = correlations[np.ix_(sources, sources)]
        slopes = np.linalg.lstsq(within, correlations[sources, target], rcond=None)[0]
        paths[sources, target] = slopes
        r2[target] = float(slopes @ correlations[sources, target])
    return paths, r2


REASONS: dict[str, Callable[[Pair], Changed | None]] = {
    "near_singular": near_singular_constructs,
    "missing_answers": missing_answers,
    "coarse_answers": coarse_answers,
    "non_normality": non_normality,
    "divisor": divisor,
    "not_at_optimum": not_at_optimum,
    "attenuation": attenuation,
    "scaling": scaling,
    "weighting": weighting,
    "index_weights": index_weights,
    "misfit": misfit,
}
"""In the order in which equal shares are named."""
