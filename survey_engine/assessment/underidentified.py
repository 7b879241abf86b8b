"""Constructs the data cannot find: identified on paper, not by these answers.

A common factor is found through the correlations of its items. Where they are within
noise of zero (Bartlett 1951, sphericity), loadings and paths of that construct could be
anything. A construct of two items also needs something outside to correlate with
(Kenny 1979, section 7), tested by the likelihood ratio of two independent sets
(Bartlett 1938, with his factor).
"""

from __future__ import annotations

import numpy as np
from scipy import special

from survey_engine.assessment.exploratory.adequacy import bartlett_sphericity
from survey_engine.errors import Diagnostic, Scope, Where, diagnostic
from survey_engine.numerics.moments import Array, Moments
from survey_engine.spec.model import ModelSpec

SIGNIFICANCE = 0.05


def independence(correlation: Array, first: list[int], second: list[int], n: float) -> float:
    """P value of "no item of one set correlates with one of the other" (Bartlett 1938).

    0 where the items determine one another, as repeated indicators do.
    """
    both = first + second
    determinants = [
        np.linalg.slogdet(correlation[np.ix_(at, at)])[1] for at in (both, first, second)
    ]
    if not np.isfinite(determinants).all():
        return 0.0
    log_ratio = determinants[0] - determinants[1] - determinants[2]
    statistic = -(n - 1 - (len(both) + 1) / 2) * log_ratio
    return float(special.chdtrc(len(first) * len(second), max(statistic, 0.0)))


def underidentified(
    spec: ModelSpec, moments: Moments, *, scope: Scope = Scope.PRIMARY
) -> list[Diagnostic]:
    """EMPIRICALLY_UNDERIDENTIFIED for every common factor the answers do not show.

    Composites and constructs of one item need no correlated items and are passed over.

    Parameters
    ----------
    spec : ModelSpec
    moments : Moments
        Without leading axes.
    scope : Scope
        The analysis the fit belongs to.
    """
    correlation = moments.correlation
    at = {name: j for j, name in enumerate(moments.columns)}
    found: list[Diagnostic] = []
    for construct in spec.constructs:
        items = [at[i] for i in construct.indicators if i in at]
        if construct.kind != "reflective" or len(items) != len(construct.indicators):
            continue
        if len(items) < 2 or moments.n_effective <= len(at) + 1:
            continue
        within = correlation[np.ix_(items, items)]
        p_value = bartlett_sphericity(within, moments.n_effective)[2]
        cause = "items"
        others = [j for j in at.values() if j not in items]
        if p_value <= SIGNIFICANCE and len(items) == 2 and others:
            p_value = independence(correlation, items, others, moments.n_effective)
            cause = "outside"
        if not p_value <= SIGNIFICANCE:
            found.append(
                diagnostic(
                    "EMPIRICALLY_UNDERIDENTIFIED",
                    where=Where(items=construct.indicators, constructs=(construct.name,)),
                    scope=scope,
                    cause=cause,
                    p=round(p_value, 3),
                )
            )
    return found
