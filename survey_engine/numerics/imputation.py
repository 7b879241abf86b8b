"""Multiple imputation: m completed data sets at once, every random draw seeded.

``"pmm"``: chained equations with predictive mean matching, so that every imputed answer is
one that a respondent gave (van Buuren 2018, algorithm 3.3, type-1 matching, 5 donors).
``"normal"``: the joint normal model; its moments are estimated again in a bootstrap of the
rows for each imputation, then gaps are drawn given the answers of the row (Honaker & King
2010). Both let the uncertainty about the regressions enter.

References
----------
van Buuren, S. (2018). Flexible imputation of missing data, 2nd ed., sections 3.2, 3.4, 4.5.
Honaker, J. & King, G. (2010). What to do about missing values in time-series
cross-section data. American Journal of Political Science 54, 561-581, section 2.
Schafer, J. L. (1997). Analysis of incomplete multivariate data, section 5.4.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from survey_engine.numerics.em import regressions
from survey_engine.numerics.incomplete import group_rows
from survey_engine.numerics.moments import Array
from survey_engine.numerics.saturated import saturated_moments

Method = Literal["pmm", "normal"]

ITERATIONS = 10
DONORS = 5
RIDGE = 1e-5
"""Share of its diagonal added to a regression's cross-products: keeps it solvable."""
ATTEMPTS = 20


@dataclass(frozen=True, kw_only=True)
class Imputations:
    """Completed data sets.

    Attributes
    ----------
    values : ndarray, shape (m, n, p)
    method : str
    seed : int
    iterations : int
        Of the chained equations; 0 for the joint model.
    """

    values: Array
    method: str
    seed: int
    iterations: int


class ImputationFailed(ArithmeticError):
    """Moments of a bootstrap of the rows are not identified, in every attempt."""


def impute(
    values: Array,
    *,
    m: int,
    seed: int,
    method: Method = "pmm",
    weights: Array | None = None,
    iterations: int = ITERATIONS,
) -> Imputations:
    """Complete rows (n, p) with NaN for missing answers m times.

    Parameters
    ----------
    values : ndarray, shape (n, p)
        No column without any answer.
    m : int
    seed : int
        Each imputation has its own child: the first ones do not depend on m.
    method : {"pmm", "normal"}
    weights : ndarray, shape (n,), or None
        Case weights of the regressions.
    iterations : int
        Rounds of the chained equations.

    Raises
    ------
    ImputationFailed
        ``"normal"`` only: the joint moments are not identified.
    """
    children = np.random.SeedSequence(seed).spawn(m)
    draws = [np.random.default_rng(child) for child in children]
    if method == "normal":
        filled = np.stack([_from_joint_model(values, weights, draw) for draw in draws])
        return Imputations(values=filled, method=method, seed=seed, iterations=0)
    filled = _chained(values, weights, draws, iterations)
    return Imputations(values=filled, method=method, seed=seed, iterations=iterations)


def _from_joint_model(values: Array, weights: Array | None, draw: np.random.Generator) -> Array:
    rows = group_rows(values, weights)
    for _ in range(ATTEMPTS):
        picked = draw.integers(0, len(values), len(values))
        again = values[picked]
        if np.isnan(again).all(axis=0).any():
            continue
        found = saturated_moments(
            group_rows(again, None if weights is None else weights[picked])
        )
        if found.converged:
            break
    else:
        raise ImputationFailed("the joint normal model is not identified")
    slope = regressions(rows.observed, found.covariance)
    left = found.covariance - slope @ found.covariance
    gap = ~rows.observed
    both = gap[:, :, None] & gap[:, None, :]
    root, vector = np.linalg.eigh(np.where(both, left, 0.0))
    spread = vector * np.sqrt(np.maximum(root, 0.0))[:, None, :]
    deviation = np.where(np.isnan(values), 0.0, values - found.mean)
    noise = draw.standard_normal(values.shape)
    filled = values.copy()
    for g in range(len(rows.observed)):
        at = np.flatnonzero(rows.of_row == g)
        drawn = deviation[at] @ slope[g].T + noise[at] @ spread[g].T + found.mean
        filled[at] = np.where(gap[g], drawn, values[at])
    return filled


def _chained(
    values: Array, weights: Array | None, draws: list[np.random.Generator], iterations: int
) -> Array:
    """Fill every incomplete column in turn, for all imputations together."""
    m, (n, p) = len(draws), values.shape
    missing = np.isnan(values)
    centre = np.nanmean(values, axis=0)
    scale = np.nanstd(values, axis=0)
    scale[scale == 0] = 1.0
    about = (values - centre) / scale
    data = np.ones((m, n, p + 1))
    data[:, :, :p] = about
    share = np.ones(n) if weights is None else weights
    columns = np.flatnonzero(missing.any(axis=0))
    columns = columns[np.argsort(missing[:, columns].sum(axis=0), kind="stable")]
    for j in columns:  # start: answers of the column at random
        seen, gaps = np.flatnonzero(~missing[:, j]), np.flatnonzero(missing[:, j])
        for i, draw in enumerate(draws):
            data[i, gaps, j] = about[draw.choice(seen, gaps.size), j]
    products = np.swapaxes(data * share[:, None], 1, 2) @ data
    for _ in range(iterations):
        for j in columns:
            _fill(data, products, share, missing[:, j], int(j), draws)
    original = values[None].repeat(m, axis=0)
    filled = np.where(missing, data[:, :, :p] * scale + centre, original)
    # An imputed answer is a given one, to the last digit.
    for j in columns:
        given = np.unique(values[~missing[:, j], j])
        gaps = np.flatnonzero(missing[:, j])
        near = np.clip(np.searchsorted(given, filled[:, gaps, j]), 1, max(len(given) - 1, 1))
        if len(given) > 1:
            low, high = given[near - 1], given[near]
            wanted = filled[:, gaps, j]
            filled[:, gaps, j] = np.where(wanted - low <= high - wanted, low, high)
        else:
            filled[:, gaps, j] = given[0]
    return filled


def _fill(
    data: Array,
    products: Array,
    share: Array,
    gap: NDArray[np.bool_],
    j: int,
    draws: list[np.random.Generator],
) -> None:
    """Draw column j given the others in every imputation; keep the products up to date."""
    others = np.delete(np.arange(data.shape[2]), j)
    gaps, seen = np.flatnonzero(gap), np.flatnonzero(~gap)
    lost = data[:, gaps] * np.sqrt(share[gaps])[:, None]
    own = products - np.swapaxes(lost, 1, 2) @ lost
    gram, target = own[:, others][:, :, others], own[:, others, j]
    at = np.arange(len(others))
    gram[:, at, at] *= 1 + RIDGE
    inverse = np.linalg.inv(gram)
    slope = (inverse @ target[:, :, None])[:, :, 0]
    rest = own[:, j, j] - np.einsum("mi,mi->m", slope, target)
    freedom = max(seen.size - len(others), 1)
    chance = np.array([draw.chisquare(freedom) for draw in draws])
    normal = np.stack([draw.standard_normal(len(others)) for draw in draws])
    sigma = np.sqrt(np.maximum(rest, 0.0) / chance)
    root = np.linalg.cholesky((inverse + np.swapaxes(inverse, 1, 2)) / 2)
    drawn = slope + sigma[:, None] * (root @ normal[:, :, None])[:, :, 0]
    coefficient = np.zeros((len(draws), 2, data.shape[2]))
    coefficient[:, 0, others], coefficient[:, 1, others] = slope, drawn
    predicted = (data[:, seen] @ coefficient[:, 0, :, None])[:, :, 0]
    wanted = (data[:, gaps] @ coefficient[:, 1, :, None])[:, :, 0]
    donors = np.stack(
        [_match(a, b, draw) for a, b, draw in zip(predicted, wanted, draws, strict=True)]
    )
    data[:, gaps, j] = data[0, seen, j][donors]
    column = np.swapaxes(data, 1, 2) @ (data[:, :, j] * share)[:, :, None]
    products[:, :, j] = column[:, :, 0]
    products[:, j, :] = column[:, :, 0]


def _match(predicted: Array, wanted: Array, draw: np.random.Generator) -> NDArray[np.intp]:
    """For each wanted value one of the nearest predictions at random, as its position."""
    number = len(predicted)
    k = min(DONORS, number)
    mixed = draw.permutation(number)  # equal predictions come in random order
    order = mixed[np.argsort(predicted[mixed], kind="stable")]
    ordered = predicted[order]
    place = np.searchsorted(ordered, wanted)
    window = np.clip(place - k, 0, max(number - 2 * k, 0))[:, None] + np.arange(
        min(2 * k, number)
    )
    apart = np.abs(ordered[window] - wanted[:, None])
    nearest = np.argpartition(apart, k - 1, axis=1)[:, :k]
    chosen = nearest[np.arange(len(wanted)), draw.integers(0, k, len(wanted))]
    return np.asarray(order[window[np.arange(len(wanted)), chosen]])
