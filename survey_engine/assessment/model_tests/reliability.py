r"""Reliability and validity that a fitted measurement model implies, factor by factor.

For the items of a factor with loadings l, factor variance psi and residual covariance
Theta: omega is ``(sum l)^2 psi`` over the variance of their sum, which is either the
model's (``(sum l)^2 psi + 1'Theta 1``, McDonald 1999) or the sample's; residual
covariances count. In the item metric, groups on the leading axis.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from survey_engine.assessment.model_tests.point import ModelPoint
from survey_engine.numerics.covariance_structure import Index
from survey_engine.numerics.moments import Array


@dataclass(frozen=True, kw_only=True)
class FactorReliability:
    """Reliability of the sum of a factor's items; None where undefined.

    Attributes
    ----------
    construct, group
    alpha : float or None
        Raw, from the sample covariances.
    omega : float or None
        Over the variance the model implies.
    omega_observed : float or None
        Over the sample variance.
    ave : float or None
        Share of the items' sample variances that the factor explains.
    """

    construct: str
    group: int
    n_items: int
    alpha: float | None
    omega: float | None
    omega_observed: float | None
    ave: float | None


def factor_reliabilities(point: ModelPoint) -> tuple[FactorReliability, ...]:
    """Of every latent variable that observed items measure, group by group."""
    p = point.arrows.n_observed
    found = []
    for group in range(len(point.sample.n)):
        loading = point.arrows.asymmetric[group, :p, p:]
        variance = np.diagonal(point.reduced.covariance[group])[p:]
        for k, name in enumerate(point.variables[p:]):
            items = np.flatnonzero(_measures(point, name, group))
            if len(items) > 1:
                found.append(
                    _one(point, group, name, (items, loading[items, k]), float(variance[k]))
                )
    return tuple(found)


def _measures(point: ModelPoint, name: str, group: int) -> NDArray[np.bool_]:
    """Which observed variables have a loading on the latent variable."""
    own = {
        row.rhs
        for row in point.rows
        if row.op == "=~" and row.lhs == name and row.group == group + 1
    }
    return np.array([item in own for item in point.sample.observed])


def _one(
    point: ModelPoint,
    group: int,
    name: str,
    measured: tuple[Index, Array],
    variance: float,
) -> FactorReliability:
    items, loading = measured
    at = np.ix_(items, items)
    sample = point.sample.covariance[group][at]
    residual = point.arrows.symmetric[group][at]
    true = float(loading.sum() ** 2 * variance)
    k = len(items)
    total = float(sample.sum())
    return FactorReliability(
        construct=name,
        group=group + 1,
        n_items=k,
        alpha=_ratio(k / (k - 1) * (total - float(np.trace(sample))), total),
        omega=_ratio(true, true + float(residual.sum())),
        omega_observed=_ratio(true, total),
        ave=_ratio(float((loading**2).sum()) * variance, float(np.trace(sample))),
    )


def _ratio(part: float, whole: float) -> float | None:
    return part / whole if np.isfinite(part) and whole > 0 else None
