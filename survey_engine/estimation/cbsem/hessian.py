"""Observed information: half the Hessian of F, exact or from differences of its gradient."""

from __future__ import annotations

import numpy as np

from survey_engine.estimation.cbsem.discrepancy.evaluation import Discrepancy, exact_hessian
from survey_engine.estimation.cbsem.observed import Sample
from survey_engine.estimation.cbsem.structure import Structure
from survey_engine.numerics.moments import Array

STEP = 1e-3
"""Share of a standard error by which each parameter is moved at first."""


def observed_information(
    discrepancy: Discrepancy, structure: Structure, x: Array, data: Sample, *, scale: Array
) -> Array:
    """Half the Hessian of F at `x`, shape (r, r): exact where the discrepancy knows it.

    Arguments as for `differenced_information`.
    """
    exact = exact_hessian(discrepancy)
    if exact is None:
        return differenced_information(discrepancy, structure, x, data, scale=scale)
    return exact(structure, discrepancy.evaluate(structure, x, data), data)


def differenced_information(
    discrepancy: Discrepancy, structure: Structure, x: Array, data: Sample, *, scale: Array
) -> Array:
    """Half the Hessian of F at `x`, shape (r, r), from differences.

    Central differences of the exact gradient at two step widths, extrapolated
    (Richardson), all in one batch: errors of order ``h^4``.

    Parameters
    ----------
    discrepancy : Discrepancy
    structure : Structure
    x : ndarray, shape (r,)
    data : Sample
        Without a leading axis.
    scale : ndarray, shape (r,)
        A step that changes F noticeably for each parameter, such as its standard error
        in a sample of one.
    """
    r = len(x)
    step = STEP * scale
    moves = np.concatenate([factor * np.diag(step) for factor in (1.0, -1.0, 2.0, -2.0)])
    many = repeated(data, len(moves))
    at = discrepancy.evaluate(structure, x + moves, many)
    slopes = discrepancy.gradient(structure, at, many).reshape(4, r, r)
    near = (slopes[0] - slopes[1]) / (2 * step[:, None])
    far = (slopes[2] - slopes[3]) / (4 * step[:, None])
    half = (4 * near - far) / 6
    return np.asarray((half + half.T) / 2)


def repeated(data: Sample, times: int) -> Sample:
    """The same sample `times` times, without copying it."""

    def many(array: Array) -> Array:
        if times == 1:  # a view without numpy's checks, for every single fit begins here
            return array[None]
        return np.broadcast_to(array, (times, *array.shape))

    return Sample(
        covariance=many(data.covariance),
        mean=many(data.mean),
        log_determinant=many(data.log_determinant),
        sizes=data.sizes,
        counts=data.counts,
        fixed=many(data.fixed),
        weight=None if data.weight is None else many(data.weight),
        statistics=None if data.statistics is None else many(data.statistics),
    )
