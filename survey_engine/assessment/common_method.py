"""Common-method checks in one place: full collinearity, Harman, marker.

References
----------
Kock, N. (2015). Common method bias in PLS-SEM: a full collinearity assessment approach.
International Journal of e-Collaboration 11(4), 1-10.
Lindell, M. K. & Whitney, D. J. (2001). Accounting for common method variance in
cross-sectional research designs. Journal of Applied Psychology 86, 114-121, equations 4-5.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from survey_engine.assessment.collinearity import inverse_diagonal
from survey_engine.assessment.resampled import Resampled, number
from survey_engine.assessment.scored_rows import ScoredRows
from survey_engine.estimation.estimates import ConstructEstimate
from survey_engine.estimation.fit_result import PlsFit
from survey_engine.numerics.moments import Array
from survey_engine.numerics.regression import t_test


@dataclass(frozen=True, kw_only=True)
class MarkerPair:
    """A correlation of constructs before and after the marker is taken out."""

    first: str
    second: str
    correlation: float | None
    adjusted: float | None
    p: float | None


@dataclass(frozen=True, kw_only=True)
class Marker:
    """Lindell and Whitney's adjustment.

    Attributes
    ----------
    column : str or None
        The marker variable; None: the second smallest positive correlation of items.
    shared : float
        The correlation taken for method variance.
    lost : int
        Construct correlations significant before and not after.
    """

    column: str | None
    shared: float | None
    pairs: tuple[MarkerPair, ...]
    lost: int


@dataclass(frozen=True, kw_only=True)
class CommonMethod:
    """What the checks say. A Harman share below one half is no evidence of absence."""

    full_collinearity: tuple[ConstructEstimate, ...]
    harman: float | None
    marker: Marker | None


def common_method(
    fit: PlsFit,
    sampled: Resampled,
    rows: ScoredRows,
    marker: tuple[str, Array] | None,
) -> CommonMethod:
    """All three checks.

    Parameters
    ----------
    marker : (name, ndarray of shape (n,)), optional
        Answers to a question unrelated to the constructs.
    """
    correlation = fit.moments.correlation
    largest = np.linalg.eigvalsh(correlation)[-1] / len(correlation)
    return CommonMethod(
        full_collinearity=_full_collinearity(fit, sampled),
        harman=number(largest),
        marker=_marker(fit, rows, marker),
    )


def _full_collinearity(fit: PlsFit, sampled: Resampled) -> tuple[ConstructEstimate, ...]:
    """VIF of each construct on all the others, with the interval of the resamples."""
    point = inverse_diagonal(sampled.point["correlations"])
    draws = None
    if "correlations" in sampled.draws:
        draws = inverse_diagonal(sampled.draws["correlations"])
    found = []
    for k, name in enumerate(fit.spec.construct_names):
        row = sampled.derived(number(point[k]), None if draws is None else draws[:, k])
        found.append(
            ConstructEstimate(
                construct=name,
                est=row.est,
                se=row.se,
                ci_lower=row.ci_lower,
                ci_upper=row.ci_upper,
            )
        )
    return tuple(found)


def _marker(fit: PlsFit, rows: ScoredRows, marker: tuple[str, Array] | None) -> Marker | None:
    correlation = rows.covariance(rows.scores)
    if marker is None:
        items = fit.moments.correlation
        above = np.sort(items[np.triu_indices(len(items), 1)])
        above = above[above > 0]
        if len(above) < 2:
            return None
        shared, column = float(above[1]), None
    else:
        column, values = marker
        with_marker = rows.covariance(np.column_stack([rows.scores, values]))
        scale = np.sqrt(np.diag(with_marker))
        shared = float(np.abs(with_marker[-1, :-1] / (scale[-1] * scale[:-1])).min())
    if not shared < 1:
        return None
    first, second = np.triu_indices(len(correlation), 1)
    plain = correlation[first, second]
    # The method share has the sign of the correlation it inflates.
    adjusted = np.sign(plain) * (np.abs(plain) - shared) / (1 - shared)
    n = rows.n
    with np.errstate(divide="ignore", invalid="ignore"):
        before = t_test(plain, np.sqrt((1 - plain**2) / (n - 2)), n - 2)
        after = t_test(adjusted, np.sqrt((1 - adjusted**2) / (n - 3)), n - 3)
    return Marker(
        column=column,
        shared=shared,
        pairs=tuple(
            MarkerPair(
                first=rows.names[first[j]],
                second=rows.names[second[j]],
                correlation=number(plain[j]),
                adjusted=number(adjusted[j]),
                p=number(after[j]),
            )
            for j in range(len(first))
        ),
        lost=int(((before < 0.05) & ~(after < 0.05)).sum()),
    )
