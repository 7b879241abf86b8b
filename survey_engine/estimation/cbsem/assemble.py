"""From the optimum to the fit: errors, tests, standardised values, groups."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from survey_engine.errors import Diagnostic, Where, diagnostic
from survey_engine.estimation.cbsem.discrepancy.thresholds import ThresholdStatistics
from survey_engine.estimation.cbsem.grouped import GroupedMoments
from survey_engine.estimation.cbsem.implied import Implied, sigma_inverse
from survey_engine.estimation.cbsem.incomplete_inference import infer_incomplete, is_incomplete
from survey_engine.estimation.cbsem.inference import Inference, infer
from survey_engine.estimation.cbsem.optimise import Optimum
from survey_engine.estimation.cbsem.rows import parameter_rows
from survey_engine.estimation.cbsem.solution import Solution
from survey_engine.estimation.cbsem.standard_errors import weakest_parameters
from survey_engine.estimation.cbsem.standardise import (
    Constructs,
    constructs,
    explained_shares,
    standardise,
)
from survey_engine.estimation.fit_result import CbSemFit, CbSemGroup
from survey_engine.numerics.moments import Array
from survey_engine.spec.model import ModelSpec


@dataclass(frozen=True, kw_only=True)
class Request:
    """What was asked for, as the estimator resolved it."""

    spec: ModelSpec
    moments: GroupedMoments
    information: str
    likelihood: str


def assemble(
    request: Request,
    solution: Solution,
    optimum: Optimum,
    problems: tuple[Diagnostic, ...],
) -> CbSemFit:
    """The fit, also of a search that did not converge."""
    table, structure, at = solution.table, solution.structure, solution.at
    incomplete = is_incomplete(solution)
    found = (infer_incomplete if incomplete else infer)(solution, request.information)
    if np.isnan(found.covariance).any():
        where = Where(parameters=weakest_parameters(table, found.expected))
        problems = (*problems, diagnostic("INFORMATION_SINGULAR", where=where))
    standard = standardise(table, structure, at.values, at.parts)
    described = (table, structure, at.values, found.covariance, standard)
    return CbSemFit(
        spec=request.spec,
        moments=request.moments.pooled(),
        estimator=solution.method.name,
        converged=bool(optimum.converged[0]),
        iterations=int(optimum.iterations[0]),
        criterion=float(np.abs(optimum.gradient[0]).max(initial=0.0)),
        diagnostics=problems,
        parameters=parameter_rows(*described),
        hidden_parameters=parameter_rows(*described, hidden=True) if table.composites else (),
        free_values=solution.theta,
        free_covariance=found.covariance,
        df=table.df,
        groups=_groups(request, solution),
        solution=found.solution,
        npar=table.npar,
        means=table.means,
        multiplier=solution.data.n,
        family=solution.method.family,
        fixed_x=table.exogenous if table.fixed_x else (),
        likelihood=request.likelihood,
        information_condition=found.condition,
        **_tests(found),
    )


def _tests(found: Inference) -> dict[str, Any]:
    names = (
        "chisq",
        "baseline_chisq",
        "baseline_df",
        "logl",
        "logl_unrestricted",
        "scaled",
        "baseline_scaled",
        "scaling_h0",
        "scaling_h1",
        "complete",
    )
    return {name: getattr(found, name) for name in names}


def _groups(request: Request, solution: Solution) -> tuple[CbSemGroup, ...]:
    table, structure, at, data = (
        solution.table,
        solution.structure,
        solution.at,
        solution.data,
    )
    own = solution.method.likelihood_based and at.weight.shape[-1] > 0
    inverse = at.weight if own else sigma_inverse(at.parts)
    facts = constructs(request.spec, structure, at.values, at.parts, inverse)
    mean = at.parts.mean if table.means else data.mean
    scale = np.ones(data.mean.shape)
    if isinstance(solution.statistics, ThresholdStatistics):  # of responses as observed
        scale = solution.statistics.scale(structure, at.values, at.parts)
    return tuple(
        CbSemGroup(
            label=table.groups[g],
            moments=request.moments.groups[g],
            chisq=float(data.sizes[g] * at.by_group[g]),
            sample_covariance=data.covariance[g],
            sample_mean=data.mean[g],
            implied=scale[g][:, None] * at.parts.sigma[g] * scale[g],
            implied_mean=mean[g],
            r2=explained_shares(table, structure, group_parts(at.parts, g)),
            **_of_constructs(facts, g),
        )
        for g in range(structure.n_groups)
    )


def _of_constructs(facts: Constructs, g: int) -> dict[str, Array]:
    return {
        "latent_covariance": facts.covariance[g],
        "latent_correlation": facts.correlation[g],
        "latent_mean": facts.mean[g],
        "paths": facts.paths[g],
        "total_effects": facts.total_effects[g],
        "loadings": facts.loadings[g],
        "factor_score_weights": facts.score_weights[g],
    }


def group_parts(parts: Implied, group: int) -> Implied:
    """The matrices of one group."""
    return Implied(**{name: matrix[group] for name, matrix in vars(parts).items()})
