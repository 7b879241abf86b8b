"""What each method for hidden classes finds in samples, and how near that is to the truth."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import permutations
from typing import Any

import numpy as np

from survey_engine.analysis.class_retention import retain
from survey_engine.analysis.prediction_oriented import climb
from survey_engine.analysis.response_based import rebus
from survey_engine.assessment.scored_rows import scored_rows
from survey_engine.estimation.cbsem.class_estimates import class_estimates
from survey_engine.estimation.cbsem.class_mixture import Searching, fit_class_mixture
from survey_engine.estimation.cbsem.class_model import class_models
from survey_engine.estimation.pls.estimator import PlsEstimator
from survey_engine.numerics.moments import Array, ArrayRows, Moments
from survey_engine.numerics.regression_mixture import Equations, fit_mixture
from survey_engine.numerics.shallow_tree import adjusted_rand
from survey_engine.responses.row_moments import moments_of_rows

from .class_designs import MODEL, NAMES, PATHS, Labels, Planted

ESTIMATOR = PlsEstimator()
METHODS = ("fimix", "pos", "rebus", "sem")


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a method said of one sample.

    `wanted` by AIC3 and CAIC, `retained` after the conditions on size and entropy; `labels`
    and `paths` at the true number.
    """

    wanted: int
    retained: int
    labels: Labels
    paths: Array  # (G, P)


def population_paths(design: Planted, method: str) -> Array:
    """What a method would find with every class known, shape (G, P).

    Latent-class SEM estimates the paths themselves; PLS-based methods paths between
    weighted averages, FIMIX with the weights of the pooled sample.
    """
    if method == "sem":
        return np.array(design.paths)
    _, items = design.structure()
    pooled = np.einsum("g,gij->ij", design.shares, items)
    if method != "fimix":
        fits = [ESTIMATOR.fit(MODEL, _moments(one)) for one in items]
        return np.array([[fit.paths[place] for place in PATHS] for fit in fits])
    fit = ESTIMATOR.fit(MODEL, _moments(pooled))
    weights = np.zeros((15, 5))
    weights[np.arange(15), np.repeat(np.arange(5), 3)] = fit.weights
    found = []
    for one in items:
        covariance = weights.T @ one @ weights
        slopes = np.zeros((5, 5))
        for target in (2, 3, 4):
            at = [s for s, t in PATHS if t == target]
            slopes[at, target] = np.linalg.solve(
                covariance[np.ix_(at, at)], covariance[at, target]
            )
        found.append([slopes[place] for place in PATHS])
    return np.array(found)


def _moments(covariance: Array) -> Moments:
    return Moments(
        columns=MODEL.indicators,
        n=1_000_000,
        n_effective=1e6,
        mean=np.zeros(15),
        covariance=covariance,
    )


def answers(
    values: Array, true: int, most: int, seed: int, methods: tuple[str, ...]
) -> dict[str, Answer]:
    """What the methods say of one sample; PLS-POS and REBUS take FIMIX's number."""
    rows = ArrayRows(columns=MODEL.indicators, values=values)
    found: dict[str, Answer] = {}
    if set(methods) & {"fimix", "pos", "rebus"}:
        found["fimix"] = _fimix(rows, true, most, seed)
    one = np.ones(len(values))
    if "pos" in methods:
        ended, labels = climb(MODEL, ESTIMATOR, values, one, found["fimix"].labels)
        paths = np.array([list(each.values()) for each in ended.paths])
        found["pos"] = replace(found["fimix"], labels=labels, paths=paths)
    if "rebus" in methods:
        reached, labels = rebus(MODEL, ESTIMATOR, values, one, true, seed=seed, repeats=0)
        paths = np.array([list(each.values()) for each in reached.paths], dtype=float)
        found["rebus"] = replace(found["fimix"], labels=labels, paths=paths)
    if "sem" in methods:
        found["sem"] = _sem(rows, true, most, seed)
    return found


def _fimix(rows: ArrayRows, true: int, most: int, seed: int) -> Answer:
    fit = ESTIMATOR.fit(MODEL, moments_of_rows(rows))
    scored = scored_rows(fit, rows, resamples=0, seed=1, confidence=0.95)
    equations = Equations(
        targets=tuple(target for target, _ in scored.equations),
        predecessors=tuple(sources for _, sources in scored.equations),
    )
    found = [
        fit_mixture(scored.scores, equations, g, weights=scored.weights, seed=seed)
        for g in range(1, most + 1)
    ]
    one, kept = found[true - 1], retain(found, scored.weights)
    return Answer(
        wanted=min(kept.by_aic3, kept.by_caic),
        retained=kept.classes,
        labels=one.posterior.argmax(axis=1),
        paths=np.array([[slopes[place] for place in PATHS] for slopes in one.slopes]),
    )


def _sem(rows: ArrayRows, true: int, most: int, seed: int) -> Answer:
    models = class_models(MODEL, moments_of_rows(rows), most, "structure")
    weights = np.ones(rows.n_rows)
    how = Searching(seed=seed)
    found = [fit_class_mixture(model, rows.values, weights, how) for model in models]
    one, kept = found[true - 1], retain(found, weights)
    estimates = class_estimates(one)
    at = [estimates.names.index(name) for name in NAMES]
    return Answer(
        wanted=min(kept.by_aic3, kept.by_caic),
        retained=kept.classes,
        labels=one.posterior.argmax(axis=1),
        paths=np.array(
            [[slopes[at[t], at[s]] for s, t in PATHS] for slopes in estimates.paths]
        ),
    )


def matched(answer: Answer, labels: Labels) -> Array:
    """The paths of an answer in the order of the true classes."""
    count = len(answer.paths)
    crossed = np.zeros((count, count))
    np.add.at(crossed, (labels, answer.labels), 1)
    best = max(permutations(range(count)), key=lambda p: crossed[np.arange(count), p].sum())
    return answer.paths[list(best)]


def run_cell(
    design: Planted, n: int, *, sets: int, seed: int, methods: tuple[str, ...] = METHODS
) -> dict[str, Any]:
    """Number retained, adjusted Rand index and bias of class paths over `sets` samples."""
    true = len(design.paths)
    most = max(true + 1, 3)
    found: dict[str, list[Answer]] = {method: [] for method in methods}
    truth, best = [], []
    for number in range(sets):
        values, labels = design.sample(n, (seed, n, true, number))
        truth.append(labels)
        best.append(_rand(design.best(values), labels))
        told = answers(values, true, most, number + 1, methods)
        for method in methods:
            found[method].append(told[method])
    summary: dict[str, Any] = {"classes": true, "data_sets": sets, "best_rand": _mean(best)}
    for method in methods:
        paths = np.array(
            [matched(one, labels) for one, labels in zip(found[method], truth, strict=True)]
        )
        bias = paths.mean(axis=0) - population_paths(design, method)
        worst = np.unravel_index(np.abs(bias).argmax(), bias.shape)
        summary[method] = {
            "wanted": _counts([one.wanted for one in found[method]], most),
            "retained": _counts([one.retained for one in found[method]], most),
            "rand": _mean(
                [
                    _rand(one.labels, labels)
                    for one, labels in zip(found[method], truth, strict=True)
                ]
            ),
            "largest_bias": float(np.abs(bias[worst])),
            "mc_error": float(paths.std(axis=0)[worst] / sets**0.5),
        }
    return summary


def run_p_cell(design: Planted, n: int, *, sets: int, seed: int) -> dict[str, Any]:
    """Share of samples whose two classes by REBUS have a p below .05, either way."""
    kinds: dict[str, list[float]] = {"random": [], "one_class": []}
    for number in range(sets):
        values, _ = design.sample(n, (seed, n, number))
        found, _ = rebus(MODEL, ESTIMATOR, values, np.ones(n), 2, seed=number + 1)
        kinds["random"].append(float(found.p_random is not None and found.p_random < 0.05))
        kinds["one_class"].append(
            float(found.p_one_class is not None and found.p_one_class < 0.05)
        )
    return {"data_sets": sets, **{kind: _mean(flags) for kind, flags in kinds.items()}}


def _rand(first: Labels, second: Labels) -> float:
    return adjusted_rand(first, second) if second.max() else 1.0


def _counts(numbers: list[int], most: int) -> list[int]:
    return np.bincount(numbers, minlength=most + 1)[1:].tolist()


def _mean(values: list[float]) -> float:
    return float(np.mean(values))
