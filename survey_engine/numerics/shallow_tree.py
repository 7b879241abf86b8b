"""A shallow classification tree with an honest error: rules people can read.

References
----------
Breiman, L., Friedman, J., Olshen, R. & Stone, C. (1984). Classification and regression
trees, chapters 2-4 (Gini impurity, cross-validation).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from survey_engine.numerics.moments import Array

Labels = NDArray[np.intp]
LEAST_GAIN = 0.01
"""Fall of Gini impurity below which a condition says too little to be read."""
FOLDS = 10
"""Of the cross-validation."""


@dataclass(frozen=True, kw_only=True)
class Leaf:
    """One rule: conditions that all hold, and who meets them.

    Attributes
    ----------
    conditions : tuple[tuple[int, float, bool], ...]
        Feature, threshold, and whether the value is above it.
    shares : ndarray, shape (G,)
        Of the classes among those who meet the rule.
    n : int
    """

    conditions: tuple[tuple[int, float, bool], ...]
    shares: Array
    n: int

    @property
    def label(self) -> int:
        """The most frequent class."""
        return int(np.argmax(self.shares))


def grow(
    features: Array, labels: Labels, classes: int, *, depth: int = 2, least: int = 20
) -> tuple[Leaf, ...]:
    """Split on the largest fall of Gini impurity, at most `depth` times in a row.

    Parameters
    ----------
    features : ndarray, shape (n, F)
        NaN counts as below every threshold.
    labels : ndarray of int, shape (n,)
    least : int
        Smallest number of respondents of a rule.
    """
    known = np.where(np.isfinite(features), features, -np.inf)
    target = np.eye(classes)[labels]
    leaves: list[Leaf] = []
    waiting: list[tuple[NDArray[np.bool_], tuple[tuple[int, float, bool], ...]]]
    waiting = [(np.ones(len(labels), dtype=np.bool_), ())]
    while waiting:
        inside, conditions = waiting.pop(0)
        split = None
        if len(conditions) < depth:
            split = _best_split(known[inside], target[inside], least)
        if split is None:
            share = target[inside].mean(axis=0)
            leaves.append(Leaf(conditions=conditions, shares=share, n=int(inside.sum())))
            continue
        feature, threshold = split
        above = known[:, feature] > threshold
        waiting.append((inside & ~above, (*conditions, (feature, threshold, False))))
        waiting.append((inside & above, (*conditions, (feature, threshold, True))))
    return tuple(leaves)


def _best_split(features: Array, target: Array, least: int) -> tuple[int, float] | None:
    """Feature and threshold of the largest gain; None where nothing is gained."""
    n = len(features)
    if n < 2 * least:
        return None
    order = np.argsort(features, axis=0, kind="stable")
    ordered = np.take_along_axis(features, order, axis=0)
    left = np.cumsum(target[order], axis=0)[:-1]  # (n - 1, F, G)
    right = target.sum(axis=0) - left
    count = np.arange(1, n, dtype=np.float64)[:, None]
    # The larger the sum of squares over size, the purer the two sides.
    purity = (left**2).sum(axis=2) / count + (right**2).sum(axis=2) / (n - count)
    allowed = (ordered[1:] > ordered[:-1]) & (count >= least) & (n - count >= least)
    purity = np.where(allowed, purity, -np.inf)
    at, feature = np.unravel_index(int(np.argmax(purity)), purity.shape)
    before = float((target.sum(axis=0) ** 2).sum() / n)
    if not purity[at, feature] > before + LEAST_GAIN * n:
        return None
    low, high = ordered[at, feature], ordered[at + 1, feature]
    threshold = high - 0.5 if np.isneginf(low) else (low + high) / 2
    return int(feature), float(threshold)


def predict(leaves: tuple[Leaf, ...], features: Array) -> Labels:
    """The class each row's rule says, shape (n,)."""
    known = np.where(np.isfinite(features), features, -np.inf)
    found = np.zeros(len(features), dtype=np.intp)
    for leaf in leaves:
        inside = np.ones(len(features), dtype=np.bool_)
        for feature, threshold, above in leaf.conditions:
            inside &= (known[:, feature] > threshold) == above
        found[inside] = leaf.label
    return found


def honest_error(
    features: Array,
    labels: Labels,
    classes: int,
    *,
    seed: int,
    depth: int = 2,
    least: int = 20,
) -> tuple[float, float]:
    """Share misclassified by rules grown without the respondent, and by the largest class.

    Returns
    -------
    error, baseline : float
    """
    n = len(labels)
    rng = np.random.default_rng(np.random.SeedSequence(seed))
    fold = rng.permutation(n) % FOLDS
    wrong = naive = 0
    for k in range(FOLDS):
        out = fold == k
        own = labels[~out]
        leaves = grow(features[~out], own, classes, depth=depth, least=least)
        wrong += int((predict(leaves, features[out]) != labels[out]).sum())
        naive += int((labels[out] != np.bincount(own, minlength=classes).argmax()).sum())
    return wrong / n, naive / n


def adjusted_rand(first: Labels, second: Labels) -> float:
    """Agreement of two partitions beyond chance, 1 = the same (Hubert & Arabie 1985)."""
    table = np.zeros((int(first.max()) + 1, int(second.max()) + 1))
    np.add.at(table, (first, second), 1)

    def pairs(counts: Array) -> float:
        return float((counts * (counts - 1) / 2).sum())

    both, rows, columns = pairs(table), pairs(table.sum(axis=1)), pairs(table.sum(axis=0))
    expected = rows * columns / pairs(np.array([len(first)], dtype=np.float64))
    largest = (rows + columns) / 2
    return 1.0 if largest == expected else (both - expected) / (largest - expected)
