"""Each respondent's construct scores of a PLS study, for a file of their own."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from survey_engine.assessment.blocks import block_sizes, block_slices
from survey_engine.errors import Diagnostic, diagnostic
from survey_engine.estimation.fit_result import PlsFit
from survey_engine.numerics.moments import Array
from survey_engine.scoring.frozen import case_scores
from survey_engine.study.estimate import Estimated
from survey_engine.study.frozen import freeze
from survey_engine.study.prepare import Prepared
from survey_engine.study.result import StudyResult, StudySpec


@dataclass(frozen=True, kw_only=True)
class ConstructRows:
    """Scores of the respondents used; never part of the result JSON.

    Attributes
    ----------
    constructs : tuple of str
        Products are left out: they are no answers of their own.
    standardised : ndarray, shape (n, K)
        Mean 0 and variance 1 (divisor n - 1, weighted where the study is).
    points : dict of str to ndarray, shape (n,)
        Constructs on 0-100, where their items have scales.
    rows : ndarray, shape (n,)
        Row of the file, from 1.
    """

    constructs: tuple[str, ...]
    standardised: Array
    points: dict[str, Array]
    rows: NDArray[np.int64]


def construct_rows(
    prepared: Prepared, estimated: Estimated, result: StudyResult, spec: StudySpec
) -> tuple[ConstructRows | None, tuple[Diagnostic, ...]]:
    """The scores a PLS request asks for; None for others, or where there are no rows."""
    fit = estimated.fit
    if not spec.factor_scores or not isinstance(fit, PlsFit):
        return None, ()
    source = (estimated.prepared or prepared).reduction
    moments = prepared.reduction.moments
    if moments.missing in ("pairwise", "em") or source.rows.n_rows == 0:
        return None, (diagnostic("SCORES_NEED_ROWS", missing=moments.missing),)
    values = source.rows.values
    at = [source.rows.columns.index(item) for item in estimated.model.indicators]
    sizes = block_sizes(estimated.model)
    kept = [k for k, name in enumerate(estimated.model.construct_names) if ":" not in name]
    scores = _standardised(values[:, at], source.rows.weights)
    if fit.metric == "raw":
        scores = scores * fit.moments.standard_deviation
    blocks = block_slices(sizes)
    composites = np.column_stack([scores[:, blocks[k]] @ fit.weights[blocks[k]] for k in kept])
    frozen, points = freeze(result), {}
    if frozen is not None:
        own = [source.rows.columns.index(one.item) for one in frozen.items]
        each = case_scores(frozen, values[:, own])
        points = {one.construct: each[:, k] for k, one in enumerate(frozen.constructs)}
    return ConstructRows(
        constructs=tuple(estimated.model.construct_names[k] for k in kept),
        standardised=_standardised(composites, source.rows.weights),
        points=points,
        rows=prepared.data.rows[prepared.reduction.used],
    ), ()


def _standardised(values: Array, weights: Array | None) -> Array:
    """Columns with mean 0 and variance 1; constant columns, which products are, become 0."""
    w = np.ones(len(values)) if weights is None else weights
    centred = values - np.average(values, axis=0, weights=w)
    variance = np.average(centred**2, axis=0, weights=w) * len(values) / (len(values) - 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        made = centred / np.sqrt(variance)
    return np.where(variance > 0, made, 0.0)
