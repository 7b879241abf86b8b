"""Construct scores row by row, and regressions among them resampled with scores kept.

The weights of the fitted run make the scores; resampling rows then shows how uncertain an
additional regression is, given these scores (as scores exported to another program are
used).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from survey_engine.assessment.blocks import block_sizes, membership
from survey_engine.assessment.resampled import number, percentile_spread
from survey_engine.estimation.estimates import Estimate
from survey_engine.estimation.fit_result import PlsFit
from survey_engine.numerics.item_products import item_products
from survey_engine.numerics.moments import Array, ArrayRows
from survey_engine.numerics.regression import least_squares
from survey_engine.numerics.resampling import resampled_moments, resampling_tasks


@dataclass(frozen=True, kw_only=True)
class ScoredRows:
    """Standardised construct scores and what a check needs to resample them.

    Attributes
    ----------
    names : tuple[str, ...], length K
    scores : ndarray, shape (n, K)
        (Weighted) mean 0 and variance 1.
    weights : ndarray, shape (n,)
        Case weights that sum to n; ones without any.
    equations : tuple[tuple[int, tuple[int, ...]], ...]
        Each endogenous construct and its antecedents.
    resamples, seed : int
        No intervals with 0 resamples.
    confidence : float
    """

    names: tuple[str, ...]
    scores: Array
    weights: Array
    equations: tuple[tuple[int, tuple[int, ...]], ...]
    resamples: int
    seed: int
    confidence: float = 0.95

    @property
    def n(self) -> int:
        """Number of rows."""
        return len(self.scores)

    def covariance(self, columns: Array) -> Array:
        """(Weighted) covariance of columns (n, q), divisor n."""
        mean = np.average(columns, axis=0, weights=self.weights)
        away = columns - mean
        return np.asarray((away * self.weights[:, None]).T @ away / self.weights.sum())

    def resampled(self, columns: Array) -> Array | None:
        """Covariances of resampled columns, shape (B, q, q); None without resamples."""
        if self.resamples < 2:
            return None
        names = tuple(str(j) for j in range(columns.shape[1]))
        products = item_products(ArrayRows(columns=names, values=columns, weights=self.weights))
        tasks = resampling_tasks(self.resamples, self.seed)
        return np.concatenate([resampled_moments(products, task)[1] for task in tasks])


def scored_rows(
    fit: PlsFit, rows: ArrayRows, *, resamples: int, seed: int, confidence: float
) -> ScoredRows:
    """Scores of every row with the weights of a fit."""
    spec = fit.spec
    at = [rows.columns.index(item) for item in spec.indicators]
    unit = fit.weights
    if fit.metric == "standardised":
        unit = unit / fit.moments.standard_deviation
    raw = rows.values[:, at] @ (membership(block_sizes(spec)) * unit[:, None])
    weights = np.ones(len(raw)) if rows.weights is None else rows.weights
    mean = np.average(raw, axis=0, weights=weights)
    spread = np.sqrt(np.average((raw - mean) ** 2, axis=0, weights=weights))
    where = {name: k for k, name in enumerate(spec.construct_names)}
    equations = []
    for k, name in enumerate(spec.construct_names):
        sources = tuple(where[p.source] for p in spec.paths if p.target == name)
        if sources:
            equations.append((k, sources))
    return ScoredRows(
        names=spec.construct_names,
        scores=(raw - mean) / spread,
        weights=weights,
        equations=tuple(equations),
        resamples=resamples,
        seed=seed,
        confidence=confidence,
    )


@dataclass(frozen=True, kw_only=True)
class Term(Estimate):
    """A coefficient of an extended equation with its two-sided normal p by bootstrap."""

    source: str
    target: str
    p: float | None


def terms(
    rows: ScoredRows,
    sample: tuple[Array, Array | None],
    equation: tuple[int, Sequence[int]],
    labels: Sequence[str],
) -> tuple[tuple[Term, ...], float]:
    """Coefficients of one regression and its R².

    Parameters
    ----------
    sample : (ndarray, ndarray or None)
        Covariances (q, q) of the sample and (B, q, q) of the resamples.
    equation : (target, predictors)
        Positions among the columns.
    labels : sequence of str
        One a predictor.
    """
    target, predictors = equation
    slopes, r2 = least_squares(sample[0], target, predictors)
    spread = None
    if sample[1] is not None:
        drawn, _ = least_squares(sample[1], target, predictors)
        spread = percentile_spread(drawn, rows.confidence)
    found = []
    for j, label in enumerate(labels):
        se = lower = upper = p = None
        if spread is not None:
            se, lower, upper = (
                number(part[j]) for part in (spread.se, spread.lower, spread.upper)
            )
        if se:
            p = number(2 * ndtr(-abs(slopes[j]) / se))
        found.append(
            Term(
                source=label,
                target=rows.names[target],
                est=number(slopes[j]),
                se=se,
                ci_lower=lower,
                ci_upper=upper,
                p=p,
            )
        )
    return tuple(found), float(r2)
