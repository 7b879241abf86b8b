"""Fit measures that mean something else where variables are ordered.

The statistics are thresholds and polychoric correlations, so residual summaries, GFI and
WRMR run over these. Robust CFI, TLI and RMSEA are those of Savalei (2021, Multivariate
Behavioral Research 56, 390-407): the normal-theory discrepancy of the polychoric
correlations at the estimates, less its expectation under the model.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from survey_engine.assessment.fit_measures import rmsea
from survey_engine.assessment.fit_measures.absolute import agfi, pgfi
from survey_engine.estimation.cbsem.discrepancy.thresholds import ThresholdStatistics
from survey_engine.estimation.cbsem.robust import weights_of
from survey_engine.estimation.cbsem.solution import Solution, needed_weight, solution_of
from survey_engine.estimation.fit_result import CbSemFit
from survey_engine.numerics.moments import Array
from survey_engine.numerics.pair_tables import pairs_of

Found = dict[str, float | None]
_NEGLIGIBLE = 1e-10


def measures(fit: CbSemFit) -> Found:
    """What replaces the measures of measured variables; empty without ordered ones."""
    solution = solution_of(fit)
    if not isinstance(solution.statistics, ThresholdStatistics):
        return {}
    found = {**_residuals(fit, solution, solution.statistics), **_absolute(fit, solution)}
    if fit.scaled is not None and solution.statistics.ordered.all():
        found.update(_robust(fit, solution))
    elif fit.scaled is not None:
        names = ("cfi", "tli", "nnfi", "rni", "rmsea", "rmsea_ci_lower", "rmsea_ci_upper")
        more = ("rmsea_pvalue", "rmsea_notclose_pvalue")
        found.update({f"{name}_robust": None for name in (*names, *more)})
    return found


def _away(solution: Solution) -> Array:
    """Residuals of the statistics, shape (G, k)."""
    implied = solution.statistics.value(
        solution.structure, solution.at.values, solution.at.parts
    )
    observed = solution.data.statistics
    assert observed is not None  # noqa: S101 - least squares always has statistics
    return np.asarray(observed - implied)


def _residuals(fit: CbSemFit, solution: Solution, model: ThresholdStatistics) -> Found:
    """RMR and its kin; thresholds (and means) count as means.

    Measured variables enter over their deviations, in the RMR in their own unit.
    """
    away, p = _away(solution), len(solution.table.observed)
    located, ordered = len(model.located.variable), model.ordered
    shares = np.array([group.moments.n for group in fit.groups]) / fit.moments.n
    i, j = pairs_of(p)
    found: dict[str, list[tuple[float, float, float]]] = {}
    for residual, group in zip(away, fit.groups, strict=True):
        scale = np.sqrt(np.diagonal(group.sample_covariance))
        unit = scale[model.located.variable]
        own, pairs = residual[located : -len(i)], residual[-len(i) :]
        first = float(np.sum((residual[:located] / unit) ** 2))
        own_unit = float(np.sum(residual[:located] ** 2))
        diagonal = float(np.sum((own / scale[~ordered] ** 2) ** 2))
        off = float(np.sum((pairs / (scale[i] * scale[j])) ** 2))
        raw = float(np.sum(pairs**2) + np.sum(own**2))
        found.setdefault("rmr", []).append((raw, own_unit, len(i) + p))
        found.setdefault("srmr_bentler", []).append((off + diagonal, first, len(i) + p))
        found.setdefault("crmr", []).append((off, first, len(i)))
    result: Found = {}
    for name, parts in found.items():
        both = [np.sqrt((s + m) / (count + located)) for s, m, count in parts]
        bare = [np.sqrt(s / count) for s, _, count in parts]
        result[name], result[f"{name}_nomean"] = float(shares @ both), float(shares @ bare)
    result["srmr"] = result["srmr_bentler_nomean"]
    return {**result, "srmr_mplus": None, "srmr_mplus_nomean": None}


def _absolute(fit: CbSemFit, solution: Solution) -> Found:
    """GFI of all statistics, and WRMR (Muthén & Muthén 1998-2017, Mplus)."""
    away, weight = _away(solution), needed_weight(solution)
    observed = solution.data.statistics
    assert observed is not None  # noqa: S101
    shares = solution.data.shares
    left, whole = _forms(away, weight), _forms(observed, weight)
    index = float(shares @ (1 - left / whole)) if (whole > 0).all() else None
    count = away.size
    return {
        "gfi": index,
        "agfi": None if index is None else agfi(index, fit.df, count),
        "pgfi": None if index is None else pgfi(index, fit.df, count),
        "wrmr": float(np.sqrt(fit.chisq / away.shape[1])),
    }


def _forms(vectors: Array, weight: Array) -> Array:
    """``v' W v`` of each group."""
    if weight.ndim == vectors.ndim:
        return np.asarray((weight * vectors**2).sum(axis=-1))
    return np.asarray(np.einsum("gk,gkl,gl->g", vectors, weight, vectors))


@dataclass(frozen=True, kw_only=True)
class _Correlations:
    """Normal-theory discrepancy of correlations and its expectation."""

    value: float
    expected: float
    df: int


def _robust(fit: CbSemFit, solution: Solution) -> Found:
    model, null = _of_model(fit, solution), _of_independence(fit, solution)
    away, worst = model.value - model.expected, null.value - null.expected
    below = max(away, 0.0)
    n = fit.multiplier / len(fit.groups)
    ratio = None
    if model.df > 0 and worst != 0:
        ratio = 1 - away * null.df / (worst * model.df)
    found: Found = {
        "cfi_robust": 1 - below / max(below, worst) if max(below, worst) > 0 else None,
        "rni_robust": 1 - away / worst if worst != 0 else None,
        "tli_robust": ratio,
        "nnfi_robust": ratio,
    }
    if model.df == 0:
        return found
    factor = model.expected / model.df
    misfit = rmsea.Misfit(
        noncentrality=away,
        chisq=model.value / factor,
        df=model.df,
        n=n / factor,
        scale=n * model.df,
    )
    return {**found, **rmsea.measures_of(misfit, "_robust")}


def _of_model(fit: CbSemFit, solution: Solution) -> _Correlations:
    """At the estimates; the residuals' covariance is ``Q Gamma Q'``."""
    k, p = len(pairs_of(len(solution.table.observed))[0]), len(solution.table.observed)
    shares, counts = solution.data.shares, solution.data.counts
    gamma = _gamma(solution)[:, -k:, -k:]
    delta = solution.delta[:, -k:]
    weight = weights_of(solution)[:, -k:, -k:]
    pull = np.swapaxes(delta, -1, -2) @ weight
    information = np.einsum("g,gij->ij", shares, pull @ delta)
    values, vectors = np.linalg.eigh(information)
    kept = values > _NEGLIGIBLE * max(float(values[-1]), 1e-300)
    inverse = (vectors[:, kept] / values[kept]) @ vectors[:, kept].T
    theory = np.stack(
        [_normal_weight(np.asarray(np.linalg.inv(group.implied))) for group in fit.groups]
    )
    turned = theory @ gamma
    first = float(np.trace(turned, axis1=-2, axis2=-1).sum())
    mixed = np.einsum("g,gij->ij", shares, pull @ gamma @ theory @ delta)
    inner = np.einsum("g,gij->ij", shares, pull @ gamma @ np.swapaxes(pull, -1, -2))
    outer = np.einsum("g,gij->ij", shares, np.swapaxes(delta, -1, -2) @ theory @ delta)
    expected = first - 2 * float(np.sum(inverse * mixed.T))
    expected += float(np.sum((inverse @ outer @ inverse) * inner))
    value = sum(
        count * _discrepancy(group.sample_covariance, group.implied, p)
        for count, group in zip(counts, fit.groups, strict=True)
    )
    df = len(fit.groups) * k - int(kept.sum())
    return _Correlations(value=float(value), expected=expected, df=df)


def _of_independence(fit: CbSemFit, solution: Solution) -> _Correlations:
    """Of no correlations at all: the weight is the identity."""
    k = len(pairs_of(len(solution.table.observed))[0])
    gamma = _gamma(solution)[:, -k:, -k:]
    roots = [np.linalg.slogdet(group.sample_covariance)[1] for group in fit.groups]
    return _Correlations(
        value=-float(solution.data.counts @ np.array(roots)),
        expected=float(np.trace(gamma, axis1=-2, axis2=-1).sum()),
        df=len(fit.groups) * k,
    )


def _gamma(solution: Solution) -> Array:
    assert solution.gamma is not None  # noqa: S101 - part of every ordinal sample
    return solution.gamma


def _normal_weight(inverse: Array) -> Array:
    """Normal-theory weights of correlations, shape (k, k): information of Sigma's pairs."""
    i, j = pairs_of(len(inverse))
    direct = inverse[np.ix_(i, i)] * inverse[np.ix_(j, j)]
    crossed = inverse[np.ix_(i, j)] * inverse[np.ix_(j, i)]
    return np.asarray(direct + crossed)


def _discrepancy(sample: Array, implied: Array, p: int) -> float:
    """``ln|Sigma| - ln|R| + tr(R Sigma^-1) - p``."""
    ratio = np.linalg.solve(implied, sample)
    return float(
        np.linalg.slogdet(implied)[1] - np.linalg.slogdet(sample)[1] + np.trace(ratio) - p
    )
