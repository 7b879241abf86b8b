"""From the statements of a model to the full parameter table of complete-data ML.

The automatic choices are those of lavaan's ``sem()``: marker loadings, residual and
latent variances, covariances of exogenous latents and of outcome residuals, observed
exogenous predictors taken as they are (``fixed.x``), single indicators without error.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from survey_engine.errors import EstimationError, Where, diagnostic
from survey_engine.estimation.cbsem.expressions import Dual, UnknownName, evaluate
from survey_engine.numerics.moments import Array
from survey_engine.spec.model import ModelSpec, Statement

_SUPPORTED = ("=~", "~", "~~", ":=", "==")


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One loading, path, variance or covariance.

    Attributes
    ----------
    lhs, op, rhs : str
    label : str
        Empty without one. Entries with the same label are equal.
    free : int
        0 if fixed, otherwise the number of the free parameter, from 1.
    value : float or None
        The fixed value; None if free or taken from the sample.
    start : float or None
        The author's starting value.
    from_sample : float or None
        A fixed value that is this multiple of the sample (co)variance of `lhs` and
        `rhs`: 1 for observed exogenous predictors, ``1 - reliability`` for the error of
        a single indicator.
    """

    lhs: str
    op: str
    rhs: str
    label: str = ""
    free: int = 0
    value: float | None = None
    start: float | None = None
    from_sample: float | None = None


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
    statements = spec.statements
    _refuse_unsupported(statements)
    names = _Variables.of(statements)
    entries = [_entry(s) for s in statements if s.op in ("=~", "~", "~~")]
    _refuse_duplicates(entries)
    if not std_lv:
        entries = _with_markers(entries)
    entries += _automatic(entries, names, _reliabilities(spec), (std_lv, orthogonal, fixed_x))
    numbered, n_free = _numbered(entries)
    defined = tuple((s.lhs, s.rhs) for s in statements if s.op == ":=")
    equalities = [s for s in statements if s.op == "=="]
    basis, offset = _restriction(numbered, n_free, equalities)
    _check_definitions(defined, numbered, n_free)
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


def _unique(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(values))


@dataclass(frozen=True, kw_only=True)
class _Variables:
    observed: tuple[str, ...]
    latents: tuple[str, ...]
    exogenous: tuple[str, ...]
    latent_causes: tuple[str, ...]
    outcomes: tuple[str, ...]

    @classmethod
    def of(cls, statements: tuple[Statement, ...]) -> _Variables:
        """Sort the variables of the statements into their roles."""
        latents = _unique(s.lhs for s in statements if s.op == "=~")
        measured = _unique(s.rhs for s in statements if s.op == "=~")
        explained = _unique(s.lhs for s in statements if s.op == "~")
        predictors = _unique(s.rhs for s in statements if s.op == "~")
        paired = _unique(v for s in statements if s.op == "~~" for v in (s.lhs, s.rhs))
        everything = _unique((*measured, *explained, *predictors, *paired))
        effects = {*measured, *explained}
        inner = {*measured, *predictors}
        ends = [v for v in explained if v not in inner]
        return cls(
            observed=tuple(v for v in everything if v not in latents),
            latents=latents,
            exogenous=tuple(
                v for v in predictors if v not in effects and v not in latents + paired
            ),
            latent_causes=tuple(v for v in latents if v not in effects),
            outcomes=tuple(
                [v for v in latents if v in ends] + [v for v in ends if v not in latents]
            ),
        )


def _statement_text(statement: Statement) -> str:
    return f"{statement.lhs} {statement.op} {statement.rhs}".strip()


def _where(statement: Statement) -> Where:
    return Where(
        parameters=(_statement_text(statement),),
        line=statement.line,
        column=statement.column,
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
                    "NOT_SUPPORTED_YET", where=_where(s), what=_statement_text(s), engine="ml"
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


def _key(entry: Entry) -> tuple[str, ...]:
    if entry.op == "~~":
        return ("~~", *sorted((entry.lhs, entry.rhs)))
    return (entry.op, entry.lhs, entry.rhs)


def _refuse_duplicates(entries: list[Entry]) -> None:
    seen: set[tuple[str, ...]] = set()
    for entry in entries:
        key = _key(entry)
        if key in seen:
            text = f"{entry.lhs} {entry.op} {entry.rhs}"
            where = Where(parameters=(text,))
            raise EstimationError(diagnostic("DUPLICATE_PARAMETER", where=where, what=text))
        seen.add(key)


def _with_markers(entries: list[Entry]) -> list[Entry]:
    """Fix the first loading of each factor to 1 unless the author fixed or freed it."""
    seen: set[str] = set()
    result = []
    for entry in entries:
        first = entry.op == "=~" and entry.lhs not in seen
        seen.update([entry.lhs] if entry.op == "=~" else [])
        marker = first and entry.free == 1
        result.append(replace(entry, free=0, value=1.0) if marker else entry)
    return result


def _reliabilities(spec: ModelSpec) -> dict[str, float]:
    return {
        construct.indicators[0]: construct.reliability
        for construct in spec.constructs
        if construct.reliability is not None and len(construct.indicators) == 1
    }


def _automatic(
    entries: list[Entry],
    names: _Variables,
    reliability: dict[str, float],
    options: tuple[bool, bool, bool],
) -> list[Entry]:
    std_lv, orthogonal, fixed_x = options
    present = {_key(entry) for entry in entries}
    blocks: dict[str, list[str]] = {}
    for entry in entries:
        if entry.op == "=~":
            blocks.setdefault(entry.lhs, []).append(entry.rhs)
    single = {items[0] for items in blocks.values() if len(items) == 1}
    added: list[Entry] = []
    for name in names.observed:
        if name in names.exogenous:
            continue
        if name in single:
            share = 1 - reliability.get(name, 1.0)
            sample = {"from_sample": share} if share > 0 else {"value": 0.0}
            added.append(Entry(lhs=name, op="~~", rhs=name, **sample))
        else:
            added.append(Entry(lhs=name, op="~~", rhs=name, free=1))
    for name in names.latents:
        unit = {"value": 1.0} if std_lv else {"free": 1}
        added.append(Entry(lhs=name, op="~~", rhs=name, **unit))  # type: ignore[arg-type]
    if not orthogonal:
        added += _pairs(names.latent_causes, free=1)
    added += _pairs(names.outcomes, free=1)
    x = names.exogenous
    for i, first in enumerate(x):
        for second in x[i:]:
            how = {"from_sample": 1.0} if fixed_x else {"free": 1}
            added.append(Entry(lhs=first, op="~~", rhs=second, **how))  # type: ignore[arg-type]
    return [entry for entry in added if _key(entry) not in present]


def _pairs(names: tuple[str, ...], *, free: int) -> list[Entry]:
    return [
        Entry(lhs=first, op="~~", rhs=second, free=free)
        for i, first in enumerate(names)
        for second in names[i + 1 :]
    ]


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
        result.append(replace(entry, free=number))
    return result, count


def labelled(
    entries: Iterable[Entry], values: Array, gradients: Array | None = None
) -> dict[str, Dual]:
    """Values of labelled entries, ready for `evaluate`.

    Parameters
    ----------
    entries : iterable of Entry
    values : ndarray, shape (..., n_entries)
    gradients : ndarray, shape (n_entries, q), optional
    """
    found: dict[str, Dual] = {}
    for i, entry in enumerate(entries):
        if entry.label and entry.label not in found:
            slope = np.zeros(0) if gradients is None else gradients[i]
            found[entry.label] = Dual(np.asarray(values[..., i]), slope)
    return found


def evaluate_defined(
    defined: tuple[tuple[str, str], ...], names: dict[str, Dual], n_free: int
) -> list[Dual]:
    """Values of the defined parameters, each able to use those before it."""
    known = dict(names)
    results = []
    for name, expression in defined:
        known[name] = evaluate(expression, known, n_free)
        results.append(known[name])
    return results


def _probe(entries: list[Entry], n_free: int, at: Array) -> dict[str, Dual]:
    """Labelled parameters at the free values `at`, with their gradients."""
    values = np.array([at[e.free - 1] if e.free else (e.value or 0.0) for e in entries])
    gradients = np.zeros((len(entries), n_free))
    for i, entry in enumerate(entries):
        if entry.free:
            gradients[i, entry.free - 1] = 1.0
    return labelled(entries, values, gradients)


def _check_definitions(
    defined: tuple[tuple[str, str], ...], entries: list[Entry], n_free: int
) -> None:
    known = _probe(entries, n_free, np.ones(n_free))
    for name, expression in defined:
        try:
            known[name] = evaluate(expression, known, n_free)
        except UnknownName as error:
            text = f"{name} := {expression}"
            raise _bad_expression(text, str(error)) from None


def _bad_expression(text: str, token: str) -> EstimationError:
    where = Where(parameters=(text,))
    return EstimationError(diagnostic("BAD_EXPRESSION", where=where, what=text, token=token))


def _restriction(
    entries: list[Entry], n_free: int, equalities: list[Statement]
) -> tuple[Array, Array]:
    """Null space of the linear ``==`` constraints, by elimination in row order."""
    if not equalities:
        return np.eye(n_free), np.zeros(n_free)
    # A linear constraint has the same slope everywhere; two points tell.
    points = (np.linspace(0.3, 0.9, n_free), np.linspace(1.7, 0.4, n_free))
    rows, right = [], []
    for statement in equalities:
        text = _statement_text(statement)
        expression = f"({statement.lhs}) - ({statement.rhs})"
        try:
            first, second = (
                evaluate(expression, _probe(entries, n_free, at), n_free) for at in points
            )
        except UnknownName as error:
            raise _bad_expression(text, str(error)) from None
        if not np.allclose(first.gradient, second.gradient, rtol=1e-12, atol=1e-12):
            what = {"what": text, "engine": "ml"}
            raise EstimationError(
                diagnostic("NOT_SUPPORTED_YET", where=_where(statement), **what)
            )
        rows.append(first.gradient)
        right.append(first.gradient @ points[0] - float(first.value))
    return _solve_restriction(np.array(rows), np.array(right), equalities)


def _solve_restriction(
    rows: Array, right: Array, equalities: list[Statement]
) -> tuple[Array, Array]:
    """Basis and offset of ``{theta: rows @ theta = right}``."""
    left, singular, vt = np.linalg.svd(rows)
    rank = int(np.sum(singular > 1e-10 * max(singular[0], 1.0)))
    offset = vt[:rank].T @ ((left.T @ right)[:rank] / singular[:rank])
    if not np.allclose(rows @ offset, right, atol=1e-9):
        texts = tuple(_statement_text(s) for s in equalities)
        where = Where(parameters=texts)
        raise EstimationError(
            diagnostic("CONSTRAINT_IMPOSSIBLE", where=where, what="; ".join(texts))
        )
    return np.ascontiguousarray(vt[rank:].T), offset
