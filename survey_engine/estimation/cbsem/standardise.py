"""Standardised solutions, R2, effects and factor-score weights, for one fit or many.

Groups are one of the leading axes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from survey_engine.estimation.cbsem.implied import Implied, path_matrix
from survey_engine.estimation.cbsem.structure import Structure
from survey_engine.estimation.parameter_table import ParameterTable
from survey_engine.numerics.moments import Array
from survey_engine.spec.model import ModelSpec

SHARE_ROUNDING = 1e-9
"""An R2 beyond 1 by less than this is 1."""


@dataclass(frozen=True, kw_only=True)
class Standardised:
    """Standardised values of the table's entries, shapes (..., n_entries).

    `std_lv` standardises latent variables only, `std_all` observed ones as well,
    `std_nox` all but exogenous observed predictors taken from the sample.
    Covariances of residuals become their correlations. NaN where a variance that is
    needed is not positive.
    """

    std_lv: Array
    std_all: Array
    std_nox: Array


@dataclass(frozen=True, kw_only=True)
class Constructs:
    """Statistics of the constructs of a model; leading axes as in the values.

    Attributes
    ----------
    covariance, correlation : ndarray, shape (..., K, K)
    mean : ndarray, shape (..., K)
    paths, total_effects : ndarray, shape (..., K, K)
        Standardised, from row to column.
    loadings : ndarray, shape (..., p)
        Standardised, by ``spec.indicators``.
    r2 : ndarray, shape (..., K)
    score_weights : ndarray, shape (..., p_observed, K)
    """

    covariance: Array
    correlation: Array
    mean: Array
    paths: Array
    total_effects: Array
    loadings: Array
    r2: Array
    score_weights: Array


def inner_covariance(parts: Implied) -> Array:
    """Covariances of the inner variables, ``A Psi A'``, shape (..., m, m)."""
    inverse = parts.inverse
    return inverse @ parts.inner_covariance @ np.swapaxes(inverse, -1, -2)


def _root(variance: Array) -> Array:
    with np.errstate(invalid="ignore"):
        return np.where(variance >= 0, np.sqrt(np.abs(variance)), np.nan)


def _deviations(parts: Implied) -> tuple[Array, Array]:
    """Standard deviations of inner and of observed variables."""
    total = np.diagonal(inner_covariance(parts), axis1=-2, axis2=-1)
    observed = np.diagonal(parts.sigma, axis1=-2, axis2=-1)
    return _root(total), _root(observed)


def standardise(
    table: ParameterTable, structure: Structure, values: Array, parts: Implied
) -> Standardised:
    """Standardised values of all entries.

    Parameters
    ----------
    table : ParameterTable
    structure : Structure
    values : ndarray, shape (..., n_entries)
        As in the matrices: weights of composites with their sign turned.
    parts : Implied
        Of the same values.
    """
    inner, observed = _deviations(parts)
    latent = np.array([name in table.latents for name in structure.inner], dtype=bool)
    ones = np.ones_like(observed)
    lv = _rescale(structure, values, np.where(latent, inner, 1.0), ones)
    _residual_correlations(structure, values, lv, inner=latent, observed=None)
    everything = _rescale(structure, values, inner, observed)
    every = np.ones(len(structure.inner), dtype=bool)
    all_seen = np.ones(len(structure.observed), dtype=bool)
    _residual_correlations(structure, values, everything, inner=every, observed=all_seen)
    if not (table.fixed_x and table.exogenous):
        return Standardised(std_lv=lv, std_all=everything, std_nox=everything)
    fixed = set(table.exogenous)
    own = np.array([name not in fixed for name in structure.inner], dtype=bool)
    seen = np.array([name not in fixed for name in structure.observed], dtype=bool)
    rest = _rescale(structure, values, np.where(own, inner, 1.0), np.where(seen, observed, 1.0))
    _residual_correlations(structure, values, rest, inner=own, observed=seen)
    return Standardised(std_lv=lv, std_all=everything, std_nox=rest)


def _rescale(structure: Structure, values: Array, inner: Array, observed: Array) -> Array:
    """Multiply each entry by the deviations it needs."""
    result = np.array(values)
    with np.errstate(invalid="ignore", divide="ignore"):
        at = structure.loading
        result[..., at.entry] *= inner[..., at.column] / observed[..., at.row]
        at = structure.path
        result[..., at.entry] *= inner[..., at.column] / inner[..., at.row]
        at = structure.inner_covariance
        result[..., at.entry] /= inner[..., at.column] * inner[..., at.row]
        at = structure.error
        result[..., at.entry] /= observed[..., at.column] * observed[..., at.row]
        at = structure.intercept
        result[..., at.entry] /= observed[..., at.row]
        at = structure.inner_mean
        result[..., at.entry] /= inner[..., at.row]
        at = structure.threshold
        result[..., at.entry] /= observed[..., at.row]
        at = structure.scaling
        result[..., at.entry] *= observed[..., at.row]
        at = structure.weight
        ratio = observed[..., at.row] / inner[..., at.column]
        result[..., at.entry] = (values * structure.sign)[..., at.entry] * ratio
    return result


def _residual_correlations(
    structure: Structure,
    values: Array,
    result: Array,
    *,
    inner: NDArray[np.bool_],
    observed: NDArray[np.bool_] | None,
) -> None:
    """Covariances: divide by the residual deviations instead of the total ones.

    Only the deviations of variables marked in `inner` and `observed` count.
    """
    seen = np.zeros(len(structure.observed), dtype=bool) if observed is None else observed
    for place, keep in ((structure.inner_covariance, inner), (structure.error, seen)):
        off = np.flatnonzero(place.row != place.column)
        if not len(off):
            continue
        size = int(max(place.row.max(), place.column.max())) + 1
        variance = np.full((*values.shape[:-1], size), np.nan)
        own = place.row == place.column
        variance[..., place.row[own]] = values[..., place.entry[own]]
        deviation = np.where(keep[:size], _root(variance), 1.0)
        row, column = place.row[off], place.column[off]
        with np.errstate(invalid="ignore", divide="ignore"):
            scaled = values[..., place.entry[off]] / (
                deviation[..., row] * deviation[..., column]
            )
        result[..., place.entry[off]] = scaled


def constructs(
    spec: ModelSpec, structure: Structure, values: Array, parts: Implied, inverse: Array
) -> Constructs:
    """Statistics of the constructs.

    Parameters
    ----------
    spec : ModelSpec
    structure : Structure
    values : ndarray, shape (..., n_entries)
    parts : Implied
    inverse : ndarray, shape (..., p, p)
        Of the implied covariance.
    """
    position = {name: i for i, name in enumerate(structure.inner)}
    at = np.array([position[name] for name in spec.construct_names], dtype=np.intp)
    square = (..., at[:, None], at[None, :])
    total = inner_covariance(parts)
    deviation = _root(np.diagonal(total, axis1=-2, axis2=-1))
    observed = _root(np.diagonal(parts.sigma, axis1=-2, axis2=-1))
    inner_paths = path_matrix(structure, values)
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio = deviation[..., None, :] / deviation[..., :, None]
        correlation = total / (deviation[..., None, :] * deviation[..., :, None])
        paths = np.swapaxes(inner_paths * ratio, -1, -2)
        reached = parts.inverse - np.eye(len(structure.inner))
        effects = np.swapaxes(reached * ratio, -1, -2)
        residual = np.diagonal(parts.inner_covariance, axis1=-2, axis2=-1)
        r2 = 1 - residual / deviation**2
    explained = np.zeros(len(structure.inner), dtype=bool)
    explained[structure.path.row] = True
    r2 = np.where(explained, r2, np.nan)
    return Constructs(
        covariance=total[square],
        correlation=correlation[square],
        mean=parts.inner_mean[..., at] if structure.means else np.zeros(r2.shape)[..., at],
        paths=paths[square],
        total_effects=effects[square],
        loadings=_loadings(spec, structure, parts, paths, (deviation, observed)),
        r2=r2[..., at],
        score_weights=(inverse @ parts.cross)[..., at],
    )


def _loadings(
    spec: ModelSpec,
    structure: Structure,
    parts: Implied,
    paths: Array,
    deviations: tuple[Array, Array],
) -> Array:
    """Standardised loading of every indicator on its own construct.

    For an indicator of a composite its correlation with it, for one that takes part in
    regressions a path.
    """
    inner, observed = deviations
    position = {name: i for i, name in enumerate(structure.inner)}
    row = {name: i for i, name in enumerate(structure.observed)}
    parts_of = set(structure.parts)
    kinds: dict[str, list[tuple[int, int, int]]] = {"composite": [], "path": [], "loading": []}
    count = 0
    for construct in spec.constructs:
        k = position[construct.name]
        for item in construct.indicators:
            kind = "path" if item in position else "loading"
            kind = "composite" if item in parts_of else kind
            at = position[item] if kind == "path" else row[item]
            kinds[kind].append((count, at, k))
            count += 1
    result = np.empty((*parts.sigma.shape[:-2], count))
    with np.errstate(invalid="ignore", divide="ignore"):
        for kind, triples in kinds.items():
            if not triples:
                continue
            to, at, k = np.array(triples, dtype=np.intp).T
            if kind == "path":
                result[..., to] = paths[..., k, at]
            elif kind == "composite":
                result[..., to] = parts.cross[..., at, k] / (inner[..., k] * observed[..., at])
            else:
                value = parts.loading[..., at, k]
                result[..., to] = value * inner[..., k] / observed[..., at]
    return result


def explained_shares(
    table: ParameterTable, structure: Structure, parts: Implied
) -> dict[str, float | None]:
    """R2 of every indicator and every explained variable of one group's solution."""
    inner = np.diagonal(inner_covariance(parts)).tolist()
    residual = np.diagonal(parts.inner_covariance).tolist()
    observed = np.diagonal(parts.sigma).tolist()
    common = parts.total_loading @ parts.inner_covariance
    reproduced = (common * parts.total_loading).sum(axis=1).tolist()
    shares: dict[str, float | None] = {}
    position = {name: i for i, name in enumerate(structure.inner)}
    seen = {name: i for i, name in enumerate(structure.observed)}
    effects = [
        e.rhs if e.op == "=~" else e.lhs
        for e in table.rows
        if e.op in ("=~", "~") and not e.hidden
    ]
    for name in dict.fromkeys(effects):
        if name in position:
            total, error = inner[position[name]], residual[position[name]]
        else:
            k = seen[name]
            total, error = observed[k], observed[k] - reproduced[k]
        share = 1 - error / total if total > 0 else None
        # A negative residual variance leaves no share: null, as everything undefined.
        shares[name] = None if share is not None and share > 1 + SHARE_ROUNDING else share
    return shares
