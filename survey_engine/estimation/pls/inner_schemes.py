"""Inner weights: how a construct listens to its neighbours (Lohmöller 1989, ch. 2).

Adding a scheme: one function and one line in `INNER_SCHEMES`. Each takes the composite
correlations (K, K, B) and returns the inner weights (K, K, B): ``e[l, k]`` is the weight
of neighbour l in the inner proxy of k, 0 where they are not neighbours.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np

from survey_engine.estimation.pls.design import PlsDesign
from survey_engine.estimation.pls.structural import path_coefficients
from survey_engine.numerics.moments import Array

InnerScheme = Callable[[Array, PlsDesign], Array]


def _neighbours(design: PlsDesign) -> Array:
    return (design.adjacency | design.adjacency.T).astype(np.float64)[:, :, None]


def centroid(correlations: Array, design: PlsDesign) -> Array:
    """Sign of the correlation with each neighbour."""
    return np.sign(correlations) * _neighbours(design)


def factorial(correlations: Array, design: PlsDesign) -> Array:
    """Correlation with each neighbour."""
    return correlations * _neighbours(design)


def path(correlations: Array, design: PlsDesign) -> Array:
    """Regression coefficients of predecessors, correlations of successors."""
    coefficients, _ = path_coefficients(correlations, design)
    successors = design.adjacency.T.astype(np.float64)[:, :, None]
    return coefficients + correlations * successors


INNER_SCHEMES: Mapping[str, InnerScheme] = MappingProxyType(
    {"path": path, "centroid": centroid, "factorial": factorial}
)
