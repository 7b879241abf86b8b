"""A model as the PLS programs see it: blocks, modes, arrows and products."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from survey_engine.errors import Diagnostic
from survey_engine.exchange.request import left_out, unsupported
from survey_engine.spec.model import Construct, ModelSpec, Statement
from survey_engine.spec.statements import statements_of
from survey_engine.study.result import StudySpec


@dataclass(frozen=True, kw_only=True)
class PlsView:
    """What a PLS program is told.

    Attributes
    ----------
    constructs : tuple[Construct, ...]
    modes : Mapping[str, str]
        By construct, the default filled in.
    sources : Mapping[str, tuple[str, ...]]
        Predecessors by target; a product is written ``A*B``.
    products : tuple[tuple[str, str], ...]
    left_out : tuple[Diagnostic, ...]
    """

    constructs: tuple[Construct, ...]
    modes: Mapping[str, str]
    sources: Mapping[str, tuple[str, ...]]
    products: tuple[tuple[str, str], ...]
    left_out: tuple[Diagnostic, ...]


def pls_view(model: ModelSpec, spec: StudySpec, program: str) -> PlsView:
    """Read the model's statements for PLS.

    Raises
    ------
    EstimationError
        EXPORT_UNSUPPORTED: a regression on an observed variable.
    """
    names = set(model.construct_names)
    sources: dict[str, list[str]] = {}
    products: dict[tuple[str, str], None] = {}
    others: list[Diagnostic] = []
    for statement in statements_of(model):
        if statement.op == "~" and not _absent(statement):
            parts = tuple(statement.rhs.split(":"))
            if not {statement.lhs, *parts} <= names:
                unsupported(program, f"{statement.lhs} ~ {statement.rhs}")
            if len(parts) == 2:
                products[(parts[0], parts[1])] = None
            sources.setdefault(statement.lhs, []).append("*".join(parts))
        elif statement.op not in ("=~", "<~", "~"):
            text = f"{statement.lhs} {statement.op} {statement.rhs}"
            others.append(left_out(program, text))
    return PlsView(
        constructs=model.constructs,
        modes={one.name: _mode(one, spec.modes) for one in model.constructs},
        sources={target: tuple(found) for target, found in sources.items()},
        products=tuple(products),
        left_out=tuple(others),
    )


def _absent(statement: Statement) -> bool:
    return bool(statement.fixed) and all(value == 0.0 for value in statement.fixed)


def _mode(construct: Construct, chosen: Mapping[str, str]) -> str:
    if len(construct.indicators) == 1:
        return "A"
    default = "B" if construct.kind == "composite" else "A"
    return str(chosen.get(construct.name) or construct.mode or default)
