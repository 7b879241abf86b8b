"""From the statements of a model to the full parameter table of complete-data ML.

The automatic choices are those of lavaan's ``sem()``: marker loadings, residual and
latent variances, covariances of exogenous latents and of outcome residuals, observed
exogenous predictors taken as they are (``fixed.x``), single indicators without error.
"""

from __future__ import annotations

from dataclasses import dataclass

from survey_engine.errors import EstimationError, Where, diagnostic
from survey_engine.estimation.cbsem.automatic import (
    Choices,
    Variables,
    automatic_entries,
    with_markers,
)
from survey_engine.estimation.cbsem.constraints import check_definitions, restriction
from survey_engine.estimation.cbsem.entry import Entry, statement_text, where_of
from survey_engine.numerics.moments import Array
from survey_engine.spec.model import ModelSpec, Statement
from survey_engine.spec.statements import statements_of

_SUPPORTED = ("=~", "~", "~~", ":=", "==")


@dataclass(frozen=True, kw_only=True)
class ParameterTable:
    """Every parameter of a model, with its equality constraints.

    Attributes
    ----------
    entries : tuple[Entry, ...]
        In lavaan's order of rows: as written, then what was added.
    defined : tuple[tuple[str, str], ...]
        ``(name, expression)`` of every ``:=``, in order.
    observed : tuple[str, ...]
        Indicators first, then other observed variables.
    latents : tuple[str, ...]
    exogenous : tuple[str, ...]
        Observed predictors that nothing in the model explains.
    fixed_x : bool
        Whether the moments of `exogenous` are taken from the sample.
    n_free : int
        Number q of differently labelled free parameters.
    basis, offset : ndarray, shapes (q, r) and (q,)
        Free values are ``basis @ x + offset``; r < q under ``==``.
    """

    entries: tuple[Entry, ...]
    defined: tuple[tuple[str, str], ...]
    observed: tuple[str, ...]
    latents: tuple[str, ...]
    exogenous: tuple[str, ...]
    fixed_x: bool
    n_free: int
    basis: Array
    offset: Array

    @property
    def npar(self) -> int:
        """Number of independent parameters."""
        return int(self.basis.shape[1])

    @property
    def df(self) -> int:
        """Degrees of freedom: sample moments that are modelled, less `npar`."""
        p, x = len(self.observed), len(self.exogenous) if self.fixed_x else 0
        return p * (p + 1) // 2 - x * (x + 1) // 2 - self.npar


def parameter_table(
    spec: ModelSpec, *, std_lv: bool = False, orthogonal: bool = False, fixed_x: bool = True
) -> ParameterTable:
    """Complete the model's statements to the parameter table of ML estimation.

    Parameters
    ----------
    spec : ModelSpec
    std_lv : bool
        Fix latent (residual) variances to 1 instead of the first loadings.
    orthogonal : bool
        No covariances among exogenous latents.
    fixed_x : bool
        Take variances and covariances of observed exogenous predictors from the sample.

    Raises
    ------
    EstimationError
        NOT_SUPPORTED_YET for a statement this estimator cannot honour,
        DUPLICATE_PARAMETER, BAD_EXPRESSION, CONSTRAINT_IMPOSSIBLE.
    """
    statements = statements_of(spec)
    _refuse_unsupported(statements)
    names = Variables.of(statements)
    entries = [_entry(s) for s in statements if s.op in ("=~", "~", "~~")]
    _refuse_duplicates(entries)
    choices = Choices(std_lv=std_lv, orthogonal=orthogonal, fixed_x=fixed_x)
    if not std_lv:
        entries = with_markers(entries)
    entries += automatic_entries(entries, names, _reliabilities(spec), choices)
    numbered, n_free = _numbered(entries)
    defined = tuple((s.lhs, s.rhs) for s in statements if s.op == ":=")
    equalities = [s for s in statements if s.op == "=="]
    basis, offset = restriction(numbered, n_free, equalities)
    check_definitions(defined, numbered, n_free)
    return ParameterTable(
        entries=tuple(numbered),
        defined=defined,
        observed=names.observed,
        latents=names.latents,
        exogenous=names.exogenous,
        fixed_x=fixed_x,
        n_free=n_free,
        basis=basis,
        offset=offset,
    )


def _refuse_unsupported(statements: tuple[Statement, ...]) -> None:
    refused = [
        s
        for s in statements
        if s.op not in _SUPPORTED
        or max(len(s.fixed), len(s.start), len(s.label)) > 1
        or (s.op == "~" and ":" in s.rhs)
    ]
    if refused:
        raise EstimationError(
            *(
                diagnostic(
                    "NOT_SUPPORTED_YET", where=where_of(s), what=statement_text(s), engine="ml"
                )
                for s in refused
            )
        )


def _entry(statement: Statement) -> Entry:
    fixed = statement.fixed[0] if statement.fixed else None
    label = statement.label[0] if statement.label else ""
    return Entry(
        lhs=statement.lhs,
        op=statement.op,
        rhs=statement.rhs,
        label=label,
        # Freed explicitly (NA) is told from "nothing said" by a free of -1 until numbered.
        free=0 if fixed is not None else (-1 if statement.fixed else 1),
        value=fixed,
        start=statement.start[0] if statement.start else None,
    )


def _refuse_duplicates(entries: list[Entry]) -> None:
    seen: set[tuple[str, ...]] = set()
    for entry in entries:
        key = entry.key
        if key in seen:
            text = f"{entry.lhs} {entry.op} {entry.rhs}"
            where = Where(parameters=(text,))
            raise EstimationError(diagnostic("DUPLICATE_PARAMETER", where=where, what=text))
        seen.add(key)


def _reliabilities(spec: ModelSpec) -> dict[str, float]:
    return {
        construct.indicators[0]: construct.reliability
        for construct in spec.constructs
        if construct.reliability is not None and len(construct.indicators) == 1
    }


def _numbered(entries: list[Entry]) -> tuple[list[Entry], int]:
    numbers: dict[str, int] = {}
    result: list[Entry] = []
    count = 0
    for entry in entries:
        if entry.free == 0:
            result.append(entry)
            continue
        number = numbers.get(entry.label, 0) if entry.label else 0
        if not number:
            count += 1
            number = count
            if entry.label:
                numbers[entry.label] = number
        # Half the time of dataclasses.replace, and this runs for every parameter.
        result.append(Entry(**{**vars(entry), "free": number}))
    return result, count
