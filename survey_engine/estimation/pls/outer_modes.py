"""Outer weights: how indicators are combined (modes A and B), batched.

Everything runs on correlations, so that no scale of the items touches the stop rule.
The raw metric (centred, unstandardised items) differs from the standardised one only in
mode A: a raw weight is proportional to the covariance of item and inner proxy, so in
units of standardised items, where the weight is multiplied by the item's standard
deviation s, the update is the correlation times s². Mode B is a regression and has the
same fitted composite in both metrics.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from survey_engine.estimation.pls.design import PlsDesign
from survey_engine.numerics.moments import Array
from survey_engine.numerics.small_systems import inverse_symmetric


@dataclass(frozen=True, kw_only=True)
class OuterUpdate:
    """What mode A multiplies with and mode B inverts.

    Attributes
    ----------
    scale : ndarray, shape (B, p), or None
        Squared standard deviations of the items (raw metric); None means 1.
    inverses : tuple[tuple[slice, ndarray], ...]
        For each block in mode B its indicators and inverse correlations (B, m, m).
    pivot : ndarray, shape (B,)
        Smallest pivot of the blocks in mode B.
    """

    scale: Array | None
    inverses: tuple[tuple[slice, Array], ...]
    pivot: Array

    def __call__(self, covariances: Array) -> Array:
        """Unscaled weights (B, p) from correlations of items and inner proxies (B, p)."""
        weights = covariances if self.scale is None else covariances * self.scale
        for members, inverse in self.inverses:
            regressed = np.einsum("bij,bj->bi", inverse, covariances[:, members])
            weights[:, members] = regressed
        return weights

    def select(self, keep: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> OuterUpdate:
        """The update of some of the batch."""
        return OuterUpdate(
            scale=None if self.scale is None else self.scale[keep],
            inverses=tuple((members, inverse[keep]) for members, inverse in self.inverses),
            pivot=self.pivot[keep],
        )


def outer_update(
    correlation: Array, deviation: Array, design: PlsDesign, *, metric: str
) -> OuterUpdate:
    """Prepare the outer step.

    Parameters
    ----------
    correlation : ndarray, shape (B, p, p)
    deviation : ndarray, shape (B, p)
        Standard deviations of the items.
    metric : str
        ``"raw"`` or ``"standardised"``.
    """
    pivot = np.ones(len(correlation))
    inverses = []
    for members, mode, size in zip(design.members, design.modes, design.sizes, strict=True):
        if mode == "B" and size > 1:
            block = np.moveaxis(correlation[:, members, members], 0, -1)
            inverse, smallest = inverse_symmetric(block)
            inverses.append((members, np.ascontiguousarray(np.moveaxis(inverse, -1, 0))))
            np.minimum(pivot, smallest, out=pivot)
    scale = deviation * deviation if metric == "raw" else None
    return OuterUpdate(scale=scale, inverses=tuple(inverses), pivot=pivot)
