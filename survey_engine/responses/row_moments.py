"""First and second moments of rows: weighted, chunked, or by available pairs."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from survey_engine.numerics.moments import Array, ArrayRows, Moments

# Fixed, so that weighted sums have the same bits whoever asks.
CHUNK_ROWS = 65_536


def kish_n(weights: Array | None, n: int) -> float:
    """Kish's effective number of rows, ``(sum w)^2 / sum w^2``; `n` without weights."""
    if weights is None:
        return float(n)
    return float(weights.sum() ** 2 / np.square(weights).sum())


def scaled_weights(weights: Array) -> Array:
    """Positive weights scaled to sum to their number, shape (n,)."""
    scaled: Array = weights * (weights.size / weights.sum())
    return scaled


def mean_and_covariance(values: Array, weights: Array | None) -> tuple[Array, Array]:
    """Means (p,) and covariances (p, p) with divisor sum of weights, in fixed chunks."""

    def blocks() -> Iterator[tuple[Array, Array | None]]:
        for start in range(0, values.shape[0], CHUNK_ROWS):
            part = slice(start, start + CHUNK_ROWS)
            yield values[part], None if weights is None else weights[part]

    return moments_of_blocks(blocks())


def moments_of_rows(rows: ArrayRows) -> Moments:
    """(Weighted) moments of complete rows (n, p), with Kish's effective n."""
    mean, covariance = mean_and_covariance(rows.values, rows.weights)
    return Moments(
        columns=rows.columns,
        n=rows.n_rows,
        n_effective=kish_n(rows.weights, rows.n_rows),
        mean=mean,
        covariance=covariance,
        weighted=rows.weights is not None,
    )


def moments_of_blocks(blocks: Iterator[tuple[Array, Array | None]]) -> tuple[Array, Array]:
    """Means and covariances of blocks of `CHUNK_ROWS` complete rows (the last may be shorter).

    Cross-products are taken about a whole-number shift, so that they are exact for
    whole-number answers and do not cancel for large ones.
    """
    shift: Array | None = None
    for values, weights in blocks:
        if shift is None:
            p = values.shape[1]
            shift = np.rint(values.mean(axis=0))
            first, second, total = np.zeros(p), np.zeros((p, p)), 0.0
        block = values - shift
        if weights is None:
            weighted, part = block, float(block.shape[0])
        else:
            weighted, part = block * weights[:, None], float(weights.sum())
        first += weighted.sum(axis=0)
        second += block.T @ weighted
        total += part
    if shift is None:
        raise ValueError("no rows")
    return centred(first, second, total, shift)


def centred(first: Array, second: Array, total: float, shift: Array) -> tuple[Array, Array]:
    """Means and covariances from sums and cross-products about `shift`."""
    mean = first / total
    covariance = second / total - np.outer(mean, mean)
    return mean + shift, (covariance + covariance.T) / 2


def pairwise_moments(
    values: Array, weights: Array | None
) -> tuple[Array, Array, NDArray[np.int64]]:
    """Available-case means and pair-deleted covariances (each pair about its own means)."""
    seen = ~np.isnan(values)
    share = seen.astype(float) if weights is None else seen * weights[:, None]
    filled = np.where(seen, values, 0.0)
    shift = np.rint((share * filled).sum(axis=0) / share.sum(axis=0))
    filled = np.where(seen, values - shift, 0.0)
    weighted = filled if weights is None else filled * weights[:, None]
    flags = seen.astype(float)
    total = share.T @ flags
    with np.errstate(invalid="ignore", divide="ignore"):
        mean_of_row = (weighted.T @ flags) / total  # mean of j where k is seen too
        covariance = (weighted.T @ filled) / total - mean_of_row * mean_of_row.T
    mean = np.diagonal(mean_of_row) + shift
    return mean, (covariance + covariance.T) / 2, np.rint(flags.T @ flags).astype(np.int64)
