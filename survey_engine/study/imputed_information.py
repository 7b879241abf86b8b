"""What missing answers cost: fractions of missing information, pooled tests, what is told."""

from __future__ import annotations

from dataclasses import dataclass

from survey_engine.assessment.imputed import ImputedResampled
from survey_engine.assessment.resampled import Resampled, number
from survey_engine.errors import Diagnostic, diagnostic
from survey_engine.estimation.cbsem.imputed import PooledCbSem
from survey_engine.numerics.rubin import Pooled, PooledTest
from survey_engine.responses.impute import Imputed
from survey_engine.spec.model import ModelSpec

STILL = 1e-9
"""Standard errors below this share of the estimate are rounding."""


@dataclass(frozen=True, kw_only=True)
class InformationRow:
    """What missing answers cost one estimate.

    `lhs`, `op`, `rhs` as in the parameter table; the index has the table ``"index"``.
    """

    table: str
    lhs: str
    op: str
    rhs: str
    se: float | None
    df: float | None
    fmi: float | None


@dataclass(frozen=True, kw_only=True)
class ImputationSummary:
    """How answers were imputed, and what their absence costs.

    Attributes
    ----------
    m, method, seed, iterations
        See `Imputed`.
    cells, incomplete : int
        Answers imputed; respondents with at least one.
    resamples : int
        Of each imputation.
    largest_fmi : float or None
    largest_at : str
    information : tuple of InformationRow
    tests : dict
        Pooled tests by fit measure, with their rule.
    """

    m: int
    method: str
    seed: int
    iterations: int
    cells: int
    incomplete: int
    resamples: int
    largest_fmi: float | None
    largest_at: str
    information: tuple[InformationRow, ...]
    tests: dict[str, tuple[str, PooledTest]]


def information(
    sampled: Resampled, model: ModelSpec, target: str | None, pooled: PooledCbSem | None
) -> tuple[InformationRow, ...]:
    """What missing answers cost the index and every parameter."""
    rows: list[InformationRow] = []
    names = model.construct_names
    if isinstance(sampled, ImputedResampled):
        performance = sampled.pooled("performance")
        if performance is not None and target is not None:
            rows.append(_row("index", (target, "", ""), performance, names.index(target)))
    if pooled is not None:
        rows += [
            _row("parameters", (one.lhs, one.op, one.rhs), pooled.parameters, k)
            for k, one in enumerate(pooled.fit.parameters)
            if one.z is not None
        ]
    elif isinstance(sampled, ImputedResampled):
        rows += _composite_rows(sampled, model)
    return tuple(rows)


def _composite_rows(sampled: ImputedResampled, model: ModelSpec) -> list[InformationRow]:
    names, rows = model.construct_names, []
    owners = [(c.name, item) for c in model.constructs for item in c.indicators]
    for table, op in (("loadings", "=~"), ("weights", "<~")):
        found = sampled.pooled(table)
        if found is not None:
            rows += [
                _row(table, (owner, op, item), found, k)
                for k, (owner, item) in enumerate(owners)
            ]
    found = sampled.pooled("paths")
    if found is not None:
        for path in model.paths:
            at = (names.index(path.source), names.index(path.target))
            rows.append(_row("paths", (path.target, "~", path.source), found, *at))
    return rows


def _row(table: str, which: tuple[str, str, str], found: Pooled, *at: int) -> InformationRow:
    lhs, op, rhs = which
    # A number that is 1 by definition varies by rounding only.
    varies = bool(found.se[at] > STILL * max(1.0, abs(float(found.est[at]))))
    return InformationRow(
        table=table,
        lhs=lhs,
        op=op,
        rhs=rhs,
        se=number(found.se[at]),
        df=number(found.df[at]) if varies else None,
        fmi=number(found.fmi[at]) if varies else None,
    )


def summary_of(
    imputed: Imputed,
    resamples: int,
    rows: tuple[InformationRow, ...],
    tests: dict[str, tuple[str, PooledTest]],
) -> ImputationSummary:
    """Everything about the imputation; `resamples` are those of each data set."""
    known = [row for row in rows if row.fmi is not None]
    worst = max(known, key=lambda row: row.fmi or 0.0, default=None)
    return ImputationSummary(
        m=imputed.m,
        method=imputed.method,
        seed=imputed.seed,
        iterations=imputed.iterations,
        cells=imputed.cells,
        incomplete=imputed.incomplete,
        resamples=resamples,
        largest_fmi=None if worst is None else worst.fmi,
        largest_at="" if worst is None else " ".join((worst.lhs, worst.op, worst.rhs)).strip(),
        information=rows,
        tests=tests,
    )


def told_of(summary: ImputationSummary) -> Diagnostic:
    """Number, method, seed and the largest fraction of missing information."""
    largest = summary.largest_fmi
    return diagnostic(
        "IMPUTED_INFORMATION",
        m=summary.m,
        method=summary.method,
        seed=summary.seed,
        fmi="–" if largest is None else f"{100 * largest:.0f} %",
        place=summary.largest_at or "–",
        resamples=summary.resamples,
    )
