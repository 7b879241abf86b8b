"""A `ModelSpec` back into model text or YAML."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from survey_engine.instrument.dump import dump_plain, plain
from survey_engine.spec.model import ModelSpec, Statement
from survey_engine.spec.model_text import without_places
from survey_engine.spec.statements import derived_statements, statements_of


def dump_model_text(spec: ModelSpec) -> str:
    """One statement a line; `parse_model_text` gives the same statements back.

    Titles, labels, roles, layout and modes have no place in model text.
    """
    return "".join(f"{_line(statement)}\n" for statement in statements_of(spec))


def dump_model_yaml(spec: ModelSpec) -> str:
    """The YAML text of a model; `parse_model` gives the same model back, places aside.

    Statements beyond constructs and paths are written under ``statements`` as text.
    """
    data: dict[str, Any] = {
        "schema": spec.schema_version,
        **plain(spec, exclude={"statements"}),
    }
    data.setdefault("constructs", [])
    for construct, written in zip(spec.constructs, data["constructs"], strict=True):
        written.setdefault("indicators", list(construct.indicators))
    derived = derived_statements(spec)
    if spec.statements and without_places(spec).statements != derived:
        data["statements"] = dump_model_text(spec)
    return dump_plain(data)


def _line(statement: Statement) -> str:
    if statement.op in (":=", "==", "<", ">"):
        return f"{statement.lhs} {statement.op} {statement.rhs}"
    op, rhs = ("~", "1") if statement.op == "~1" else (statement.op, statement.rhs)
    terms = [f"{modifier}*{rhs}" for modifier in _modifiers(statement)] or [rhs]
    return f"{statement.lhs} {op} {' + '.join(terms)}"


def _modifiers(statement: Statement) -> Iterator[str]:
    if statement.fixed:
        yield _listed(["NA" if value is None else _number(value) for value in statement.fixed])
    if statement.start:
        yield f"start({_listed([_number(value) for value in statement.start])})"
    if statement.label:
        yield _listed(list(statement.label))


def _listed(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"c({', '.join(words)})"


def _number(value: float) -> str:
    return repr(value)
