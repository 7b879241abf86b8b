"""From a fit to the `ModelPoint` its tests start from: the only file that knows fits."""

from __future__ import annotations

import numpy as np

from survey_engine.assessment.fit_measures.chi_square import multiplier
from survey_engine.assessment.model_tests.point import ModelPoint, SampleMoments, model_point
from survey_engine.estimation.fit_result import CbSemFit
from survey_engine.numerics.moments import Array


def point_of(fit: CbSemFit) -> ModelPoint:
    """The solution of `fit` with the moments it was fitted to."""
    return model_point(fit.parameters, sample_of(fit), basis=free_basis(fit))


def sample_of(fit: CbSemFit) -> SampleMoments:
    """The moments that were fitted, a group on the leading axis."""
    return SampleMoments(
        observed=fit.moments.columns,
        n=np.array([multiplier(fit)]),
        covariance=fit.sample_covariance[None],
    )


def free_basis(fit: CbSemFit) -> Array | None:
    """How the independent parameters move the free values; None for the identity.

    Linear constraints leave the sampling covariance of the free values with the rank of
    the independent ones, and its range is the space they can move in.
    """
    q = len(fit.free_values)
    if fit.npar == q:
        return None
    deviation = np.sqrt(np.diagonal(fit.free_covariance))
    scale = np.where(deviation > 0, deviation, 1.0)
    vectors = np.linalg.eigh(fit.free_covariance / np.outer(scale, scale))[1]
    return np.asarray(scale[:, None] * vectors[:, q - fit.npar :])
