"""Degrees of freedom of a covariance structure, counted before fitting (the t-rule)."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from survey_engine.spec.model import ModelSpec, Statement
from survey_engine.spec.statements import statements_of

Key = tuple[str, str, str]
MAX_VARIABLES = 1000


def degrees_of_freedom(spec: ModelSpec) -> int | None:
    """Moments minus free parameters of one group, with lavaan's automatic parameters.

    Returns
    -------
    int or None
        None where counting needs more than the model's text: composites, several
        groups, intercepts, thresholds, interactions, observed predictors beside
        exogenous constructs, more than 1,000 variables.

    References
    ----------
    Bollen (1989), Structural Equations with Latent Variables, p. 93: the t-rule.
    """
    statements = statements_of(spec)
    if not _countable(spec, statements):
        return None
    latent = set(spec.construct_names)
    observed = {
        name
        for s in statements
        if s.op in ("=~", "~", "~~")
        for name in (s.lhs, s.rhs)
        if name not in latent
    }
    if len(latent) + len(observed) > MAX_VARIABLES:  # pairs are counted one by one
        return None
    roles = _roles(statements)
    if latent - roles["endogenous"] and observed - roles["endogenous"]:
        return None
    free = set(_automatic(spec, roles, observed, latent))
    free = (free | _written(statements, free=True)) - _written(statements, free=False)
    moments = len(observed) * (len(observed) + 1) // 2
    return moments - len(free) + _shared_labels(statements)


def _countable(spec: ModelSpec, statements: tuple[Statement, ...]) -> bool:
    lengths = [max(len(s.fixed), len(s.start), len(s.label)) for s in statements]
    known = {"=~", "~", "~~", ":=", "=="}
    return (
        max(lengths, default=0) <= 1
        and all(s.op in known and ":" not in s.rhs for s in statements)
        and len(set(spec.construct_names)) == len(spec.constructs)
        and all(c.indicators and c.mode != "B" for c in spec.constructs)
    )


def _roles(statements: tuple[Statement, ...]) -> dict[str, set[str]]:
    indicators = {s.rhs for s in statements if s.op == "=~"}
    targets = {s.lhs for s in statements if s.op == "~"}
    sources = {s.rhs for s in statements if s.op == "~"}
    return {
        "endogenous": indicators | targets,
        "sinks": targets - sources - indicators,
        "indicators": indicators,
    }


def _automatic(
    spec: ModelSpec, roles: dict[str, set[str]], observed: set[str], latent: set[str]
) -> Iterator[Key]:
    """Variances, covariances of exogenous variables and of the last residuals."""
    exact = {
        c.indicators[0] for c in spec.constructs if c.kind == "single_item"
    }  # a single item is its construct: residual variance fixed
    for name in (observed | latent) - exact:
        yield _pair(name, name)
    for group in (latent - roles["endogenous"], observed - roles["endogenous"], roles["sinks"]):
        for one, other in combinations(sorted(group), 2):
            yield _pair(one, other)


def _written(statements: tuple[Statement, ...], *, free: bool) -> set[Key]:
    """Parameters the model writes down that are free, or that are fixed."""
    found: set[Key] = set()
    begun: set[str] = set()
    for s in statements:
        if s.op not in ("=~", "~", "~~"):
            continue
        fixed = bool(s.fixed) and s.fixed[0] is not None
        if s.op == "=~" and s.lhs not in begun:
            begun.add(s.lhs)
            fixed = fixed or not s.fixed  # the first loading sets the construct's unit
        if fixed != free:
            found.add(_pair(s.lhs, s.rhs) if s.op == "~~" else (s.lhs, s.op, s.rhs))
    return found


def _shared_labels(statements: tuple[Statement, ...]) -> int:
    """How many parameters equal labels and ``==`` take away."""
    labels = [s.label[0] for s in statements if s.label and s.op in ("=~", "~", "~~")]
    return len(labels) - len(set(labels)) + sum(s.op == "==" for s in statements)


def _pair(one: str, other: str) -> Key:
    return (min(one, other), "~~", max(one, other))
