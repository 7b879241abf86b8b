"""Consistent PLS: what the composites would say without measurement error.

References
----------
Dijkstra, T. K. & Henseler, J. (2015). Consistent partial least squares path modeling.
MIS Quarterly 39(2), 297-316, equations 3-6.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from survey_engine.estimation.pls.design import PlsDesign
from survey_engine.numerics.moments import Array


def rho_a(correlation: Array, weights: Array, deviation: Array, design: PlsDesign) -> Array:
    """Dijkstra-Henseler reliability of every composite, shape (B, K).

    ``(w'w)² · w'(S - diag S)w / w'(ww' - diag(ww'))w`` with ``w'Sw = 1``: S and w are
    those of the metric in which the weights were estimated.

    Parameters
    ----------
    correlation : ndarray, shape (B, p, p)
    weights : ndarray, shape (B, p)
        For standardised items.
    deviation : ndarray, shape (B, p)
        Standard deviations (raw metric) or ones (standardised metric).

    Returns
    -------
    ndarray, shape (B, K)
        NaN for single items and outside mode A, where it is not defined.
    """
    result = np.full((len(weights), len(design.members)), np.nan)
    own = weights / deviation
    for k, members in enumerate(design.members):
        if design.sizes[k] == 1 or design.modes[k] != "A":
            continue
        squares = own[:, members] ** 2
        length = squares.sum(axis=1)
        scaled = weights[:, members]
        block = correlation[:, members, members]
        full = ((block @ scaled[:, :, None])[:, :, 0] * scaled).sum(axis=1)
        off_diagonal = full - (scaled**2).sum(axis=1)
        with np.errstate(divide="ignore", invalid="ignore"):
            result[:, k] = length**2 * off_diagonal / (length**2 - (squares**2).sum(axis=1))
    return result


def reliabilities(rho: Array, design: PlsDesign) -> Array:
    """What PLSc divides by: rho_A of common factors, 1 for every other construct."""
    return np.where(np.array(design.corrected), rho, 1.0)


def consistent_loadings(
    weights: Array, plain: Array, rho: Array, deviation: Array, design: PlsDesign
) -> Array:
    """Consistent standardised loadings ``w sqrt(rho_A) / (w'w)``, shape (B, p).

    Constructs that are not corrected keep their plain loadings `plain` (B, p). Other
    arguments as in `rho_a`.
    """
    own = weights / deviation
    length = (own**2) @ design.mask
    with np.errstate(invalid="ignore"):
        factor = np.sqrt(rho) / length
    corrected = np.array(design.corrected)[design.block]
    return np.where(corrected, own * factor[:, design.block] / deviation, plain)


def disattenuated(correlations: Array, reliability: Array) -> Array:
    """Construct correlations ``r_kl / sqrt(rho_k rho_l)``, diagonal 1, shape (B, K, K)."""
    with np.errstate(invalid="ignore", divide="ignore"):
        root = np.sqrt(reliability)
        result: Array = correlations / (root[:, :, None] * root[:, None, :])
    at = np.arange(result.shape[1])
    result[:, at, at] = 1.0
    return result


def inadmissible(
    reliability: Array, correlations: Array, loadings: Array, r2: Array
) -> NDArray[np.bool_]:
    """Whether a corrected solution is impossible, shape (B,).

    A reliability outside (0, 1], a construct correlation or loading beyond 1 in size, an
    R² above 1 (a negative residual variance), or a value that does not exist.
    """
    with np.errstate(invalid="ignore"):
        fine = ((reliability > 0.0) & (reliability <= 1.0)).all(axis=1)
        fine &= (np.abs(correlations) <= 1.0).all(axis=(1, 2))
        fine &= (np.abs(loadings) <= 1.0).all(axis=1)
        fine &= ~(r2 > 1.0).any(axis=1)
    return np.asarray(~fine)
