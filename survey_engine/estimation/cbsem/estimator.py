"""`CbSemEstimator`: maximum-likelihood covariance-based SEM, one fit or a batch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from survey_engine.errors import Diagnostic, EstimationError, Where, diagnostic
from survey_engine.estimation.cbsem.batch import fit_batch
from survey_engine.estimation.cbsem.discrepancy import ml
from survey_engine.estimation.cbsem.implied import entries_of
from survey_engine.estimation.cbsem.observed import Sample, sample
from survey_engine.estimation.cbsem.optimise import Optimum, minimise
from survey_engine.estimation.cbsem.rows import parameter_rows
from survey_engine.estimation.cbsem.standard_errors import (
    condition_number,
    parameter_covariance,
    weakest_parameters,
)
from survey_engine.estimation.cbsem.standardise import (
    constructs,
    explained_shares,
    standardise,
)
from survey_engine.estimation.cbsem.start_values import plain_start, start_values
from survey_engine.estimation.cbsem.structure import Structure, compile_structure
from survey_engine.estimation.fit_result import CbSemBatch, CbSemFit
from survey_engine.estimation.parameter_table import ParameterTable, parameter_table
from survey_engine.numerics.moments import Array, Moments
from survey_engine.spec.model import ModelSpec

RESTART_SHARES = (1.0, 0.5, 0.3, 0.7, 0.9)
"""Share of the plain start in each of the five restarts; all but the first disturbed."""


@dataclass(frozen=True, kw_only=True)
class CbSemEstimator:
    """Covariance-based SEM by maximum likelihood, complete data, one group.

    Where options are silent it behaves as lavaan's ``sem()``.

    Attributes
    ----------
    std_lv : bool
        Unit latent (residual) variances instead of marker loadings.
    orthogonal : bool
        No covariances among exogenous latents.
    fixed_x : bool
        Moments of observed exogenous predictors are taken from the sample.
    likelihood : str
        ``"normal"``: divisor n, chi-square n F; ``"wishart"``: n - 1 for both.
    tolerance : float
        Largest distance to the optimum, in standard errors of the parameters.
    max_iterations : int
        Of one start; up to five restarts follow.
    """

    std_lv: bool = False
    orthogonal: bool = False
    fixed_x: bool = True
    likelihood: Literal["normal", "wishart"] = "normal"
    tolerance: float = 1e-8
    max_iterations: int = 200

    def table(self, spec: ModelSpec) -> ParameterTable:
        """The parameter table this estimator fits; see `parameter_table` for errors."""
        return parameter_table(
            spec, std_lv=self.std_lv, orthogonal=self.orthogonal, fixed_x=self.fixed_x
        )

    def fit(self, spec: ModelSpec, moments: Moments) -> CbSemFit:
        """Fit a model to first and second moments.

        Parameters
        ----------
        spec : ModelSpec
        moments : Moments
            Without a leading axis; may hold more columns than the model uses.

        Returns
        -------
        CbSemFit
            Also when it did not converge or is not admissible: `converged` and
            `diagnostics` say so.

        Raises
        ------
        EstimationError
            UNKNOWN_MODEL_COLUMN, COVARIANCE_NOT_PD, TOO_MANY_PARAMETERS, and those of
            `parameter_table`.
        """
        table = self.table(spec)
        structure = compile_structure(table)
        chosen = select_moments(table, moments)
        data = self._sample(table, chosen.covariance, chosen.n)
        _check_estimable(table, data)
        optimum = self._search(table, structure, _with_axis(data))
        problems = _convergence_problems(table, optimum)
        if chosen.weighted:
            problems = (*problems, diagnostic("ML_WITH_WEIGHTS", n=chosen.n))
        return _assemble(spec, chosen, (table, structure, data), optimum, problems)

    def fit_batch(
        self, spec: ModelSpec, moments: Moments, covariance: Array, *, start: CbSemFit | None
    ) -> CbSemBatch:
        """Fit the same model to many covariance matrices.

        Parameters
        ----------
        spec : ModelSpec
        moments : Moments
            Of the full sample: names the columns of `covariance` and gives n.
        covariance : ndarray, shape (B, p, p)
            Divisor n, columns as in `moments`.
        start : CbSemFit or None
            The full-sample solution; None fits it first.

        Returns
        -------
        CbSemBatch
        """
        table = self.table(spec)
        structure = compile_structure(table)
        chosen = select_moments(table, moments)
        at = [moments.columns.index(name) for name in table.observed]
        data = self._sample(table, covariance[:, at][:, :, at], chosen.n)
        full = start if start is not None else self.fit(spec, moments)
        return fit_batch(spec, table, structure, data, start=full.free_values)

    def _sample(self, table: ParameterTable, covariance: Array, n: int) -> Sample:
        if self.likelihood == "wishart":
            return sample(table, covariance * (n / (n - 1)), n - 1)
        return sample(table, covariance, n)

    def _search(self, table: ParameterTable, structure: Structure, data: Sample) -> Optimum:
        """Own start first, then a plain one, then disturbed ones; the best is kept."""
        single = data.take(np.array(0))
        first = start_values(table, structure, single)
        plain = plain_start(table, structure, single)
        random = np.random.default_rng(20_240_607)
        best = self._minimise(structure, data, first)
        for share in RESTART_SHARES:
            if best.converged[0]:
                break
            start = (1 - share) * first + share * plain
            disturbed = start * random.uniform(0.8, 1.2, len(start))
            found = self._minimise(structure, data, start if share == 1 else disturbed)
            if found.converged[0] or found.value[0] < best.value[0]:
                best = found
        return best

    def _minimise(self, structure: Structure, data: Sample, start: Array) -> Optimum:
        return minimise(
            structure,
            data,
            start,
            tolerance=self.tolerance,
            max_iterations=self.max_iterations,
        )


def select_moments(table: ParameterTable, moments: Moments) -> Moments:
    """Moments of the table's observed variables, in its order.

    Raises
    ------
    EstimationError
        UNKNOWN_MODEL_COLUMN with every missing name.
    """
    absent = tuple(name for name in table.observed if name not in moments.columns)
    if absent:
        raise EstimationError(
            diagnostic("UNKNOWN_MODEL_COLUMN", where=Where(items=absent), names=list(absent))
        )
    return moments.select(table.observed)


def _with_axis(data: Sample) -> Sample:
    return Sample(
        covariance=data.covariance[None],
        log_determinant=data.log_determinant[None],
        n=data.n,
        fixed=data.fixed[None],
    )


def _check_estimable(table: ParameterTable, data: Sample) -> None:
    problems: list[Diagnostic] = []
    if table.df < 0:
        problems.append(diagnostic("TOO_MANY_PARAMETERS", npar=table.npar, df=table.df))
    variance = np.diagonal(data.covariance)
    flat = tuple(n for n, v in zip(table.observed, variance, strict=True) if not v > 0)
    if flat or not np.isfinite(data.log_determinant):
        where = Where(items=flat)
        problems.append(diagnostic("COVARIANCE_NOT_PD", where=where, n=int(data.n)))
    if problems:
        raise EstimationError(*problems)


def _convergence_problems(table: ParameterTable, optimum: Optimum) -> tuple[Diagnostic, ...]:
    if optimum.converged[0]:
        return ()
    moved = np.abs(optimum.last_step[0] @ table.basis.T)
    names: dict[int, str] = {}
    for entry in table.entries:
        names.setdefault(entry.free - 1, f"{entry.lhs} {entry.op} {entry.rhs}")
    worst = tuple(names[int(k)] for k in np.argsort(-moved)[:5] if moved[k] > 0)
    return (
        diagnostic(
            "NOT_CONVERGED",
            where=Where(parameters=worst),
            iterations=int(optimum.iterations[0]),
            criterion=f"{np.abs(optimum.gradient[0]).max():.2g}",
        ),
    )


def _log_likelihood(log_det: float, trace: float, n: int, p: int) -> float:
    return -0.5 * n * (p * float(np.log(2 * np.pi)) + log_det + trace)


def _assemble(
    spec: ModelSpec,
    moments: Moments,
    compiled: tuple[ParameterTable, Structure, Sample],
    optimum: Optimum,
    problems: tuple[Diagnostic, ...],
) -> CbSemFit:
    table, structure, data = compiled
    x = optimum.x[0]
    at = ml.evaluate(structure, x, data)
    information = ml.information(structure, at)
    condition = condition_number(information)
    covariance = parameter_covariance(table, information, data.n, condition=condition)
    if np.isnan(covariance).any():
        where = Where(parameters=weakest_parameters(table, information))
        problems = (*problems, diagnostic("INFORMATION_SINGULAR", where=where))
    values = entries_of(structure, x, data.fixed)
    standard = standardise(table, structure, values, at.parts)
    facts = constructs(spec, structure, values, at.parts, at.inverse)
    baseline, logl = _baseline_and_likelihoods(table, data, moments.n, float(at.value))
    p, exogenous = len(table.observed), len(table.exogenous)
    return CbSemFit(
        spec=spec,
        moments=moments,
        estimator="ml",
        converged=bool(optimum.converged[0]),
        iterations=int(optimum.iterations[0]),
        criterion=float(np.abs(optimum.gradient[0]).max(initial=0.0)),
        diagnostics=problems,
        parameters=parameter_rows(table, structure, values, covariance, standard),
        free_values=table.basis @ x + table.offset,
        free_covariance=covariance,
        chisq=data.n * float(at.value),
        df=table.df,
        baseline_chisq=baseline,
        baseline_df=p * (p - 1) // 2 - exogenous * (exogenous - 1) // 2,
        logl=logl[0],
        logl_unrestricted=logl[1],
        r2=explained_shares(table, structure, at.parts),
        implied=at.parts.sigma,
        latent_covariance=facts.covariance,
        latent_correlation=facts.correlation,
        paths=facts.paths,
        total_effects=facts.total_effects,
        loadings=facts.loadings,
        factor_score_weights=facts.score_weights,
        npar=table.npar,
        fixed_x=table.exogenous if table.fixed_x else (),
        likelihood="normal" if data.n == moments.n else "wishart",
        sample_covariance=data.covariance,
        information_condition=condition,
    )


def _baseline_and_likelihoods(
    table: ParameterTable, data: Sample, n: int, discrepancy: float
) -> tuple[float, tuple[float, float]]:
    """Chi-square of the independence model; log-likelihoods of model and data.

    Exogenous observed predictors keep their covariances in the independence model and,
    when fixed, are left out of the likelihoods.
    """
    s = data.covariance
    own = np.array([name not in table.exogenous for name in table.observed])
    block = s[np.ix_(~own, ~own)]
    x_determinant = float(np.linalg.slogdet(block)[1]) if block.size else 0.0
    determinant = float(data.log_determinant)
    independent = float(np.log(np.diagonal(s)[own]).sum()) + x_determinant
    saturated = _log_likelihood(determinant, s.shape[0], n, s.shape[0])
    if table.fixed_x:
        saturated -= _log_likelihood(x_determinant, block.shape[0], n, block.shape[0])
    model = saturated - 0.5 * n * discrepancy
    return data.n * (independent - determinant), (model, saturated)
