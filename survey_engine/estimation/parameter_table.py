"""From the statements of a model to the full parameter table of covariance-based SEM.

The automatic choices are those of lavaan's ``sem()``: marker loadings, residual and
latent variances, covariances of exogenous latents and of outcome residuals, observed
exogenous predictors taken as they are (``fixed.x``), single indicators without error,
and intercepts where the model has a mean structure. Every group has the same rows.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np

from survey_engine.errors import EstimationError, Where, diagnostic
from survey_engine.estimation.cbsem.automatic import (
    Variables,
    automatic_entries,
    with_markers,
)
from survey_engine.estimation.cbsem.choices import Choices
from survey_engine.estimation.cbsem.composites import (
    Composite,
    block_entries,
    composites_of,
    refuse_composites,
    with_unit_weights,
)
from survey_engine.estimation.cbsem.constraints import (
    check_definitions,
    inequality,
    refuse_curved,
    restriction,
    with_variance_floors,
)
from survey_engine.estimation.cbsem.entry import Entry, changed, statement_text, where_of
from survey_engine.estimation.cbsem.equal_groups import held_equal
from survey_engine.estimation.cbsem.ordered_rows import (
    refuse_unknown_thresholds,
    with_ordered,
)
from survey_engine.numerics.moments import Array
from survey_engine.spec.model import ModelSpec, Statement
from survey_engine.spec.statements import statements_of

PARAMETERS = ("=~", "<~", "~", "~~", "~1", "|")
_Value = TypeVar("_Value")
_SUPPORTED = (*PARAMETERS, ":=", "==", "<", ">")


@dataclass(frozen=True, kw_only=True)
class ParameterTable:
    """Every parameter of a model, with its constraints.

    Attributes
    ----------
    entries : tuple[Entry, ...]
        In lavaan's order of rows: as written, then what was added; all rows of the
        first group, then the same rows of the next.
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
    groups : tuple[str, ...]
        Labels; one empty label without groups.
    means : bool
        Whether means are modelled.
    at_least, bound : ndarray, shapes (c, q) and (c,)
        Free values satisfy ``at_least @ theta >= bound`` (``<``, ``>``, bounds).
    held : int
        Inequalities that the basis holds with equality.
    ordered : tuple[tuple[str, int], ...]
        Ordered variables with their number of categories, in the order of `observed`.
    parameterization : str
        ``"delta"`` or ``"theta"``.
    curved : tuple[tuple[str, str], ...]
        Sides of the ``==`` that are not linear; not in the basis yet.
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
    groups: tuple[str, ...] = ("",)
    means: bool = False
    at_least: Array = field(default_factory=lambda: np.empty((0, 0)))
    bound: Array = field(default_factory=lambda: np.empty(0))
    held: int = 0
    ordered: tuple[tuple[str, int], ...] = ()
    parameterization: str = "delta"
    curved: tuple[tuple[str, str], ...] = ()

    @property
    def composites(self) -> tuple[Composite, ...]:
        """The weighted sums of the model."""
        return composites_of(list(self.rows))

    @property
    def npar(self) -> int:
        """Number of independent parameters; inequalities do not count."""
        return int(self.basis.shape[1]) + self.held - len(self.curved)

    @property
    def rows(self) -> tuple[Entry, ...]:
        """The entries of the first group: the rows that every group has."""
        return self.entries[: len(self.entries) // len(self.groups)]

    @property
    def moments(self) -> int:
        """Number of sample moments that are modelled, all groups together."""
        if self.ordered:
            return len(self.groups) * self._ordinal_moments
        p, x = len(self.observed), len(self.exogenous) if self.fixed_x else 0
        second = p * (p + 1) // 2 - x * (x + 1) // 2
        return len(self.groups) * (second + (p - x if self.means else 0))

    @property
    def _ordinal_moments(self) -> int:
        """Thresholds, correlations, and of measured variables means and variances."""
        p, thresholds = len(self.observed), sum(count - 1 for _, count in self.ordered)
        return thresholds + 2 * (p - len(self.ordered)) + p * (p - 1) // 2

    @property
    def df(self) -> int:
        """Degrees of freedom: sample moments that are modelled, less `npar`."""
        return self.moments - self.npar


def parameter_table(spec: ModelSpec, choices: Choices | None = None) -> ParameterTable:
    """Complete the model's statements to the parameter table.

    Parameters
    ----------
    spec : ModelSpec
    choices : Choices, optional
        Options of the automatic choices, and the groups.

    Raises
    ------
    EstimationError
        NOT_SUPPORTED_YET for a statement this estimator cannot honour,
        DUPLICATE_PARAMETER, BAD_EXPRESSION, CONSTRAINT_IMPOSSIBLE, and the
        GROUP_ codes of `held_equal` and of modifiers that do not fit the groups;
        THRESHOLD_UNKNOWN for ``|`` of a variable without that threshold; the COMPOSITE_
        codes of `composites`.
    """
    choices = choices or Choices()
    statements = statements_of(spec)
    _refuse_unsupported(statements, len(choices.groups))
    names = Variables.of(statements)
    choices = choices.for_model(names.observed)
    refuse_unknown_thresholds(statements, choices)
    refuse_composites(statements, ordered=bool(choices.ordered))
    terms = [s for s in statements if s.op in PARAMETERS]
    means = choices.with_means(written=any(s.op == "~1" for s in terms))
    entries: list[Entry] = []
    for number in range(len(choices.groups)):
        written = [_entry(s, number) for s in terms]
        _refuse_duplicates(written)
        if not choices.std_lv:
            written = with_markers(written)
        written = with_unit_weights(written)
        added = automatic_entries(written, names, _reliabilities(spec), choices, means=means)
        added = with_ordered(written, added, choices, number)
        group = [*written, *_freed(added, names, choices, number)]
        group += block_entries(group)
        entries += [changed(e, group=number + 1) for e in group] if number else group
    numbered, n_free = _numbered(held_equal(entries, names, choices))
    defined = tuple((s.lhs, s.rhs) for s in statements if s.op == ":=")
    check_definitions(defined, numbered, n_free)
    equalities = [s for s in statements if s.op == "=="]
    basis, offset, curved = restriction(numbered, n_free, equalities, defined)
    limits = [s for s in statements if s.op in ("<", ">")]
    at_least, bound = inequality(numbered, n_free, limits, defined)
    if limits or choices.bounds:
        refuse_curved([s for s in equalities if (s.lhs, s.rhs) in curved])
    if choices.bounds:
        at_least, bound = with_variance_floors(numbered, at_least, bound)
    return ParameterTable(
        entries=tuple(numbered),
        defined=defined,
        observed=names.observed,
        latents=names.latents,
        exogenous=names.exogenous,
        fixed_x=choices.fixed_x,
        n_free=n_free,
        basis=basis,
        offset=offset,
        groups=choices.groups,
        means=means,
        at_least=at_least,
        bound=bound,
        ordered=choices.ordered,
        parameterization=choices.parameterization,
        curved=curved,
    )


def _freed(added: list[Entry], names: Variables, choices: Choices, number: int) -> list[Entry]:
    """Free in later groups what equal loadings or intercepts identify there."""
    equal = set(choices.group_equal)
    variances = choices.std_lv and "loadings" in equal
    means = "intercepts" in equal and "means" not in equal and choices.kind != "growth"
    if number == 0 or not (variances or means):
        return added
    result = []
    for entry in added:
        latent = entry.lhs in names.latents
        own = entry.op == "~~" and entry.lhs == entry.rhs
        identified = (variances and own) or (means and entry.op == "~1")
        free = latent and identified and not entry.free
        result.append(changed(entry, free=1, value=None) if free else entry)
    return result


def _refuse_unsupported(statements: tuple[Statement, ...], groups: int) -> None:
    refused = [
        s for s in statements if s.op not in _SUPPORTED or (s.op == "~" and ":" in s.rhs)
    ]
    problems = [
        diagnostic("NOT_SUPPORTED_YET", where=where_of(s), what=statement_text(s), engine="ml")
        for s in refused
    ]
    for s in statements:
        length = max(len(s.fixed), len(s.start), len(s.label))
        if length > 1 and length != groups:
            problems.append(
                diagnostic(
                    "GROUP_MODIFIERS_DIFFER",
                    where=where_of(s),
                    what=statement_text(s),
                    given=length,
                    groups=groups,
                )
            )
    if problems:
        raise EstimationError(*problems)


def _entry(statement: Statement, group: int) -> Entry:
    """The statement as an entry of one group (from 0)."""
    none = bool(statement.fixed) and _of(statement.fixed, group) is None
    fixed = _of(statement.fixed, group) if statement.fixed else None
    return Entry(
        lhs=statement.lhs,
        op=statement.op,
        rhs=statement.rhs,
        label=_of(statement.label, group) if statement.label else "",
        # Freed explicitly (NA) is told from "nothing said" by a free of -1 until numbered.
        free=0 if fixed is not None else (-1 if none else 1),
        value=fixed,
        start=_of(statement.start, group) if statement.start else None,
    )


def _of(values: tuple[_Value, ...], group: int) -> _Value:
    return values[group] if len(values) > 1 else values[0]


def _refuse_duplicates(entries: list[Entry]) -> None:
    seen: set[tuple[str, ...]] = set()
    for entry in entries:
        key = entry.key
        if key in seen:
            where = Where(parameters=(entry.text,))
            raise EstimationError(
                diagnostic("DUPLICATE_PARAMETER", where=where, what=entry.text)
            )
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
        result.append(changed(entry, free=number))
    return result, count
