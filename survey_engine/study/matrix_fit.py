"""A model fitted to a printed covariance or correlation matrix: no respondents, no rows.

What needs rows (resamples, robust errors, scores, the index) has none here; what needs
moments is the same as from data.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from survey_engine.assessment.admissibility import verify
from survey_engine.assessment.blocks import block_sizes
from survey_engine.assessment.fit_measures import fit_measures
from survey_engine.assessment.reliability import (
    alpha,
    average_variance_extracted,
    composite_reliability,
)
from survey_engine.assessment.result import Admissibility
from survey_engine.errors import Diagnostic, EstimationError, Where, diagnostic
from survey_engine.estimation.fit_result import CbSemFit, PlsFit
from survey_engine.estimation.pls.estimator import PlsEstimator
from survey_engine.numerics.moments import Array, Moments
from survey_engine.spec.bind import bind, observed_variables
from survey_engine.spec.identify import identify
from survey_engine.spec.model import ModelSpec
from survey_engine.study.covariance import cbsem_estimator
from survey_engine.study.document_rows import parameter_rows
from survey_engine.study.result import StudySpec

MatrixKind = Literal["cov", "cor"]
_SYMMETRIC = 1e-8


@dataclass(frozen=True, kw_only=True)
class MatrixFit:
    """A fit, whether it may be used, its measures and what was noticed."""

    fit: PlsFit | CbSemFit
    admissibility: Admissibility
    measures: dict[str, float | None]
    diagnostics: tuple[Diagnostic, ...]


def moments_of_matrix(
    names: tuple[str, ...], matrix: Array, *, n: int, kind: MatrixKind, file: str
) -> Moments:
    """Moments with zero means from a matrix whose divisor is n - 1, as programs print it.

    Raises
    ------
    EstimationError
        MATRIX_NOT_SYMMETRIC, MATRIX_NOT_CORRELATION, COVARIANCE_NOT_PD.
    """
    away = np.abs(matrix - matrix.T)
    scale = np.sqrt(np.abs(np.outer(np.diag(matrix), np.diag(matrix))))
    if (away > _SYMMETRIC * np.maximum(scale, 1e-300)).any():
        i, j = (int(k) for k in np.unravel_index(np.argmax(away), away.shape))
        where = Where(items=(names[i], names[j]), file=file)
        raise EstimationError(
            diagnostic(
                "MATRIX_NOT_SYMMETRIC",
                where=where,
                first=f"{matrix[i, j]:g}",
                second=f"{matrix[j, i]:g}",
            )
        )
    ones = np.abs(np.diag(matrix) - 1) <= _SYMMETRIC
    if kind == "cor" and not ones.all():
        bad = tuple(name for name, fine in zip(names, ones, strict=True) if not fine)
        raise EstimationError(
            diagnostic("MATRIX_NOT_CORRELATION", where=Where(items=bad, file=file))
        )
    smallest = float(np.linalg.eigvalsh(matrix)[0])
    if smallest <= 0:
        raise EstimationError(
            diagnostic(
                "COVARIANCE_NOT_PD",
                where=Where(items=names, file=file),
                n=n,
                eigenvalue=f"{smallest:.3g}",
            )
        )
    return Moments(
        columns=names,
        n=n,
        n_effective=float(n),
        mean=np.zeros(len(names)),
        covariance=matrix * ((n - 1) / n),
    )


def fit_matrix(
    model: ModelSpec, moments: Moments, spec: StudySpec, *, kind: MatrixKind, file: str
) -> MatrixFit:
    """Fit a model to the moments of a matrix.

    Parameters
    ----------
    model : ModelSpec
    moments : Moments
        From `moments_of_matrix`.
    spec : StudySpec
        Its estimator and options; resampling options are not used.
    kind : {"cov", "cor"}
    file : str
        Named in diagnostics.

    Raises
    ------
    EstimationError
        Faults of the model, columns that are not in the matrix, ROWS_NEEDED for
        estimators that need respondents.
    """
    faults = [
        *identify(model, file=model.id),
        *bind(model, columns=moments.columns, instrument=None, file=model.id),
    ]
    errors = [one for one in faults if one.severity == "error"]
    if errors:
        raise EstimationError(*errors)
    told = [diagnostic("MATRIX_INPUT", n=moments.n, where=Where(file=file))]
    if spec.covariance_based:
        chosen = moments.select(observed_variables(model))
        fit: PlsFit | CbSemFit = cbsem_estimator(spec).fit(model, chosen)
        if kind == "cor":
            told.append(diagnostic("MATRIX_CORRELATION", where=Where(file=file)))
    else:
        fit = _composites(spec).fit(model, moments.select(model.indicators))
    measures = fit_measures(fit) if isinstance(fit, CbSemFit) else {}
    verdict = verify(fit)
    return MatrixFit(
        fit=fit,
        admissibility=verdict,
        measures=measures,
        diagnostics=(*faults, *told, *fit.diagnostics, *verdict.reasons),
    )


def _composites(spec: StudySpec) -> PlsEstimator:
    return PlsEstimator(
        metric="standardised",
        scheme=spec.scheme,
        modes=dict(spec.modes),
        consistent=spec.estimator == "plsc",
        sums=spec.estimator == "sum",
        components=spec.estimator == "gsca",
    )


def matrix_document(found: MatrixFit, spec: StudySpec) -> dict[str, Any]:
    """The keys of the result JSON that a matrix can fill."""
    fit = found.fit
    names = fit.spec.construct_names
    loadings = np.asarray(fit.loadings)
    sizes = block_sizes(fit.spec)
    owners = [c.name for c in fit.spec.constructs for _ in c.indicators]
    within = fit.moments.select(fit.spec.indicators)
    reliability = {
        "alpha": alpha(within.correlation, sizes),
        "alpha_raw": alpha(within.covariance, sizes),
        "rho_c": composite_reliability(loadings, sizes),
        "ave": average_variance_extracted(loadings, sizes),
    }
    return {
        "schema": "1",
        "estimator": spec.estimator,
        "converged": fit.converged,
        "admissible": found.admissibility.verdict,
        "n": fit.moments.n,
        "index": None,
        "parameters": parameter_rows(fit) if isinstance(fit, CbSemFit) else [],
        "fit": found.measures,
        "constructs": [
            {
                "name": construct.name,
                "kind": construct.kind,
                **{key: float(values[k]) for key, values in reliability.items()},
                "r2": _r2(fit, k, construct.name),
            }
            for k, construct in enumerate(fit.spec.constructs)
        ],
        "loadings": [
            {"construct": owner, "item": item, "est": float(value)}
            for owner, item, value in zip(owners, fit.spec.indicators, loadings, strict=True)
        ],
        "paths": _paths(fit, names),
    }


def _r2(fit: PlsFit | CbSemFit, k: int, name: str) -> float | None:
    if isinstance(fit, PlsFit):
        return float(fit.r2[k])
    return fit.r2.get(name)


def _paths(fit: PlsFit | CbSemFit, names: tuple[str, ...]) -> list[dict[str, Any]]:
    """Standardised paths among constructs."""
    if isinstance(fit, PlsFit):
        at = {name: k for k, name in enumerate(names)}
        return [
            {
                "from": path.source,
                "to": path.target,
                "est": float(fit.paths[at[path.source], at[path.target]]),
            }
            for path in fit.spec.paths
        ]
    return [
        {"from": row.rhs, "to": row.lhs, "est": row.std_all}
        for row in fit.parameters
        if row.op == "~" and {row.lhs, row.rhs} <= set(names)
    ]
