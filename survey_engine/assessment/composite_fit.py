"""Overall fit of a PLS model: how far implied correlations lie from those observed.

References
----------
Dijkstra, T. K. & Henseler, J. (2015). Consistent and asymptotically normal PLS
estimators for linear structural equations. Computational Statistics & Data Analysis 81,
10-23: d_ULS, d_G (natural logarithm), and the exact-fit test.
Henseler, J. et al. (2014). Organizational Research Methods 17(2), 182-209: SRMR.
Bentler, P. M. & Bonett, D. G. (1980). Psychological Bulletin 88(3), 588-606: NFI.
Lohmöller, J.-B. (1989). Latent variable path modeling, chapter 2: RMS theta.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from survey_engine.assessment.blocks import adjacency, block_sizes
from survey_engine.assessment.resampled import number
from survey_engine.estimation.fit_result import PlsFit
from survey_engine.numerics.moments import Array
from survey_engine.spec.model import Construct, ModelSpec

DISTANCES = ("srmr", "d_uls", "d_g")
"""Distances an exact-fit test compares with their distribution under the model."""


@dataclass(frozen=True, kw_only=True)
class FitLayout:
    """What implied matrices need of a model; plain arrays.

    Attributes
    ----------
    block : ndarray of int, shape (p,)
        The construct of each indicator.
    common : ndarray of bool, shape (K,)
        Common factors: their loadings explain their indicators' correlations. The
        indicators of composites correlate as they do.
    adjacency : ndarray, shape (K, K)
    """

    block: NDArray[np.intp]
    common: NDArray[np.bool_]
    adjacency: Array


def fit_layout(spec: ModelSpec) -> FitLayout:
    """Read a model into a `FitLayout`."""
    sizes = block_sizes(spec)
    return FitLayout(
        block=np.repeat(np.arange(len(sizes)), sizes),
        common=np.array([_common(construct, spec) for construct in spec.constructs]),
        adjacency=adjacency(spec),
    )


def _common(construct: Construct, spec: ModelSpec) -> bool:
    """Whether a construct explains its indicators; a single one by how it was written."""
    if construct.kind != "single_item":
        return construct.kind != "composite"
    return all(s.op != "<~" for s in spec.statements if s.lhs == construct.name)


def implied_construct_correlations(
    correlations: Array, paths: Array, r2: Array, arrows: Array
) -> Array:
    """What paths and uncorrelated residuals make of the constructs' correlations.

    ``(I - B)^-1 Psi (I - B)^-T``: Psi holds the correlations of exogenous constructs and
    the residual variances 1 - R² as estimated. Where the structural model does not fit,
    the variances this implies are not quite 1; the diagonal is set to 1, as in cSEM.

    Parameters
    ----------
    correlations, paths : ndarray, shape (..., K, K)
    r2 : ndarray, shape (..., K)
    arrows : ndarray, shape (K, K)
    """
    outside = ~(arrows > 0).any(axis=0)
    at = np.arange(len(arrows))
    residual = np.where(np.outer(outside, outside), correlations, 0.0)
    residual[..., at, at] = np.where(outside, 1.0, 1.0 - np.where(outside, 0.0, r2))
    effects = np.linalg.inv(np.eye(len(arrows)) - paths)  # unit triangular up to order
    implied = effects.swapaxes(-1, -2) @ residual @ effects
    implied[..., at, at] = 1.0
    return np.asarray(implied)


def implied_correlations(
    sample: Array, loadings: Array, constructs: Array, layout: FitLayout
) -> Array:
    """Implied correlations of the indicators, shape (..., p, p).

    Parameters
    ----------
    sample : ndarray, shape (..., p, p)
        Correlations observed.
    loadings : ndarray, shape (..., p)
        Standardised.
    constructs : ndarray, shape (..., K, K)
        Saturated or path-implied correlations of the constructs.
    """
    spread = constructs[..., layout.block[:, None], layout.block[None, :]]
    implied = loadings[..., :, None] * loadings[..., None, :] * spread
    same = layout.block[:, None] == layout.block[None, :]
    own = same & ~layout.common[layout.block][:, None]
    implied = np.where(own, sample, implied)
    at = np.arange(len(layout.block))
    implied[..., at, at] = 1.0
    return implied


def distances(sample: Array, implied: Array) -> dict[str, Array]:
    """SRMR, d_ULS, d_G and d_ML of matrices (..., p, p), shape (...) each.

    NaN where a matrix is not positive definite (d_G and d_ML).
    """
    p = sample.shape[-1]
    squares = (sample - implied) ** 2
    lower = np.tril(np.ones((p, p)))
    found = {
        "srmr": np.sqrt((squares * lower).sum(axis=(-2, -1)) / (p * (p + 1) / 2)),
        "d_uls": 0.5 * squares.sum(axis=(-2, -1)),
    }
    finite = np.asarray(np.isfinite(implied).all(axis=(-2, -1)))
    finite = finite & np.isfinite(sample).all(axis=(-2, -1))
    identity = np.eye(p)
    safe = np.where(finite[..., None, None], implied, identity)
    seen = np.where(finite[..., None, None], sample, identity)
    values, vectors = np.linalg.eigh(seen)
    known = finite & (values[..., 0] > 0.0)
    root = vectors / np.sqrt(np.where(values > 0.0, values, 1.0))[..., None, :]
    # Eigenvalues of S^-1 Σ are those of the symmetric S^-1/2 Σ S^-1/2.
    ratio = np.linalg.eigvalsh(root.swapaxes(-1, -2) @ safe @ root)
    known = known & (ratio[..., 0] > 0.0)
    positive = np.where(known[..., None], ratio, 1.0)
    found["d_g"] = np.where(known, 0.5 * (np.log(positive) ** 2).sum(axis=-1), np.nan)
    ml = (1.0 / positive + np.log(positive) - 1.0).sum(axis=-1)
    found["d_ml"] = np.where(known, ml, np.nan)
    return found


def rms_theta(fit: PlsFit, layout: FitLayout) -> float | None:
    """Root mean square correlation of outer residuals ``x - loading * construct``.

    ``S - C L' - L C' + L V L'`` with C the correlations of indicators and composites, L
    the loadings and V the construct correlations (PLSc: both corrected), over all pairs
    of indicators but those inside one composite, which are not to be explained.
    """
    loadings = np.zeros_like(fit.cross_loadings)
    loadings[np.arange(len(layout.block)), layout.block] = fit.loadings
    shared = fit.cross_loadings @ loadings.T
    theta = fit.moments.correlation - shared - shared.T
    theta += loadings @ fit.construct_correlations @ loadings.T
    same = layout.block[:, None] == layout.block[None, :]
    explained = ~(same & ~layout.common[layout.block][:, None])
    pairs = np.tril(explained, -1)
    return number(np.sqrt(np.mean(theta[pairs] ** 2))) if pairs.any() else None


def degrees_of_freedom(layout: FitLayout, *, saturated: bool) -> int:
    """Distinct correlations minus free parameters.

    A common factor has a loading an indicator (a single indicator's is counted, as the
    other programs do); a composite its own correlations and all weights but one.
    """
    sizes = np.bincount(layout.block)
    count = len(layout.block)
    free = 0
    for size, common in zip(sizes.tolist(), layout.common.tolist(), strict=True):
        free += size if common else size * (size - 1) // 2 + size - 1
    constructs = len(sizes)
    if saturated:
        free += constructs * (constructs - 1) // 2
    else:
        outside = int((layout.adjacency.sum(axis=0) == 0).sum())
        free += int(layout.adjacency.sum()) + outside * (outside - 1) // 2
    return count * (count - 1) // 2 - free


def composite_fit(fit: PlsFit) -> dict[str, float | None]:
    """Fit measures of a PLS or PLSc solution, saturated and estimated.

    Returns
    -------
    dict
        ``srmr``, ``d_uls``, ``d_g``, ``d_ml``, ``chisq`` ((n - 1) d_ML), ``df`` and
        ``nfi`` of the estimated model, the same with ``_saturated`` for free construct
        correlations, and ``rms_theta``. None where undefined.
    """
    layout = fit_layout(fit.spec)
    sample = fit.moments.correlation
    found: dict[str, float | None] = {}
    base = distances(sample, np.eye(len(sample)))["d_ml"]
    for suffix in ("", "_saturated"):
        constructs = fit.construct_correlations
        if not suffix:
            constructs = implied_construct_correlations(
                constructs, fit.paths, fit.r2, layout.adjacency
            )
        implied = implied_correlations(sample, fit.loadings, constructs, layout)
        apart = distances(sample, implied)
        with np.errstate(divide="ignore", invalid="ignore"):
            nfi = 1.0 - apart["d_ml"] / base
        found |= {f"{name}{suffix}": number(value) for name, value in apart.items()}
        found[f"chisq{suffix}"] = number((fit.moments.n - 1) * apart["d_ml"])
        found[f"df{suffix}"] = float(degrees_of_freedom(layout, saturated=bool(suffix)))
        found[f"nfi{suffix}"] = number(nfi)
    found["rms_theta"] = rms_theta(fit, layout)
    return found
