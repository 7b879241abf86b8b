"""HTMT with geometric means, and with the sign conventions programs differ on."""

from __future__ import annotations

from typing import Literal

import numpy as np

from survey_engine.assessment.blocks import membership
from survey_engine.assessment.validity import htmt
from survey_engine.numerics.moments import Array

Sign = Literal["absolute", "signed"]


def htmt2(correlation: Array, sizes: tuple[int, ...], *, sign: Sign = "absolute") -> Array:
    """Ratio of geometric means: consistent for congeneric items (Roemer et al. 2021).

    Parameters
    ----------
    correlation : ndarray, shape (..., p, p)
    sizes : tuple of int, length K
    sign : {"absolute", "signed"}
        Of item correlations. A geometric mean of signed correlations is not defined if
        one is 0 or negative; absolute ones always have it.

    Returns
    -------
    ndarray, shape (..., K, K)
        Symmetric; the diagonal is NaN.
    """
    member = membership(sizes)
    count = np.asarray(sizes, dtype=float)
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.log(np.abs(correlation) if sign == "absolute" else correlation)
        undefined = ~np.isfinite(logs)
        # A pair without a logarithm spoils its own blocks only, not every product with 0.
        sums = member.T @ np.where(undefined, 0.0, logs) @ member
        sums[(member.T @ undefined @ member) > 0] = np.nan
        # Own correlations are 1, so their logarithms do not count in the sums.
        pairs = np.where(count > 1, count * (count - 1), 1.0)
        inside = np.diagonal(sums, axis1=-2, axis2=-1) / pairs
        between = sums / (count[:, None] * count)
        ratio = np.exp(between - (inside[..., :, None] + inside[..., None, :]) / 2)
    ratio = np.where(np.isfinite(ratio), ratio, np.nan)
    ratio[..., np.arange(len(sizes)), np.arange(len(sizes))] = np.nan
    return ratio


def htmt_signed(correlation: Array, sizes: tuple[int, ...]) -> Array:
    """HTMT of signed item correlations, as cSEM takes them; see `validity.htmt`.

    Not defined where the mean correlation within a block is not positive.
    """
    member = membership(sizes)
    count = np.asarray(sizes, dtype=float)
    sums = member.T @ correlation @ member
    pairs = np.where(count > 1, count * (count - 1), 1.0)
    inside = np.diagonal(sums, axis1=-2, axis2=-1) - count
    with np.errstate(divide="ignore", invalid="ignore"):
        monotrait = np.where(count > 1, inside / pairs, 1.0)
        root = np.sqrt(monotrait)
        ratio = sums / (count[:, None] * count) / (root[..., :, None] * root[..., None, :])
    ratio = np.where(np.isfinite(ratio), ratio, np.nan)
    ratio[..., np.arange(len(sizes)), np.arange(len(sizes))] = np.nan
    return ratio


def heterotrait(correlation: Array, sizes: tuple[int, ...]) -> dict[str, Array]:
    """Every convention by name: ``htmt``, ``htmt_signed``, ``htmt2``, ``htmt2_signed``."""
    return {
        "htmt": htmt(correlation, sizes),
        "htmt_signed": htmt_signed(correlation, sizes),
        "htmt2": htmt2(correlation, sizes),
        "htmt2_signed": htmt2(correlation, sizes, sign="signed"),
    }
