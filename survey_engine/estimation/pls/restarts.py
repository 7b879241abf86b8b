"""Starting weights tried when unit weights do not lead to weights that stand still."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np

from survey_engine.estimation.pls.design import PlsDesign
from survey_engine.numerics.moments import Array

Pattern = Callable[[Array, Array], Array]
"""Weights from each indicator's place in its block (1, 2, ...) and the block's size."""

RESTARTS: Mapping[str, Pattern] = MappingProxyType(
    {
        "first item": lambda place, _: np.where(place == 1.0, 1.0, 0.0),
        "last item": lambda place, size: np.where(place == size, 1.0, 0.0),
        "ascending": lambda place, _: place,
        "descending": lambda place, size: size + 1.0 - place,
        "alternating": lambda place, _: np.where(place % 2.0 == 1.0, 1.0, 0.5),
    }
)
"""The patterns, in the order they are tried."""


def restart_weights(design: PlsDesign) -> list[Array]:
    """Starting weights for standardised items, shape (p,) each, in order."""
    place = np.concatenate([np.arange(1.0, size + 1.0) for size in design.sizes])
    size = design.sizes[design.block].astype(np.float64)
    return [pattern(place, size) for pattern in RESTARTS.values()]
