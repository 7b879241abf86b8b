"""REBUS-PLS: respondents go to the class whose PLS model leaves the least of them unexplained.

Loadings and paths may differ between classes. Starts are a Ward clustering of the residuals
of the common model, and random partitions; respondents are reassigned until few move.

References
----------
Esposito Vinzi, V., Trinchera, L., Squillacciotti, S. & Tenenhaus, M. (2008). REBUS-PLS: a
response-based procedure for detecting unit segments in PLS path modelling. Applied
Stochastic Models in Business and Industry 24, 439-458.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from survey_engine.analysis.local_models import (
    LocalModels,
    Sketch,
    class_communality,
    class_paths,
    class_r2,
    closeness,
    group_quality,
    local_models,
    refuse_formative,
    residuals,
)
from survey_engine.assessment.resampled import number
from survey_engine.estimation.pls.estimator import PlsEstimator
from survey_engine.numerics.moments import Array
from survey_engine.numerics.normal_mixture import row_products
from survey_engine.spec.model import ModelSpec

Labels = NDArray[np.intp]

STABLE = 0.05
"""Share of respondents changing class below which the classes count as stable."""
MOST_ROUNDS = 100
CLUSTERED = 4_000
"""Respondents clustered; of more a random part, the others join the nearest cluster."""
RANDOM_PARTITIONS = 199
REPEATS = 39
STARTS = 11
"""Ward's clusters and ten random partitions: Ward's alone often split by level only."""
AGREE = 0.01
"""GQI so close count as the same classes."""


@dataclass(frozen=True, kw_only=True)
class RebusClasses:
    """Where the reassignment ended.

    Attributes
    ----------
    gqi, gqi_one_class : float
        Group quality index of the classes, and of one class (goodness of fit).
    p_random : float or None
        Share of random partitions into classes of these sizes that do as well. Small
        even without classes, for these were sought in the same data.
    p_one_class : float or None
        Share of samples of a single normal population, searched the same way, that do
        as well: the one to judge by. None where it was not asked for.
    shares : tuple[float, ...]
        In falling order.
    communality : tuple[float, ...]
        Mean communality by class, of constructs with several items.
    r2, paths : tuple[dict[str, float | None], ...]
        By class; keys of paths ``source -> target``.
    rounds : int
    changed : float
        Share that changed class in the last round.
    stable : bool
    too_small : bool
        Whether a class would have fallen below the least size, so that the
        reassignment stopped before.
    starts, agreeing_starts : int
        Starts in all, and those that ended within .01 of the best GQI.
    """

    gqi: float | None
    gqi_one_class: float | None
    p_random: float | None
    p_one_class: float | None
    shares: tuple[float, ...]
    communality: tuple[float | None, ...]
    r2: tuple[dict[str, float | None], ...]
    paths: tuple[dict[str, float | None], ...]
    rounds: int
    changed: float
    stable: bool
    too_small: bool
    starts: int
    agreeing_starts: int


@dataclass(frozen=True, kw_only=True)
class _Ended:
    labels: Labels
    models: LocalModels
    gqi: float
    rounds: int
    changed: float
    too_small: bool
    agreeing: int


def rebus(  # noqa: PLR0913  (model, data, and how to look)
    spec: ModelSpec,
    estimator: PlsEstimator,
    values: Array,
    weights: Array,
    classes: int,
    *,
    seed: int,
    least: float = 30.0,
    repeats: int = REPEATS,
) -> tuple[RebusClasses, Labels]:
    """Look for a number of classes.

    Parameters
    ----------
    spec : ModelSpec
        Reflective constructs only.
    estimator : PlsEstimator
    values : ndarray, shape (n, p)
        Answers in the order of `spec.indicators`.
    weights : ndarray, shape (n,)
        Case weights that sum to n.
    classes : int
    seed : int
        Of random partitions and of samples of one population.
    least : float
        Smallest class allowed.
    repeats : int
        Samples of one population; 0 for no `p_one_class`.

    Raises
    ------
    EstimationError
        REBUS_REFLECTIVE_ONLY with the constructs that are not.
    """
    refuse_formative(spec, estimator)
    sketch = _sketch(spec, estimator, values, weights)
    ended = _searched(sketch, classes, least, seed)
    one = local_models(sketch, np.ones((1, 1, len(values))))
    found = RebusClasses(
        gqi=number(ended.gqi),
        gqi_one_class=number(float(group_quality(sketch, one)[0])),
        p_random=_against_random(sketch, ended, seed),
        p_one_class=_against_one(sketch, ended, (classes, least), (seed, repeats)),
        rounds=ended.rounds,
        changed=ended.changed,
        stable=ended.changed < STABLE and not ended.too_small,
        too_small=ended.too_small,
        starts=STARTS,
        agreeing_starts=ended.agreeing,
        shares=tuple((ended.models.size / ended.models.size.sum()).tolist()),
        communality=class_communality(sketch, ended.models),
        r2=class_r2(sketch, ended.models),
        paths=class_paths(sketch, ended.models),
    )
    return found, ended.labels


def _sketch(spec: ModelSpec, estimator: PlsEstimator, values: Array, weights: Array) -> Sketch:
    # Centred, for products lose digits far from zero; units stay, for weights in raw metric.
    away = values - np.average(values, axis=0, weights=weights)
    return Sketch(
        spec=spec,
        estimator=estimator,
        products=row_products(away),
        values=away,
        weights=weights,
    )


def _searched(sketch: Sketch, classes: int, least: float, seed: int) -> _Ended:
    """The best of all starts by GQI; classes in falling order of size."""
    n = len(sketch.values)
    starts = [_clusters(sketch, classes, seed)]
    starts += [
        np.random.default_rng(child).integers(0, classes, size=n)
        for child in np.random.SeedSequence(seed).spawn(STARTS - 1)
    ]
    ended = [_reassigned(sketch, labels, classes, least) for labels in starts]
    reached = np.array([one.gqi for one in ended])
    reached = np.where(np.isfinite(reached), reached, -np.inf)
    best = ended[int(np.argmax(reached))]
    order = np.argsort(-best.models.size, kind="stable")
    labels = np.argsort(order, kind="stable")[best.labels]
    return replace(
        best,
        labels=labels,
        models=_fitted(sketch, labels, classes),
        agreeing=int((reached >= reached.max() - AGREE).sum()),
    )


def _reassigned(sketch: Sketch, labels: Labels, classes: int, least: float) -> _Ended:
    """Reassign from one start until stable, or until a class would be too small."""
    rounds, changed, too_small = 0, 1.0, False
    models = _fitted(sketch, labels, classes)
    while rounds < MOST_ROUNDS and changed >= STABLE:
        after = closeness(sketch, models, _member(labels, classes)).argmin(axis=1)
        if (_member(after, classes) @ sketch.weights).min() < least:
            too_small = True
            break
        changed = float((after != labels) @ sketch.weights / sketch.weights.sum())
        labels, rounds = after, rounds + 1
        models = _fitted(sketch, labels, classes)
    usable = models.size.min() >= least
    return _Ended(
        labels=labels,
        models=models,
        gqi=float(group_quality(sketch, models)) if usable else np.nan,
        rounds=rounds,
        changed=changed,
        too_small=too_small,
        agreeing=1,
    )


def _member(labels: Labels, classes: int) -> Array:
    return np.asarray(labels == np.arange(classes)[:, None], dtype=np.float64)


def _fitted(sketch: Sketch, labels: Labels, classes: int) -> LocalModels:
    found = local_models(sketch, _member(labels, classes)[None])
    return LocalModels(**{name: part[0] for name, part in vars(found).items()})


def _clusters(sketch: Sketch, classes: int, seed: int) -> Labels:
    """Ward's clusters of the residuals of the common model."""
    from scipy.cluster.hierarchy import fcluster, linkage

    n = len(sketch.values)
    common = _fitted(sketch, np.zeros(n, dtype=np.intp), 1)
    left = np.column_stack(residuals(sketch, common, 0))
    drawn = np.arange(n)
    if n > CLUSTERED:
        drawn = np.random.default_rng(seed).choice(n, size=CLUSTERED, replace=False)
    tree = linkage(left[drawn], method="ward")
    cluster = fcluster(tree, classes, criterion="maxclust") - 1
    if n == len(drawn):
        return np.asarray(cluster, dtype=np.intp)
    part = left[drawn]
    centre = np.stack([part[cluster == g].mean(axis=0) for g in range(cluster.max() + 1)])
    away = (centre**2).sum(axis=1) - 2 * left @ centre.T
    return np.asarray(away.argmin(axis=1), dtype=np.intp)


def _against_random(sketch: Sketch, ended: _Ended, seed: int) -> float | None:
    """Share of random partitions into classes of the same sizes with such a GQI."""
    random = np.random.default_rng(seed)
    classes = len(ended.models.size)
    drawn = np.stack(
        [_member(random.permutation(ended.labels), classes) for _ in range(RANDOM_PARTITIONS)]
    )
    return _share(group_quality(sketch, local_models(sketch, drawn)), ended.gqi)


def _against_one(
    sketch: Sketch, ended: _Ended, wanted: tuple[int, float], draws: tuple[int, int]
) -> float | None:
    """Share of samples of one normal population with such a GQI after the same search."""
    classes, least = wanted
    seed, repeats = draws
    if not repeats:
        return None
    n, p = sketch.values.shape
    covariance = np.cov(sketch.values.T, aweights=sketch.weights, bias=True)
    size, axes = np.linalg.eigh(covariance)
    root = axes * np.sqrt(np.maximum(size, 0.0))
    reached = []
    for child in np.random.SeedSequence(seed).spawn(repeats):
        values = np.random.default_rng(child).standard_normal((n, p)) @ root.T
        single = _sketch(sketch.spec, sketch.estimator, values, sketch.weights)
        reached.append(_searched(single, classes, least, seed).gqi)
    return _share(np.array(reached), ended.gqi)


def _share(reached: Array, gqi: float) -> float | None:
    known = reached[np.isfinite(reached)]
    if not (known.size and np.isfinite(gqi)):
        return None
    return float((1 + (known >= gqi).sum()) / (1 + known.size))
