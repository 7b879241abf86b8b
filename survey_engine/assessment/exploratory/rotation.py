"""Rotations: factor_analyzer's, and promax from given loadings."""

from __future__ import annotations

from typing import Literal

import numpy as np

from survey_engine.assessment.exploratory.through_factor_analyzer import rotated
from survey_engine.numerics.moments import Array

Rotation = Literal["none", "varimax", "quartimax", "promax", "oblimin"]
ROTATIONS: tuple[Rotation, ...] = ("none", "varimax", "quartimax", "promax", "oblimin")
PROMAX_POWER = 4


def rotate(loadings: Array, method: Rotation = "oblimin") -> tuple[Array, Array]:
    """Rotate loadings; factors are ordered by explained variance and mostly positive.

    Varimax (Kaiser 1958, with his row normalisation), quartimax, oblimin with gamma 0
    (Jennrich & Sampson 1966), promax with power 4 (Hendrickson & White 1964) on Kaiser's
    varimax.

    Parameters
    ----------
    loadings : ndarray, shape (p, m)
    method : {"none", "varimax", "quartimax", "promax", "oblimin"}

    Returns
    -------
    pattern : ndarray, shape (p, m)
    phi : ndarray, shape (m, m)
        Correlations of the factors; the identity for orthogonal rotations.
    """
    size = loadings.shape[1]
    if method == "none" or size == 1:
        pattern, phi = loadings, np.eye(size)
    else:
        pattern, phi = rotated(loadings, method)
    order = np.argsort(-np.diag(phi @ pattern.T @ pattern), kind="stable")
    sign = np.where(pattern.sum(axis=0) < 0, -1.0, 1.0)[order]
    return pattern[:, order] * sign, phi[np.ix_(order, order)] * np.outer(sign, sign)


def promax(loadings: Array, power: int = PROMAX_POWER) -> tuple[Array, Array]:
    """Promax of loadings that are rotated already (Hendrickson & White 1964).

    The target is ``l |l|^(power - 1)``; the transformation U of the least-squares fit is
    scaled so that the factors have variance 1.

    Returns
    -------
    pattern : ndarray, shape (p, m)
    phi : ndarray, shape (m, m)
    """
    target = loadings * np.abs(loadings) ** (power - 1)
    turn = np.linalg.lstsq(loadings, target, rcond=None)[0]
    turn = turn * np.sqrt(np.diag(np.linalg.inv(turn.T @ turn)))
    inverse = np.linalg.inv(turn)
    return loadings @ turn, inverse @ inverse.T
