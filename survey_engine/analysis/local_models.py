"""PLS models of classes and how far each respondent is from them (REBUS).

References
----------
Esposito Vinzi, V., Trinchera, L., Squillacciotti, S. & Tenenhaus, M. (2008). REBUS-PLS: a
response-based procedure for detecting unit segments in PLS path modelling. Applied
Stochastic Models in Business and Industry 24, 439-458, eq. 5-8.
Trinchera, L. (2007). Unobserved heterogeneity in structural equation models. PhD thesis,
University of Naples, section 4.4: the group quality index.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from survey_engine.assessment.blocks import block_sizes, membership
from survey_engine.assessment.resampled import number
from survey_engine.errors import EstimationError, Where, diagnostic
from survey_engine.estimation.pls.estimator import PlsEstimator
from survey_engine.numerics.moments import Array
from survey_engine.numerics.normal_mixture import class_moments
from survey_engine.numerics.regression import least_squares
from survey_engine.spec.model import ModelSpec

SMALLEST = 1e-6
"""Least R² and communality to divide by; one class with none would drown the others."""


@dataclass(frozen=True, kw_only=True)
class Sketch:
    """A model as places, and the rows it is fitted to.

    Attributes
    ----------
    spec : ModelSpec
    estimator : PlsEstimator
    products : ndarray, shape (n, q)
        Of `row_products` of the values.
    values : ndarray, shape (n, p)
        Centred over all rows, in item units.
    weights : ndarray, shape (n,)
        Case weights that sum to n.
    """

    spec: ModelSpec
    estimator: PlsEstimator
    products: Array
    values: Array
    weights: Array

    @property
    def owner(self) -> Array:
        """Zeros and ones, shape (p, K)."""
        return membership(block_sizes(self.spec))

    @property
    def measured(self) -> Array:
        """Which items have a residual: those of constructs with several, shape (p,)."""
        sizes = np.array(block_sizes(self.spec))
        return np.asarray(np.repeat(sizes > 1, sizes))

    @property
    def equations(self) -> tuple[tuple[int, tuple[int, ...]], ...]:
        """Each endogenous construct and its antecedents."""
        at = {name: k for k, name in enumerate(self.spec.construct_names)}
        found: dict[int, tuple[int, ...]] = {}
        for path in self.spec.paths:
            found[at[path.target]] = (*found.get(at[path.target], ()), at[path.source])
        return tuple(found.items())


@dataclass(frozen=True, kw_only=True)
class LocalModels:
    """A PLS model for each class; leading axes (..., G).

    Attributes
    ----------
    size : ndarray, shape (..., G)
    mean, deviation : ndarray, shape (..., G, p)
    weights : ndarray, shape (..., G, p, K)
        Of items standardised in the class, for scores of variance 1.
    loadings : ndarray, shape (..., G, p)
        Correlations of items with their score.
    paths : ndarray, shape (..., G, K, K)
        From row to column.
    r2 : ndarray, shape (..., G, J)
        Of the endogenous constructs, in the order of `Sketch.equations`.
    sound : ndarray of bool, shape (..., G)
        Whether PLS could be fitted.
    """

    size: Array
    mean: Array
    deviation: Array
    weights: Array
    loadings: Array
    paths: Array
    r2: Array
    sound: Array


def refuse_formative(spec: ModelSpec, estimator: PlsEstimator) -> None:
    """REBUS_REFLECTIVE_ONLY: its distance needs items that their construct explains."""
    modes = estimator.modes or {}
    wrong = tuple(
        one.name
        for one in spec.constructs
        if len(one.indicators) > 1
        and (one.kind != "reflective" or modes.get(one.name, one.mode or "A") != "A")
    )
    if wrong:
        where = Where(constructs=wrong)
        raise EstimationError(
            diagnostic("REBUS_REFLECTIVE_ONLY", where=where, constructs=list(wrong))
        )


def local_models(sketch: Sketch, member: Array) -> LocalModels:
    """Fit the classes of one or many partitions.

    Parameters
    ----------
    member : ndarray, shape (S, G, n)
        Zeros and ones.
    """
    size, mean, covariance = class_moments(sketch.products, sketch.weights, member)
    p, owner = covariance.shape[-1], sketch.owner
    with np.errstate(all="ignore"):  # classes too small to be fitted are not sound
        deviation = np.sqrt(np.diagonal(covariance, axis1=-2, axis2=-1))
        correlation = covariance / (deviation[..., :, None] * deviation[..., None, :])
        batch = sketch.estimator.fit_batch(sketch.spec, covariance.reshape(-1, p, p))
        standard = batch.standardised_weights.reshape(*size.shape, p)
        weights = owner * standard[..., None]
        variance = np.einsum("...pk,...pq,...qk->...k", weights, correlation, weights)
        weights = weights / np.sqrt(variance)[..., None, :]
        crossed = correlation @ weights
        between = np.swapaxes(weights, -1, -2) @ crossed
    paths = np.zeros_like(between)
    r2 = np.empty((*size.shape, len(sketch.equations)))
    for j, (target, sources) in enumerate(sketch.equations):
        slopes, r2[..., j] = least_squares(between, target, sources)
        paths[..., list(sources), target] = slopes
    return LocalModels(
        size=size,
        mean=mean,
        deviation=deviation,
        weights=weights,
        loadings=(crossed * owner).sum(axis=-1),
        paths=paths,
        r2=r2,
        sound=(batch.reason == 0).reshape(size.shape) & np.isfinite(r2).all(axis=-1),
    )


def residuals(sketch: Sketch, models: LocalModels, g: int) -> tuple[Array, Array]:
    """Of every row under the model of class g: items (n, p') and constructs (n, J)."""
    z = (sketch.values - models.mean[g]) / models.deviation[g]
    scores = z @ models.weights[g]
    measured = sketch.measured
    items = z - (scores @ sketch.owner.T) * models.loadings[g]
    targets = [target for target, _ in sketch.equations]
    return items[:, measured], (scores - scores @ models.paths[g])[:, targets]


def closeness(sketch: Sketch, models: LocalModels, member: Array) -> Array:
    """Distance of every row from every class, shape (n, G); infinite if not sound.

    ``sqrt(sum e²/com : mean in the class, times sum f²/R² : mean in the class)``.

    Parameters
    ----------
    models : LocalModels
        Of one partition: leading axis G.
    member : ndarray, shape (G, n)
    """
    count = len(models.size)
    found = np.full((len(sketch.values), count), np.inf)
    for g in range(count):
        if not models.sound[g]:
            continue
        items, inner = residuals(sketch, models, g)
        communality = np.maximum(models.loadings[g][sketch.measured] ** 2, SMALLEST)
        inside = member[g] * sketch.weights
        parts = [
            (items**2 / communality).sum(axis=1),
            (inner**2 / np.maximum(models.r2[g], SMALLEST)).sum(axis=1),
        ]
        product = np.ones(len(items))
        for part in parts:
            usual = (part @ inside) / max(models.size[g] - 2, 1.0)
            # Without items that have residuals the constructs' alone decide.
            product = product * (part / usual if usual > 0 else 1.0)
        found[:, g] = np.sqrt(product)
    return found


def group_quality(sketch: Sketch, models: LocalModels) -> Array:
    """GQI of partitions, shape (...); that of a single class is the goodness of fit.

    ``sqrt(mean communality times mean R²)``, both averaged over classes by size;
    constructs with one item have no communality of their own. NaN if not sound.
    """
    share = models.size / models.size.sum(axis=-1, keepdims=True)
    communality = models.loadings[..., sketch.measured] ** 2
    inner = (share * models.r2.mean(axis=-1)).sum(axis=-1)
    if not sketch.measured.any():
        return np.sqrt(np.where(models.sound.all(axis=-1), inner, np.nan))
    outer = (share * communality.mean(axis=-1)).sum(axis=-1)
    return np.sqrt(np.where(models.sound.all(axis=-1), outer * inner, np.nan))


Named = tuple[dict[str, float | None], ...]


def class_communality(sketch: Sketch, models: LocalModels) -> tuple[float | None, ...]:
    """Mean communality by class, of constructs with several items."""
    measured = models.loadings[:, sketch.measured] ** 2
    if not measured.size:
        return (None,) * len(models.size)
    return tuple(number(float(row.mean())) for row in measured)


def class_r2(sketch: Sketch, models: LocalModels) -> Named:
    """R² by class and endogenous construct."""
    names = [sketch.spec.construct_names[target] for target, _ in sketch.equations]
    return tuple(
        {name: number(value) for name, value in zip(names, row, strict=True)}
        for row in models.r2
    )


def class_paths(sketch: Sketch, models: LocalModels) -> Named:
    """Paths by class; keys ``source -> target``."""
    at = {name: k for k, name in enumerate(sketch.spec.construct_names)}
    return tuple(
        {
            f"{path.source} -> {path.target}": number(row[at[path.source], at[path.target]])
            for path in sketch.spec.paths
        }
        for row in models.paths
    )
