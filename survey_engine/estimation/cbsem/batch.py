"""The same model on many covariance matrices: bootstrap resamples, branches."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from survey_engine.errors import EstimationError
from survey_engine.estimation.cbsem.discrepancy import ml
from survey_engine.estimation.cbsem.discrepancy.evaluation import Discrepancy, Evaluation
from survey_engine.estimation.cbsem.implied import sigma_inverse
from survey_engine.estimation.cbsem.inequality import SLACK
from survey_engine.estimation.cbsem.observed import Sample
from survey_engine.estimation.cbsem.optimise import MANY_DIGITS, Optimum, minimise
from survey_engine.estimation.cbsem.search import Search
from survey_engine.estimation.cbsem.standardise import constructs, inner_covariance
from survey_engine.estimation.cbsem.start_values import plain_start
from survey_engine.estimation.cbsem.structure import Structure
from survey_engine.estimation.fit_result import CbSemBatch
from survey_engine.estimation.parameter_table import ParameterTable
from survey_engine.numerics.moments import Array
from survey_engine.spec.model import ModelSpec

TOLERANCE = 1e-4
"""Distance to the optimum in standard errors: far below resampling noise."""
FIRST_ITERATIONS = 25
"""Steps from the common start; who needs more starts again from plain values."""
MAX_ITERATIONS = 100
CHUNK = 64
"""Members fitted together: few enough for the processor's cache, independent of workers."""


@dataclass(frozen=True, kw_only=True)
class Compiled:
    """What is fitted again and again."""

    spec: ModelSpec
    table: ParameterTable
    structure: Structure
    discrepancy: Discrepancy


def fit_batch(model: Compiled, data: Sample, *, start: Array) -> CbSemBatch:
    """Fit samples with a leading axis B from the free values `start`, shape (q,)."""
    table = model.table
    # The basis has orthonormal columns (identity, or right singular vectors).
    x = table.basis.T @ (start - table.offset)
    size = data.covariance.shape[0]
    pieces = []
    for begin in range(0, size, CHUNK):
        at = np.arange(begin, min(begin + CHUNK, size))
        pieces.append(_fit_chunk(model, data.take(at), x))
    if not pieces:
        pieces = [_fit_chunk(model, data, x)]
    return CbSemBatch(
        **{
            name: np.concatenate([getattr(piece, name) for piece in pieces])
            for name in vars(pieces[0])
        }
    )


def _fit_chunk(model: Compiled, data: Sample, x: Array) -> CbSemBatch:
    table, structure = model.table, model.structure
    optimum = minimise(
        model.discrepancy,
        structure,
        data,
        x,
        tolerance=TOLERANCE,
        max_iterations=FIRST_ITERATIONS,
    )
    if not optimum.converged.all():
        optimum = _started_again(model, data, optimum)
    if len(table.bound) or table.curved:
        optimum = _within_limits(model, data, optimum)
    at = model.discrepancy.evaluate(structure, optimum.x, data)
    inverse = at.weight if model.discrepancy is ml else sigma_inverse(at.parts)
    facts = constructs(model.spec, structure, at.values, at.parts, inverse)
    good = optimum.converged
    # A variance held at its bound is zero but for rounding.
    floor = -SLACK if len(table.bound) else 0.0
    reason = _reasons(model, at, optimum, data, floor=floor)

    def known(statistic: Array) -> Array:
        lost = ~good.reshape(-1, *([1] * (statistic.ndim - 1)))
        return np.where(lost, np.nan, statistic)

    def by_group(statistic: Array) -> Array:
        return known(statistic[:, 0] if structure.n_groups == 1 else statistic)

    return CbSemBatch(
        free_values=known(optimum.x @ table.basis.T + table.offset),
        converged=good,
        reason=reason,
        criterion=np.abs(optimum.gradient).max(axis=-1, initial=0.0),
        iterations=optimum.iterations,
        chisq=known(optimum.value * data.n),
        paths=by_group(facts.paths),
        total_effects=by_group(facts.total_effects),
        latent_correlation=by_group(facts.correlation),
        loadings=by_group(facts.loadings),
        r2=by_group(facts.r2),
        factor_score_weights=by_group(facts.score_weights),
    )


def _started_again(model: Compiled, data: Sample, optimum: Optimum) -> Optimum:
    """Members that the common start did not bring to their optimum, from a plain one.

    The full sample's solution can be a bad place to start from: where constructs are hardly
    told apart, the paths of a resample lie far from it.
    """
    sound = np.asarray(np.isfinite(data.log_determinant).all(axis=-1))
    lost = np.flatnonzero(~optimum.converged & sound)
    if not len(lost):
        return optimum
    some = data.take(lost)
    starts = [
        plain_start(model.table, model.structure, some.take(np.array(i)))
        for i in range(len(lost))
    ]
    found = minimise(
        model.discrepancy,
        model.structure,
        some,
        np.stack(starts),
        tolerance=MANY_DIGITS / 2,  # with exact Hessians where scoring crawls
        max_iterations=MAX_ITERATIONS,
    )
    merged = {}
    for name, before in vars(optimum).items():
        merged[name] = before.copy()
        merged[name][lost] = getattr(found, name)
    merged["iterations"] += optimum.iterations * np.isin(np.arange(len(sound)), lost)
    return Optimum(**merged)


def _within_limits(model: Compiled, data: Sample, optimum: Optimum) -> Optimum:
    """Fit again, one by one, the members that break a constraint not in the basis."""
    table = model.table
    search = Search(
        discrepancy=model.discrepancy, tolerance=TOLERANCE, max_iterations=MAX_ITERATIONS
    )
    left = np.full((len(optimum.x), 1), -np.inf)  # nonlinear ones bind every member
    if not table.curved:
        left = (optimum.x @ table.basis.T + table.offset) @ table.at_least.T - table.bound
    x, value, gradient, converged = (
        getattr(optimum, name).copy() for name in ("x", "value", "gradient", "converged")
    )
    for i in np.flatnonzero(optimum.converged & (left < -SLACK).any(axis=1)):
        try:
            found = search.constrained(table, model.structure, data.take(np.array([i])))
        except EstimationError:  # no values satisfy the constraints in this member
            converged[i] = False
            continue
        theta = found.table.basis @ found.optimum.x[0] + found.table.offset
        x[i] = table.basis.T @ (theta - table.offset)
        value[i], converged[i] = found.optimum.value[0], found.optimum.converged[0]
        # Along what is free; across the limit F still falls.
        gradient[i] = np.abs(found.optimum.gradient[0]).max(initial=0.0)
    return replace(optimum, x=x, value=value, gradient=gradient, converged=converged)


def _reasons(
    model: Compiled, at: Evaluation, optimum: Optimum, data: Sample, *, floor: float
) -> NDArray[np.str_]:
    """Why each member is not admissible, the first reason that holds; else empty."""
    structure, values, total = model.structure, at.values, inner_covariance(at.parts)
    places = (structure.inner_covariance, structure.error)
    variances = np.concatenate([p.entry[p.row == p.column] for p in places])
    negative = np.any(values[..., variances] < floor, axis=(-2, -1))
    finite = np.asarray(np.isfinite(total).all(axis=(-2, -1)))
    safe = np.where(finite[..., None, None], total, np.eye(total.shape[-1]))
    smallest = np.linalg.eigvalsh(safe)[..., :1].min(axis=(-2, -1), initial=np.inf)
    # With a variance at its bound of zero the latent covariances may be singular.
    indefinite = np.asarray(smallest < floor if floor else smallest <= 0)
    reason = np.where(indefinite, "LATENT_COV_NOT_PD", "")
    reason = np.where(negative, "NEGATIVE_VARIANCE", reason)
    reason = np.where(optimum.converged, reason, "NOT_CONVERGED")
    return np.where(np.isnan(data.log_determinant).any(axis=-1), "SINGULAR_COVARIANCE", reason)
