"""Sign changes of resampled solutions relative to the full sample.

A composite and its mirror image fit equally well. Our sign rule (majority of loadings
positive) fixes the sign of nearly every solution; these options are for those it leaves
to chance, and for comparison with other programs.

References
----------
Hair, J. F., Hult, G. T. M., Ringle, C. M. & Sarstedt, M. (2017). A primer on PLS-SEM,
2nd edition, chapter 5: no, individual-level and construct-level sign changes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from survey_engine.estimation.pls.result import PlsBatch
from survey_engine.numerics.moments import Array

INDIVIDUAL = (
    "weights",
    "loadings",
    "cross_loadings",
    "correlations",
    "paths",
    "total_effects",
    "indirect_effects",
)
"""Statistics with a sign of their own."""


def turned_constructs(batch: PlsBatch, loadings: Array, sizes: NDArray[np.intp]) -> PlsBatch:
    """Turn constructs round whose loadings are closer to the sample's when turned.

    Parameters
    ----------
    batch : PlsBatch
    loadings : ndarray, shape (p,)
        Of the full sample.
    sizes : ndarray of int, shape (K,)
    """
    block = np.repeat(np.arange(len(sizes)), sizes)
    mask = (block[:, None] == np.arange(len(sizes))).astype(np.float64)
    with np.errstate(invalid="ignore"):
        apart = np.abs((batch.loadings - loadings) @ mask)
        turned = np.abs((batch.loadings + loadings) @ mask)
        sign = np.where(apart > turned, -1.0, 1.0)
    pair = sign[:, :, None] * sign[:, None, :]
    own = sign[:, block]
    return replace(
        batch,
        weights=batch.weights * own,
        loadings=batch.loadings * own,
        standardised_weights=batch.standardised_weights * own,
        cross_loadings=batch.cross_loadings * sign[:, None, :],
        construct_correlations=batch.construct_correlations * pair,
        proxy_correlations=batch.proxy_correlations * pair,
        paths=batch.paths * pair,
        total_effects=batch.total_effects * pair,
    )


def turned_values(
    values: Mapping[str, Array], reference: Mapping[str, Array]
) -> dict[str, Array]:
    """Give every coefficient the sign it has in the sample, one by one.

    It hides real changes of sign: standard errors become too small. Offered because
    other programs do.
    """
    return {
        name: np.copysign(each, reference[name]) if name in INDIVIDUAL else each
        for name, each in values.items()
    }
