"""The satisfaction index and every construct's score, from resampled statistics."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from survey_engine.assessment.blocks import block_sizes, block_slices
from survey_engine.assessment.resampled import Resampled
from survey_engine.errors import Diagnostic, Where, diagnostic
from survey_engine.estimation.estimates import ConstructEstimate
from survey_engine.numerics.moments import Moments
from survey_engine.scoring.hundred import ItemRange, case_deviation
from survey_engine.scoring.result import ConstructScores, SatisfactionIndex
from survey_engine.spec.model import ModelSpec

FORMULAS = {
    "raw": "raw_weights",
    "standardised": "converted_standardised_weights",
    "factor": "factor_weighted",
}
"""Names of the route by the metric of the weights."""


def negative_weights(
    sampled: Resampled, model: ModelSpec, target: str | None
) -> tuple[Diagnostic, ...]:
    """One NEGATIVE_WEIGHT for each construct that therefore has no score.

    An error for the index construct, a warning for the others: with a negative weight
    the lowest answers no longer give the lowest score.
    """
    weights = sampled.point["unstandardised_weights"]
    found = []
    for construct, block in zip(
        model.constructs, block_slices(block_sizes(model)), strict=True
    ):
        values = weights[block]
        items = tuple(
            item for item, value in zip(construct.indicators, values, strict=True) if value < 0
        )
        if items:
            problem = diagnostic(
                "NEGATIVE_WEIGHT", where=Where(items=items, constructs=(construct.name,))
            )
            found.append(problem if construct.name == target else _as_warning(problem))
    return tuple(found)


def _as_warning(problem: Diagnostic) -> Diagnostic:
    from survey_engine.errors import Severity

    return diagnostic(problem.code, where=problem.where, severity=Severity.WARNING)


def construct_scores(
    sampled: Resampled,
    model: ModelSpec,
    moments: Moments,
    ranges: ItemRange,
    *,
    formula: str,
    without: Collection[str] = (),
) -> ConstructScores:
    """Every construct on 0-100 with its interval.

    Parameters
    ----------
    sampled : Resampled
        With ``performance``, ``item_share`` and ``unstandardised_weights``.
    without : collection of str
        Constructs that get no score (negative weights).
    """
    deviation = score_deviations(sampled, model, moments, ranges)
    rows = []
    for k, name in enumerate(model.construct_names):
        if name in without:
            rows.append(ConstructEstimate(construct=name, est=None))
            deviation[k] = np.nan
            continue
        row = sampled.estimate("performance", k)
        rows.append(
            ConstructEstimate(
                construct=name,
                est=row.est,
                se=row.se,
                ci_lower=row.ci_lower,
                ci_upper=row.ci_upper,
            )
        )
    return ConstructScores(
        formula=formula,
        performance=tuple(rows),
        standard_deviation=deviation,
        indicator_weights=sampled.point["unstandardised_weights"],
    )


def score_deviations(
    sampled: Resampled, model: ModelSpec, moments: Moments, ranges: ItemRange
) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """Standard deviations (n - 1) of the case scores on 0-100, shape (K,)."""
    return case_deviation(
        sampled.point["item_share"],
        moments.covariance_unbiased,
        ranges.span,
        block_sizes(model),
    )


def satisfaction_index(
    scores: ConstructScores, model: ModelSpec, target: str, *, n: int, confidence: float
) -> SatisfactionIndex | None:
    """The index: the score of the index construct; None where that has no score."""
    k = model.construct_names.index(target)
    row = scores.performance[k]
    if row.est is None:
        return None
    block = block_slices(block_sizes(model))[k]
    weights = scores.indicator_weights[block].tolist()
    return SatisfactionIndex(
        est=row.est,
        se=row.se,
        ci_lower=row.ci_lower,
        ci_upper=row.ci_upper,
        construct=target,
        n=n,
        formula=scores.formula,
        indicator_weights=dict(zip(model.constructs[k].indicators, weights, strict=True)),
        standard_deviation=float(scores.standard_deviation[k]),
        confidence=confidence,
    )
