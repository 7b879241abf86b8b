r"""Cut-offs of fit indices for this model, its loadings and this n, by simulation.

Fixed cut-offs were found for one set of models; the same misfit gives other values with
other loadings. Here data are drawn from the fitted model and from it made wrong by known
amounts, the model is fitted to both, and a cut-off is where the two separate: it must
detect 95 % of the wrong ones and refuse at most 5 % of the right ones (else 90 and 10 %,
else there is none).

Misspecification by level: with several factors, as many cross-loadings as the level (the
weakest item of a factor on the factor it correlates with most, as strong as that
factor's weakest loading, as far as the item's variance allows); with one factor,
residual correlations of .3 between pairs, of a third, two thirds or all of the items.

References
----------
McNeish, D. & Wolf, M. G. (2023). Dynamic fit index cutoffs for confirmatory factor
analysis models. Psychological Methods 28; (2022) for one-factor models.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from survey_engine.assessment.fit_measures.residual import srmr as srmr_of
from survey_engine.assessment.model_tests.of_fit import point_of
from survey_engine.assessment.model_tests.point import ModelPoint, location_of, places_of
from survey_engine.estimation.cbsem.estimator import CbSemEstimator
from survey_engine.estimation.fit_result import CbSemFit
from survey_engine.numerics.covariance_structure import Arrows, Index, reduce_arrows
from survey_engine.numerics.moments import Array

REPLICATIONS = 500
RESIDUAL_CORRELATION = 0.3
SHARES = ((0.05, "95/5"), (0.10, "90/10"))
INDICES = ("srmr", "rmsea", "cfi")


@dataclass(frozen=True, kw_only=True)
class CutoffLevel:
    """Cut-offs that tell this level of misspecification from a right model.

    None where right and wrong models overlap too much. `standard` names the weakest
    separation used, ``"95/5"`` or ``"90/10"``; None without any cut-off. `added` says
    what was made wrong.
    """

    level: int
    srmr: float | None
    rmsea: float | None
    cfi: float | None
    standard: str | None
    added: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class DynamicCutoffs:
    """Cut-offs by level, level 1 the mildest; `usable` counts fits that converged."""

    levels: tuple[CutoffLevel, ...]
    replications: int
    usable: int
    seed: int


def dynamic_cutoffs(
    estimator: CbSemEstimator,
    fit: CbSemFit,
    *,
    replications: int = REPLICATIONS,
    seed: int = 1,
) -> DynamicCutoffs | None:
    """Simulate cut-offs for a fitted model.

    Parameters
    ----------
    estimator : CbSemEstimator
        That gave `fit`.
    fit : CbSemFit
        One group, maximum likelihood.
    replications : int
        Of the right model and of each level.
    seed : int

    Returns
    -------
    DynamicCutoffs or None
        None where there is nothing to misspecify: no degrees of freedom, no factor with
        two items, an improper solution.
    """
    point = point_of(fit)
    wrong = misspecified(point)
    if fit.df <= 0 or not wrong or len(point.sample.n) > 1:
        return None
    seeds = np.random.SeedSequence(seed).spawn(len(wrong) + 1)
    right, used = _indices(estimator, fit, point.reduced.sigma[0], replications, seeds[0])
    levels = []
    for k, (sigma, added) in enumerate(wrong):
        found, counted = _indices(estimator, fit, sigma, replications, seeds[k + 1])
        used += counted
        levels.append(_level(k + 1, right, found, added))
    return DynamicCutoffs(
        levels=tuple(levels), replications=replications, usable=used, seed=seed
    )


def misspecified(point: ModelPoint) -> list[tuple[Array, tuple[str, ...]]]:
    """Population covariances by level, with what was added; the model's own scale."""
    p = point.arrows.n_observed
    deviation = np.sqrt(np.diagonal(point.reduced.covariance[0]))
    if not np.isfinite(deviation).all() or not (deviation > 0).all():
        return []
    loading = point.arrows.asymmetric[0, :p, p:] * deviation[p:] / deviation[:p, None]
    between = point.reduced.covariance[0, p:, p:] / np.outer(deviation[p:], deviation[p:])
    sigma = point.reduced.sigma[0] / np.outer(deviation[:p], deviation[:p])
    measured = np.flatnonzero((np.abs(loading) > 0).sum(axis=0) > 1)
    names = point.variables
    if not len(measured):
        return []
    if len(measured) == 1:
        made = _residual_levels(sigma, loading[:, measured[0]], names)
    else:
        made = _cross_levels(sigma, loading, between, (measured, names))
    scale = np.outer(deviation[:p], deviation[:p])
    return [(matrix * scale, added) for matrix, added in made if _definite(matrix)]


def _definite(matrix: Array) -> bool:
    return bool(np.linalg.eigvalsh(matrix)[0] > 1e-8)


def _residual_levels(
    sigma: Array, loading: Array, names: tuple[str, ...]
) -> list[tuple[Array, tuple[str, ...]]]:
    """Residual correlations between neighbouring items of one factor."""
    items = np.flatnonzero(np.abs(loading) > 0)
    pairs = [(int(items[k]), int(items[k + 1])) for k in range(0, len(items) - 1, 2)]
    levels: list[tuple[Array, tuple[str, ...]]] = []
    for share in (1 / 3, 2 / 3, 1.0):
        matrix, added = sigma.copy(), []
        for i, j in pairs[: max(1, round(share * len(pairs)))]:
            left = (1 - loading[i] ** 2) * (1 - loading[j] ** 2)
            matrix[i, j] += RESIDUAL_CORRELATION * np.sqrt(max(left, 0.0))
            matrix[j, i] = matrix[i, j]
            added.append(f"{names[i]} ~~ {names[j]}")
        if not levels or tuple(added) != levels[-1][1]:
            levels.append((matrix, tuple(added)))
    return levels


def _cross_levels(
    sigma: Array, loading: Array, between: Array, where: tuple[Index, tuple[str, ...]]
) -> list[tuple[Array, tuple[str, ...]]]:
    """One more cross-loading a level, up to one less than there are factors."""
    measured, names = where
    size = np.where(np.abs(loading) > 0, np.abs(loading), np.inf)
    p = len(loading)
    weakest = [int(np.argmin(size[:, f])) for f in measured]
    order = np.argsort([size[i, f] for i, f in zip(weakest, measured, strict=True)])
    levels: list[tuple[Array, tuple[str, ...]]] = []
    extra, added = np.zeros(loading.shape), []
    for k in order[: len(measured) - 1]:
        own, item = int(measured[k]), weakest[k]
        others = [int(f) for f in measured if f != own]
        target = max(others, key=lambda f: abs(between[own, f]))
        value = float(size[:, target].min())
        main, phi = float(loading[item, own]), float(between[own, target])
        # The item's variance stays 1: l^2 + c^2 + 2 l c phi <= 1, with 5 % to spare.
        room = max(main**2 * phi**2 + 1 - main**2, 0.0)
        most = 0.95 * (np.sqrt(room) - main * phi)
        extra[item, target] = min(value, float(most))
        added.append(f"{names[p + target]} =~ {names[item]}")
        moved = extra @ between @ loading.T
        matrix = sigma + moved + moved.T + extra @ between @ extra.T
        np.fill_diagonal(matrix, 1.0)
        levels.append((matrix, tuple(added)))
    return levels


def _indices(
    estimator: CbSemEstimator,
    fit: CbSemFit,
    sigma: Array,
    replications: int,
    seed: np.random.SeedSequence,
) -> tuple[dict[str, Array], int]:
    """SRMR, RMSEA and CFI of the model fitted to samples of a population."""
    n = fit.moments.n
    sample = wishart_covariances(sigma, n, replications, np.random.default_rng(seed))
    batch = estimator.fit_batch(fit.spec, fit.moments, sample, start=fit)
    good = batch.converged & np.isfinite(batch.chisq)
    implied = _implied(fit, batch.free_values[good])
    chisq, kept = batch.chisq[good], sample[good]
    p = sigma.shape[0]
    determinant = np.linalg.slogdet(kept)[1]
    variance = np.diagonal(kept, axis1=1, axis2=2)
    null = n * (np.log(variance).sum(axis=1) - determinant)
    excess = np.maximum(chisq - fit.df, 0.0)
    worst = np.maximum(np.maximum(null - p * (p - 1) / 2, excess), 1e-12)
    found = {
        "srmr": np.array(
            [srmr_of(own, other) or 0.0 for own, other in zip(kept, implied, strict=True)]
        ),
        "rmsea": np.sqrt(excess / (n * fit.df)),
        "cfi": 1 - excess / worst,
    }
    return found, int(good.sum())


def wishart_covariances(sigma: Array, n: int, count: int, random: np.random.Generator) -> Array:
    """Covariances (divisor n) of `count` normal samples of n rows, shape (count, p, p).

    By Bartlett's decomposition: the cost does not depend on n.
    """
    p = len(sigma)
    lower = np.tril(random.standard_normal((count, p, p)), -1)
    at = np.arange(p)
    lower[:, at, at] = np.sqrt(random.chisquare(n - 1 - at, (count, p)))
    mixed = np.linalg.cholesky(sigma) @ lower
    return np.asarray(mixed @ np.swapaxes(mixed, 1, 2) / n)


def _implied(fit: CbSemFit, free_values: Array) -> Array:
    """Implied covariances of many solutions of one model, (B, p, p)."""
    point = point_of(fit)
    size, v = len(free_values), len(point.variables)
    values = np.array([row.est or 0.0 for row in point.rows])
    values = np.tile(values, (size, 1))
    number = [point.rows[i].free - 1 for i in point.free]
    values[:, point.free] = free_values[:, number]
    where = places_of([location_of(row) for row in point.rows], point.variables)
    asymmetric, symmetric = np.zeros((size, v, v)), np.zeros((size, v, v))
    arrow, pair = where.kind == 0, where.kind == 1
    asymmetric[:, where.row[arrow], where.column[arrow]] = values[:, arrow]
    symmetric[:, where.row[pair], where.column[pair]] = values[:, pair]
    symmetric[:, where.column[pair], where.row[pair]] = values[:, pair]
    arrows = Arrows(
        asymmetric=asymmetric,
        symmetric=symmetric,
        intercept=np.zeros((size, v)),
        n_observed=point.arrows.n_observed,
    )
    return reduce_arrows(arrows).sigma


def _level(
    level: int, right: dict[str, Array], wrong: dict[str, Array], added: tuple[str, ...]
) -> CutoffLevel:
    found = {name: _cutoff(right[name], wrong[name], rising=name == "cfi") for name in INDICES}
    words = [word for _, word in found.values() if word is not None]
    return CutoffLevel(
        level=level,
        srmr=found["srmr"][0],
        rmsea=found["rmsea"][0],
        cfi=found["cfi"][0],
        standard=max(words, default=None, key=lambda w: [s[1] for s in SHARES].index(w)),
        added=added,
    )


def _cutoff(right: Array, wrong: Array, *, rising: bool) -> tuple[float | None, str | None]:
    """The value that separates, and how well; `rising`: larger is better."""
    sign = -1.0 if rising else 1.0
    if not len(right) or not len(wrong):
        return None, None
    for share, word in SHARES:
        detects = float(np.quantile(sign * wrong, share))
        refuses = float(np.quantile(sign * right, 1 - share))
        if refuses < detects:
            return sign * detects, word
    return None, None
