"""Mixtures of recursive regressions by EM: many random starts at once (FIMIX-PLS).

References
----------
Hahn, C., Johnson, M. D., Herrmann, A. & Huber, F. (2002). Capturing customer heterogeneity
using a finite mixture PLS approach. Schmalenbach Business Review 54, 243-269.
Ramaswamy, V., DeSarbo, W. S., Reibstein, D. J. & Robinson, W. T. (1993). An empirical
pooling approach. Marketing Science 12, 103-124: entropy.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from survey_engine.numerics.moments import Array
from survey_engine.numerics.regression import solved

FLOOR = 1e-3
"""Residual variance (scores have variance 1) below which a class fits a few points only."""

LOOSE = 100.0
"""Starts end at so many times the tolerance; only the best goes on to the end."""
AGREE = 0.05
"""Log-likelihoods so close count as the same solution."""


@dataclass(frozen=True, kw_only=True)
class Equations:
    """Regressions without intercept: columns ``predecessors[m]`` explain ``targets[m]``."""

    targets: tuple[int, ...]
    predecessors: tuple[tuple[int, ...], ...]

    @property
    def coefficients(self) -> int:
        """Number of slopes."""
        return sum(len(at) for at in self.predecessors)


@dataclass(frozen=True, kw_only=True)
class Mixture:
    """The best of the starts.

    Attributes
    ----------
    classes : int
    logl : float
    shares : ndarray, shape (G,)
        In falling order.
    slopes : ndarray, shape (G, K, K)
        From row to column.
    residuals : ndarray, shape (G, M)
        Residual variances.
    posterior : ndarray, shape (n, G)
    converged : bool
    agreeing : int
        Starts that ended within 0.05 of the best log-likelihood.
    starts, continued, degenerate : int
        Starts in all, those followed until they stood still, and those that collapsed on
        a few points.
    parameters : int
    at_bound : tuple[str, ...]
        Always empty: a residual variance at its least makes a start degenerate.
    """

    classes: int
    logl: float
    shares: Array
    slopes: Array
    residuals: Array
    posterior: Array
    converged: bool
    agreeing: int
    starts: int
    continued: int
    degenerate: int
    parameters: int
    at_bound: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class _State:
    shares: Array  # (S, G)
    slopes: Array  # (S, G, K, K)
    residuals: Array  # (S, G, M)


def fit_mixture(  # noqa: PLR0913  (data, model, and how to search)
    scores: Array,
    equations: Equations,
    classes: int,
    *,
    weights: Array | None = None,
    seed: int = 1,
    starts: int = 20,
    tolerance: float = 1e-8,
    max_iterations: int = 2000,
    posterior: Array | None = None,
) -> Mixture:
    """Maximise the mixture likelihood from random partitions.

    Parameters
    ----------
    scores : ndarray, shape (n, K)
        Standardised.
    classes : int
        G.
    weights : ndarray, shape (n,), optional
        Case weights scaled to sum n.
    seed, starts : int
    tolerance : float
        Change of the log-likelihood per unit of its size that ends a start.
    posterior : ndarray, shape (S, G, n), optional
        Starting memberships in place of random ones.
    """
    n = len(scores)
    w = np.ones(n) if weights is None else weights
    member = posterior
    if member is None:
        member = random_partitions(n, classes, 1 if classes == 1 else starts, seed)
    data = (scores, w, (scores[:, :, None] * scores[:, None, :]).reshape(n, -1))
    found = _climb(data, equations, member, (tolerance * LOOSE, max_iterations))
    best, collapsed, judged = _judge(found, n)
    _, near = _expect(scores, w, equations, _select(found[0], np.array([best])))
    end = _climb(data, equations, near, (tolerance, max_iterations))
    value, last = _expect(scores, w, equations, end[0])
    order = np.argsort(-end[0].shares[0], kind="stable")
    agreeing = judged >= judged[best] - AGREE if np.isfinite(judged[best]) else [True]
    return Mixture(
        classes=classes,
        logl=float(value[0]),
        shares=end[0].shares[0][order],
        slopes=end[0].slopes[0][order],
        residuals=end[0].residuals[0][order],
        posterior=last[0][order].T,
        converged=bool(end[2][0]),
        agreeing=int(np.sum(agreeing)),
        starts=len(judged),
        continued=len(judged),
        degenerate=int(collapsed.sum()),
        parameters=classes - 1 + classes * (equations.coefficients + len(equations.targets)),
    )


_Ended = tuple[_State, Array, NDArray[np.bool_]]


def _climb(
    data: tuple[Array, Array, Array],
    equations: Equations,
    member: Array,
    stop: tuple[float, int],
) -> _Ended:
    """EM from every start until each stands still: states, log-likelihoods, converged."""
    scores, w, products = data
    tolerance, cap = stop
    count = len(member)
    logl = np.full(count, -np.inf)
    done = np.zeros(count, dtype=np.bool_)
    state = _maximise(member * w, products, equations)
    active = np.arange(count)
    for _ in range(cap):
        value, member = _expect(scores, w, equations, _select(state, active))
        still = np.abs(value - logl[active]) <= tolerance * np.abs(value)
        logl[active] = value
        done[active[still]] = True
        going = ~still & np.isfinite(value)
        if not going.any():
            break
        active = active[going]
        fresh = _maximise(member[going] * w, products, equations)
        state.shares[active] = fresh.shares
        state.slopes[active] = fresh.slopes
        state.residuals[active] = fresh.residuals
    return state, logl, done


def _judge(found: _Ended, n: int) -> tuple[int, NDArray[np.bool_], Array]:
    """The best start, which starts collapsed, and log-likelihoods without those."""
    state, logl, _ = found
    collapsed = (state.residuals <= FLOOR).any(axis=(1, 2))
    collapsed |= (state.shares * n < 2).any(axis=1) | ~np.isfinite(logl)
    judged = np.where(collapsed, -np.inf, logl)
    best = int(np.argmax(judged if (~collapsed).any() else logl))
    return best, collapsed, judged


def random_partitions(n: int, classes: int, starts: int, seed: int) -> Array:
    """Each respondent in one class, shape (S, G, n); one random stream a start."""
    found = np.zeros((starts, classes, n))
    for start, child in enumerate(np.random.SeedSequence(seed).spawn(starts)):
        drawn = np.random.default_rng(child).integers(0, classes, size=n)
        found[start, drawn, np.arange(n)] = 1.0
    return found


def _select(state: _State, at: NDArray[np.intp]) -> _State:
    return _State(
        shares=state.shares[at], slopes=state.slopes[at], residuals=state.residuals[at]
    )


def _maximise(member: Array, products: Array, equations: Equations) -> _State:
    """M-step from weighted moments: (S, G, n) memberships times products of scores."""
    starts, classes, n = member.shape
    size = math.isqrt(products.shape[1])
    total = member.sum(axis=2)
    moments = (member.reshape(-1, n) @ products).reshape(starts, classes, size, size)
    moments = moments / np.maximum(total, 1e-300)[:, :, None, None]
    slopes = np.zeros((starts, classes, size, size))
    residuals = np.empty((starts, classes, len(equations.targets)))
    for m, (target, at) in enumerate(
        zip(equations.targets, equations.predecessors, strict=True)
    ):
        left = moments[..., list(at), :][..., :, list(at)]
        right = moments[..., list(at), target]
        found = solved(left, right)
        slopes[..., list(at), target] = found
        residuals[..., m] = moments[..., target, target] - (found * right).sum(axis=-1)
    return _State(
        shares=total / total.sum(axis=1, keepdims=True),
        slopes=slopes,
        residuals=np.where(residuals > FLOOR, residuals, FLOOR),
    )


def _expect(
    scores: Array, w: Array, equations: Equations, state: _State
) -> tuple[Array, Array]:
    """E-step: log-likelihoods (S,) and memberships (S, G, n)."""
    log = _log_density(scores, equations, state)
    with np.errstate(divide="ignore", invalid="ignore"):
        log += np.log(state.shares)[:, :, None]
        top = log.max(axis=1, keepdims=True)
        mixed = np.exp(log - top)
        total = mixed.sum(axis=1, keepdims=True)
        value = ((np.log(total) + top)[:, 0] * w).sum(axis=1)
    return value, mixed / total


def _log_density(scores: Array, equations: Equations, state: _State) -> Array:
    targets = list(equations.targets)
    away = -state.slopes[..., targets]
    away[..., targets, np.arange(len(targets))] += 1.0
    residual = scores @ away  # (S, G, n, M)
    variance = state.residuals[:, :, None, :]
    each = np.log(2 * np.pi * variance) + residual**2 / variance
    return np.asarray(-0.5 * each.sum(axis=-1))


def criteria(
    logl: float, parameters: int, posterior: Array, *, weights: Array, single: float
) -> dict[str, float]:
    """Information criteria and measures of separation.

    ``aic`` ``aic3`` ``aic4`` ``bic`` ``caic`` ``ssabic`` (sample size n by (n + 2) / 24;
    Sclove 1987) ``hq`` ``mdl5`` ``icl_bic`` (BIC plus twice the entropy; Biernacki, Celeux &
    Govaert 2000) (less is better), ``en`` (normed entropy, 1 = certain), ``nfi`` (non-fuzzy
    index), ``nec`` (normalised entropy criterion; 1 for one class).

    Parameters
    ----------
    weights : ndarray, shape (n,)
    single : float
        Log-likelihood of one class.
    """
    n, classes = posterior.shape
    deviance = -2 * logl
    found = {
        "aic": deviance + 2 * parameters,
        "aic3": deviance + 3 * parameters,
        "aic4": deviance + 4 * parameters,
        "bic": deviance + math.log(n) * parameters,
        "caic": deviance + (math.log(n) + 1) * parameters,
        "ssabic": deviance + math.log((n + 2) / 24) * parameters,
        "hq": deviance + 2 * math.log(math.log(n)) * parameters,
        "mdl5": deviance + 5 * math.log(n) * parameters,
    }
    if classes == 1:
        return found | {"icl_bic": found["bic"], "en": math.nan, "nfi": math.nan, "nec": 1.0}
    logs = np.log(np.where(posterior > 0, posterior, 1.0))
    entropy = -float(((posterior * logs).sum(axis=1) * weights).sum())
    square = float(((posterior**2).sum(axis=1) * weights).sum())
    gain = logl - single
    return found | {
        "icl_bic": found["bic"] + 2 * entropy,
        "en": 1 - entropy / (n * math.log(classes)),
        "nfi": (classes * square - n) / (n * (classes - 1)),
        "nec": entropy / gain if gain > 0 else math.nan,
    }


def start_from(labels: Sequence[int] | NDArray[np.intp], classes: int) -> Array:
    """Memberships (1, G, n) of a partition, a start of `fit_mixture`."""
    at = np.asarray(labels)
    return np.asarray(at[None, None, :] == np.arange(classes)[None, :, None], dtype=np.float64)
