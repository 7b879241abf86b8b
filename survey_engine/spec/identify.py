"""Can this model be estimated at all? Faults of its shape, before any data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice, pairwise
from typing import Any

from survey_engine.errors import Diagnostic, Severity, Where, diagnostic
from survey_engine.instrument.nearest import nearest_name, short_list
from survey_engine.spec.degrees_of_freedom import degrees_of_freedom
from survey_engine.spec.expression import parse_expression
from survey_engine.spec.graph import cycles, measurement_graph, regression_graph
from survey_engine.spec.model import ModelSpec, Statement
from survey_engine.spec.model_text import parameter_key
from survey_engine.spec.roles import unknown_roles
from survey_engine.spec.statements import statements_of
from survey_engine.spec.view import MEASUREMENT


@dataclass(frozen=True, kw_only=True)
class _Subject:
    """A model with its statements and the file that diagnostics name."""

    spec: ModelSpec
    statements: tuple[Statement, ...]
    file: str | None
    measurement: dict[str, list[Statement]]

    def where(self, statement: Statement | None, **names: Any) -> Where:
        if statement is None or statement.line is None:
            return Where(file=self.file, **names)
        return Where(file=self.file, line=statement.line, column=statement.column, **names)

    def measured(self, construct: str) -> Statement | None:
        """The first statement that measures a construct."""
        return self.measurement.get(construct, [None])[0]


def identify(spec: ModelSpec, *, file: str | None = None) -> tuple[Diagnostic, ...]:
    """Check the shape of a model.

    Parameters
    ----------
    spec : ModelSpec
    file : str, optional
        Name of the model's file, for the diagnostics.

    Returns
    -------
    tuple of Diagnostic
        In the order of the file; errors, warnings and notes. Empty if nothing is to
        be said.
    """
    statements = statements_of(spec)
    measurement: dict[str, list[Statement]] = {}
    for statement in statements:
        if statement.op in MEASUREMENT:
            measurement.setdefault(statement.lhs, []).append(statement)
    subject = _Subject(spec=spec, statements=statements, file=file, measurement=measurement)
    found = [fault for check in _CHECKS for fault in islice(check(subject), _MOST)]
    if not any(one.severity is Severity.ERROR for one in found):
        found.extend(_degrees_of_freedom(subject))
    return tuple(sorted(found, key=lambda one: (one.where.line or 0, one.where.column or 0)))


def _constructs(subject: _Subject) -> Iterator[Diagnostic]:
    for name, times in Counter(subject.spec.construct_names).items():
        if times > 1:
            where = subject.where(subject.measured(name), constructs=(name,))
            yield diagnostic("DUPLICATE_CONSTRUCT", where=where)
    for construct in subject.spec.constructs:
        where = subject.where(subject.measured(construct.name), constructs=(construct.name,))
        ops = {s.op for s in subject.measurement.get(construct.name, ())}
        if not construct.indicators:
            yield diagnostic("EMPTY_CONSTRUCT", where=where)
        elif set(MEASUREMENT) <= ops:
            yield diagnostic("MIXED_MEASUREMENT", where=where)
        elif construct.kind == "single_item" or (
            len(construct.indicators) == 1 and construct.kind != "higher_order"
        ):
            yield diagnostic(
                "SINGLE_INDICATOR",
                where=subject.where(
                    subject.measured(construct.name),
                    constructs=(construct.name,),
                    items=construct.indicators,
                ),
            )


def _paths(subject: _Subject) -> Iterator[Diagnostic]:
    names = subject.spec.construct_names
    known = set(names)
    regressions = {(s.rhs, s.lhs): s for s in subject.statements if s.op == "~"}
    for path in subject.spec.paths:
        statement = regressions.get((path.source, path.target))
        for name in (path.source, path.target):
            if name not in known:
                yield diagnostic(
                    "UNKNOWN_CONSTRUCT",
                    where=subject.where(
                        statement,
                        constructs=(name,),
                        parameters=(f"{path.target}~{path.source}",),
                    ),
                    suggestion=nearest_name(name, names) or "–",
                    known=short_list(names),
                )
    for statement in subject.statements:
        if statement.op in ("~", *MEASUREMENT) and statement.lhs == statement.rhs:
            where = subject.where(
                statement, constructs=(statement.lhs,), parameters=(parameter_name(statement),)
            )
            yield diagnostic("SELF_PATH", where=where)


def parameter_name(statement: Statement) -> str:
    """Name of a parameter as results print it, such as ``Loyalty~Satisfaction``."""
    return f"{statement.lhs}{statement.op}{statement.rhs}"


def _circles(subject: _Subject) -> Iterator[Diagnostic]:
    for graph, ops in (
        (regression_graph(subject.statements), ("~",)),
        (measurement_graph(subject.statements), MEASUREMENT),
    ):
        for cycle in cycles(graph):
            if len(cycle) == 2:
                continue  # reported as SELF_PATH
            arrows = set(pairwise(cycle))
            # a regression reads "target ~ source", a measurement "construct =~ indicator"
            used = [
                s
                for s in subject.statements
                if s.op in ops and ((s.rhs, s.lhs) if s.op == "~" else (s.lhs, s.rhs)) in arrows
            ]
            where = subject.where(
                used[-1],
                constructs=tuple(dict.fromkeys(cycle)),
                parameters=tuple(parameter_name(s) for s in used),
            )
            yield diagnostic("CYCLIC_MODEL", where=where, cycle=" → ".join(cycle))


def _unconnected(subject: _Subject) -> Iterator[Diagnostic]:
    """Constructs outside a structural model; a pure measurement model has no outside."""
    spec = subject.spec
    if not spec.paths:
        return
    named = {
        part
        for s in subject.statements
        if s.op == "~" or (s.op == "~~" and s.lhs != s.rhs)
        for name in (s.lhs, s.rhs)
        for part in name.split(":")
    }
    named |= {item for construct in spec.constructs for item in construct.indicators}
    regressed = {name for path in spec.paths for name in (path.source, path.target)}
    # a higher-order construct takes part through the constructs that measure it
    named |= {c.name for c in spec.constructs if set(c.indicators) & regressed}
    for construct in spec.constructs:
        if construct.name not in named:
            where = subject.where(
                subject.measured(construct.name), constructs=(construct.name,)
            )
            others = [name for name in spec.construct_names if name != construct.name]
            yield diagnostic("UNCONNECTED_CONSTRUCT", where=where, others=short_list(others))


def _indicators(subject: _Subject) -> Iterator[Diagnostic]:
    owners: dict[str, list[str]] = {}
    for construct in subject.spec.constructs:
        for item in dict.fromkeys(construct.indicators):
            owners.setdefault(item, []).append(construct.name)
    for item, names in owners.items():
        if len(names) > 1:
            last = next(s for s in subject.measurement[names[-1]] if s.rhs == item)
            where = subject.where(last, items=(item,), constructs=tuple(names))
            yield diagnostic("DUPLICATE_INDICATOR", where=where)


def _duplicate_terms(subject: _Subject) -> Iterator[Diagnostic]:
    first: dict[tuple[str, str, str], Statement] = {}
    for statement in subject.statements:
        if statement.op in (":=", "==", "<", ">"):
            continue
        key = parameter_key(statement.lhs, statement.op, statement.rhs)
        if key in first:
            code = "DUPLICATE_PATH" if statement.op == "~" else "DUPLICATE_TERM"
            where = subject.where(statement, parameters=(parameter_name(statement),))
            yield diagnostic(code, where=where, first=first[key].line or 0)
        first.setdefault(key, statement)


def _roles(subject: _Subject) -> Iterator[Diagnostic]:
    known = subject.spec.construct_names
    for role, name in unknown_roles(subject.spec):
        yield diagnostic(
            "UNKNOWN_ROLE",
            where=subject.where(None, constructs=(name,)),
            role=role,
            suggestion=nearest_name(name, known) or "–",
        )
    for name in subject.spec.layout:
        if name not in known:
            yield diagnostic(
                "UNKNOWN_LAYOUT",
                where=subject.where(None, constructs=(name,)),
                suggestion=nearest_name(name, known) or "–",
            )


def _labels(subject: _Subject) -> Iterator[Diagnostic]:
    """Names in expressions must be labels or parameters defined by ``:=``."""
    expressions = [s for s in subject.statements if s.op in (":=", "==", "<", ">")]
    known = {label for s in subject.statements for label in s.label}
    known |= {s.lhs for s in expressions if s.op == ":="}
    for statement in expressions:
        names = parse_expression(statement.rhs).names
        if statement.op != ":=":
            names = (*parse_expression(statement.lhs).names, *names)
        for name in dict.fromkeys(names):
            if name not in known:
                yield diagnostic(
                    "UNKNOWN_LABEL",
                    where=subject.where(statement, parameters=(name,)),
                    suggestion=nearest_name(name, sorted(known)) or "–",
                )


def _degrees_of_freedom(subject: _Subject) -> Iterator[Diagnostic]:
    df = degrees_of_freedom(subject.spec)
    if df is not None and df < 0:
        yield diagnostic("NEGATIVE_DEGREES_OF_FREEDOM", where=subject.where(None), df=df)


_MOST = 50
_CHECKS: tuple[Callable[[_Subject], Iterator[Diagnostic]], ...] = (
    _constructs,
    _paths,
    _circles,
    _unconnected,
    _indicators,
    _duplicate_terms,
    _roles,
    _labels,
)
"""Every check and how many faults of each are worth telling (finding the closest name
for thousands of misspellings would take minutes)."""
