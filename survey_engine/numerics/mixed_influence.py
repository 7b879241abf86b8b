"""Influence of respondents on the moments of measured columns among ordered ones.

Means, variances, polyserial and product-moment correlations, in units of standardised
columns; the counterpart of `ordinal_influence`, from casewise scores instead of tables.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from survey_engine.numerics.moments import Array
from survey_engine.numerics.pair_tables import CHUNK_ROWS, pairs_of
from survey_engine.numerics.polyserial import (
    SerialPairs,
    SerialScores,
    pearson_scores,
    serial_scores,
)


@dataclass(frozen=True, kw_only=True)
class MixedInfluence:
    """What turns casewise scores into influences.

    Attributes
    ----------
    pairs : SerialPairs
    thresholds : ndarray, shape (r, C + 1, C - 1)
        Influence of an answer on its item's thresholds, row 0 = missing.
    serial, pearson : ndarray, shapes (P,) and (Q,)
        Correlations.
    univariate : ndarray, shape (q, 2, 2)
        Inverse outer products of the scores of mean and variance.
    information : ndarray, shape (P + Q,)
        Sums of squared correlation scores.
    by_threshold : ndarray, shape (P, C - 1)
    by_measured : ndarray, shape (P, 2)
        Outer products of correlation scores with those of mean and variance.
    by_first, by_second : ndarray, shape (Q, 2)
    """

    pairs: SerialPairs
    thresholds: Array
    serial: Array
    pearson: Array
    univariate: Array
    information: Array
    by_threshold: Array
    by_measured: Array
    by_first: Array
    by_second: Array


def mixed_influence(
    pairs: SerialPairs, thresholds: Array, serial: Array, pearson: Array
) -> MixedInfluence:
    """Sum the outer products of scores over all rows."""
    q, size = pairs.z.shape[1], pairs.bounds.shape[1] - 1
    own = np.zeros((q, 2, 2))
    squares = np.zeros(len(serial) + len(pearson))
    by_threshold = np.zeros((len(serial), size - 1))
    by_measured = np.zeros((len(serial), 2))
    by_first, by_second = np.zeros((len(pearson), 2)), np.zeros((len(pearson), 2))
    for start in range(0, len(pairs.z), CHUNK_ROWS):
        rows = slice(start, start + CHUNK_ROWS)
        weight = np.ones(1) if pairs.weights is None else pairs.weights[rows]
        unit = _univariate_scores(pairs.z[rows])
        own += np.einsum("qam,qbm->qab", unit * weight, unit)
        scores, both = _scores(pairs, rows, serial), _pearson(pairs, rows, pearson)
        times = scores.rho * weight
        squares[: len(serial)] += np.einsum("pm,pm->p", times, scores.rho)
        by_threshold += _by_threshold(pairs, rows, scores, times)
        by_measured += np.einsum("pm,apm->pa", times, [scores.mean, scores.variance])
        times = both[0] * weight
        squares[len(serial) :] += np.einsum("pm,pm->p", times, both[0])
        by_first += np.einsum("pm,apm->pa", times, [both[1], both[3]])
        by_second += np.einsum("pm,apm->pa", times, [both[2], both[4]])
    return MixedInfluence(
        pairs=pairs,
        thresholds=thresholds,
        serial=serial,
        pearson=pearson,
        univariate=np.asarray(np.linalg.inv(own)),
        information=squares,
        by_threshold=by_threshold,
        by_measured=by_measured,
        by_first=by_first,
        by_second=by_second,
    )


def mixed_rows(influence: MixedInfluence, rows: slice) -> Array:
    """Influences, shape (2 q + P + Q, m): means, variances, polyserial, product-moment."""
    pairs, q = influence.pairs, influence.pairs.z.shape[1]
    unit = np.einsum("qab,qbm->aqm", influence.univariate, _univariate_scores(pairs.z[rows]))
    item, column = np.divmod(np.arange(pairs.number), q)
    answer = pairs.codes[rows].T.astype(np.intp) + 1
    located = influence.thresholds[item[:, None], answer[item]]
    serial = _scores(pairs, rows, influence.serial).rho
    serial = serial - np.einsum("pk,pmk->pm", influence.by_threshold, located)
    serial -= np.einsum("pa,apm->pm", influence.by_measured, unit[:, column])
    first, second = pairs_of(q)
    pearson = _pearson(pairs, rows, influence.pearson)[0]
    pearson = pearson - np.einsum("pa,apm->pm", influence.by_first, unit[:, first])
    pearson -= np.einsum("pa,apm->pm", influence.by_second, unit[:, second])
    both = np.concatenate([serial, pearson]) / influence.information[:, None]
    return np.concatenate([unit[0], unit[1], both])


def _univariate_scores(z: Array) -> Array:
    """Scores of mean and variance of standardised columns, (q, 2, m); 0 where missing."""
    z = z.T
    scores = np.stack([z, 0.5 * (np.square(z) - 1.0)], axis=1)
    return np.nan_to_num(scores)


def _scores(pairs: SerialPairs, rows: slice, rho: Array) -> SerialScores:
    z, below, above = pairs.rows(rows, np.arange(pairs.number))
    return serial_scores(z, below, above, rho)


def _pearson(pairs: SerialPairs, rows: slice, rho: Array) -> tuple[Array, ...]:
    first, second = pairs_of(pairs.z.shape[1])
    z = pairs.z[rows].T
    return pearson_scores(z[first], z[second], rho)


def _by_threshold(pairs: SerialPairs, rows: slice, scores: SerialScores, times: Array) -> Array:
    """Outer products of correlation scores with threshold scores, shape (P, C - 1)."""
    q, size = pairs.z.shape[1], pairs.bounds.shape[1] - 1
    item = np.arange(pairs.number) // q
    chosen = pairs.codes[rows].T[item][:, None] == np.arange(size, dtype=np.int8)[:, None]
    upper = np.einsum("pcm,pm->pc", chosen, times * scores.upper)
    lower = np.einsum("pcm,pm->pc", chosen, times * scores.lower)
    return np.asarray(upper[:, :-1] + lower[:, 1:])
