"""The standardised solution with errors of its own: the delta method through every scale.

A standardised loading is estimated even where the loading was fixed: the deviations that
scale it are. Errors of the raw parameters divided by deviations are therefore wrong; these
take the slopes of value and scale together (Bollen 1989, p. 349; Cudeck 1989).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr, ndtri

from survey_engine.assessment.model_tests.point import ModelPoint, location_of, places_of
from survey_engine.estimation.cbsem.expressions import Dual, evaluate
from survey_engine.estimation.fit_result import ParameterRow
from survey_engine.numerics.covariance_structure import Index, Places, covariance_slopes
from survey_engine.numerics.moments import Array


@dataclass(frozen=True, kw_only=True)
class StandardisedRow:
    """One parameter of the standardised solution; None where undefined."""

    lhs: str
    op: str
    rhs: str
    group: int
    label: str
    est: float | None
    se: float | None
    z: float | None
    p: float | None
    ci_lower: float | None
    ci_upper: float | None


def standardised_solution(
    point: ModelPoint,
    covariance: Array,
    *,
    defined: Sequence[ParameterRow] = (),
    latent_only: bool = False,
    level: float = 0.95,
) -> tuple[StandardisedRow, ...]:
    """Standardised values of all parameters with delta-method errors.

    Parameters
    ----------
    point : ModelPoint
    covariance : ndarray, shape (q, q)
        Sampling covariance of the free values, of whatever kind the fit reports.
    defined : sequence of ParameterRow
        The ``:=`` rows, in order: evaluated on standardised parameters.
    latent_only : bool
        Scale latent variables only (``std.lv``).
    level : float
        Of the intervals.
    """
    values, slopes = standardised_values(point, latent_only=latent_only)
    number = [row.free - 1 for row in point.rows if row.free]
    gather = np.zeros((len(number), len(covariance)))
    gather[np.arange(len(number)), number] = 1.0
    gradient = slopes @ gather
    rows = [
        _row(row, float(values[i]), gradient[i], covariance, level)
        for i, row in enumerate(point.rows)
    ]
    names: dict[str, Dual] = {}
    for i, row in enumerate(point.rows):
        if row.label:
            names.setdefault(row.label, Dual(np.asarray(values[i]), gradient[i]))
    for row in defined:
        names[row.lhs] = evaluate(row.rhs, names, len(covariance))
        found = names[row.lhs]
        rows.append(_row(row, float(found.value), found.gradient, covariance, level))
    return tuple(rows)


def _row(
    row: ParameterRow, est: float, gradient: Array, covariance: Array, level: float
) -> StandardisedRow:
    # Rounding leaves slopes of about 1e-17 where there are none.
    moved = np.where(np.abs(gradient) > 1e-12 * (1 + abs(est)), gradient, 0.0)
    variance = float(moved @ covariance @ moved)
    se = float(np.sqrt(variance)) if variance >= 0 else np.nan
    known = np.isfinite(est) and np.isfinite(se)
    tested = known and se > 0
    z = est / se if tested else None
    reach = float(ndtri(0.5 + level / 2)) * se if known else 0.0
    return StandardisedRow(
        lhs=row.lhs,
        op=row.op,
        rhs=row.rhs,
        group=row.group,
        label=row.label,
        est=est if np.isfinite(est) else None,
        se=se if known else None,
        z=z,
        p=None if z is None else float(2 * ndtr(-abs(z))),
        ci_lower=est - reach if known else None,
        ci_upper=est + reach if known else None,
    )


def standardised_values(point: ModelPoint, *, latent_only: bool = False) -> tuple[Array, Array]:
    """Standardised values (rows,) and their slopes along the free rows, (rows, f)."""
    where = places_of([location_of(row) for row in point.rows], point.variables)
    raw = np.array([np.nan if row.est is None else row.est for row in point.rows])
    own = np.zeros((len(raw), len(point.free)))
    own[point.free, np.arange(len(point.free))] = 1.0
    with np.errstate(invalid="ignore", divide="ignore"):
        power, log_slopes = _scales(point, where, latent_only=latent_only)
        scale = np.exp(power)
        values = raw * scale
        slopes = scale[:, None] * own + values[:, None] * log_slopes
    return values, slopes


def _scales(point: ModelPoint, where: Places, *, latent_only: bool) -> tuple[Array, Array]:
    """Logarithm of each row's scale, and its slopes along the free rows.

    A loading or regression is multiplied by the deviation of the cause over that of the
    effect, a variance divided by the total variance, a covariance by the deviations of
    the two residuals, an intercept by the deviation of its variable.
    """
    total, residual = _log_variances(point)
    if latent_only:
        observed = np.arange(len(point.variables)) < point.arrows.n_observed
        for values, slopes in (total, residual):
            values[:, observed] = 0.0
            slopes[:, observed] = 0.0
    g, row, column = where.group, where.row, where.column
    arrow, level = where.kind == 0, where.kind == 2
    off = (where.kind == 1) & (row != column)

    def half(source: tuple[Array, Array], at: Index) -> tuple[Array, Array]:
        values, slopes = source
        apart = point.places.group == g[:, None]
        return values[g, at] / 2, np.where(apart, slopes[:, at].T, 0.0) / 2

    cause, effect = half(total, column), half(total, row)
    first, second = half(residual, row), half(residual, column)
    pair = (first[0] + second[0], first[1] + second[1])
    parts = []
    for k in range(2):
        chosen = np.where(_like(off, pair[k]), -pair[k], -effect[k] - cause[k])
        chosen = np.where(_like(arrow, chosen), cause[k] - effect[k], chosen)
        parts.append(np.where(_like(level, chosen), -effect[k], chosen))
    return parts[0], parts[1]


def _like(mask: Array, values: Array) -> Array:
    return mask if values.ndim == 1 else mask[:, None]


def _log_variances(point: ModelPoint) -> tuple[tuple[Array, Array], tuple[Array, Array]]:
    """Log total and log residual variances (G, v) with slopes (f, v); NaN if not positive."""
    slopes, _ = covariance_slopes(point.places, point.reduced)
    variance = np.diagonal(point.reduced.covariance, axis1=1, axis2=2)
    residual = np.diagonal(point.arrows.symmetric, axis1=1, axis2=2)
    moved = np.diagonal(slopes, axis1=1, axis2=2) / variance[point.places.group]
    at = np.arange(len(point.free))
    own = (point.places.kind == 1) & (point.places.row == point.places.column)
    step = np.zeros((len(point.free), variance.shape[1]))
    row = point.places.row
    step[at[own], row[own]] = 1 / residual[point.places.group[own], row[own]]
    return (_log(variance), moved), (_log(residual), step)


def _log(variance: Array) -> Array:
    return np.where(variance > 0, np.log(np.where(variance > 0, variance, 1.0)), np.nan)
