"""Running a `StagedModel`: one PLS run after the other, the last one is the result."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from survey_engine.estimation.pls.design import PlsDesign
from survey_engine.estimation.pls.made_columns import Material, made_moments
from survey_engine.estimation.pls.result import PlsBatch
from survey_engine.estimation.pls.solve import Settings, solve
from survey_engine.estimation.pls.stages import StagedModel
from survey_engine.numerics.moments import Array


def run_stages(
    staged: StagedModel,
    designs: tuple[PlsDesign, ...],
    settings: Settings,
    *,
    covariance: Array,
    mean: Array,
    shift: Array,
) -> PlsBatch:
    """Solutions of a batch of extended covariance matrices.

    Parameters
    ----------
    covariance : ndarray, shape (B, p + q, p + q)
        Of `staged.columns`, with the divisor the weights refer to.
    mean, shift : ndarray, shape (B, p)
        Of the items; `shift` is the mean minus the origin of the products.

    Returns
    -------
    PlsBatch
        Of the last run, with the moments of its indicators; `first` holds the run
        before.
    """
    scores: Array | None = None
    first: PlsBatch | None = None
    pairs = np.array(staged.pairs, dtype=np.intp).reshape(-1, 2)
    for stage, design in zip(staged.stages, designs, strict=True):
        material = Material(covariance=covariance, shift=shift, pairs=pairs, scores=scores)
        with np.errstate(invalid="ignore", over="ignore"):  # a failed run before is NaN
            made, means, own = made_moments(stage.recipes, material, mean)
        batch = solve(own, design, settings)
        batch = replace(batch, mean=means, covariance=own, first=first)
        if first is not None:
            reason = np.where(first.reason != 0, first.reason, batch.reason)
            batch = replace(batch, reason=reason, converged=first.converged & batch.converged)
        scores = _scores(batch, made, design, shift.shape[1])
        first = batch
    deviation = _product_deviation(staged, material, scores, batch)
    return replace(batch, product_deviation=deviation)


def _product_deviation(
    staged: StagedModel, material: Material, scores: Array | None, batch: PlsBatch
) -> Array:
    """Standard deviations of products of scores, shape (B, number of products).

    Of the scores that were multiplied (two-stage), else of those of the only run.
    """
    names = staged.stages[0].spec.construct_names
    used = scores if material.scores is None else material.scores
    assert used is not None  # noqa: S101  (set by the run)
    found = np.empty((len(batch.reason), len(staged.products)))
    for m, one in enumerate(staged.products):
        row = material.product(
            used[:, names.index(one.first)], used[:, names.index(one.second)]
        )
        variance = np.einsum("bc,bcd,bd->b", row, material.covariance, row, optimize=True)
        with np.errstate(invalid="ignore"):
            found[:, m] = np.sqrt(variance)
    return found


def _scores(batch: PlsBatch, made: Array, design: PlsDesign, items: int) -> Array:
    """Every construct as a combination of items, shape (B, K, p), variance 1."""
    assert batch.covariance is not None  # noqa: S101  (set just before)
    deviation = np.sqrt(np.diagonal(batch.covariance, axis1=1, axis2=2))
    with np.errstate(divide="ignore", invalid="ignore"):
        weights = batch.standardised_weights / deviation
    spread = weights[:, None, :] * design.mask.T
    return spread @ made[:, :, :items]
