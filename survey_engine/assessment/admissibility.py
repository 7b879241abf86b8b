"""May this solution be interpreted? Asked before anything is shown.

``no``: not converged, a Heywood case, latent correlations that are not positive
definite. ``doubtful``: a solution exists but the data hardly tell the constructs apart or
do not show one, or too many resamples failed. Each reason is a `Diagnostic`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Literal

import numpy as np

from survey_engine.assessment.result import Admissibility
from survey_engine.assessment.underidentified import underidentified
from survey_engine.errors import Diagnostic, Scope, Severity, Where, diagnostic
from survey_engine.estimation.fit_result import CbSemFit, PlsFit
from survey_engine.numerics.moments import Array

SMALLEST_EIGENVALUE = 0.01
LARGEST_PATH = 1.0
LARGEST_PATH_SE = 0.5
FAILED_SHARE = 0.05
_TOLERANCE = 1e-8
_IMPOSSIBLE = ("PLSC_INADMISSIBLE",)
_SHARE_OF_DIRECTION = 0.3


def near_singular(correlations: Array) -> Array:
    """Smallest eigenvalue of construct correlations, shape (...,); NaN if not finite."""
    finite = np.all(np.isfinite(correlations), axis=(-2, -1))
    safe = np.where(finite[..., None, None], correlations, np.eye(correlations.shape[-1]))
    return np.where(finite, np.linalg.eigvalsh(safe)[..., 0], np.nan)


def verify(
    fit: PlsFit | CbSemFit,
    *,
    by_reason: Mapping[str, int] | None = None,
    requested: int = 0,
    scope: Scope = Scope.PRIMARY,
) -> Admissibility:
    """Whether a fit may be interpreted, with every reason against it.

    Parameters
    ----------
    fit : PlsFit or CbSemFit
    by_reason : mapping of str to int, optional
        Failed or inadmissible resamples by reason.
    requested : int
        Resamples asked for.
    scope : Scope
        The analysis the fit belongs to.
    """
    errors: list[Diagnostic] = []
    doubts: list[Diagnostic] = []
    if not fit.converged:
        errors.append(
            _reason(
                "NOT_CONVERGED",
                scope,
                iterations=fit.iterations,
                change=f"{fit.criterion:.2g}",
            )
        )
    else:
        errors += _heywood(fit, scope)
        correlations = _correlations(fit)
        if correlations.size:
            singular, doubts = _latents(fit, correlations, scope)
            errors += singular
        if not errors:
            # What the estimator itself calls impossible, such as a reliability beyond 1.
            errors += [one for one in fit.diagnostics if one.code in _IMPOSSIBLE]
    doubts += underidentified(fit.spec, fit.moments, scope=scope)
    doubts += _resamples(by_reason or {}, requested, scope)
    verdict: Literal["yes", "doubtful", "no"] = "yes"
    if errors:
        verdict = "no"
    elif doubts:
        verdict = "doubtful"
    return Admissibility(verdict=verdict, reasons=tuple(errors + doubts))


def _reason(
    code: str, scope: Scope, *, where: Where | None = None, **parameters: object
) -> Diagnostic:
    """A reason against a solution: an error where it stops the analysis asked for."""
    severity = None if scope is Scope.PRIMARY else Severity.WARNING
    found = diagnostic(code, where=where, severity=severity, scope=scope)
    return replace(found, parameters=parameters)


def _correlations(fit: PlsFit | CbSemFit) -> Array:
    return fit.construct_correlations if isinstance(fit, PlsFit) else fit.latent_correlation


def _heywood(fit: PlsFit | CbSemFit, scope: Scope) -> list[Diagnostic]:
    """Standardised loadings beyond 1, negative variances, R2 beyond 1."""
    items = _over_one(fit.spec.indicators, np.asarray(fit.loadings))
    if isinstance(fit, PlsFit):
        constructs = _over_one(fit.spec.construct_names, np.asarray(fit.r2))
    else:
        known = {k: v for k, v in fit.r2.items() if v is not None}
        names = set(fit.spec.construct_names)
        over = [k for k, v in known.items() if v > 1 + _TOLERANCE]
        constructs = tuple(k for k in over if k in names)
        variances = [
            row.lhs
            for row in fit.parameters
            if row.op == "~~" and row.lhs == row.rhs and (row.est or 0.0) < -_TOLERANCE
        ]
        items = tuple(dict.fromkeys([*items, *(v for v in variances if v not in names)]))
        constructs = tuple(dict.fromkeys([*constructs, *(v for v in variances if v in names)]))
    if not items and not constructs:
        return []
    where = Where(items=items, constructs=constructs)
    return [_reason("HEYWOOD_CASE", scope, where=where, names=[*items, *constructs])]


def _over_one(names: tuple[str, ...], values: Array) -> tuple[str, ...]:
    over = np.isfinite(values) & (np.abs(values) > 1 + _TOLERANCE)
    return tuple(dict.fromkeys(name for name, bad in zip(names, over, strict=True) if bad))


def _latents(
    fit: PlsFit | CbSemFit, correlations: Array, scope: Scope
) -> tuple[list[Diagnostic], list[Diagnostic]]:
    smallest = float(near_singular(correlations))
    names = fit.spec.construct_names
    if not np.isfinite(smallest) or smallest < -_TOLERANCE:
        pairs = _entangled(correlations, names, 1.0)
        problem = _reason(
            "LATENT_COV_NOT_PD",
            scope,
            where=Where(constructs=pairs),
            smallest_eigenvalue=f"{smallest:.2g}",
        )
        return [problem], []
    steep = _steep_paths(fit)
    if smallest >= SMALLEST_EIGENVALUE and not steep:
        return [], []
    doubt = diagnostic(
        "NEAR_SINGULAR_LATENTS",
        where=Where(constructs=_entangled(correlations, names, 0.95), parameters=steep),
        scope=scope,
        smallest_eigenvalue=round(smallest, 4),
        cutoff=SMALLEST_EIGENVALUE,
        n_paths=len(steep),
    )
    return [], [doubt]


def _entangled(correlations: Array, names: tuple[str, ...], bound: float) -> tuple[str, ...]:
    """Constructs in a correlation of at least `bound`, in model order.

    Without one, those that make up the direction the data hardly see: the elements of
    the last eigenvector beyond .3.
    """
    known = np.nan_to_num(correlations)
    others = np.abs(known) - np.eye(len(names)) * 2
    involved = np.max(others, axis=1, initial=-1.0) >= bound
    if not involved.any():
        involved = np.abs(np.linalg.eigh(known)[1][:, 0]) > _SHARE_OF_DIRECTION
    return tuple(n for n, hit in zip(names, involved.tolist(), strict=True) if hit)


def _steep_paths(fit: PlsFit | CbSemFit) -> tuple[str, ...]:
    """Standardised paths beyond 1 whose standardised standard error exceeds .5."""
    if isinstance(fit, PlsFit):
        return ()
    steep = []
    for row in fit.parameters:
        if row.op != "~" or row.std_all is None or row.se is None or not row.est:
            continue
        se = abs(row.se * row.std_all / row.est)
        if abs(row.std_all) > LARGEST_PATH and se > LARGEST_PATH_SE:
            steep.append(f"{row.lhs} ~ {row.rhs}")
    return tuple(steep)


def _resamples(by_reason: Mapping[str, int], requested: int, scope: Scope) -> list[Diagnostic]:
    bad = sum(by_reason.values())
    if requested == 0 or bad / requested <= FAILED_SHARE:
        return []
    return [
        diagnostic(
            "RESAMPLES_FAILED",
            scope=scope,
            severity=Severity.WARNING,
            failed=bad,
            requested=requested,
            percent=round(100 * bad / requested, 1),
        )
    ]
