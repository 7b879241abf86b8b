"""The statements of a model, also of one written as constructs and paths."""

from __future__ import annotations

from survey_engine.spec.model import Construct, ModelSpec, Operator, Statement


def statements_of(spec: ModelSpec) -> tuple[Statement, ...]:
    """The complete lavaan-style content of a model.

    Its own `statements` if it has them, else measurement block by block, then paths
    by target in the order of the file.
    """
    return spec.statements or derived_statements(spec)


def derived_statements(spec: ModelSpec) -> tuple[Statement, ...]:
    """Statements that say what `constructs` and `paths` say, without places."""
    measurement = [
        Statement(lhs=construct.name, op=measured_by(construct), rhs=item)
        for construct in spec.constructs
        for item in construct.indicators
    ]
    sources: dict[str, list[str]] = {}
    for path in spec.paths:
        sources.setdefault(path.target, []).append(path.source)
    regressions = [
        Statement(lhs=target, op="~", rhs=source)
        for target, found in sources.items()
        for source in found
    ]
    return (*measurement, *regressions)


def measured_by(construct: Construct) -> Operator:
    """``=~`` of a common factor, ``<~`` of a composite (also one of higher order)."""
    formed = construct.kind == "composite" or (
        construct.kind == "higher_order" and construct.mode == "B"
    )
    return "<~" if formed else "=~"
