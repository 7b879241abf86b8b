"""Incomplete rows of groups, prepared for FIML or two-stage estimation."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from survey_engine.errors import Diagnostic, EstimationError, Where, diagnostic
from survey_engine.estimation.cbsem.discrepancy.evaluation import Discrepancy
from survey_engine.estimation.cbsem.discrepancy.fiml import Fiml
from survey_engine.estimation.cbsem.grouped import GroupedMoments
from survey_engine.estimation.cbsem.methods import Method
from survey_engine.estimation.parameter_table import ParameterTable
from survey_engine.numerics.incomplete import IncompleteRows, group_rows
from survey_engine.numerics.moments import Array, ArrayRows, Moments, RowSource
from survey_engine.numerics.saturated import SaturatedMoments, saturated_moments

TREATMENTS = ("fiml", "two-stage", "robust-two-stage")
"""What a covariance-based model can do with rows that have gaps."""


@dataclass(frozen=True, kw_only=True)
class IncompleteMethod(Method):
    """An estimator of incomplete rows.

    Attributes
    ----------
    treatment : str
        One of `TREATMENTS`.
    rows : tuple[IncompleteRows, ...]
    saturated : tuple[SaturatedMoments, ...]
    """

    treatment: str
    rows: tuple[IncompleteRows, ...]
    saturated: tuple[SaturatedMoments, ...]

    @property
    def discrepancy(self) -> Discrepancy:
        """That of the rows, or that of the saturated moments."""
        if self.treatment == "fiml":
            return self.fiml
        return super().discrepancy

    @property
    def fiml(self) -> Fiml:
        """The likelihood of the rows."""
        return Fiml(rows=self.rows, saturated=self.saturated)

    @property
    def needs_gamma(self) -> bool:
        """Everything comes from the patterns: no."""
        return False


@dataclass(frozen=True, kw_only=True)
class Incomplete:
    """The estimator with its rows, the moments it fits and what was noticed."""

    method: IncompleteMethod
    moments: GroupedMoments
    diagnostics: tuple[Diagnostic, ...]


def works_on_rows(moments: GroupedMoments, method: Method, treatment: str) -> bool:
    """Whether the likelihood of single rows is needed.

    It is with gaps, and under maximum likelihood with case weights or clusters: their
    errors come from sums of casewise scores.
    """
    designed = moments.weighted or bool(moments.clusters)
    return treatment in TREATMENTS or (
        designed and bool(moments.rows) and method.family == "ml"
    )


def prepare_incomplete(
    table: ParameterTable, moments: GroupedMoments, method: Method, treatment: str
) -> Incomplete:
    """Group rows by missing pattern and find the saturated moments.

    Rows without any answer, and with `fixed_x` rows without an exogenous predictor, are
    left out: they say nothing about the parameters.

    Raises
    ------
    EstimationError
        ROWS_NEEDED, MISSING_NEEDS_ML, ZERO_COVERAGE or EM_NOT_CONVERGED.
    """
    if treatment in TREATMENTS and method.family != "ml":
        raise EstimationError(
            diagnostic("MISSING_NEEDS_ML", missing=treatment, estimator=method.name)
        )
    if len(moments.rows) != len(moments.groups):
        raise EstimationError(diagnostic("ROWS_NEEDED"))
    kept: list[IncompleteRows] = []
    best: list[SaturatedMoments] = []
    groups: list[Moments] = []
    notes: list[Diagnostic] = []
    sources: list[RowSource] = []
    clusters = moments.clusters or (None,) * len(moments.groups)
    for label, before, source, cluster in zip(
        moments.labels, moments.groups, moments.rows, clusters, strict=True
    ):
        values, weights = _answers(source, table.observed)
        used, found = _usable(table, values, label)
        notes += found
        share = None if weights is None else weights[used] * (used.sum() / weights[used].sum())
        rows = group_rows(values[used], share)
        if cluster is not None:
            within = np.unique(cluster[used], return_inverse=True)[1]
            rows = replace(rows, cluster=within.astype(np.intp))
        _refuse_unseen(table.observed, rows, label)
        solved = saturated_moments(rows)
        if not solved.converged:
            where = Where(items=table.observed, groups=(label,) if label else ())
            raise EstimationError(
                diagnostic("EM_NOT_CONVERGED", where=where, n=int(used.sum()))
            )
        notes += _told(table.observed, rows, label)
        kept.append(rows)
        best.append(solved)
        sources.append(ArrayRows(columns=table.observed, values=values[used], weights=share))
        groups.append(_moments(before, solved, rows, treatment))
    names = {field: getattr(method, field) for field in vars(method)}
    if moments.weighted or moments.clusters:
        names |= {"errors": "casewise", "test": "yuan-bentler"}
        notes.append(_designed(kept))
    treatment = treatment if treatment in TREATMENTS else "fiml"
    return Incomplete(
        method=IncompleteMethod(
            **names, treatment=treatment, rows=tuple(kept), saturated=tuple(best)
        ),
        moments=GroupedMoments(
            labels=moments.labels, groups=tuple(groups), rows=tuple(sources)
        ),
        diagnostics=tuple(notes),
    )


def _moments(
    before: Moments, solved: SaturatedMoments, rows: IncompleteRows, treatment: str
) -> Moments:
    effective = rows.weights.sum() ** 2 / np.square(rows.weights).sum()
    return replace(
        before,
        n=len(rows.rows),
        n_effective=float(effective),
        mean=solved.mean,
        covariance=solved.covariance,
        missing=treatment if treatment in TREATMENTS else before.missing,
    )


def _answers(source: RowSource, columns: tuple[str, ...]) -> tuple[Array, Array | None]:
    at = [source.columns.index(name) for name in columns]
    blocks = list(source.chunks())
    values = np.concatenate([block[:, at] for block, _ in blocks])
    given = [weights for _, weights in blocks if weights is not None]
    return values, np.concatenate(given) if given else None


def _usable(
    table: ParameterTable, values: Array, label: str
) -> tuple[NDArray[np.bool_], list[Diagnostic]]:
    """Rows that say something, and what is told about the others."""
    seen = ~np.isnan(values)
    empty = np.asarray(~seen.any(axis=1))
    where = (label,) if label else ()
    found = []
    if empty.any():
        found.append(
            diagnostic(
                "EMPTY_ROWS_LEFT_OUT", where=Where(groups=where), dropped=int(empty.sum())
            )
        )
    used = np.asarray(~empty)
    if table.fixed_x and table.exogenous:
        at = [table.observed.index(name) for name in table.exogenous]
        without = used & ~seen[:, at].all(axis=1)
        if without.any():
            found.append(
                diagnostic(
                    "INCOMPLETE_PREDICTORS",
                    where=Where(items=table.exogenous, groups=where),
                    dropped=int(without.sum()),
                    n=int((used & ~without).sum()),
                )
            )
            used &= ~without
    return used, found


def _designed(kept: list[IncompleteRows]) -> Diagnostic:
    """What the errors allow for."""
    n = sum(len(rows.rows) for rows in kept)
    counted = [int(rows.cluster.max()) + 1 for rows in kept if rows.cluster is not None]
    if counted:
        return diagnostic("CLUSTER_ROBUST", clusters=sum(counted), n=n)
    effective = sum(rows.weights.sum() ** 2 / np.square(rows.weights).sum() for rows in kept)
    return diagnostic("WEIGHTED_ROBUST", n=n, n_effective=round(float(effective), 1))


def _told(columns: tuple[str, ...], rows: IncompleteRows, label: str) -> list[Diagnostic]:
    """Coverage and patterns of a group with gaps."""
    share = 1 - np.diagonal(rows.coverage)
    if rows.observed.all():
        return []
    worst = [columns[j] for j in np.argsort(-share, kind="stable")[:3] if share[j] > 0]
    where = Where(items=tuple(worst), groups=(label,) if label else ())
    return [
        diagnostic(
            "FIML_USED",
            where=where,
            n=len(rows.rows),
            patterns=len(rows.size),
            percent=round(100 * float(share.max()), 1),
            coverage=round(100 * float(rows.coverage.min()), 1),
        )
    ]


def _refuse_unseen(columns: tuple[str, ...], rows: IncompleteRows, label: str) -> None:
    unseen = np.argwhere(np.triu(rows.coverage == 0, 1))
    if unseen.size:
        where = (label,) if label else ()
        raise EstimationError(
            *(
                diagnostic(
                    "ZERO_COVERAGE",
                    where=Where(items=(columns[j], columns[k]), groups=where),
                    n=0,
                )
                for j, k in unseen
            )
        )
