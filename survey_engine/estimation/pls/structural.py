"""Path regressions and effects from construct correlations, batched.

Construct correlations come with the batch on the last axis, shape (K, K, B): see
`survey_engine.numerics.small_systems` for why.
"""

from __future__ import annotations

import numpy as np

from survey_engine.estimation.pls.design import PlsDesign
from survey_engine.numerics.moments import Array
from survey_engine.numerics.small_systems import solve_symmetric


def path_coefficients(correlations: Array, design: PlsDesign) -> tuple[Array, Array]:
    """Ordinary least squares of every endogenous construct on its predecessors.

    Parameters
    ----------
    correlations : ndarray, shape (K, K, B)
        Unit diagonal.

    Returns
    -------
    paths : ndarray, shape (K, K, B)
        ``paths[i, j]`` from construct i to construct j, standardised.
    pivot : ndarray, shape (B,)
        Smallest pivot of the predecessor matrices: at or below 0 means collinear.
    """
    paths = np.zeros_like(correlations)
    pivot = np.ones(correlations.shape[-1])
    for group in design.regressions:
        at, target = group.predecessors, group.targets
        if len(at) == 1:
            paths[at[0], target] = correlations[at[0], target]
            continue
        left = correlations[at[:, None], at[None, :]]
        solution, smallest = solve_symmetric(left, correlations[at, target][:, None])
        paths[at, target] = solution[:, 0]
        np.minimum(pivot, smallest.min(axis=0), out=pivot)
    return paths, pivot


def explained_variance(paths: Array, correlations: Array, design: PlsDesign) -> Array:
    """R² of every construct, shape (K, B); NaN for exogenous constructs."""
    r2: Array = np.einsum("ijb,ijb->jb", paths, correlations)
    r2[~design.adjacency.any(axis=0)] = np.nan
    return r2


def total_effects(paths: Array, design: PlsDesign) -> Array:
    """Direct plus indirect effects, ``(I - B)^-1 - I``, shape (K, K, B).

    By substitution along the arrows: the effect on j is the sum over j's predecessors
    i of (effect on i, plus 1 for i itself) times the path from i to j.
    """
    total = np.zeros_like(paths)
    for target in design.order:
        for source in np.flatnonzero(design.adjacency[:, target]):
            path = paths[source, target]
            total[:, target] += total[:, source] * path
            total[source, target] += path
    return total
