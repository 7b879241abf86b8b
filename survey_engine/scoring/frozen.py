"""Scoring new respondents with the weights of a fitted run, held fixed.

A tracker keeps the weights of its base wave so that a change of the index is a change of
the answers, not of the ruler. The interval covers who was asked in the new wave; the
weights are taken as given (methodology 2.3, first form).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from survey_engine.errors import Diagnostic
from survey_engine.estimation.estimates import ConstructEstimate
from survey_engine.numerics.moments import Array


@dataclass(frozen=True, kw_only=True)
class FrozenItem:
    """An indicator as the fitted run knew it: weight (unstandardised), mean, SD, scale."""

    item: str
    weight: float
    mean: float
    standard_deviation: float
    minimum: float
    maximum: float


@dataclass(frozen=True, kw_only=True)
class FrozenConstruct:
    """A construct on 0-100: its items, and what the fitted run measured."""

    construct: str
    items: tuple[FrozenItem, ...]
    score: float


@dataclass(frozen=True, kw_only=True)
class FrozenModel:
    """Everything scoring needs of a fitted run.

    Attributes
    ----------
    model : str
    estimator : str
    n : int
        Respondents of the fitted run.
    index : str or None
        The index construct.
    confidence : float
    constructs : tuple[FrozenConstruct, ...]
        Those with a score.
    """

    model: str
    estimator: str
    n: int
    index: str | None
    confidence: float
    constructs: tuple[FrozenConstruct, ...]

    @property
    def items(self) -> tuple[FrozenItem, ...]:
        """Every indicator."""
        return tuple(item for one in self.constructs for item in one.items)


@dataclass(frozen=True, kw_only=True)
class NewScores:
    """Constructs of new respondents on 0-100 with the weights of a fitted run.

    Attributes
    ----------
    n : int
        Respondents with an answer to every item.
    n_effective : float
    scores : tuple[ConstructEstimate, ...]
    before : dict[str, float]
        The same constructs in the fitted run.
    cases : ndarray, shape (n, K)
        Each respondent's scores; not part of any output but a file asked for.
    used : ndarray of bool, shape (rows,)
    diagnostics : tuple[Diagnostic, ...]
        Who was left out, and that the weights are fixed.
    """

    n: int
    n_effective: float
    scores: tuple[ConstructEstimate, ...]
    before: dict[str, float]
    cases: Array
    used: NDArray[np.bool_]
    diagnostics: tuple[Diagnostic, ...] = ()


def case_scores(frozen: FrozenModel, values: Array) -> Array:
    """Scores on 0-100, shape (n, K), of answers (n, p) in the order of `frozen.items`."""
    columns, start = [], 0
    for one in frozen.constructs:
        own = values[:, start : start + len(one.items)]
        start += len(one.items)
        weight = np.array([item.weight for item in one.items])
        low = np.array([item.minimum for item in one.items])
        span = np.array([item.maximum for item in one.items]) - low
        columns.append(100 * (own - low) @ weight / (weight @ span))
    return np.stack(columns, axis=1)


def score_new(frozen: FrozenModel, values: Array, weights: Array | None) -> NewScores:
    """Means with t intervals by the effective number of respondents.

    Parameters
    ----------
    values : ndarray, shape (rows, p)
        Answers in the order of `frozen.items`; rows with a gap are left out.
    weights : ndarray, shape (rows,), optional
    """
    used = np.asarray(np.isfinite(values).all(axis=1))
    if weights is not None:
        used &= np.isfinite(weights) & (weights > 0)
    w = np.ones(int(used.sum())) if weights is None else weights[used]
    cases = case_scores(frozen, values[used])
    n_effective = float(w.sum() ** 2 / (w**2).sum()) if len(w) else 0.0
    rows = []
    for k, one in enumerate(frozen.constructs):
        rows.append(_estimate(one.construct, cases[:, k], (w, n_effective), frozen.confidence))
    return NewScores(
        n=len(w),
        n_effective=n_effective,
        scores=tuple(rows),
        before={one.construct: one.score for one in frozen.constructs},
        cases=cases,
        used=used,
    )


def _estimate(
    name: str, values: Array, weighting: tuple[Array, float], confidence: float
) -> ConstructEstimate:
    w, n_effective = weighting
    if not len(values):
        return ConstructEstimate(construct=name, est=None)
    mean = float(np.average(values, weights=w))
    if not n_effective > 1:
        return ConstructEstimate(construct=name, est=mean)
    variance = float(np.average((values - mean) ** 2, weights=w))
    variance *= len(values) / (len(values) - 1)
    error = float(np.sqrt(variance / n_effective))
    reach = error * float(stdtrit(n_effective - 1, (1 + confidence) / 2))
    return ConstructEstimate(
        construct=name, est=mean, se=error, ci_lower=mean - reach, ci_upper=mean + reach
    )
