"""Hidden classes of respondents: how many, how well separated, and who they are.

References
----------
Hahn, C., Johnson, M. D., Herrmann, A. & Huber, F. (2002). Schmalenbach Business Review 54.
Sarstedt, M., Becker, J.-M., Ringle, C. M. & Schwaiger, M. (2011). Uncovering and treating
unobserved heterogeneity with FIMIX-PLS: which model selection criterion provides an
appropriate number of segments? Schmalenbach Business Review 63, 34-62: AIC3 with CAIC.
Becker, J.-M., Rai, A., Ringle, C. M. & Voelckner, F. (2013). Discovering unobserved
heterogeneity in structural equation models. MIS Quarterly 37, 665-694.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from survey_engine.assessment.resampled import number
from survey_engine.assessment.scored_rows import ScoredRows
from survey_engine.numerics.moments import Array
from survey_engine.numerics.regression_mixture import (
    Equations,
    Mixture,
    criteria,
    fit_mixture,
)
from survey_engine.numerics.shallow_tree import grow, honest_error

STARTS = 20
LEAST_ENTROPY = 0.5
LEAST_SEGMENT = (2.486 / 0.3) ** 2
"""Respondents a class needs for a path of .3 (Kock & Hadaya 2018): 69."""


@dataclass(frozen=True, kw_only=True)
class ClassSolution:
    """A solution with `classes` classes: criteria, sizes, and how sure the search is."""

    classes: int
    logl: float
    parameters: int
    criteria: dict[str, float | None]
    shares: tuple[float, ...]
    smallest: float
    converged: bool
    agreeing_starts: int
    starts: int
    degenerate_starts: int


@dataclass(frozen=True, kw_only=True)
class ClassPath:
    """A path in one class."""

    hidden_class: int
    source: str
    target: str
    est: float | None


@dataclass(frozen=True, kw_only=True)
class ClassRule:
    """Who meets the conditions, and the shares of the classes among them."""

    conditions: tuple[str, ...]
    n: int
    shares: tuple[float, ...]


@dataclass(frozen=True, kw_only=True)
class HiddenClasses:
    """What a search for hidden classes found.

    Attributes
    ----------
    solutions : tuple[ClassSolution, ...]
        1, 2, ... classes.
    by_aic3, by_caic : int
        The number each criterion wants.
    retained : int
        The number to report: what both want, else CAIC's; fewer where classes are too
        small or not separated (`reason`). 1: no hidden classes.
    reason : str
        ``"agree"``, ``"disagree"``, ``"too_small"`` or ``"not_separated"``.
    least : float
        Smallest class allowed, in respondents.
    paths : tuple[ClassPath, ...]
        Of the retained solution.
    rules : tuple[ClassRule, ...]
        In known variables; empty without any or with one class.
    rules_error, rules_baseline : float or None
        Cross-validated share misclassified by rules, and by the largest class.
    """

    solutions: tuple[ClassSolution, ...]
    by_aic3: int
    by_caic: int
    retained: int
    reason: str
    least: float
    paths: tuple[ClassPath, ...]
    rules: tuple[ClassRule, ...]
    rules_error: float | None
    rules_baseline: float | None


def hidden_classes(
    rows: ScoredRows, *, most: int, seed: int, known: tuple[tuple[str, ...], Array] | None
) -> tuple[HiddenClasses, NDArray[np.intp]]:
    """FIMIX-PLS with 1 to `most` classes.

    Parameters
    ----------
    known : (names, ndarray of shape (n, F)), optional
        Variables that may say who the classes are.

    Returns
    -------
    HiddenClasses
    labels : ndarray of int, shape (n,)
        The most likely class of each row in the retained solution.
    """
    equations = Equations(
        targets=tuple(target for target, _ in rows.equations),
        predecessors=tuple(sources for _, sources in rows.equations),
    )
    found = [
        fit_mixture(rows.scores, equations, g, weights=rows.weights, seed=seed, starts=STARTS)
        for g in range(1, most + 1)
    ]
    solutions = tuple(_solution(one, rows, found[0].logl) for one in found)
    aic3 = _wanted(solutions, "aic3")
    caic = _wanted(solutions, "caic")
    retained, reason = _retained(solutions, aic3, caic)
    chosen = found[retained - 1]
    labels = chosen.posterior.argmax(axis=1)
    rules, error, baseline = _rules(labels, retained, known, seed)
    return HiddenClasses(
        solutions=solutions,
        by_aic3=aic3,
        by_caic=caic,
        retained=retained,
        reason=reason,
        least=LEAST_SEGMENT,
        paths=_paths(chosen, rows),
        rules=rules,
        rules_error=error,
        rules_baseline=baseline,
    ), labels


def _solution(one: Mixture, rows: ScoredRows, single: float) -> ClassSolution:
    values = criteria(
        one.logl, one.parameters, one.posterior, weights=rows.weights, single=single
    )
    return ClassSolution(
        classes=one.classes,
        logl=one.logl,
        parameters=one.parameters,
        criteria={name: number(value) for name, value in values.items()},
        shares=tuple(one.shares.tolist()),
        smallest=float(one.shares.min() * rows.n),
        converged=one.converged,
        agreeing_starts=one.agreeing,
        starts=one.starts,
        degenerate_starts=one.degenerate,
    )


def _wanted(solutions: Sequence[ClassSolution], name: str) -> int:
    values = [one.criteria[name] for one in solutions]
    usable = [np.inf if value is None else value for value in values]
    return int(np.argmin(usable)) + 1


def _retained(solutions: Sequence[ClassSolution], aic3: int, caic: int) -> tuple[int, str]:
    chosen = min(aic3, caic)
    reason = "agree" if aic3 == caic else "disagree"
    while chosen > 1:
        one = solutions[chosen - 1]
        if one.smallest < LEAST_SEGMENT:
            reason = "too_small"
        elif (one.criteria["en"] or 0.0) < LEAST_ENTROPY:
            reason = "not_separated"
        else:
            break
        chosen -= 1
    return chosen, reason


def _paths(chosen: Mixture, rows: ScoredRows) -> tuple[ClassPath, ...]:
    return tuple(
        ClassPath(
            hidden_class=g + 1,
            source=rows.names[source],
            target=rows.names[target],
            est=number(chosen.slopes[g, source, target]),
        )
        for g in range(chosen.classes)
        for target, sources in rows.equations
        for source in sources
    )


def _rules(
    labels: NDArray[np.intp],
    classes: int,
    known: tuple[tuple[str, ...], Array] | None,
    seed: int,
) -> tuple[tuple[ClassRule, ...], float | None, float | None]:
    if classes < 2 or known is None or not known[0]:
        return (), None, None
    names, features = known
    leaves = grow(features, labels, classes)
    error, baseline = honest_error(features, labels, classes, seed=seed)
    rules = tuple(
        ClassRule(
            conditions=tuple(
                f"{names[feature]} {'>' if above else '≤'} {threshold:g}"
                for feature, threshold, above in leaf.conditions
            ),
            n=leaf.n,
            shares=tuple(leaf.shares.tolist()),
        )
        for leaf in leaves
    )
    return rules, error, baseline
