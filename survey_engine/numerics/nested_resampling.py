"""Resamples whose own rows can be left out again: what a studentised bootstrap needs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from survey_engine.numerics.jackknife import GroupedRows
from survey_engine.numerics.moments import Array
from survey_engine.numerics.resampling import ResamplingTask

NESTED_GROUPS = 50
"""Groups of drawn rows left out in turn inside each resample."""
_CELLS = 2**22
"""Numbers held at once while rows of resamples are gathered."""


@dataclass(frozen=True, kw_only=True)
class NestedMoments:
    """Moments of b resamples and of each without one of its G groups of rows.

    Attributes
    ----------
    mean, covariance : ndarray, shapes (b, p) and (b, p, p)
    leaf_mean, leaf_covariance : ndarray, shapes (b, G, p) and (b, G, p, p)
    """

    mean: Array
    covariance: Array
    leaf_mean: Array
    leaf_covariance: Array


def nested_moments(rows: GroupedRows, task: ResamplingTask) -> Iterator[NestedMoments]:
    """Resample rows one by one; drawn rows fall into groups in the order drawn.

    Parameters
    ----------
    rows : GroupedRows
        Each row by itself (as many groups as rows).
    task : ResamplingTask

    Yields
    ------
    NestedMoments
        Of consecutive resamples of the task, as many as fit into memory at once.
    """
    values, weights = rows.centred[:, 0], rows.weights[:, 0]
    count, p = values.shape
    draws = np.random.default_rng(task.seed)
    groups = min(NESTED_GROUPS, count)
    size = -(-count // groups)
    together = max(1, min(task.size, _CELLS // (count * p + groups * p * p)))
    for first in range(0, task.size, together):
        here = min(together, task.size - first)
        picked = draws.integers(0, count, size=(here, count))
        # Dealt like cards: sizes differ by one at most; places left over weigh nothing.
        deal = np.zeros((here, groups * size), dtype=np.intp)
        deal[:, :count] = picked
        given = np.zeros((here, groups * size))
        given[:, :count] = weights[picked]
        deal = deal.reshape(here, size, groups).transpose(0, 2, 1)
        given = given.reshape(here, size, groups).transpose(0, 2, 1)
        yield _moments(values[deal], given, rows.mean)


def _moments(values: Array, weights: Array, origin: Array) -> NestedMoments:
    """From rows (b, G, m, p) and weights (b, G, m)."""
    weighted = values * weights[:, :, :, None]
    total, first = weights.sum(axis=2), weighted.sum(axis=2)
    second = values.transpose(0, 1, 3, 2) @ weighted
    every = (total.sum(axis=1), first.sum(axis=1), second.sum(axis=1))
    mean, covariance = _centred(*every)
    leaf_mean, leaf_covariance = _centred(
        every[0][:, None] - total,
        every[1][:, None] - first,
        every[2][:, None] - second,
    )
    return NestedMoments(
        mean=mean + origin,
        covariance=covariance,
        leaf_mean=leaf_mean + origin,
        leaf_covariance=leaf_covariance,
    )


def _centred(total: Array, first: Array, second: Array) -> tuple[Array, Array]:
    mean = first / total[..., None]
    covariance = second / total[..., None, None] - mean[..., :, None] * mean[..., None, :]
    p = mean.shape[-1]
    at = np.arange(p)
    variance = covariance[..., at, at]
    scale = second[..., at, at] / total[..., None]
    # What is left of a variance by rounding alone is none.
    covariance[..., at, at] = np.where(variance <= 1e-13 * scale, 0.0, variance)
    return mean, covariance
