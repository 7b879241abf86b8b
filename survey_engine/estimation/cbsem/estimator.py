"""`CbSemEstimator`: covariance-based SEM, one fit or a batch, one group or several."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from survey_engine.errors import Diagnostic, diagnostic
from survey_engine.estimation.cbsem.assemble import Request, assemble
from survey_engine.estimation.cbsem.batch import Compiled, fit_batch
from survey_engine.estimation.cbsem.choices import Choices, Kind
from survey_engine.estimation.cbsem.grouped import GroupedMoments
from survey_engine.estimation.cbsem.hessian import repeated
from survey_engine.estimation.cbsem.incomplete import prepare_incomplete, works_on_rows
from survey_engine.estimation.cbsem.methods import METHODS, Method
from survey_engine.estimation.cbsem.noticed import convergence_problems, held
from survey_engine.estimation.cbsem.ordinal_fit import levels_of, ordinal_problem
from survey_engine.estimation.cbsem.prepare import (
    check_estimable,
    fitted_sample,
    sample_gamma,
    select_moments,
)
from survey_engine.estimation.cbsem.problem import Problem
from survey_engine.estimation.cbsem.search import Search
from survey_engine.estimation.cbsem.solution import Solution
from survey_engine.estimation.cbsem.structure import compile_structure
from survey_engine.estimation.fit_result import CbSemBatch, CbSemFit
from survey_engine.estimation.parameter_table import ParameterTable, parameter_table
from survey_engine.numerics.moments import Array, Moments
from survey_engine.numerics.ordinal_moments import OrdinalMoments
from survey_engine.spec.model import ModelSpec


@dataclass(frozen=True, kw_only=True)
class CbSemEstimator:
    """Covariance-based SEM of complete data.

    Where options are silent it behaves as lavaan's ``sem()``.

    Attributes
    ----------
    method : str
        A name of `methods.METHODS`: ``"ml"``, ``"mlr"``, ``"gls"``, ``"wlsmv"`` ...
    std_lv, orthogonal, fixed_x, meanstructure, kind, group_equal, group_partial, bounds
        See `Choices`.
    parameterization : str
        ``"delta"`` or ``"theta"``, of models with ordered variables.
    information : str or None
        ``"expected"`` or ``"observed"``; None: observed for ``mlr``, else expected.
    missing : str
        ``"listwise"`` where moments of complete rows are given (or made elsewhere);
        ``"fiml"``, ``"two-stage"`` or ``"robust-two-stage"`` for rows with gaps, which
        always have a mean structure.
    likelihood : str
        ``"normal"``: divisor n, chi-square n F; ``"wishart"``: n - 1 for both.
    tolerance : float
        Largest distance to the optimum, in standard errors of the parameters.
    max_iterations : int
        Of one start; up to five restarts follow.
    """

    method: str = "ml"
    std_lv: bool = False
    orthogonal: bool = False
    fixed_x: bool = True
    meanstructure: bool | None = None
    kind: Kind = "sem"
    group_equal: tuple[str, ...] = ()
    group_partial: tuple[str, ...] = ()
    bounds: bool = False
    parameterization: Literal["delta", "theta"] = "delta"
    information: Literal["expected", "observed"] | None = None
    missing: Literal["listwise", "fiml", "two-stage", "robust-two-stage"] = "listwise"
    likelihood: Literal["normal", "wishart"] = "normal"
    tolerance: float = 1e-8
    max_iterations: int = 200

    def table(
        self,
        spec: ModelSpec,
        groups: tuple[str, ...] = ("",),
        ordered: tuple[tuple[str, int], ...] = (),
        *,
        means: bool = False,
    ) -> ParameterTable:
        """The parameter table this estimator fits; see `parameter_table` for errors."""
        return parameter_table(
            spec,
            Choices(
                kind=self.kind,
                std_lv=self.std_lv,
                orthogonal=self.orthogonal,
                fixed_x=self.fixed_x,
                meanstructure=True if means else self.meanstructure,
                groups=groups,
                group_equal=self.group_equal,
                group_partial=self.group_partial,
                bounds=self.bounds,
                ordered=ordered,
                parameterization=self.parameterization,
            ),
        )

    def fit(
        self,
        spec: ModelSpec,
        moments: Moments | GroupedMoments | OrdinalMoments | tuple[OrdinalMoments, ...],
    ) -> CbSemFit:
        """Fit a model to moments.

        Parameters
        ----------
        spec : ModelSpec
        moments : Moments, GroupedMoments, OrdinalMoments or a tuple of these by group
            Without a leading axis; may hold more columns than the model uses. With
            rows where the method needs fourth-order moments. Ordinal moments make a
            model with thresholds.

        Returns
        -------
        CbSemFit
            Also when it did not converge or is not admissible: `converged` and
            `diagnostics` say so.

        Raises
        ------
        EstimationError
            UNKNOWN_MODEL_COLUMN, COVARIANCE_NOT_PD, TOO_MANY_PARAMETERS, ROWS_NEEDED,
            WEIGHTS_SINGULAR, ORDINAL_ESTIMATOR, and those of `parameter_table`.
        """
        if isinstance(moments, OrdinalMoments):
            moments = (moments,)
        if isinstance(moments, tuple):
            labels = tuple(one.group or "" for one in moments)
            table = self.table(spec, labels, levels_of(moments[0]))
            problem = ordinal_problem(table, moments, METHODS[self.method])
        else:
            problem = self._problem(spec, moments)
        return self._solved(spec, problem)

    def _problem(self, spec: ModelSpec, moments: Moments | GroupedMoments) -> Problem:
        grouped = moments if isinstance(moments, GroupedMoments) else _alone(moments)
        method = METHODS[self.method]
        by_rows = works_on_rows(grouped, method, self.missing)
        table = self.table(spec, grouped.labels, means=by_rows)
        structure = compile_structure(table)
        chosen = select_moments(table, grouped)
        noticed: tuple[Diagnostic, ...] = ()
        if by_rows:
            prepared = prepare_incomplete(table, chosen, method, self.missing)
            method, chosen = prepared.method, prepared.moments
            noticed = prepared.diagnostics
        gamma = sample_gamma(table, chosen) if method.needs_gamma else None
        data = fitted_sample(
            table,
            (
                np.stack([group.mean for group in chosen.groups]),
                np.stack([group.covariance for group in chosen.groups]),
            ),
            np.array([group.n for group in chosen.groups], dtype=float),
            method=method,
            wishart=self._wishart,
            gamma=gamma,
        )
        check_estimable(table, data, method)
        return Problem(
            table=table,
            structure=structure,
            data=data,
            method=method,
            moments=chosen,
            gamma=gamma,
            noticed=noticed,
        )

    def _solved(self, spec: ModelSpec, given: Problem) -> CbSemFit:
        data, method, chosen = given.data, given.method, given.moments
        search = self._search(method)
        found = search.constrained(given.table, given.structure, repeated(data, 1))
        table, structure, optimum = found.table, found.structure, found.optimum
        problems = (
            *given.noticed,
            *convergence_problems(table, optimum),
            *held(table, found.active),
        )
        if chosen.weighted and method.errors == "information":
            problems = (*problems, diagnostic("ML_WITH_WEIGHTS", n=chosen.n))
        x = optimum.x[0]
        solution = Solution(
            table=table,
            structure=structure,
            data=data,
            method=method,
            x=x,
            at=method.discrepancy.evaluate(structure, x, data),
            information=np.empty((0, 0)),
            gamma=given.gamma,
            statistics=given.statistics,
            active=np.array(found.active, dtype=np.intp),
        )
        request = Request(
            spec=spec,
            moments=chosen,
            information=self._information(method),
            likelihood=self.likelihood if self._wishart else "normal",
        )
        return assemble(request, solution, optimum, problems)

    def fit_batch(
        self,
        spec: ModelSpec,
        moments: Moments,
        covariance: Array,
        *,
        start: CbSemFit | None,
        mean: Array | None = None,
    ) -> CbSemBatch:
        """Fit the same model of one group to many covariance matrices.

        Parameters
        ----------
        spec : ModelSpec
        moments : Moments
            Of the full sample: names the columns of `covariance` and gives n.
        covariance : ndarray, shape (B, p, p)
            Divisor n, columns as in `moments`.
        start : CbSemFit or None
            The full-sample solution; None fits it first.
        mean : ndarray, shape (B, p), optional
            Means of the members; those of `moments` if left out.

        Returns
        -------
        CbSemBatch

        Notes
        -----
        Weights that come from rows (WLS, DWLS) stay those of the full sample.
        """
        full = start if start is not None else self.fit(spec, moments)
        method = METHODS[self.method]
        table = self.table(spec, means=full.means)
        chosen = select_moments(table, _alone(moments)).groups[0]
        at = [moments.columns.index(name) for name in table.observed]
        means = np.broadcast_to(chosen.mean, (len(covariance), len(at)))
        if mean is not None:
            means = mean[:, at]
        gamma = None if full.solution is None else full.solution.gamma
        if gamma is not None:
            gamma = np.broadcast_to(gamma, (len(covariance), *gamma.shape))
        data = fitted_sample(
            table,
            (means[:, None], covariance[:, at][:, :, at][:, None]),
            np.array([chosen.n], dtype=float),
            method=method,
            wishart=self._wishart,
            gamma=gamma,
        )
        model = Compiled(
            spec=spec,
            table=table,
            structure=compile_structure(table),
            discrepancy=method.discrepancy,
        )
        return fit_batch(model, data, start=full.free_values)

    @property
    def _wishart(self) -> bool:
        return self.likelihood == "wishart" and METHODS[self.method].likelihood_based

    def _information(self, method: Method) -> str:
        if self.information is not None:
            return self.information
        gaps = self.missing == "fiml"
        return "observed" if gaps or method.errors == "casewise" else "expected"

    def _search(self, method: Method) -> Search:
        return Search(
            discrepancy=method.discrepancy,
            tolerance=self.tolerance,
            max_iterations=self.max_iterations,
        )


def _alone(moments: Moments) -> GroupedMoments:
    return GroupedMoments.single(moments)
