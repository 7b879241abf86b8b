"""How many hidden classes to report, and who they are: one rule, whatever found them.

References
----------
Sarstedt, M., Becker, J.-M., Ringle, C. M. & Schwaiger, M. (2011). Uncovering and treating
unobserved heterogeneity with FIMIX-PLS: which model selection criterion provides an
appropriate number of segments? Schmalenbach Business Review 63, 34-62: AIC3 with CAIC.
Becker, J.-M., Rai, A., Ringle, C. M. & Voelckner, F. (2013). Discovering unobserved
heterogeneity in structural equation models. MIS Quarterly 37, 665-694: describe classes by
known variables.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from survey_engine.analysis.class_solutions import (
    ClassMean,
    ClassPath,
    ClassRule,
    ClassSolution,
    HiddenClasses,
)
from survey_engine.assessment.resampled import number
from survey_engine.errors import Diagnostic, Where, diagnostic
from survey_engine.numerics.moments import Array
from survey_engine.numerics.regression_mixture import criteria
from survey_engine.numerics.shallow_tree import grow, honest_error

Known = tuple[tuple[str, ...], Array]
"""Names and values (n, F) of variables that may say who the classes are."""

LEAST_ENTROPY = 0.5
LEAST_SEGMENT = (2.486 / 0.3) ** 2
"""Respondents a class needs for a path of .3 (Kock & Hadaya 2018): 69."""
_SET_ASIDE = {
    "too_small": "CLASSES_TOO_SMALL",
    "not_separated": "CLASSES_NOT_SEPARATED",
    "degenerate": "CLASSES_DEGENERATE",
}


class Found(Protocol):
    """A mixture with some number of classes, in falling order of size."""

    @property
    def classes(self) -> int: ...  # noqa: D102
    @property
    def logl(self) -> float: ...  # noqa: D102
    @property
    def parameters(self) -> int: ...  # noqa: D102
    @property
    def shares(self) -> Array: ...  # noqa: D102
    @property
    def posterior(self) -> Array: ...  # noqa: D102
    @property
    def converged(self) -> bool: ...  # noqa: D102
    @property
    def agreeing(self) -> int: ...  # noqa: D102
    @property
    def starts(self) -> int: ...  # noqa: D102
    @property
    def continued(self) -> int: ...  # noqa: D102
    @property
    def degenerate(self) -> int: ...  # noqa: D102
    @property
    def at_bound(self) -> tuple[str, ...]: ...  # noqa: D102


@dataclass(frozen=True, kw_only=True)
class Retained:
    """How many classes to report, by the rule of `HiddenClasses`."""

    solutions: tuple[ClassSolution, ...]
    by_aic3: int
    by_caic: int
    classes: int
    reason: str


def retain(found: Sequence[Found], weights: Array) -> Retained:
    """Apply the rule to mixtures with 1, 2, ... classes.

    Parameters
    ----------
    found : sequence of Found
    weights : ndarray, shape (n,)
        Case weights that sum to n.
    """
    solutions = tuple(_solution(one, weights, found[0].logl) for one in found)
    aic3, caic = _wanted(solutions, "aic3"), _wanted(solutions, "caic")
    classes, reason = _retained(solutions, aic3, caic)
    return Retained(
        solutions=solutions, by_aic3=aic3, by_caic=caic, classes=classes, reason=reason
    )


def search_notes(found: HiddenClasses) -> tuple[Diagnostic, ...]:
    """Why fewer classes are reported than wanted, and what limits the trust in those."""
    one = found.solutions[found.retained - 1]
    wanted = min(found.by_aic3, found.by_caic)
    notes = []
    if found.retained < wanted:
        code = _SET_ASIDE[found.reason]
        notes.append(diagnostic(code, wanted=wanted, retained=found.retained))
    if found.retained == 1:
        return tuple(notes)
    notes.append(diagnostic("CLASSES_ASSUME_NORMAL", classes=one.classes))
    if not one.converged:
        notes.append(diagnostic("CLASSES_NOT_CONVERGED", classes=one.classes))
    if one.agreeing_starts == 1:
        notes.append(
            diagnostic(
                "CLASSES_FOUND_ONCE", classes=one.classes, continued=one.continued_starts
            )
        )
    if one.at_bound:
        where = Where(parameters=one.at_bound)
        notes.append(
            diagnostic("CLASS_VARIANCE_AT_BOUND", where=where, what="; ".join(one.at_bound))
        )
    return tuple(notes)


def described(
    kept: Retained,
    method: str,
    estimates: tuple[tuple[ClassPath, ...], tuple[ClassMean, ...]],
    who: tuple[NDArray[np.intp], Known | None],
    *,
    seed: int,
) -> HiddenClasses:
    """The retained solution with its estimates, and rules for who is in which class.

    Parameters
    ----------
    estimates : (paths, means)
        Of the retained solution.
    who : (labels (n,), known variables)
    """
    labels, known = who
    rules, error, baseline = _rules(labels, kept.classes, known, seed)
    return HiddenClasses(
        method=method,
        solutions=kept.solutions,
        by_aic3=kept.by_aic3,
        by_caic=kept.by_caic,
        retained=kept.classes,
        reason=kept.reason,
        least=LEAST_SEGMENT,
        paths=estimates[0],
        means=estimates[1],
        rules=rules,
        rules_error=error,
        rules_baseline=baseline,
    )


def _solution(one: Found, weights: Array, single: float) -> ClassSolution:
    values = criteria(one.logl, one.parameters, one.posterior, weights=weights, single=single)
    return ClassSolution(
        classes=one.classes,
        logl=one.logl,
        parameters=one.parameters,
        criteria={name: number(value) for name, value in values.items()},
        shares=tuple(one.shares.tolist()),
        smallest=float(one.shares.min() * len(weights)),
        converged=one.converged,
        agreeing_starts=one.agreeing,
        starts=one.starts,
        continued_starts=one.continued,
        degenerate_starts=one.degenerate,
        at_bound=one.at_bound,
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
        if one.degenerate_starts >= one.starts:
            reason = "degenerate"
        elif one.smallest < LEAST_SEGMENT:
            reason = "too_small"
        elif (one.criteria["en"] or 0.0) < LEAST_ENTROPY:
            reason = "not_separated"
        else:
            break
        chosen -= 1
    return chosen, reason


def _rules(
    labels: NDArray[np.intp],
    classes: int,
    known: Known | None,
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
