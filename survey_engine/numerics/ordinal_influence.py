"""The asymptotic covariance of thresholds and polychoric correlations from casewise scores.

Two-step estimates solve ``sum_i s_i = 0`` with ``s = (threshold scores, correlation
scores)``. Their covariance is ``B^-1 (sum s s') B^-T`` with B block triangular: the
thresholds of an item see that item only, a correlation sees its pair only (Muthén 1984,
appendix; Muthén & Satorra 1995, Psychometrika 60, p. 489). B is estimated by outer
products of scores. So the influence ``B^-1 s_i`` of a respondent on a threshold is a
function of one answer and on a correlation of two: both are read from tables, and the
covariance is one product of looked-up columns with themselves.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from survey_engine.numerics.moments import Array
from survey_engine.numerics.pair_tables import CHUNK_ROWS, pairs_of
from survey_engine.numerics.polychoric import (
    PairFit,
    row_threshold_scores,
    threshold_scores,
)


@dataclass(frozen=True, kw_only=True)
class InfluenceTables:
    """Influence of an answer (a pair of answers) on each estimate, 0 where missing.

    Attributes
    ----------
    thresholds : ndarray, shape (p, C + 1, C - 1)
        ``[i, a + 1, k]``; row 0 is a missing answer.
    pairs : ndarray, shape (P, C + 1, C + 1)
        ``[pair, a + 1, b + 1]``.
    """

    thresholds: Array
    pairs: Array


def influence_tables(tables: Array, thresholds: Array, fit: PairFit) -> InfluenceTables:
    """Tables of influences.

    Parameters
    ----------
    tables : ndarray, shape (p, p, C, C)
        All contingency tables, `[i, i]` diagonal with the frequencies.
    thresholds : ndarray, shape (p, C - 1)
    fit : PairFit
        In the order of `pairs_of`.
    """
    p, size = len(thresholds), tables.shape[2]
    first, second = pairs_of(p)
    scores = threshold_scores(thresholds)
    frequency = np.einsum("iiaa->ia", tables)
    located = np.zeros((p, size + 1, size - 1))
    located[:, 1:] = _solved(np.einsum("ia,iak,ial->ikl", frequency, scores, scores), scores)
    both = tables[first, second]
    weight = both * fit.score
    information = np.einsum("pab,pab->p", weight, fit.score)
    rows = row_threshold_scores(fit, thresholds[first], thresholds[second])
    turned = PairFit(
        rho=fit.rho,
        probability=fit.probability.transpose(0, 2, 1),
        score=fit.score.transpose(0, 2, 1),
        at_limit=fit.at_limit,
    )
    columns = row_threshold_scores(turned, thresholds[second], thresholds[first])
    of_rows = np.einsum("pab,pabk->pk", weight, rows)
    of_columns = np.einsum("pab,pbak->pk", weight, columns)
    pairs = np.zeros((len(first), size + 1, size + 1))
    pairs[:, 1:, 1:] = fit.score
    pairs -= np.einsum("pak,pk->pa", located[first], of_rows)[:, :, None]
    pairs -= np.einsum("pak,pk->pa", located[second], of_columns)[:, None, :]
    with np.errstate(invalid="ignore", divide="ignore"):
        pairs /= information[:, None, None]
    return InfluenceTables(thresholds=located, pairs=pairs)


def influence_rows(codes: NDArray[np.int8], influence: InfluenceTables) -> Array:
    """Influences of some respondents, shape (p (C - 1) + P, m), for codes (m, p)."""
    p, size = influence.thresholds.shape[0], influence.thresholds.shape[1]
    at = codes.T.astype(np.intp) + 1
    first, second = pairs_of(p)
    cells = at[first]
    cells *= size
    cells += at[second]
    cells += (np.arange(len(first)) * size * size)[:, None]
    found = np.empty((p * (size - 2) + len(first), codes.shape[0]))
    by_item = influence.thresholds.transpose(0, 2, 1)[np.arange(p)[:, None], :, at]
    found[: p * (size - 2)] = by_item.transpose(0, 2, 1).reshape(-1, codes.shape[0])
    np.take(influence.pairs.ravel(), cells, out=found[p * (size - 2) :])
    return found


def influence_products(
    codes: NDArray[np.int8], influence: InfluenceTables, weights: Array | None
) -> Array:
    """``sum_i w_i^2 f_i f_i'`` over all respondents, chunk by chunk."""
    p, size = influence.thresholds.shape[0], influence.thresholds.shape[1]
    s = p * (size - 2) + len(influence.pairs)
    total = np.zeros((s, s))
    for start in range(0, len(codes), CHUNK_ROWS):
        part = slice(start, start + CHUNK_ROWS)
        block = influence_rows(codes[part], influence)
        if weights is not None:
            block *= weights[part]
        total += block @ block.T  # numpy calls syrk here: half the work of a product
    return total


def _solved(information: Array, scores: Array) -> Array:
    """``A^-1 s`` per item; thresholds at infinity have no information and no influence."""
    at = np.arange(information.shape[1])
    diagonal = information[:, at, at]
    information[:, at, at] = np.where(diagonal > 0, diagonal, 1.0)
    solved = np.linalg.solve(information, scores.transpose(0, 2, 1))
    return np.asarray(solved.transpose(0, 2, 1))
