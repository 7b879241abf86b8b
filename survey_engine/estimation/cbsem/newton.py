"""Newton steps with observed information, where scoring crawls.

Fisher scoring converges linearly at a rate set by how far the expected information is
from the Hessian; under gross misfit that rate can approach 1. From its last point a few
Newton steps (directions of negative curvature turned round, steps halved until F falls)
reach the optimum (Nocedal & Wright 2006, section 3.4).
"""

from __future__ import annotations

import numpy as np

from survey_engine.estimation.cbsem.discrepancy.evaluation import Discrepancy
from survey_engine.estimation.cbsem.hessian import observed_information, repeated
from survey_engine.estimation.cbsem.observed import Sample
from survey_engine.estimation.cbsem.optimise import MAX_HALVINGS, SURE_STEP, Optimum
from survey_engine.estimation.cbsem.structure import Structure
from survey_engine.numerics.moments import Array

MAX_STEPS = 60
SMALLEST_CURVATURE = 1e-8
"""Curvature of the scaled problem below which a direction is taken as this flat."""


def polish(
    discrepancy: Discrepancy,
    structure: Structure,
    data: Sample,
    found: Optimum,
    *,
    tolerance: float,
) -> Optimum:
    """Continue from where scoring stopped.

    Parameters
    ----------
    discrepancy : Discrepancy
    structure : Structure
    data : Sample
        Without a leading axis.
    found : Optimum
        Of one member.
    tolerance : float
        Largest distance to the optimum, in standard errors.

    Returns
    -------
    Optimum
        Of one member; `converged` False if these steps do not help either.
    """
    x = found.x[0].copy()
    distance, step, slope = np.inf, np.zeros_like(x), found.gradient[0]
    value, count = float(found.value[0]), 0
    while count < MAX_STEPS:
        count += 1
        at = discrepancy.evaluate(structure, x, data)
        value = float(at.value)
        slope = discrepancy.gradient(structure, at, data)
        expected = discrepancy.information(structure, at, data)
        scale = 1 / np.sqrt(np.maximum(np.diagonal(expected), 1e-12))
        half = observed_information(discrepancy, structure, x, data, scale=scale)
        step = _direction(half, slope, scale)
        fall = -float(slope @ step)
        distance = float(np.sqrt(abs(fall) * data.n))
        if not np.isfinite(distance) or distance <= tolerance:
            break
        length = _length(discrepancy, structure, data, (x, step, value, fall))
        if length == 0.0:
            break
        x = x + length * step
    return Optimum(
        x=x[None],
        value=np.array([value]),
        gradient=slope[None],
        distance=np.array([distance]),
        converged=np.array([distance <= tolerance]),
        iterations=found.iterations + count,
        last_step=step[None],
    )


def _direction(half: Array, slope: Array, scale: Array) -> Array:
    """``-H^{-1} g`` with curvatures made positive, in units of `scale`."""
    values, vectors = np.linalg.eigh(half * np.outer(scale, scale))
    curvature = np.maximum(np.abs(values), SMALLEST_CURVATURE)
    turned = vectors.T @ (slope * scale)
    return np.asarray(-0.5 * scale * (vectors @ (turned / curvature)))


def _length(
    discrepancy: Discrepancy,
    structure: Structure,
    data: Sample,
    move: tuple[Array, Array, float, float],
) -> float:
    """The longest of the halved steps that lowers F; 0 if none does."""
    x, step, value, fall = move
    lengths = 0.5 ** np.arange(MAX_HALVINGS + 1)
    many = repeated(data, len(lengths))
    after = discrepancy.evaluate(structure, x + lengths[:, None] * step, many).value
    sure = (lengths == 1.0) & (fall < SURE_STEP) & np.isfinite(after)
    good = np.flatnonzero(sure | (after <= value - 1e-4 * lengths * fall))
    return float(lengths[good[0]]) if len(good) else 0.0
