"""Bootstrap resamples as moments: how often each row is drawn, times what rows hold.

Resamples come in fixed chunks of `CHUNK`, one `SeedSequence` child a chunk, and rows in
fixed blocks of `BLOCK`: the same digits for any number of workers, and memory that does
not grow with the number of rows.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from survey_engine.numerics.item_products import ItemProducts
from survey_engine.numerics.moments import Array

CHUNK = 250
"""Resamples a task; part of the definition of a bootstrap's digits."""


@dataclass(frozen=True, kw_only=True)
class ResamplingTask:
    """One chunk of resamples: how many, and its own seed."""

    key: int
    size: int
    seed: np.random.SeedSequence


def resampling_tasks(requested: int, seed: int, *, first: int = 0) -> list[ResamplingTask]:
    """Cut `requested` resamples into chunks with independent seeds.

    `first` is the number of chunks drawn before: further resamples of the same seed
    continue its children.
    """
    sizes = [min(CHUNK, requested - start) for start in range(0, requested, CHUNK)]
    children = np.random.SeedSequence(seed).spawn(first + len(sizes))[first:]
    return [
        ResamplingTask(key=first + key, size=size, seed=child)
        for key, (size, child) in enumerate(zip(sizes, children, strict=True))
    ]


def resampled_moments(products: ItemProducts, task: ResamplingTask) -> tuple[Array, Array]:
    """Means and covariances of one chunk of resamples.

    Each resample draws n rows with replacement. With case weights a drawn row brings
    its weight: moments are divided by the sum of the drawn weights.

    Returns
    -------
    mean : ndarray, shape (size, p)
    covariance : ndarray, shape (size, p, p)
        Divisor n (sum of drawn weights).
    """
    draws = np.random.default_rng(task.seed)
    drawn = _rows_per_block(draws, products, task.size)
    total = products.empty(task.size)
    for block in range(products.n_blocks):
        rows = products.rows_of(block)
        count = _counts(draws, drawn[:, block], rows)
        products.add(total, block, count)
    return products.moments(total)


def _rows_per_block(
    draws: np.random.Generator, products: ItemProducts, size: int
) -> NDArray[np.int64]:
    """How many of the n draws fall into each block of rows, shape (size, blocks)."""
    if products.n_blocks == 1:
        return np.full((size, 1), products.n_rows, dtype=np.int64)
    rows = np.array([products.rows_of(block) for block in range(products.n_blocks)])
    return draws.multinomial(products.n_rows, rows / products.n_rows, size=size)


def _counts(draws: np.random.Generator, drawn: NDArray[np.int64], rows: int) -> Array:
    """How often each row of a block is drawn, shape (size, rows).

    Uniform draws and a count, which is exactly multinomial and, at about a nanosecond
    a draw, several times faster than a multinomial generator.
    """
    size = len(drawn)
    picked = draws.integers(0, rows, size=int(drawn.sum()), dtype=np.uint16).astype(np.intp)
    picked += np.repeat(np.arange(size) * rows, drawn)
    counted = np.bincount(picked, minlength=size * rows)
    return counted.reshape(size, rows).astype(np.float64)
