"""Predictions as linear maps from centred answers to centred answers.

A PLS model predicts the items of its endogenous constructs linearly: answers → scores →
scores of constructs further on → answers. So does the benchmark. One matrix per training
sample says all, and errors follow by one multiplication.

References
----------
Shmueli, G., Ray, S., Velasquez Estrada, J. M. & Chatla, S. B. (2016). The elephant in the
room: predictive performance of PLS models. Journal of Business Research 69, 4552-4564.
Danks, N. P. & Ray, S. (2018). Predictions from partial least squares models.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from survey_engine.estimation.pls.design import PlsDesign
from survey_engine.estimation.pls.result import PlsBatch
from survey_engine.numerics.moments import Array

Antecedents = Literal["direct", "earliest"]
"""What predicts a construct: the scores of its direct antecedents, or only those of the
exogenous constructs, carried along the paths."""
Benchmark = Literal["antecedents", "others"]
"""Predictors of the linear benchmark: items of the same antecedents, or of all other
constructs (which includes consequences; older releases of one program used it)."""


@dataclass(frozen=True, kw_only=True)
class Predicted:
    """Which items are predicted, and by which the linear benchmark predicts them.

    Attributes
    ----------
    items : ndarray of int, shape (q,)
        Positions of the items of endogenous constructs.
    constructs : ndarray of int, shape (q,)
    exogenous : ndarray of bool, shape (K,)
    predictors : tuple[tuple[ndarray, ndarray], ...]
        For each endogenous construct the positions of its predicted items among the q,
        and of the benchmark's predictors among the p.
    """

    items: NDArray[np.intp]
    constructs: NDArray[np.intp]
    exogenous: NDArray[np.bool_]
    predictors: tuple[tuple[NDArray[np.intp], NDArray[np.intp]], ...]


def predicted(
    design: PlsDesign, antecedents: Antecedents, benchmark: Benchmark = "antecedents"
) -> Predicted:
    """Endogenous items, each with the benchmark's predictors.

    For direct antecedents these are the items of the construct's direct antecedents, for
    earliest antecedents those of the exogenous constructs.
    """
    exogenous = np.asarray(~design.adjacency.any(axis=0))
    items = np.flatnonzero(~exogenous[design.block])
    constructs = design.block[items]
    pairs = []
    for target in np.flatnonzero(~exogenous):
        sources = design.adjacency[:, target] if antecedents == "direct" else exogenous
        if benchmark == "others":
            sources = np.arange(len(exogenous)) != target
        pairs.append(
            (np.flatnonzero(constructs == target), np.flatnonzero(sources[design.block]))
        )
    return Predicted(
        items=items, constructs=constructs, exogenous=exogenous, predictors=tuple(pairs)
    )


def pls_maps(
    batch: PlsBatch,
    deviation: Array,
    design: PlsDesign,
    *,
    metric: str,
    antecedents: Antecedents,
) -> Array:
    """Maps (B, p, q) of PLS solutions.

    Parameters
    ----------
    deviation : ndarray, shape (B, p)
        Standard deviations (n - 1) of the items in the training samples.
    metric : {"raw", "standardised"}
        Of the weights in `batch`.
    """
    which = predicted(design, antecedents)
    weights = batch.weights if metric == "raw" else batch.weights / deviation
    scores = weights[:, :, None] * design.mask
    if antecedents == "direct":
        effects = batch.paths
    else:
        effects = batch.total_effects * which.exogenous[:, None]
    back = (batch.loadings * deviation)[:, which.items]
    return np.asarray((scores @ effects)[:, :, which.constructs] * back[:, None, :])


def linear_maps(covariance: Array, which: Predicted) -> Array:
    """Maps (B, p, q) of least squares of every predicted item on its predictors."""
    size, p, _ = covariance.shape
    maps = np.zeros((size, p, len(which.items)))
    for items, predictors in which.predictors:
        left = covariance[:, predictors[:, None], predictors]
        right = covariance[:, predictors[:, None], which.items[items]]
        maps[:, predictors[:, None], items] = _solve(left, right)
    return maps


def _solve(left: Array, right: Array) -> Array:
    """Least squares; of predictors that add up, the shortest solution."""
    try:
        return np.asarray(np.linalg.solve(left, right))
    except np.linalg.LinAlgError:
        return np.asarray(np.linalg.pinv(left, hermitian=True) @ right)
