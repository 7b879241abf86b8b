"""How much a GSCA solution explains: FIT, AFIT and GFI.

References
----------
Hwang, H. & Takane, Y. (2004). Psychometrika 69, 81-99, equation 10 (FIT).
Hwang, H., DeSarbo, W. S. & Takane, Y. (2007). Fuzzy clusterwise generalized structured
component analysis. Psychometrika 72, 181-198 (AFIT).
Hwang, H. & Takane, Y. (2014). Generalized structured component analysis, section 2.5 (GFI).

Programs differ in two of the conventions; docs/decisions/0080 says how.
"""

from __future__ import annotations

import numpy as np

from survey_engine.assessment.blocks import block_sizes
from survey_engine.assessment.composite_fit import (
    fit_layout,
    implied_construct_correlations,
    implied_correlations,
)
from survey_engine.assessment.resampled import Resampled, number
from survey_engine.estimation.fit_result import PlsFit
from survey_engine.numerics.moments import Array


def explained_share(loadings: Array, r2: Array, loads: Array) -> Array:
    """FIT: share of the variance of items and components that the model explains, (...).

    Parameters
    ----------
    loadings : ndarray, shape (..., p)
    r2 : ndarray, shape (..., K)
        NaN for exogenous components, which count as unexplained.
    loads : ndarray, shape (p,)
        1 for items with a loading. Others (of components that do not explain their
        items) have no residual and do not count.
    """
    explained = (loadings**2 * loads).sum(axis=-1) + np.nan_to_num(r2).sum(axis=-1)
    return np.asarray(explained / (loads.sum() + r2.shape[-1]))


def component_fit(fit: PlsFit, sampled: Resampled) -> dict[str, float | None]:
    """``gsca_fit`` with its interval, ``gsca_afit`` and ``gsca_gfi``.

    ``AFIT = 1 - (1 - FIT) nJ / (nJ - G)`` with G weights, loadings and paths; ``GFI = 1 -
    tr (S - Sigma)^2 / tr S^2`` of correlations, Sigma as SRMR has it here: paths and
    uncorrelated residuals, items of composites as observed.
    """
    sizes = block_sizes(fit.spec)
    loads = np.repeat([mode != "B" for mode in fit.modes], sizes).astype(np.float64)
    share = explained_share(fit.loadings, fit.r2, loads)
    draws = None
    if sampled.has("loadings") and "loadings" in sampled.draws:
        draws = explained_share(sampled.draws["loadings"], sampled.draws["r2"], loads)
    row = sampled.derived(number(share), draws)
    count = len(fit.weights)
    free = count + float(loads.sum()) + len(fit.spec.paths)
    cells = fit.moments.n * count
    adjusted = 1 - (1 - share) * cells / (cells - free) if cells > free else np.nan
    layout = fit_layout(fit.spec)
    sample = fit.moments.correlation
    constructs = implied_construct_correlations(
        fit.construct_correlations, fit.paths, fit.r2, layout.adjacency
    )
    implied = implied_correlations(sample, fit.loadings, constructs, layout)
    gfi = 1 - ((sample - implied) ** 2).sum() / (sample**2).sum()
    return {
        "gsca_fit": row.est,
        "gsca_fit_ci_lower": row.ci_lower,
        "gsca_fit_ci_upper": row.ci_upper,
        "gsca_afit": number(adjusted),
        "gsca_gfi": number(gfi),
    }
