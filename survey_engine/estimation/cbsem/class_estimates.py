"""Paths and means of the constructs by latent class, in one unit for all classes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from survey_engine.estimation.cbsem.class_mixture import ClassMixture
from survey_engine.estimation.cbsem.implied import entries_of, implied, path_matrix
from survey_engine.numerics.moments import Array


@dataclass(frozen=True, kw_only=True)
class ClassEstimates:
    """Estimates in standard deviations of the constructs over all respondents.

    A class's own standard deviations would make equal paths look different where one
    class is more homogeneous.

    Attributes
    ----------
    names : tuple[str, ...], length m
        Constructs, and observed variables that take part in regressions.
    paths : ndarray, shape (G, m, m)
        ``[class, effect, cause]``; classes in falling order of size.
    means : ndarray, shape (G, m)
        Their average over respondents is 0.
    """

    names: tuple[str, ...]
    paths: Array
    means: Array


def class_estimates(found: ClassMixture) -> ClassEstimates:
    """Estimates of a mixture.

    The variance of a construct over all respondents is that within classes plus that of
    the class means.
    """
    model = found.model
    values = entries_of(model.structure, found.x[None], model.fixed[None])[0][found.order]
    parts = implied(model.structure, values)
    inner = parts.inverse @ parts.inner_covariance @ np.swapaxes(parts.inverse, -1, -2)
    mean = found.shares @ parts.inner_mean
    away = parts.inner_mean - mean
    within = np.diagonal(inner, axis1=-2, axis2=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = np.sqrt(found.shares @ (within + away**2))
        paths = path_matrix(model.structure, values) * spread / spread[:, None]
        means = away / spread
    return ClassEstimates(names=model.structure.inner, paths=paths, means=means)
