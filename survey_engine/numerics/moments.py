"""`Moments` and `RowSource`: the two ways data reach an estimator (arrays only).

Point estimates consume `Moments`. What needs rows (resampling, imputation, casewise
scores) takes a `RowSource`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Moments:
    """First and second moments of `p` columns, with optional leading batch axes.

    Attributes
    ----------
    columns : tuple[str, ...]
        Names of the `p` columns, in order.
    n : int
        Rows that entered (listwise) or that the file holds (pairwise).
    n_effective : float
        Kish's effective number of rows, ``(sum w)^2 / sum w^2``; equals `n` without
        case weights.
    mean : ndarray, shape (..., p)
        (Weighted) means, in item units.
    covariance : ndarray, shape (..., p, p)
        (Weighted) covariances with **divisor n** (weights scaled to sum n). The
        maximum-likelihood convention; see `covariance_unbiased` for n - 1.
    weighted : bool
        Whether case weights were used.
    missing : str
        The treatment that produced them: ``"listwise"``, ``"mean"``, ``"pairwise"``,
        ``"em"``, ``"regression"``.
    """

    columns: tuple[str, ...]
    n: int
    n_effective: float
    mean: Array
    covariance: Array
    weighted: bool = False
    missing: str = "listwise"

    @property
    def covariance_unbiased(self) -> Array:
        """Covariances with divisor n - 1, shape (..., p, p)."""
        return self.covariance * (self.n / (self.n - 1))

    @property
    def standard_deviation(self) -> Array:
        """Standard deviations with divisor n - 1, shape (..., p)."""
        variance = np.diagonal(self.covariance_unbiased, axis1=-2, axis2=-1)
        return np.sqrt(variance)

    @property
    def correlation(self) -> Array:
        """Correlations, shape (..., p, p); NaN where a column does not vary."""
        scale = np.sqrt(np.diagonal(self.covariance, axis1=-2, axis2=-1))
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray(self.covariance / (scale[..., :, None] * scale[..., None, :]))

    def select(self, columns: tuple[str, ...]) -> Moments:
        """The moments of some of the columns, in the given order."""
        at = [self.columns.index(name) for name in columns]
        return Moments(
            columns=columns,
            n=self.n,
            n_effective=self.n_effective,
            mean=self.mean[..., at],
            covariance=self.covariance[..., at, :][..., :, at],
            weighted=self.weighted,
            missing=self.missing,
        )


class RowSource(Protocol):
    """Rows in chunks, for what moments cannot answer."""

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the p columns."""
        ...

    @property
    def n_rows(self) -> int:
        """Number of rows in all chunks together."""
        ...

    def chunks(self) -> Iterator[tuple[Array, Array | None]]:
        """Yield ``(block, weights)``: shapes (m, p) and (m,), weights None if equal."""
        ...


@dataclass(frozen=True, kw_only=True)
class ArrayRows:
    """A `RowSource` in memory: complete rows (no NaN) and optional case weights.

    Attributes
    ----------
    columns : tuple[str, ...]
    values : ndarray, shape (n, p)
    weights : ndarray, shape (n,), or None
        Case weights scaled to sum n.
    """

    columns: tuple[str, ...]
    values: Array
    weights: Array | None = None

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        return int(self.values.shape[0])

    def chunks(self) -> Iterator[tuple[Array, Array | None]]:
        """The whole table as one chunk."""
        yield self.values, self.weights
