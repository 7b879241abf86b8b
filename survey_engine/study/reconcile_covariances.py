"""Counterfactual fits: respondents, categories, tails, divisors and misfit.

Each function returns the numbers of both engines after the change, or None where the two
do not differ in this respect. What the gap between them shrinks by is the evidence.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from survey_engine.estimation.fit_result import CbSemFit
from survey_engine.numerics.moments import Array, ArrayRows
from survey_engine.responses.reduce import reduce
from survey_engine.study.covariance import cbsem_estimator
from survey_engine.study.reconcile_engines import (
    run_prepared,
)
from survey_engine.study.reconcile_facts import semopy_rmsea
from survey_engine.study.reconcile_pair import Changed, Pair
from survey_engine.study.reconciliation import Facts, Numbers

SEED_OF_NORMAL_ROWS = 1


def missing_answers(pair: Pair) -> Changed | None:
    """FIML from the respondents both engines use: those who answered everything."""
    if pair.first != "fiml":
        return None
    given = pair.theirs.prepared
    complete = given.reduction
    if complete.moments.missing != "listwise":
        complete = reduce(given.data, complete.moments.columns, missing="listwise")
    ours = run_prepared(replace(pair.ours.prepared, reduction=complete), pair.ours.spec)
    asked = pair.theirs.spec.model_copy(update={"missing": "listwise"})
    theirs = run_prepared(replace(given, reduction=complete), asked)
    told = {
        "n_first": pair.ours.prepared.reduction.moments.n,
        "n_second": given.reduction.moments.n,
        "n": complete.moments.n,
    }
    return Changed(first=ours.facts, second=theirs.facts, parameters=told)


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


def bounds(pair: Pair) -> Changed | None:
    """The second with variances that cannot be negative, as semopy has them."""
    best = pair.theirs.estimated.fit
    if pair.first != "semopy" or not isinstance(best, CbSemFit) or pair.theirs.spec.bounds:
        return None
    negative = [
        row.lhs
        for row in best.parameters
        if row.op == "~~" and row.lhs == row.rhs and (row.est or 0.0) < 0
    ]
    if not negative:
        return None
    asked = pair.theirs.spec.model_copy(update={"bounds": True})
    changed = run_prepared(pair.theirs.prepared, asked)
    fit = changed.estimated.fit
    assert isinstance(fit, CbSemFit)  # noqa: S101  (as before)
    test: Numbers = {("chisq",): fit.chisq, ("rmsea",): semopy_rmsea(fit)}
    return Changed(
        first=pair.ours.facts,
        second=replace(changed.facts, test=test),
        parameters={"items": ", ".join(dict.fromkeys(negative))},
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
