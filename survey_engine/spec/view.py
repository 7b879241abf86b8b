"""Constructs and paths as PLS, the index and the report see them, from statements."""

from __future__ import annotations

from collections.abc import Sequence

from survey_engine.spec.model import Construct, Kind, Path, Statement

MEASUREMENT = ("=~", "<~")


def constructs_of(statements: Sequence[Statement]) -> tuple[Construct, ...]:
    """Left sides of ``=~`` and ``<~`` in order of appearance.

    One indicator makes a construct single-item; an indicator that is itself a construct
    makes it higher-order (``<~`` then shows as mode B); ``<~`` makes a composite.
    """
    blocks: dict[str, dict[str, None]] = {}
    operators: dict[str, str] = {}
    for statement in statements:
        if statement.op in MEASUREMENT:
            blocks.setdefault(statement.lhs, {}).setdefault(statement.rhs)
            operators.setdefault(statement.lhs, statement.op)
    return tuple(
        _construct(name, tuple(block), operators[name], blocks)
        for name, block in blocks.items()
    )


def _construct(
    name: str, indicators: tuple[str, ...], operator: str, blocks: dict[str, dict[str, None]]
) -> Construct:
    kind: Kind = "reflective" if operator == "=~" else "composite"
    if any(item in blocks for item in indicators):
        mode = "B" if operator == "<~" else None
        return Construct(name=name, indicators=indicators, kind="higher_order", mode=mode)
    if len(indicators) == 1:
        kind = "single_item"
    return Construct(name=name, indicators=indicators, kind=kind)


def paths_of(
    statements: Sequence[Statement], constructs: Sequence[Construct]
) -> tuple[Path, ...]:
    """Regressions among constructs, each once; a coefficient fixed to zero is no path."""
    names = {construct.name for construct in constructs}
    found: dict[tuple[str, str], None] = {}
    for statement in statements:
        absent = bool(statement.fixed) and all(value == 0.0 for value in statement.fixed)
        if statement.op == "~" and not absent and {statement.lhs, statement.rhs} <= names:
            found.setdefault((statement.rhs, statement.lhs))
    return tuple(Path(source=source, target=target) for source, target in found)
