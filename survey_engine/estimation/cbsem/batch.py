"""The same model on many covariance matrices: bootstrap resamples, branches."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from survey_engine.estimation.cbsem.discrepancy import ml
from survey_engine.estimation.cbsem.implied import entries_of
from survey_engine.estimation.cbsem.observed import Sample
from survey_engine.estimation.cbsem.optimise import Optimum, minimise
from survey_engine.estimation.cbsem.standardise import constructs, inner_covariance
from survey_engine.estimation.cbsem.structure import Structure
from survey_engine.estimation.fit_result import CbSemBatch
from survey_engine.estimation.parameter_table import ParameterTable
from survey_engine.numerics.moments import Array
from survey_engine.spec.model import ModelSpec

TOLERANCE = 1e-4
"""Distance to the optimum in standard errors: far below resampling noise."""
MAX_ITERATIONS = 100
CHUNK = 64
"""Members fitted together: few enough for the processor's cache, independent of workers."""


def fit_batch(
    spec: ModelSpec, table: ParameterTable, structure: Structure, data: Sample, *, start: Array
) -> CbSemBatch:
    """Fit `data`, shape (B, p, p), from the free values `start`, shape (q,)."""
    # The basis has orthonormal columns (identity, or right singular vectors).
    x = table.basis.T @ (start - table.offset)
    size = data.covariance.shape[0]
    pieces = []
    for begin in range(0, size, CHUNK):
        at = np.arange(begin, min(begin + CHUNK, size))
        pieces.append(_fit_chunk(spec, table, structure, data.take(at), x))
    if not pieces:
        pieces = [_fit_chunk(spec, table, structure, data, x)]
    return CbSemBatch(
        **{
            name: np.concatenate([getattr(piece, name) for piece in pieces])
            for name in vars(pieces[0])
        }
    )


def _fit_chunk(
    spec: ModelSpec, table: ParameterTable, structure: Structure, data: Sample, x: Array
) -> CbSemBatch:
    optimum = minimise(structure, data, x, tolerance=TOLERANCE, max_iterations=MAX_ITERATIONS)
    values = entries_of(structure, optimum.x, data.fixed)
    at = ml.evaluate(structure, optimum.x, data)
    facts = constructs(spec, structure, values, at.parts, at.inverse)
    good = optimum.converged
    reason = _reasons(structure, values, inner_covariance(at.parts), optimum, data)

    def known(statistic: Array) -> Array:
        lost = ~good.reshape(-1, *([1] * (statistic.ndim - 1)))
        return np.where(lost, np.nan, statistic)

    return CbSemBatch(
        free_values=known(optimum.x @ table.basis.T + table.offset),
        converged=good,
        reason=reason,
        criterion=np.abs(optimum.gradient).max(axis=-1, initial=0.0),
        iterations=optimum.iterations,
        chisq=known(optimum.value * data.n),
        paths=known(facts.paths),
        total_effects=known(facts.total_effects),
        latent_correlation=known(facts.correlation),
        loadings=known(facts.loadings),
        r2=known(facts.r2),
        factor_score_weights=known(facts.score_weights),
    )


def _reasons(
    structure: Structure, values: Array, total: Array, optimum: Optimum, data: Sample
) -> NDArray[np.str_]:
    """Why each member is not admissible, the first reason that holds; else empty."""
    places = (structure.inner_covariance, structure.error)
    variances = np.concatenate([p.entry[p.row == p.column] for p in places])
    negative = np.any(values[:, variances] < 0, axis=-1)
    finite = np.asarray(np.isfinite(total).all(axis=(-2, -1)))
    safe = np.where(finite[:, None, None], total, np.eye(total.shape[-1]))
    indefinite = np.asarray(np.linalg.eigvalsh(safe)[:, 0] <= 0)
    reason = np.where(indefinite, "LATENT_COV_NOT_PD", "")
    reason = np.where(negative, "NEGATIVE_VARIANCE", reason)
    reason = np.where(optimum.converged, reason, "NOT_CONVERGED")
    return np.where(np.isnan(data.log_determinant), "SINGULAR_COVARIANCE", reason)
