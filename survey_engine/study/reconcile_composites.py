"""Counterfactual fits: error, units and weights of composites, constructs near each other.

Each function returns the numbers of both engines after the change, or None where the two
do not differ in this respect. What the gap between them shrinks by is the evidence.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from survey_engine.assessment.admissibility import SMALLEST_EIGENVALUE, near_singular
from survey_engine.assessment.blocks import adjacency, spread
from survey_engine.estimation.fit_result import PlsFit
from survey_engine.numerics.moments import Array
from survey_engine.scoring.hundred import performance
from survey_engine.study.cbsem_statistic import cbsem_solution
from survey_engine.study.quantities import Solution, quantities
from survey_engine.study.reconcile_engines import (
    Run,
    blocks_of,
    correlations_of,
    run_prepared,
)
from survey_engine.study.reconcile_facts import facts_of
from survey_engine.study.reconcile_pair import COMPOSITES, WEIGHTED, Changed, Pair
from survey_engine.study.reconciliation import Facts
from survey_engine.study.statistic import pls_solution


def attenuation(pair: Pair) -> Changed | None:
    """Composite correlations divided by the root of both reliabilities.

    For PLS beside a covariance-based engine by rho_A (Dijkstra & Henseler 2015, eq. 6:
    consistent PLS); else by Cronbach's alpha, as Spearman (1904) has it.
    """
    if pair.first not in COMPOSITES or pair.second in COMPOSITES:
        return None
    if pair.ours.estimated.staged is not None:
        return None
    alphas = _reliabilities(pair)
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


def _reliabilities(pair: Pair) -> Array:
    """Cronbach's alpha of what the second corrects, else 1, shape (K,).

    A composite is what its items make up: nobody corrects it; nor does consistent PLS
    where weights are not those of mode A.
    """
    estimated = pair.ours.estimated
    alphas = np.array(estimated.sampled.point["alpha"])
    fit = estimated.fit
    assert isinstance(fit, PlsFit)  # noqa: S101  (the first is one of COMPOSITES)
    for k, construct in enumerate(estimated.model.constructs):
        other = pair.second == "plsc" and fit.modes[k] != "A"
        if construct.kind == "composite" or other or not np.isfinite(alphas[k]):
            alphas[k] = 1.0
    return alphas


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
    if target is None or ranges is None or ours.staged is not None:
        return None
    if ours.model.indicators != theirs.model.indicators:
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


def near_singular_constructs(pair: Pair) -> Changed | None:
    """Constructs the data hardly tell apart, told apart as well as by PLS.

    Correlations whose smallest eigenvalue is below the cut-off are multiplied by one
    factor that raises it to that of PLS (without PLS, to the cut-off); paths follow by
    regression.
    """
    if pair.ours.estimated.staged is not None or pair.theirs.estimated.staged is not None:
        return None
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
