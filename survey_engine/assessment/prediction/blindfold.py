"""Blindfolding: every D-th answer of a block left out in turn, and predicted.

References
----------
Stone, M. (1974). Cross-validatory choice and assessment of statistical predictions. Journal
of the Royal Statistical Society B 36, 111-147.
Geisser, S. (1974). A predictive approach to the random effect model. Biometrika 61, 101-107.
Tenenhaus, M., Esposito Vinzi, V., Chatelin, Y.-M. & Lauro, C. (2005). PLS path modeling.
Computational Statistics & Data Analysis 48, 159-205, section 2.4.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from survey_engine.estimation.pls.design import PlsDesign
from survey_engine.estimation.pls.estimator import PlsEstimator
from survey_engine.numerics.moments import Array, ArrayRows
from survey_engine.spec.model import ModelSpec


@dataclass(frozen=True, kw_only=True)
class BlindfoldedQ2:
    """Cross-validated redundancy and communality of one construct.

    Both are ``1 - SSE / SSO`` over all rounds; None where undefined (redundancy of an
    exogenous construct, communality of a single item, a round that failed).
    """

    construct: str
    redundancy: float | None
    communality: float | None


def blindfolded_q2(
    estimator: PlsEstimator,
    spec: ModelSpec,
    rows: ArrayRows,
    *,
    distance: int = 7,
    start: Array | None = None,
) -> tuple[BlindfoldedQ2, ...]:
    """Stone-Geisser's Q² of every construct, one block blindfolded at a time.

    Points are counted down the first item, then on through the next; in round d every
    point whose number leaves the rest d is left out and replaced by the mean of the
    item's other answers, and the model is estimated anew. The point is predicted by the
    loading times the construct's own score (communality) or its structural prediction
    (redundancy), in standardised units of the round.

    Parameters
    ----------
    distance : int
        Omission distance, at least 2 and not a divisor of the number of rows.

    Raises
    ------
    ValueError
        If `distance` divides the number of rows (whole rows would be left out) or is
        below 2.
    """
    if distance < 2 or rows.n_rows % distance == 0:
        raise ValueError(f"omission distance {distance} divides {rows.n_rows} rows")
    design = estimator.design(spec)
    exact = replace(estimator, batch_tolerance=estimator.tolerance)
    values = rows.values[:, [rows.columns.index(item) for item in spec.indicators]]
    used = ArrayRows(
        columns=spec.indicators, values=values - values.mean(axis=0), weights=rows.weights
    )
    return tuple(
        _of_construct(k, exact, spec, used, (distance, design, start))
        for k in range(len(design.constructs))
    )


def _of_construct(
    k: int,
    estimator: PlsEstimator,
    spec: ModelSpec,
    rows: ArrayRows,
    how: tuple[int, PlsDesign, Array | None],
) -> BlindfoldedQ2:
    distance, design, start = how
    block = design.members[k]
    omitted = _omitted(rows.n_rows, block.stop - block.start, distance)
    share = np.ones(rows.n_rows) if rows.weights is None else rows.weights
    known = np.where(omitted, 0.0, share[None, :, None])
    means = (known * rows.values[None, :, block]).sum(axis=1) / known.sum(axis=1)
    filled = np.broadcast_to(rows.values, (distance, *rows.values.shape)).copy()
    filled[:, :, block] = np.where(omitted, means[:, None, :], filled[:, :, block])
    weighted = filled * share[:, None]
    mean = weighted.sum(axis=1) / share.sum()
    covariance = filled.transpose(0, 2, 1) @ weighted / share.sum()
    covariance -= mean[:, :, None] * mean[:, None, :]
    covariance *= rows.n_rows / (rows.n_rows - 1.0)
    batch = estimator.fit_batch(spec, covariance, start=start)
    deviation = np.sqrt(np.diagonal(covariance, axis1=1, axis2=2))
    scale = 1.0 if estimator.metric == "raw" else deviation
    scores = (filled - mean[:, None, :]) @ ((batch.weights / scale)[:, :, None] * design.mask)
    truth = (rows.values[None, :, block] - mean[:, None, block]) / deviation[:, None, block]
    trivial = truth - (means - mean[:, block])[:, None, :] / deviation[:, None, block]
    loadings = batch.loadings[:, None, block]
    structural = (scores @ batch.paths[:, :, k, None]) * loadings
    own = scores[:, :, k, None] * loadings
    count = omitted * share[None, :, None]
    fine = bool((batch.reason == 0).all())
    sso = float((count * trivial**2).sum())

    def q2(predicted: Array, *, defined: bool) -> float | None:
        if not (fine and defined and sso > 0.0):
            return None
        return 1.0 - float((count * (truth - predicted) ** 2).sum()) / sso

    return BlindfoldedQ2(
        construct=design.constructs[k],
        redundancy=q2(structural, defined=bool(design.adjacency[:, k].any())),
        communality=q2(own, defined=block.stop - block.start > 1),
    )


def _omitted(n: int, items: int, distance: int) -> NDArray[np.bool_]:
    """Which points each round leaves out, shape (D, n, items)."""
    number = np.arange(n)[:, None] + n * np.arange(items)
    return np.asarray(number[None] % distance == np.arange(distance)[:, None, None])
