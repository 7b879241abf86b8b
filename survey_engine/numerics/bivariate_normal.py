"""The standard bivariate normal distribution, elementwise on arrays.

The distribution function comes from Owen's T, which scipy evaluates to machine
precision; no series in the correlation is needed, so it holds up to ``|rho| -> 1``.

References
----------
Owen, D. B. (1956). Tables for computing bivariate normal probabilities. Annals of
Mathematical Statistics 27, 1075-1090, equation 2.1.
Olsson, U. (1979). Maximum likelihood estimation of the polychoric correlation
coefficient. Psychometrika 44, 443-460, equations 6 to 16.
"""

from __future__ import annotations

import numpy as np
from scipy.special import ndtr, owens_t

from survey_engine.numerics.moments import Array

# Stands for a zero limit: Owen's T is continuous there, its argument is 0/0.
_TINY = 1e-300


def normal_density(z: Array) -> Array:
    """Standard normal density; 0 at infinite `z`."""
    density: Array = np.exp(-0.5 * np.square(z)) / np.sqrt(2.0 * np.pi)
    return density


def bivariate_density(h: Array, k: Array, rho: Array) -> Array:
    """Density at (h, k), broadcast; 0 where a limit is infinite. ``|rho| < 1``."""
    h, k, rho = np.broadcast_arrays(h, k, rho)
    finite = np.isfinite(h) & np.isfinite(k)
    h, k = np.where(finite, h, 0.0), np.where(finite, k, 0.0)
    left = (1.0 - rho) * (1.0 + rho)
    square = (np.square(h - rho * k) / left) + np.square(k)
    density = np.exp(-0.5 * square) / (2.0 * np.pi * np.sqrt(left))
    return np.where(finite, density, 0.0)


def density_slope(h: Array, k: Array, rho: Array) -> Array:
    """Derivative of the logarithm of `bivariate_density` by `rho`; 0 at infinite limits."""
    h, k, rho = np.broadcast_arrays(h, k, rho)
    finite = np.isfinite(h) & np.isfinite(k)
    h, k = np.where(finite, h, 0.0), np.where(finite, k, 0.0)
    left = (1.0 - rho) * (1.0 + rho)
    square = np.square(h - rho * k) / left + np.square(k)
    return np.where(finite, (h * k - rho * square + rho) / left, 0.0)


def bivariate_cdf(h: Array, k: Array, rho: Array) -> Array:
    """``P(X <= h, Y <= k)`` for standard normals with correlation `rho`.

    Parameters
    ----------
    h, k : ndarray
        Upper limits, infinite ones allowed; broadcast against `rho`.
    rho : ndarray
        ``-1 < rho < 1``.

    Returns
    -------
    ndarray
        To about 1e-16 absolute.
    """
    h, k, rho = np.broadcast_arrays(h, k, rho)
    below_h, below_k = ndtr(h), ndtr(k)
    finite = np.isfinite(h) & np.isfinite(k)
    x = np.where(finite & (h != 0.0), h, _TINY)
    y = np.where(finite & (k != 0.0), k, _TINY)
    scale = np.sqrt((1.0 - rho) * (1.0 + rho))
    with np.errstate(over="ignore"):  # a limit of zero: the slope is infinite, T is 1/4
        tail = owens_t(x, (y - rho * x) / (x * scale)) + owens_t(y, (x - rho * y) / (y * scale))
    apart = np.where((x < 0.0) != (y < 0.0), 0.5, 0.0)
    inside = 0.5 * (below_h + below_k) - tail - apart
    return np.asarray(np.where(finite, np.clip(inside, 0.0, 1.0), below_h * below_k))


def rectangles(corners: Array) -> Array:
    """Differences of a function of the upper limits, shape (..., r + 1, c + 1) -> (..., r, c).

    With the distribution function at all corners these are the cell probabilities.
    """
    rows = np.diff(corners, axis=-2)
    cells: Array = np.diff(rows, axis=-1)
    return cells
