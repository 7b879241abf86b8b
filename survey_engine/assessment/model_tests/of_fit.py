"""From a fit to the `ModelPoint` its tests start from: the only file that knows fits."""

from __future__ import annotations

from survey_engine.assessment.fit_measures import fit_measures
from survey_engine.assessment.model_tests.compare import ModelFit
from survey_engine.assessment.model_tests.composite_rows import plain_rows, turned_basis
from survey_engine.assessment.model_tests.point import ModelPoint, SampleMoments, model_point
from survey_engine.estimation.cbsem.incomplete import IncompleteMethod
from survey_engine.estimation.cbsem.solution import solution_of
from survey_engine.estimation.fit_result import CbSemFit


def point_of(fit: CbSemFit) -> ModelPoint:
    """The solution of `fit` with the moments it was fitted to."""
    table = solution_of(fit).table
    rows, basis = fit.parameters, table.basis
    if table.composites:
        basis = turned_basis(basis, rows)
        rows = plain_rows(rows, fit.hidden_parameters, table.composites)
    return model_point(rows, sample_of(fit), basis=basis)


def sample_of(fit: CbSemFit) -> SampleMoments:
    """The moments that were fitted, a group on the leading axis."""
    solution = solution_of(fit)
    return SampleMoments(
        observed=solution.table.observed,
        n=solution.data.sizes,
        covariance=solution.data.covariance,
        mean=solution.data.mean if solution.table.means else None,
    )


def normal_theory(fit: CbSemFit) -> bool:
    """Whether score tests and residual errors of complete-data likelihood apply.

    Rows with gaps carry less information than their moments say, and least squares weighs
    moments differently.
    """
    method = solution_of(fit).method
    return method.family == "ml" and not isinstance(method, IncompleteMethod)


def scaling_of(fit: CbSemFit) -> float:
    """Scaling factor of the chi-square; 1 for one that is not scaled."""
    return 1.0 if fit.scaled is None else fit.scaled.factor


def model_fit(name: str, fit: CbSemFit) -> ModelFit:
    """A fit as a line of a comparison."""
    return ModelFit(
        name=name,
        chisq=fit.chisq,
        df=fit.df,
        n=float(fit.moments.n),
        npar=fit.npar,
        groups=len(fit.groups),
        scaling=None if fit.scaled is None else fit.scaled.factor,
        measures=fit_measures(fit),
    )
