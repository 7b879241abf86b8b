"""Reliability of ordered items: ordinal alpha and categorical omega.

Ordinal alpha is that of the responses behind the answers, not of the score anyone adds up
(Chalmers 2018); categorical omega is of the sum of the answers as given (Green & Yang
2009, Psychometrika 74, 155-167, equations 20 and 21).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from survey_engine.estimation.fit_result import CbSemFit
from survey_engine.numerics.moments import Array
from survey_engine.numerics.ordinal_moments import OrdinalMoments
from survey_engine.numerics.scored_answers import scored_covariance


@dataclass(frozen=True, kw_only=True)
class OrdinalReliability:
    """Reliability of one construct in one group.

    Attributes
    ----------
    construct, group : str
    alpha_ordinal : float or None
        Of the polychoric correlations (Zumbo, Gadermann & Zeisser 2007); None for a
        single item.
    omega_categorical : float or None
        True-score variance of the summed answers over the variance the model implies.
    omega_categorical_observed : float or None
        Over the variance that the sample's polychoric correlations imply.
    ave : float or None
        Mean squared standardised loading; None without a factor model.
    """

    construct: str
    group: str
    alpha_ordinal: float | None
    omega_categorical: float | None
    omega_categorical_observed: float | None
    ave: float | None


def ordinal_alpha(correlation: Array) -> float | None:
    """Standardised alpha of a correlation matrix (p, p); None for one item."""
    p = len(correlation)
    total = float(correlation.sum())
    return p / (p - 1) * (1 - p / total) if p > 1 and total > 0 else None


def ordinal_reliability(
    fit: CbSemFit, moments: tuple[OrdinalMoments, ...]
) -> tuple[OrdinalReliability, ...]:
    """Reliability of every construct measured by ordered items only, group by group.

    Parameters
    ----------
    fit : CbSemFit
        Of `moments`.
    moments : tuple of OrdinalMoments
        By group, in the order of ``fit.groups``.
    """
    found: list[OrdinalReliability] = []
    for number, (group, sample) in enumerate(zip(fit.groups, moments, strict=True), start=1):
        standard = {
            (row.lhs, row.rhs): row.std_all
            for row in fit.parameters
            if row.op == "=~" and row.group == number
        }
        order = {name: j for j, name in enumerate(group.moments.columns)}
        ordered = dict(zip(sample.columns, sample.ordered.tolist(), strict=True))
        for construct in fit.spec.constructs:
            items = construct.indicators
            if not items or not all(ordered.get(item, False) for item in items):
                continue
            loading = np.array([standard[construct.name, item] for item in items], dtype=float)
            at = [order[item] for item in items]
            implied = group.implied[np.ix_(at, at)]
            found.append(
                _of_construct(
                    (construct.name, group.label), loading, implied, sample.select(items)
                )
            )
    return tuple(found)


def _of_construct(
    names: tuple[str, str], loading: Array, implied: Array, sample: OrdinalMoments
) -> OrdinalReliability:
    tau = sample.thresholds
    true = float(scored_covariance(tau, np.outer(loading, loading)).sum())
    model = float(scored_covariance(tau, _unit(implied)).sum())
    observed = float(scored_covariance(tau, _unit(sample.correlation)).sum())
    proper = bool((np.abs(loading) < 1).all())
    return OrdinalReliability(
        construct=names[0],
        group=names[1],
        alpha_ordinal=ordinal_alpha(sample.correlation),
        omega_categorical=true / model if proper and model > 0 else None,
        omega_categorical_observed=true / observed if proper and observed > 0 else None,
        ave=float(np.mean(loading**2)),
    )


def _unit(correlation: Array) -> Array:
    """Correlations with a diagonal of exactly 1."""
    scale = np.sqrt(np.diagonal(correlation))
    result = np.asarray(correlation / np.outer(scale, scale))
    np.fill_diagonal(result, 1.0)
    return result
