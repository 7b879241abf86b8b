r"""Moments a linear structural model implies, in any direction a parameter could move them.

The reticular action model (McArdle & McDonald 1984): with single-headed arrows A, double-
headed arrows S and intercepts a among all variables (observed first, then latent),

.. math:: C = E S E^T,\quad \eta = E a,\quad E = (I - A)^{-1},\quad
          \Sigma = C_{oo},\quad \mu = \eta_o

Every place of A and S moves Sigma by a matrix of rank two, ``s (u v' + v u')`` with u and
v columns of ``Z = [E_o, C_o]``, whether the model frees it or not; information and score
are element-wise products of entries of ``Z' W Z``, so thousands of candidates are cheap.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from survey_engine.numerics.moments import Array

Index = NDArray[np.intp]


@dataclass(frozen=True, kw_only=True)
class Arrows:
    """Values of a model in G groups over the same v variables, the p observed first.

    Attributes
    ----------
    asymmetric : ndarray, shape (G, v, v)
        ``[effect, cause]``: loadings and regressions.
    symmetric : ndarray, shape (G, v, v)
        (Residual) variances and covariances.
    intercept : ndarray, shape (G, v)
    n_observed : int
    """

    asymmetric: Array
    symmetric: Array
    intercept: Array
    n_observed: int


@dataclass(frozen=True, kw_only=True)
class Reduced:
    """What `Arrows` imply.

    Attributes
    ----------
    effect : ndarray, shape (G, v, v)
        ``E = (I - A)^-1``.
    covariance : ndarray, shape (G, v, v)
        Of all variables.
    mean : ndarray, shape (G, v)
    n_observed : int
    """

    effect: Array
    covariance: Array
    mean: Array
    n_observed: int

    @property
    def sigma(self) -> Array:
        """Implied covariance of the observed variables, shape (G, p, p)."""
        p = self.n_observed
        return self.covariance[:, :p, :p]

    @property
    def mu(self) -> Array:
        """Implied means of the observed variables, shape (G, p)."""
        return self.mean[:, : self.n_observed]


@dataclass(frozen=True, kw_only=True)
class Places:
    """Where f parameters stand.

    Attributes
    ----------
    group : ndarray of int, shape (f,)
        From 0.
    kind : ndarray of int, shape (f,)
        0 an arrow (A), 1 a (co)variance (S), 2 an intercept.
    row, column : ndarray of int, shape (f,)
        Effect and cause; or the pair; an intercept has its variable in both.
    """

    group: Index
    kind: Index
    row: Index
    column: Index

    def take(self, at: Index | NDArray[np.bool_]) -> Places:
        """Some of the places."""
        return Places(**{name: values[at] for name, values in vars(self).items()})


@dataclass(frozen=True, kw_only=True)
class Directions:
    """`Places` as columns of Z: ``dSigma = scale (u v' + v u')``, ``dmu = slope * Z_u``."""

    group: Index
    u: Index
    v: Index
    scale: Array
    slope: Array


def reduce_arrows(arrows: Arrows) -> Reduced:
    """Solve the arrows for the covariances and means of all variables."""
    v = arrows.asymmetric.shape[-1]
    effect = np.asarray(np.linalg.inv(np.eye(v) - arrows.asymmetric), dtype=np.float64)
    covariance = effect @ arrows.symmetric @ np.swapaxes(effect, -1, -2)
    mean = (effect @ arrows.intercept[..., None])[..., 0]
    return Reduced(
        effect=effect, covariance=covariance, mean=mean, n_observed=arrows.n_observed
    )


def directions(places: Places, reduced: Reduced, *, means: bool) -> Directions:
    """How the parameters at `places` move the moments.

    Parameters
    ----------
    places : Places
    reduced : Reduced
    means : bool
        Whether means are modelled; if not, arrows move covariances only.
    """
    v = reduced.mean.shape[-1]
    arrow, pair, level = (places.kind == k for k in (0, 1, 2))
    slope = np.where(arrow, reduced.mean[places.group, places.column], 0.0)
    slope = np.where(level, 1.0, slope) if means else np.zeros(len(places.kind))
    own = pair & (places.row == places.column)
    return Directions(
        group=places.group,
        u=places.row,
        v=np.where(arrow, places.column + v, places.column),
        scale=np.where(level, 0.0, np.where(own, 0.5, 1.0)),
        slope=slope,
    )


def columns(reduced: Reduced) -> Array:
    """``Z = [E_o, C_o]``, shape (G, p, 2 v)."""
    p = reduced.n_observed
    return np.concatenate((reduced.effect[:, :p], reduced.covariance[:, :p]), axis=-1)


def framed(reduced: Reduced, weight: Array) -> Array:
    """``Z' W Z``, shape (G, 2 v, 2 v), of weights (G, p, p)."""
    z = columns(reduced)
    return np.swapaxes(z, -1, -2) @ weight @ z


def information_between(
    frame: Array, first: Directions, second: Directions, share: Array
) -> Array:
    r"""Expected information of one observation between two sets of parameters, (a, b).

    ``sum_g share_g [1/2 tr(W dS_a W dS_b) + dmu_a' W dmu_b]`` under normality.

    Parameters
    ----------
    frame : ndarray, shape (G, 2 v, 2 v)
        `framed` of the inverse implied covariances.
    first, second : Directions
    share : ndarray, shape (G,)
        ``n_g / N``.
    """
    g = first.group[:, None]

    def between(one: Index, other: Index) -> Array:
        return np.asarray(frame[g, one[:, None], other[None, :]])

    mixed = between(first.u, second.u)
    found = mixed * between(first.v, second.v)
    found += between(first.u, second.v) * between(first.v, second.u)
    found *= first.scale[:, None] * second.scale
    found += first.slope[:, None] * second.slope * mixed
    same = first.group[:, None] == second.group
    return np.where(same, share[g] * found, 0.0)


def information_diagonal(frame: Array, at: Directions, share: Array) -> Array:
    """The diagonal of `information_between` a set and itself, shape (f,)."""
    uu, vv, uv = (frame[at.group, a, b] for a, b in ((at.u, at.u), (at.v, at.v), (at.u, at.v)))
    return np.asarray(share[at.group] * (at.scale**2 * (uu * vv + uv**2) + at.slope**2 * uu))


def score(
    reduced: Reduced, at: Directions, residual: Array, mean_residual: Array, share: Array
) -> Array:
    """Slope of ``-F / 2`` along `at`, shape (f,).

    Parameters
    ----------
    reduced : Reduced
    at : Directions
    residual : ndarray, shape (G, p, p)
        ``W (S + d d' - Sigma) W``, d the difference of means where they are modelled.
    mean_residual : ndarray, shape (G, p)
        ``W d``.
    share : ndarray, shape (G,)
    """
    frame = framed(reduced, residual)
    z = columns(reduced)
    level = np.einsum("gpz,gp->gz", z, mean_residual)
    found = at.scale * frame[at.group, at.u, at.v] + at.slope * level[at.group, at.u]
    return np.asarray(share[at.group] * found)


def covariance_slopes(places: Places, reduced: Reduced) -> tuple[Array, Array]:
    """Derivatives of the moments of **all** variables: shapes (f, v, v) and (f, v).

    Each belongs to the group of its place; other groups do not move.
    """
    effect, covariance = reduced.effect[places.group], reduced.covariance[places.group]
    at = np.arange(len(places.kind))
    left = effect[at, :, places.row]
    right = np.where(
        (places.kind == 0)[:, None],
        covariance[at, :, places.column],
        effect[at, :, places.column],
    )
    moved = directions(places, reduced, means=True)
    outer = left[:, :, None] * right[:, None, :]
    slopes = moved.scale[:, None, None] * (outer + np.swapaxes(outer, 1, 2))
    return slopes, moved.slope[:, None] * left
