"""Polyserial correlations: an item with ordered answers and a measured column, two-step ML.

Measured columns come standardised (mean 0, variance 1, divisor n). Rows are taken in
chunks; arrays of scores have shape (P, m) for P pairs and m respondents.

References
----------
Olsson, U., Drasgow, F. & Dorans, N. J. (1982). The polyserial correlation coefficient.
Psychometrika 47, 337-347, section 3.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from survey_engine.numerics.bivariate_normal import normal_density
from survey_engine.numerics.moments import Array
from survey_engine.numerics.polychoric import LIMIT

_SMALLEST = 1e-15
_TOLERANCE = 1e-12
_MOST_ITERATIONS = 60
# Numbers in one array of a pass over the rows: bounds the memory.
_ROOM = 200_000


@dataclass(frozen=True, kw_only=True)
class SerialScores:
    """Derivatives of each respondent's log-likelihood, shapes (P, m); 0 where missing.

    Attributes
    ----------
    rho : ndarray
        By the correlation.
    upper, lower : ndarray
        By the threshold above and below the answer; 0 at infinite ones.
    mean, variance : ndarray
        By the mean and the variance of the measured column, its own density included.
    """

    rho: Array
    upper: Array
    lower: Array
    mean: Array
    variance: Array


@dataclass(frozen=True, kw_only=True)
class SerialPairs:
    """Every pair of an ordered item and a measured column; pair ``i q + j`` is (i, j).

    Attributes
    ----------
    codes : ndarray of int8, shape (n, r)
        Category positions, -1 where there is no answer.
    bounds : ndarray, shape (r, C + 1)
        Thresholds with both ends.
    z : ndarray, shape (n, q)
        Standardised measured columns; NaN = missing.
    weights : ndarray, shape (n,), or None
    """

    codes: NDArray[np.int8]
    bounds: Array
    z: Array
    weights: Array | None

    @property
    def number(self) -> int:
        """Number of pairs."""
        return int(self.codes.shape[1] * self.z.shape[1])

    def rows(self, rows: slice, pairs: NDArray[np.intp]) -> tuple[Array, Array, Array]:
        """Measured value and thresholds around the answer, each (len(pairs), m)."""
        q = self.z.shape[1]
        item = pairs // q
        answer = self.codes[rows].T[item].astype(np.intp)
        z = self.z[rows].T[pairs % q]
        missing = (answer < 0) | np.isnan(z)
        z = np.where(missing, np.nan, z)
        return z, self.bounds[item[:, None], answer], self.bounds[item[:, None], answer + 1]


def polyserial(pairs: SerialPairs) -> Array:
    """Correlations of all pairs by Newton steps kept inside a bracket, shape (P,).

    NaN for pairs without common answers; near `LIMIT` in size where undetermined.
    """
    seen = (pairs.codes >= 0).astype(float).T @ (~np.isnan(pairs.z)).astype(float)
    at = np.flatnonzero(seen.ravel() > 0)
    rho = np.where(seen.ravel() > 0, 0.0, np.nan)
    low, high = np.full(len(rho), -LIMIT), np.full(len(rho), LIMIT)
    for _ in range(_MOST_ITERATIONS):
        if at.size == 0:
            break
        slope, curvature = _derivatives(pairs, at, rho[at])
        up = slope > 0
        low[at], high[at] = np.where(up, rho[at], low[at]), np.where(up, high[at], rho[at])
        with np.errstate(divide="ignore", invalid="ignore"):
            new = rho[at] + slope / curvature
        inside = (new > low[at]) & (new < high[at])
        new = np.where(inside, new, 0.5 * (low[at] + high[at]))
        moved = np.abs(new - rho[at])
        rho[at] = new
        at = at[moved > _TOLERANCE]
    return rho


def serial_scores(z: Array, below: Array, above: Array, rho: Array) -> SerialScores:
    """Casewise scores of P pairs from `SerialPairs.rows`, `rho` (P,)."""
    seen = ~np.isnan(z)
    parts = _parts(np.where(seen, z, 0.0), below, above, rho[:, None])
    upper, lower, scale, probability = parts["fu"], parts["fl"], parts["scale"], parts["p"]
    z = np.where(seen, z, 0.0)
    slope = (upper * parts["du"] - lower * parts["dl"]) / probability
    by_z = -rho[:, None] / scale * (upper - lower) / probability
    return SerialScores(
        rho=np.where(seen, slope, 0.0),
        upper=np.where(seen, upper / (probability * scale), 0.0),
        lower=np.where(seen, -lower / (probability * scale), 0.0),
        mean=np.where(seen, z - by_z, 0.0),
        variance=np.where(seen, 0.5 * (z * z - 1.0 - z * by_z), 0.0),
    )


def pearson_scores(x: Array, y: Array, rho: Array) -> tuple[Array, Array, Array, Array, Array]:
    """Casewise scores of pairs of standardised measured columns, each of shape (P, m).

    Returns
    -------
    tuple of ndarray
        By the correlation, the means of x and y, the variances of x and y; 0 where
        missing.
    """
    seen = ~(np.isnan(x) | np.isnan(y))
    x, y, r = np.where(seen, x, 0.0), np.where(seen, y, 0.0), rho[:, None]
    left = (1.0 - r) * (1.0 + r)
    u, v = (x - r * y) / left, (y - r * x) / left
    by_rho = (r + u * v * left) / left
    parts = (by_rho, u, v, 0.5 * (x * u - 1.0), 0.5 * (y * v - 1.0))
    first, second, third, fourth, fifth = (np.where(seen, part, 0.0) for part in parts)
    return first, second, third, fourth, fifth


def _parts(z: Array, below: Array, above: Array, rho: Array) -> dict[str, Array]:
    """Standardised limits, densities there, their derivatives by rho, and P(answer | z)."""
    left = (1.0 - rho) * (1.0 + rho)
    scale = np.sqrt(left)
    found: dict[str, Array] = {"scale": scale}
    for name, limit in (("u", above), ("l", below)):
        finite = np.isfinite(limit)
        tau = np.where(finite, limit, 0.0)
        at = (tau - rho * z) / scale
        slope = (rho * tau - z) / (left * scale)
        found[name] = np.where(finite, at, limit)
        found["f" + name] = np.where(finite, normal_density(at), 0.0)
        found["d" + name] = slope
        bend = tau / (left * scale) + 3.0 * rho * slope / left
        found["b" + name] = bend - at * np.square(slope)
    # In the upper tail a difference of values near 1 would lose all digits.
    turn = found["l"] > 0
    low, high = np.where(turn, -found["u"], found["l"]), np.where(turn, -found["l"], found["u"])
    found["p"] = np.maximum(np.nan_to_num(ndtr(high) - ndtr(low), nan=1.0), _SMALLEST)
    return found


def _derivatives(pairs: SerialPairs, at: NDArray[np.intp], rho: Array) -> tuple[Array, Array]:
    """Slope of the log-likelihood and a positive curvature of the pairs `at`."""
    slope, curvature, outer = (np.zeros(len(at)) for _ in range(3))
    step = max(1, _ROOM // len(at))
    for start in range(0, len(pairs.z), step):
        part = slice(start, start + step)
        z, below, above = pairs.rows(part, at)
        count = (~np.isnan(z)).astype(float)
        if pairs.weights is not None:
            count *= pairs.weights[part]
        found = _parts(np.nan_to_num(z), below, above, rho[:, None])
        score = (found["fu"] * found["du"] - found["fl"] * found["dl"]) / found["p"]
        bend = (found["fu"] * found["bu"] - found["fl"] * found["bl"]) / found["p"]
        slope += np.einsum("pm,pm->p", count, score)
        outer += np.einsum("pm,pm->p", count, np.square(score))
        curvature -= np.einsum("pm,pm->p", count, bend)
    curvature += outer
    return slope, np.where(curvature > 0, curvature, outer)
