"""Indicators made from items and products of items, and their covariances, batched.

With q_ik = (x_i - o_i)(x_k - o_k) about a fixed origin o, and composites a = Σ u_i (x_i - m_i)
and b = Σ v_k (x_k - m_k) about the means m of a resample,

    ab = Σ u_i v_k q_ik - (Σ v_k d_k) Σ u_i x_i - (Σ u_i d_i) Σ v_k x_k + constant,   d = m - o,

is linear in items and products. So the covariances of items and products give those of
every product of scores, whatever the weights: no rows are needed after the products.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from survey_engine.numerics.moments import Array, Moments, RowSource


@dataclass(frozen=True, kw_only=True)
class Material:
    """What recipes draw on; B resamples, p items, q products.

    Attributes
    ----------
    covariance : ndarray, shape (B, p + q, p + q)
    shift : ndarray, shape (B, p)
        Means of the items minus the origin of the products.
    pairs : ndarray of int, shape (q, 2)
    scores : ndarray, shape (B, K, p), or None
        Each construct of the run before as a combination of items; variance 1.
    """

    covariance: Array
    shift: Array
    pairs: NDArray[np.intp]
    scores: Array | None

    @property
    def items(self) -> int:
        """Number of items."""
        return int(self.shift.shape[1])

    def empty(self) -> Array:
        """No combination yet, shape (B, p + q)."""
        return np.zeros(self.covariance.shape[:2])

    def product(self, first: Array, second: Array) -> Array:
        """Product of two combinations of items (B, p), shape (B, p + q)."""
        made = self.empty()
        i, k = self.pairs[:, 0], self.pairs[:, 1]
        made[:, self.items :] = first[:, i] * second[:, k]
        made[:, self.items :] += np.where(i == k, 0.0, first[:, k] * second[:, i])
        made[:, : self.items] = -first * (second * self.shift).sum(axis=1)[:, None]
        made[:, : self.items] -= second * (first * self.shift).sum(axis=1)[:, None]
        return made


@dataclass(frozen=True, kw_only=True)
class AsIs:
    """An item as it is."""

    item: int
    linear: bool = True

    def row(self, material: Material) -> Array:
        """The combination, shape (B, p + q)."""
        made = material.empty()
        made[:, self.item] = 1.0
        return made


@dataclass(frozen=True, kw_only=True)
class Score:
    """A construct's score in item units: weights sum to 1, so it keeps the items' scale."""

    construct: int
    linear: bool = True

    def row(self, material: Material) -> Array:
        """The combination, shape (B, p + q)."""
        assert material.scores is not None  # noqa: S101  (planned behind a first run)
        own = material.scores[:, self.construct]
        made = material.empty()
        with np.errstate(divide="ignore", invalid="ignore"):
            made[:, : material.items] = own / np.abs(own.sum(axis=1))[:, None]
        return made


@dataclass(frozen=True)
class ScoreProduct:
    """Product of two standardised scores (two-stage approach)."""

    first: int
    second: int
    linear: bool = False

    def row(self, material: Material) -> Array:
        """The combination, shape (B, p + q)."""
        assert material.scores is not None  # noqa: S101  (planned behind a first run)
        return material.product(material.scores[:, self.first], material.scores[:, self.second])


@dataclass(frozen=True, kw_only=True)
class ItemProduct:
    """Product of two standardised items, or what regressions on items leave of it.

    Attributes
    ----------
    first, second : int
    without : tuple[int, ...]
        Items whose linear part is taken out (orthogonalised approach); none: nothing.
    """

    first: int
    second: int
    without: tuple[int, ...] = ()
    linear: bool = False

    def row(self, material: Material) -> Array:
        """The combination, shape (B, p + q)."""
        unit = np.zeros((len(material.shift), 2, material.items))
        for place, item in enumerate((self.first, self.second)):
            with np.errstate(divide="ignore", invalid="ignore"):
                unit[:, place, item] = 1.0 / np.sqrt(material.covariance[:, item, item])
        made = material.product(unit[:, 0], unit[:, 1])
        if self.without:
            at = list(self.without)
            own = material.covariance[:, at][:, :, at]
            shared = np.einsum("bc,bci->bi", made, material.covariance[:, :, at])
            made[:, at] -= _solved(own, shared)
        return made


Recipe = AsIs | Score | ScoreProduct | ItemProduct


def _solved(matrix: Array, right: Array) -> Array:
    """Solutions (B, m) of ``A x = b``; NaN where a matrix is singular."""
    finite = np.asarray(np.isfinite(matrix).all(axis=(1, 2)))
    finite &= np.isfinite(right).all(axis=1)
    size = matrix.shape[-1]
    safe = np.where(finite[:, None, None], matrix, np.eye(size))
    sign, _ = np.linalg.slogdet(safe)
    fine = np.asarray(finite & (sign > 0))
    safe = np.where(fine[:, None, None], safe, np.eye(size))
    solution = np.linalg.solve(safe, np.where(fine[:, None], right, 0.0)[:, :, None])[:, :, 0]
    return np.where(fine[:, None], solution, np.nan)


def made_moments(
    recipes: tuple[Recipe, ...], material: Material, mean: Array
) -> tuple[Array, Array, Array]:
    """Combinations (B, r, p + q), means (B, r) and covariances (B, r, r) of indicators.

    The mean of a product is given as 0: it has no place on an answer scale.
    """
    made = np.stack([recipe.row(material) for recipe in recipes], axis=1)
    covariance = made @ material.covariance @ made.transpose(0, 2, 1)
    linear = np.array([recipe.linear for recipe in recipes])
    means = np.einsum("brc,bc->br", made[:, :, : material.items], mean)
    return made, np.where(linear, means, 0.0), covariance


@dataclass(frozen=True, kw_only=True)
class RowsWithProducts:
    """A `RowSource` with products of pairs of items behind the items.

    Attributes
    ----------
    rows : RowSource
    items : tuple[str, ...]
        Columns of `rows` to take, in order.
    pairs : tuple[tuple[int, int], ...]
        Positions among `items`.
    origin : ndarray, shape (p,)
        Subtracted from the items inside products, to keep digits.
    """

    rows: RowSource
    items: tuple[str, ...]
    pairs: tuple[tuple[int, int], ...]
    origin: Array

    @property
    def columns(self) -> tuple[str, ...]:
        """Items, then ``item:item``."""
        return (*self.items, *(f"{self.items[i]}:{self.items[k]}" for i, k in self.pairs))

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        return self.rows.n_rows

    def chunks(self) -> Iterator[tuple[Array, Array | None]]:
        """Items and their products, chunk by chunk."""
        at = [self.rows.columns.index(item) for item in self.items]
        first = [i for i, _ in self.pairs]
        second = [k for _, k in self.pairs]
        for block, weights in self.rows.chunks():
            items = block[:, at]
            centred = items - self.origin
            products = centred[:, first] * centred[:, second]
            yield np.hstack([items, products]), weights


def moments_with_products(
    rows: RowSource,
    moments: Moments,
    items: tuple[str, ...],
    pairs: tuple[tuple[int, int], ...],
) -> tuple[RowsWithProducts, Moments]:
    """Rows and moments with products about the means of `moments`."""
    used = moments.select(items)
    source = RowsWithProducts(rows=rows, items=items, pairs=pairs, origin=used.mean)
    total, first, second = 0.0, 0.0, 0.0
    guess = np.concatenate([used.mean, np.zeros(len(pairs))])
    for block, given in source.chunks():
        weights = np.ones(len(block)) if given is None else given
        away = block - guess
        total = total + weights.sum()
        first = first + weights @ away
        second = second + (away * weights[:, None]).T @ away
    shift = np.asarray(first) / total
    extended = Moments(
        columns=source.columns,
        n=moments.n,
        n_effective=moments.n_effective,
        mean=guess + shift,
        covariance=np.asarray(second) / total - np.outer(shift, shift),
        weighted=moments.weighted,
        missing=moments.missing,
    )
    return source, extended
