"""Outer weights: how indicators are combined, batched.

Everything runs on correlations, so that no scale of the items touches the stop rule.
The raw metric (centred, unstandardised items) differs from the standardised one only in
mode A: a raw weight is proportional to the covariance of item and inner proxy, so in
units of standardised items, where the weight is multiplied by the item's standard
deviation s, the update is the correlation times s². Mode B is a regression and has the
same fitted composite in both metrics, and so has a regression with weights that cannot be
negative. First principal components and equal weights are fixed before the iteration:
of correlations and standardised items, or of covariances and items in their own units.

References
----------
Lawson, C. L. & Hanson, R. J. (1974). Solving least squares problems, chapter 23: the
conditions a non-negative solution meets. Found here by coordinate descent, which
converges to it for a positive definite block (Franc, Hlavac & Navara 2005, CAIP).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from survey_engine.estimation.pls.design import PlsDesign
from survey_engine.numerics.moments import Array
from survey_engine.numerics.small_systems import inverse_symmetric

_SWEEPS = 2000
_STILL = 1e-14


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
    fixed : tuple[tuple[slice, ndarray], ...]
        For each block in mode PCA or unit its indicators and weights (B, m).
    blocks : tuple[tuple[slice, ndarray], ...]
        For each block in mode nonnegative its indicators and correlations (B, m, m).
    """

    scale: Array | None
    inverses: tuple[tuple[slice, Array], ...]
    pivot: Array
    fixed: tuple[tuple[slice, Array], ...] = ()
    blocks: tuple[tuple[slice, Array], ...] = ()

    def __call__(self, covariances: Array) -> Array:
        """Unscaled weights (B, p) from correlations of items and inner proxies (B, p)."""
        weights = covariances.copy() if self.scale is None else covariances * self.scale
        for members, inverse in self.inverses:
            regressed = np.einsum("bij,bj->bi", inverse, covariances[:, members])
            weights[:, members] = regressed
        for members, block in self.blocks:
            weights[:, members] = non_negative(block, covariances[:, members])
        for members, given in self.fixed:
            weights[:, members] = given
        return weights

    def select(self, keep: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> OuterUpdate:
        """The update of some of the batch."""
        return OuterUpdate(
            scale=None if self.scale is None else self.scale[keep],
            inverses=tuple((members, inverse[keep]) for members, inverse in self.inverses),
            pivot=self.pivot[keep],
            fixed=tuple((members, given[keep]) for members, given in self.fixed),
            blocks=tuple((members, block[keep]) for members, block in self.blocks),
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
    inverses, fixed, blocks = [], [], []
    unit = deviation if metric == "raw" else np.ones_like(deviation)
    for members, mode, size in zip(design.members, design.modes, design.sizes, strict=True):
        if size == 1 or mode == "A":
            continue
        block = correlation[:, members, members]
        if mode == "unit":
            fixed.append((members, unit[:, members]))
        elif mode == "PCA":
            fixed.append((members, principal_component(block, unit[:, members])))
        else:
            inverse, smallest = inverse_symmetric(np.moveaxis(block, 0, -1))
            np.minimum(pivot, smallest, out=pivot)
            if mode == "B":
                straight = np.ascontiguousarray(np.moveaxis(inverse, -1, 0))
                inverses.append((members, straight))
            else:
                blocks.append((members, np.ascontiguousarray(block)))
    return OuterUpdate(
        scale=deviation * deviation if metric == "raw" else None,
        inverses=tuple(inverses),
        pivot=pivot,
        fixed=tuple(fixed),
        blocks=tuple(blocks),
    )


def principal_component(block: Array, unit: Array) -> Array:
    """Weights (B, m) of the first principal component for standardised items.

    Parameters
    ----------
    block : ndarray, shape (B, m, m)
        Correlations.
    unit : ndarray, shape (B, m)
        Standard deviations for the component of covariances, ones for correlations.
    """
    covariance = block * unit[:, :, None] * unit[:, None, :]
    known = np.asarray(np.isfinite(covariance).all(axis=(1, 2)))
    safe = np.where(known[:, None, None], covariance, np.eye(block.shape[1]))
    first = np.linalg.eigh(safe)[1][:, :, -1]
    # An eigenvector's sign is arbitrary: the sum of weights is made positive.
    first = first * np.where(first.sum(axis=1) < 0.0, -1.0, 1.0)[:, None]
    return np.where(known[:, None], first * unit, np.nan)


def non_negative(block: Array, covariances: Array) -> Array:
    """Regression weights without negative ones, shape (B, m).

    Minimises ``w'Rw - 2 w'c`` over w >= 0, one weight after the other, until no weight
    moves by more than 1e-14 of the largest.

    Parameters
    ----------
    block : ndarray, shape (B, m, m)
        Positive definite correlations R.
    covariances : ndarray, shape (B, m)
        Of the items and what they are to fit, c.
    """
    weights = np.maximum(covariances, 0.0)
    for _ in range(_SWEEPS):
        largest = np.zeros(len(weights))
        for j in range(weights.shape[1]):
            others = np.einsum("bi,bi->b", block[:, j], weights) - weights[:, j]
            moved = np.maximum(covariances[:, j] - others, 0.0)
            np.maximum(largest, np.abs(moved - weights[:, j]), out=largest)
            weights[:, j] = moved
        if (largest <= _STILL * np.abs(weights).max(axis=1, initial=0.0)).all():
            break
    return weights
