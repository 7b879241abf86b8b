"""A parameter table in semopy's syntax, and what semopy cannot be asked.

What it would misread, crash on or loop over follows tests of release 2.3.11.
"""

from __future__ import annotations

from collections.abc import Mapping

from survey_engine.estimation.cbsem.entry import Entry
from survey_engine.estimation.parameter_table import ParameterTable
from survey_engine.spec.model import ModelSpec
from survey_engine.spec.statements import statements_of


def inexpressible(spec: ModelSpec, table: ParameterTable) -> str | None:
    """The first statement semopy would misread, crash on, or loop over; None if none."""
    what = next((s for s in statements_of(spec) if s.op in ("==", "<", ">")), None)
    if what is not None:
        return f"{what.lhs} {what.op} {what.rhs}"
    if table.composites:
        return f"{table.composites[0].name} <~ {table.composites[0].pivot}"
    for latent in table.latents:
        block = [e for e in table.entries if e.op == "=~" and e.lhs == latent]
        if block[0].free:
            return f"{latent} =~ NA*{block[0].rhs}"
        if len(block) > 1 and all(entry.label for entry in block):
            return f"{latent} =~ {block[0].label}*{block[0].rhs}"
    return None


def safe_names(table: ParameterTable) -> dict[str, str]:
    """Names semopy reads without fail; a single error-free indicator is its construct."""
    names = {name: f"x{i}" for i, name in enumerate(table.observed)}
    names.update({name: f"f{i}" for i, name in enumerate(table.latents)})
    for latent, item in single_indicators(table).items():
        names[latent] = names[item]
    return names


def single_indicators(table: ParameterTable) -> dict[str, str]:
    """Item of every construct that is one item without error."""
    blocks: dict[str, list[Entry]] = {}
    for entry in table.entries:
        if entry.op == "=~":
            blocks.setdefault(entry.lhs, []).append(entry)
    exact = {e.lhs for e in table.entries if e.op == "~~" and e.lhs == e.rhs and e.value == 0.0}
    return {
        latent: block[0].rhs
        for latent, block in blocks.items()
        if len(block) == 1 and block[0].rhs in exact and block[0].value == 1.0
    }


def model_lines(
    table: ParameterTable, names: Mapping[str, str], variances: Mapping[str, float]
) -> list[str]:
    """The whole parameter table in semopy's syntax, nothing left to its own defaults.

    `variances` of observed variables are asked for only where a value is a share of one
    (a declared reliability); KeyError where it is not given.
    """
    single = single_indicators(table)
    labels: dict[str, str] = {}
    lines = []
    for entry in table.entries:
        gone = entry.op == "=~" and entry.lhs in single
        error = entry.op == "~~" and entry.lhs == entry.rhs and entry.lhs in single.values()
        if gone or error or entry.from_sample == 1.0:
            continue
        factor = ""
        if entry.from_sample is not None:
            factor = f"{entry.from_sample * variances[entry.lhs]!r}*"
        elif not entry.free:
            factor = f"{entry.value!r}*"
        elif entry.label:
            factor = labels.setdefault(entry.label, f"p{len(labels)}") + "*"
        lines.append(f"{names[entry.lhs]} {entry.op} {factor}{names[entry.rhs]}")
    return lines
