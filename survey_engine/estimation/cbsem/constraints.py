"""Equality constraints by reparameterisation, and defined parameters."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from survey_engine.errors import EstimationError, Where, diagnostic
from survey_engine.estimation.cbsem.entry import Entry, statement_text, where_of
from survey_engine.estimation.cbsem.expressions import Dual, UnknownName, evaluate
from survey_engine.numerics.moments import Array
from survey_engine.spec.model import Statement


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


Defined = tuple[tuple[str, str], ...]


def _probe(
    entries: Sequence[Entry], n_free: int, at: Array, defined: Defined = ()
) -> dict[str, Dual]:
    """Labelled and defined parameters at the free values `at`, with their gradients."""
    values = np.array([at[e.free - 1] if e.free else (e.value or 0.0) for e in entries])
    gradients = np.zeros((len(entries), n_free))
    for i, entry in enumerate(entries):
        if entry.free:
            gradients[i, entry.free - 1] = 1.0
    names = labelled(entries, values, gradients)
    for (name, _), found in zip(defined, evaluate_defined(defined, names, n_free), strict=True):
        names[name] = found
    return names


def check_definitions(
    defined: tuple[tuple[str, str], ...], entries: list[Entry], n_free: int
) -> None:
    """Refuse defined parameters that name what does not exist (BAD_EXPRESSION)."""
    if not defined:
        return
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


def restriction(
    entries: list[Entry], n_free: int, equalities: list[Statement], defined: Defined = ()
) -> tuple[Array, Array, tuple[tuple[str, str], ...]]:
    """Null space of the linear ``==`` constraints, and the sides of those not linear."""
    slopes = [_slope(entries, n_free, s, defined) for s in equalities]
    curved = tuple(
        (s.lhs, s.rhs) for s, slope in zip(equalities, slopes, strict=True) if slope is None
    )
    straight = [s for s, slope in zip(equalities, slopes, strict=True) if slope is not None]
    if not straight:
        return np.eye(n_free), np.zeros(n_free), curved
    rows = np.array([slope[0] for slope in slopes if slope is not None])
    right = np.array([slope[1] for slope in slopes if slope is not None])
    return *_solve_restriction(rows, right, straight), curved


def values_and_slopes(
    sides: Defined, defined: Defined, entries: Sequence[Entry], theta: Array
) -> tuple[Array, Array]:
    """Left less right side of constraints (c,) and their slopes (c, q) at free values."""
    names = _probe(entries, len(theta), theta, defined)
    found = [evaluate(f"({left}) - ({right})", names, len(theta)) for left, right in sides]
    return np.array([float(f.value) for f in found]), np.array([f.gradient for f in found])


def inequality(
    entries: list[Entry], n_free: int, statements: list[Statement], defined: Defined = ()
) -> tuple[Array, Array]:
    """Slopes (c, q) and bounds (c,) of ``<`` and ``>``: ``slopes @ theta >= bounds``."""
    if not statements:
        return np.empty((0, n_free)), np.empty(0)
    slopes = [_slope(entries, n_free, s, defined) for s in statements]
    refuse_curved([s for s, slope in zip(statements, slopes, strict=True) if slope is None])
    rows = np.array([slope[0] for slope in slopes if slope is not None])
    right = np.array([slope[1] for slope in slopes if slope is not None])
    sign = np.array([1.0 if s.op == ">" else -1.0 for s in statements])
    return sign[:, None] * rows, sign * right


def with_variance_floors(
    entries: list[Entry], at_least: Array, bound: Array
) -> tuple[Array, Array]:
    """The inequalities, and that no free variance is negative."""
    own = {e.free - 1 for e in entries if e.free and e.op == "~~" and e.lhs == e.rhs}
    floors = np.eye(at_least.shape[1])[sorted(own)]
    return np.concatenate((at_least, floors)), np.concatenate((bound, np.zeros(len(floors))))


def refuse_curved(statements: list[Statement]) -> None:
    """Refuse constraints that are not linear where only linear ones can be held."""
    if statements:
        raise EstimationError(
            *(
                diagnostic(
                    "NOT_SUPPORTED_YET", where=where_of(s), what=statement_text(s), engine="ml"
                )
                for s in statements
            )
        )


def _slope(
    entries: list[Entry], n_free: int, statement: Statement, defined: Defined
) -> tuple[Array, float] | None:
    """``(row, right)`` of a constraint ``row @ theta = right``; None if it is not linear."""
    # A linear constraint has the same slope everywhere; two points tell.
    points = (np.linspace(0.3, 0.9, n_free), np.linspace(1.7, 0.4, n_free))
    expression = f"({statement.lhs}) - ({statement.rhs})"
    try:
        first, second = (
            evaluate(expression, _probe(entries, n_free, at, defined), n_free) for at in points
        )
    except UnknownName as error:
        raise _bad_expression(statement_text(statement), str(error)) from None
    if not np.allclose(first.gradient, second.gradient, rtol=1e-12, atol=1e-12):
        return None
    return first.gradient, float(first.gradient @ points[0] - first.value)


def _solve_restriction(
    rows: Array, right: Array, equalities: list[Statement]
) -> tuple[Array, Array]:
    """Basis and offset of ``{theta: rows @ theta = right}``."""
    left, singular, vt = np.linalg.svd(rows)
    rank = int(np.sum(singular > 1e-10 * max(singular[0], 1.0)))
    offset = vt[:rank].T @ ((left.T @ right)[:rank] / singular[:rank])
    if not np.allclose(rows @ offset, right, atol=1e-9):
        texts = tuple(statement_text(s) for s in equalities)
        where = Where(parameters=texts)
        raise EstimationError(
            diagnostic("CONSTRAINT_IMPOSSIBLE", where=where, what="; ".join(texts))
        )
    return np.ascontiguousarray(vt[rank:].T), offset
