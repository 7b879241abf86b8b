"""PLS-POS: classes that a PLS model of their own explains best.

FIMIX keeps the scores of the whole sample; here every class has its own weights. A hill
climb moves respondents to the class whose equations fit them better, and keeps a move only
if the explained variance over all classes rises.

References
----------
Becker, J.-M., Rai, A., Ringle, C. M. & Voelckner, F. (2013). Discovering unobserved
heterogeneity in structural equation models to avert validity threats. MIS Quarterly 37,
665-694, appendix A.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from survey_engine.estimation.pls.estimator import PlsEstimator
from survey_engine.estimation.pls.result import PlsBatch
from survey_engine.numerics.moments import Array
from survey_engine.spec.model import ModelSpec

Labels = NDArray[np.intp]

SINGLES = 16
"""Respondents tried one by one in each step, beside moves of many at once."""
STEPS = 200


@dataclass(frozen=True, kw_only=True)
class PosClasses:
    """Where the climb ended.

    Attributes
    ----------
    objective, start : float
        R² of the endogenous constructs, averaged over them and over classes by size; at
        the end and at the start.
    shares : tuple[float, ...]
    r2 : tuple[dict[str, float], ...]
        By class.
    paths : tuple[dict[str, float], ...]
        By class; keys ``source -> target``.
    steps : int
    moved : int
        Respondents that changed class.
    """

    objective: float
    start: float
    shares: tuple[float, ...]
    r2: tuple[dict[str, float], ...]
    paths: tuple[dict[str, float], ...]
    steps: int
    moved: int


@dataclass(frozen=True, kw_only=True)
class _Climber:
    spec: ModelSpec
    estimator: PlsEstimator
    values: Array  # (n, p) standardised
    weights: Array  # (n,)
    products: Array  # (n, p * p)
    endogenous: NDArray[np.intp]
    least: float


def climb(
    spec: ModelSpec,
    estimator: PlsEstimator,
    values: Array,
    weights: Array,
    labels: Labels,
    *,
    least: float = 30.0,
) -> tuple[PosClasses, Labels]:
    """Climb from a partition.

    Parameters
    ----------
    spec : ModelSpec
    estimator : PlsEstimator
    values : ndarray, shape (n, p)
        Answers in the order of `spec.indicators`.
    weights : ndarray, shape (n,)
        Case weights that sum to n.
    labels : ndarray of int, shape (n,)
    least : float
        Smallest class allowed.
    """
    z = (values - values.mean(axis=0)) / values.std(axis=0)
    names = spec.construct_names
    targets = sorted({names.index(path.target) for path in spec.paths})
    climber = _Climber(
        spec=spec,
        estimator=estimator,
        values=z,
        weights=weights,
        products=(z[:, :, None] * z[:, None, :]).reshape(len(z), -1),
        endogenous=np.array(targets),
        least=least,
    )
    classes = int(labels.max()) + 1
    here = labels.copy()
    first = best = float(_objective(climber, here[None], classes)[0])
    steps = 0
    while steps < STEPS:
        options = _options(climber, here, classes)
        if not len(options):
            break
        reached = _objective(climber, options, classes)
        top = int(np.argmax(reached))
        if not reached[top] > best + 1e-9:
            break
        best, here, steps = float(reached[top]), options[top], steps + 1
    return _ended(climber, (labels, here), (first, best), steps), here


def _fits(climber: _Climber, options: Labels, classes: int) -> tuple[Array, Array, PlsBatch]:
    """Class sizes (O, G), R² (O, G, K), and the batch, of partitions (O, n)."""
    member = (options[:, None, :] == np.arange(classes)[:, None]) * climber.weights
    flat = member.reshape(-1, member.shape[2])
    size = flat.sum(axis=1)
    safe = np.maximum(size, 1.0)
    mean = flat @ climber.values / safe[:, None]
    p = climber.values.shape[1]
    second = (flat @ climber.products).reshape(-1, p, p) / safe[:, None, None]
    covariance = second - mean[:, :, None] * mean[:, None, :]
    with np.errstate(all="ignore"):  # classes too small to be fitted are refused below
        batch = climber.estimator.fit_batch(climber.spec, covariance)
    r2 = np.where((batch.reason == 0)[:, None], batch.r2, np.nan)
    shape = (len(options), classes)
    return size.reshape(shape), r2.reshape(*shape, -1), batch


def _objective(climber: _Climber, options: Labels, classes: int) -> Array:
    """Average R² of partitions (O, n), shape (O,); -inf where a class is too small."""
    size, r2, _ = _fits(climber, options, classes)
    average = r2[:, :, climber.endogenous].mean(axis=2)
    value = (average * size).sum(axis=1) / size.sum(axis=1)
    sound = (size >= climber.least).all(axis=1) & np.isfinite(value)
    return np.where(sound, value, -np.inf)


def _options(climber: _Climber, here: Labels, classes: int) -> Labels:
    """Partitions to try: all who fit elsewhere better move, the first half, ... one by one."""
    distance = _distances(climber, here, classes)
    rows = np.arange(len(here))
    near = distance.argmin(axis=1)
    gain = distance[rows, here] - distance[rows, near]
    order = np.argsort(-gain, kind="stable")
    order = order[gain[order] > 0]
    if not len(order):
        return np.empty((0, len(here)), dtype=np.intp)
    options = []
    count = len(order)
    while count >= 2:
        options.append(_moved(here, order[:count], near))
        count //= 2
    options += [_moved(here, order[k : k + 1], near) for k in range(min(SINGLES, len(order)))]
    return np.stack(options)


def _moved(here: Labels, who: NDArray[np.intp], near: Labels) -> Labels:
    after = here.copy()
    after[who] = near[who]
    return after


def _distances(climber: _Climber, here: Labels, classes: int) -> Array:
    """How badly each class's equations fit each respondent, shape (n, G).

    ``sum over constructs of sqrt(e^2 / sum of e^2 inside the class)``, scores by the
    class's own weights and means (Becker et al. 2013, equation A4).
    """
    _, _, batch = _fits(climber, here[None], classes)
    sizes = [len(c.indicators) for c in climber.spec.constructs]
    owner = np.repeat(np.arange(len(sizes)), sizes)
    found = np.empty((len(here), classes))
    for g in range(classes):
        inside = here == g
        loading = np.zeros((len(owner), len(sizes)))
        loading[np.arange(len(owner)), owner] = batch.weights[g]
        if climber.estimator.metric == "standardised":
            loading /= climber.values[inside].std(axis=0)[:, None]
        scores = (climber.values - climber.values[inside].mean(axis=0)) @ loading
        squares = (scores - scores @ batch.paths[g])[:, climber.endogenous] ** 2
        total = (squares[inside] * climber.weights[inside, None]).sum(axis=0)
        found[:, g] = np.sqrt(squares / total * climber.weights[inside].sum()).sum(axis=1)
    return np.where(np.isfinite(found), found, np.inf)


def _ended(
    climber: _Climber,
    labels: tuple[Labels, Labels],
    values: tuple[float, float],
    steps: int,
) -> PosClasses:

    before, after = labels
    classes = int(before.max()) + 1
    size, _, batch = _fits(climber, after[None], classes)
    names = climber.spec.construct_names
    pairs = [(names.index(p.source), names.index(p.target)) for p in climber.spec.paths]
    return PosClasses(
        objective=values[1],
        start=values[0],
        shares=tuple((size[0] / size[0].sum()).tolist()),
        r2=tuple(
            {names[k]: float(batch.r2[g, k]) for k in climber.endogenous}
            for g in range(classes)
        ),
        paths=tuple(
            {f"{names[s]} -> {names[t]}": float(batch.paths[g, s, t]) for s, t in pairs}
            for g in range(classes)
        ),
        steps=steps,
        moved=int((before != after).sum()),
    )
