"""A general factor among correlated ones, and what of a sum score is due to it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from survey_engine.assessment.exploratory.adequacy import squared_multiple_correlations
from survey_engine.assessment.exploratory.extraction import extract
from survey_engine.assessment.exploratory.rotation import rotate
from survey_engine.numerics.moments import Array


@dataclass(frozen=True, kw_only=True)
class GeneralFactor:
    """The Schmid-Leiman solution (1957, Psychometrika 22) and the omegas from it.

    Attributes
    ----------
    general : ndarray, shape (p,)
        Loadings on the general factor.
    group : ndarray, shape (p, m)
        Loadings on the group factors, freed of the general one.
    communality : ndarray, shape (p,)
    reversed : ndarray of bool, shape (p,)
        Items turned so that the general factor runs one way.
    omega_total, omega_hierarchical : float
        Share of the sum score's variance due to all common factors, and to the general
        one (McDonald 1999; Zinbarg et al. 2005). Reversed items are turned in the sum.
    alpha, g6 : float
        Cronbach's standardised alpha and Guttman's lambda 6 of the same sum.
    """

    general: Array
    group: Array
    communality: Array
    reversed: NDArray[np.bool_]
    omega_total: float
    omega_hierarchical: float
    alpha: float
    g6: float


def general_factor(correlation: Array, n_factors: int = 3) -> GeneralFactor:
    """Oblimin factors, one general factor of their correlations, both put on the items.

    Parameters
    ----------
    correlation : ndarray, shape (p, p)
    n_factors : int
        Group factors; at least 3 identify the general factor.

    Raises
    ------
    ValueError
        Fewer than three group factors.
    """
    if n_factors < 3:
        raise ValueError("a general factor needs at least 3 group factors")
    p = correlation.shape[0]
    first = extract(correlation, 1, "minres")[:, 0]
    sign = np.where(first < 0, -1.0, 1.0)
    turned = correlation * np.outer(sign, sign)
    loadings = extract(turned, n_factors, "minres")
    pattern, phi = rotate(loadings, "oblimin")
    higher = extract(phi, 1, "minres")[:, 0]
    general = pattern @ higher
    group = pattern * np.sqrt(np.maximum(1 - higher**2, 0.0))
    communality = np.square(loadings).sum(axis=1)
    total = float(turned.sum())
    smc = squared_multiple_correlations(turned)
    return GeneralFactor(
        general=general * sign,
        group=group * sign[:, None],
        communality=communality,
        reversed=sign < 0,
        omega_total=1 - float((1 - communality).sum()) / total,
        omega_hierarchical=float(general.sum()) ** 2 / total,
        alpha=p / (p - 1) * (1 - p / total),
        g6=1 - float((1 - smc).sum()) / total,
    )
