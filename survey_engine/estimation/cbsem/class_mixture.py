"""Latent-class SEM: a mixture of structural equation models by generalised EM.

E-step: memberships of rows from their normal densities under every class's implied mean
and covariance. M-step: one damped scoring step of the multi-group ML fit to the moments
weighted by memberships. Neither lowers the log-likelihood (tested).

References
----------
Jedidi, K., Jagpal, H. S. & DeSarbo, W. S. (1997). Marketing Science 16, 39-59.
Arminger, G., Stein, P. & Wittenberg, J. (1999). Mixtures of conditional mean- and
covariance-structure models. Psychometrika 64, 475-494: EM with a gradient M-step.
Bohning, D. et al. (1994). Annals of the Institute of Statistical Mathematics 46, 373-388:
Aitken's limit, by which the end of EM is judged.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from survey_engine.estimation.cbsem.class_model import ClassModel
from survey_engine.estimation.cbsem.class_step import ClassSteps
from survey_engine.numerics.moments import Array
from survey_engine.numerics.normal_mixture import (
    class_moments,
    memberships,
    nearest_partitions,
    row_products,
)
from survey_engine.numerics.regression_mixture import AGREE, random_partitions

STARTS = 20
SHORT = 25
"""Iterations every start gets."""
CONTINUED = 6
"""Starts that go on, the best after those."""
FIRST_STEPS = 3
"""Scoring steps from one class to a starting partition."""
PATIENCE = 1_000
NEAR, END = 1e-2, 1e-5
"""Distances to the limit of the log-likelihood at which starts, and the best, end."""


@dataclass(frozen=True, kw_only=True)
class Searching:
    """How to look.

    Attributes
    ----------
    seed, starts : int
        Half of the starts are random partitions, half nearest neighbours of random rows.
    """

    seed: int = 1
    starts: int = STARTS


@dataclass(frozen=True, kw_only=True)
class ClassMixture:
    """The best of the starts; classes in falling order of size.

    Attributes
    ----------
    model : ClassModel
    classes : int
    logl : float
    parameters : int
    shares : ndarray, shape (G,)
    x : ndarray, shape (r,)
        Free values, in the order of the groups of `model`: `order` says which is first.
    order : ndarray of int, shape (G,)
    posterior : ndarray, shape (n, G)
    converged : bool
    agreeing : int
        Of the starts that were continued, those that ended within 0.05 of the best.
    starts, continued, degenerate : int
    at_bound : tuple[str, ...]
        Variances that stand at their least, as text.
    trace : tuple[float, ...]
        Log-likelihood of the best start, by iteration of its last climb.
    """

    model: ClassModel
    classes: int
    logl: float
    parameters: int
    shares: Array
    x: Array
    order: NDArray[np.intp]
    posterior: Array
    converged: bool
    agreeing: int
    starts: int
    continued: int
    degenerate: int
    at_bound: tuple[str, ...]
    trace: tuple[float, ...]


@dataclass(frozen=True, kw_only=True)
class _Rows:
    products: Array
    weights: Array


@dataclass(kw_only=True)
class _Climb:
    """S starts on their way."""

    steps: ClassSteps
    shares: Array  # (S, G)
    logl: Array  # (S,)
    member: Array  # (S, G, n)
    converged: NDArray[np.bool_]
    trace: list[float]


def fit_class_mixture(
    model: ClassModel, values: Array, weights: Array, how: Searching
) -> ClassMixture:
    """Maximise the likelihood of a class model.

    Parameters
    ----------
    model : ClassModel
    values : ndarray, shape (n, p)
        Complete rows, in the order of ``model.table.observed``.
    weights : ndarray, shape (n,)
        Case weights scaled to sum n.
    how : Searching
    """
    rows = _Rows(products=row_products(values), weights=weights)
    first = _starts(model, values, how)
    climb = _begun(model, rows, first)
    _climb(model, rows, climb, SHORT, NEAR)
    collapsed = _collapsed(model, climb, len(values))
    judged = np.where(collapsed, -np.inf, climb.logl)
    usable = judged if np.isfinite(judged).any() else climb.logl
    best = np.argsort(-usable, kind="stable")[:CONTINUED]
    some = _taken(climb, best)
    _climb(model, rows, some, PATIENCE, NEAR)
    fallen = _collapsed(model, some, len(values))
    judged = np.where(fallen, -np.inf, some.logl)
    usable = judged if np.isfinite(judged).any() else some.logl
    agreeing = int((judged >= usable.max() - AGREE).sum())
    end = _taken(some, np.argsort(-usable, kind="stable")[:1])
    end.trace = []
    _climb(model, rows, end, PATIENCE, END)
    lost = int(collapsed.sum() + (fallen & ~collapsed[best]).sum())
    counts = (len(first), len(best), lost, max(agreeing, 1))
    return _mixture(model, end, counts)


def _starts(model: ClassModel, values: Array, how: Searching) -> Array:
    n, classes = len(values), model.classes
    if classes == 1:
        return np.ones((1, 1, n))
    half = how.starts // 2
    spread = (values - values.mean(axis=0)) / values.std(axis=0)
    parts = (
        random_partitions(n, classes, how.starts - half, how.seed),
        nearest_partitions(spread, classes, half, how.seed),
    )
    return np.concatenate(parts)


def _begun(model: ClassModel, rows: _Rows, member: Array) -> _Climb:
    """Every start a few scoring steps from one class towards its partition."""
    count = len(member)
    steps = ClassSteps(
        model.structure, model.limits, np.broadcast_to(model.start, (count, len(model.start)))
    )
    moments = class_moments(rows.products, rows.weights, member)
    for _ in range(FIRST_STEPS):
        steps.step(model.sample(moments))
    return _Climb(
        steps=steps,
        shares=moments[0] / moments[0].sum(axis=1, keepdims=True),
        logl=np.full(count, -np.inf),
        member=member,
        converged=np.zeros(count, dtype=np.bool_),
        trace=[],
    )


def _taken(climb: _Climb, at: NDArray[np.intp]) -> _Climb:
    return _Climb(
        steps=climb.steps.take(at),
        shares=climb.shares[at],
        logl=np.full(len(at), -np.inf),  # the first E-step only repeats the last
        member=climb.member[at],
        converged=np.zeros(len(at), dtype=np.bool_),
        trace=climb.trace,
    )


def _climb(model: ClassModel, rows: _Rows, climb: _Climb, cap: int, near: float) -> None:
    """EM from where the starts are, in place, until each is `near` its limit."""
    active = np.arange(len(climb.logl))
    steps, before = climb.steps.take(active), np.full(len(active), np.nan)
    for _ in range(cap):
        value, member = _expected(model, rows, steps, climb.shares[active])
        gain = value - climb.logl[active]
        climb.logl[active], climb.member[active] = value, member
        climb.trace.append(float(value.max()))
        still = _left(gain, before) <= near
        climb.converged[active[still]] = True
        before = gain
        going = ~still & np.isfinite(value)
        climb.steps.x[active] = steps.x
        if not going.any():
            break
        if not going.all():
            at = np.flatnonzero(going)
            active, before, steps = active[at], before[at], steps.take(at)
        moments = class_moments(rows.products, rows.weights, climb.member[active])
        climb.shares[active] = moments[0] / moments[0].sum(axis=1, keepdims=True)
        steps.step(model.sample(moments))


def _left(gain: Array, before: Array) -> Array:
    """What the log-likelihood still gains: Aitken's limit less where it stands."""
    with np.errstate(divide="ignore", invalid="ignore"):
        rate = np.clip(gain / before, 0.0, 0.9999)
        left = np.abs(gain) * rate / (1 - rate)
    small = np.abs(gain) < 1e-9  # at the optimum gains are rounding
    known = np.isfinite(before) & np.isfinite(left)
    return np.where(small, 0.0, np.where(known, left, np.inf))


def _expected(
    model: ClassModel, rows: _Rows, steps: ClassSteps, shares: Array
) -> tuple[Array, Array]:
    mean, precision = model.densities(steps.x)
    return memberships(rows.products, rows.weights, shares, mean, precision)


def _collapsed(model: ClassModel, climb: _Climb, n: int) -> NDArray[np.bool_]:
    """Starts with an empty class or none, or whose likelihood is that of a few points."""
    lost = (climb.shares * n < 2).any(axis=1) | ~np.isfinite(climb.logl)
    return lost | model.spiked(climb.steps.x)


def _mixture(model: ClassModel, end: _Climb, counts: tuple[int, int, int, int]) -> ClassMixture:
    order = np.argsort(-end.shares[0], kind="stable")
    return ClassMixture(
        model=model,
        classes=model.classes,
        logl=float(end.logl[0]),
        parameters=model.parameters,
        shares=end.shares[0][order],
        x=end.steps.x[0],
        order=order,
        posterior=end.member[0][order].T,
        converged=bool(end.converged[0]),
        agreeing=counts[3],
        starts=counts[0],
        continued=counts[1],
        degenerate=counts[2],
        at_bound=model.at_bound(end.steps.x[0], order),
        trace=tuple(end.trace),
    )
