"""Which indicators belong to which construct, as slices and a membership matrix.

Arrays over indicators follow `ModelSpec.indicators` (block by block), so a block is a
slice. Every number-level core of this room takes the tuple of block sizes.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from survey_engine.numerics.moments import Array
from survey_engine.spec.model import ModelSpec


def block_sizes(spec: ModelSpec) -> tuple[int, ...]:
    """Number of indicators of each construct, in the order of the model."""
    return tuple(len(construct.indicators) for construct in spec.constructs)


@lru_cache(maxsize=64)
def block_slices(sizes: tuple[int, ...]) -> tuple[slice, ...]:
    """Where each block lies along an axis of indicators."""
    ends = np.cumsum(sizes, dtype=int)
    return tuple(slice(int(e) - size, int(e)) for e, size in zip(ends, sizes, strict=True))


@lru_cache(maxsize=64)
def membership(sizes: tuple[int, ...]) -> Array:
    """Zeros and ones, shape (p, K): ``values @ membership`` sums within blocks."""
    matrix = np.zeros((sum(sizes), len(sizes)))
    for k, block in enumerate(block_slices(sizes)):
        matrix[block, k] = 1.0
    matrix.setflags(write=False)
    return matrix


def block_sum(values: Array, sizes: tuple[int, ...]) -> Array:
    """Sums within blocks: shape (..., p) to (..., K)."""
    result: Array = values @ membership(sizes)
    return result


def spread(values: Array, sizes: tuple[int, ...]) -> Array:
    """Each construct's value at each of its indicators: (..., K) to (..., p)."""
    return np.repeat(values, sizes, axis=-1)


def adjacency(spec: ModelSpec) -> Array:
    """Zeros and ones, shape (K, K): 1 at [i, j] where a path leads from i to j."""
    names = {name: k for k, name in enumerate(spec.construct_names)}
    matrix = np.zeros((len(names), len(names)))
    for path in spec.paths:
        matrix[names[path.source], names[path.target]] = 1.0
    return matrix
