"""What a model text leaves unsaid: the automatic choices of lavaan's ``sem()``."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from survey_engine.estimation.cbsem.choices import Choices
from survey_engine.estimation.cbsem.entry import Entry, changed
from survey_engine.spec.model import Statement


def _unique(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(values))


@dataclass(frozen=True, kw_only=True)
class Variables:
    """Variables of a model by role, each in order of appearance, indicators first.

    Attributes
    ----------
    observed, latents : tuple[str, ...]
    exogenous : tuple[str, ...]
        Observed predictors that nothing explains and no ``~~`` or ``~1`` names.
    latent_causes : tuple[str, ...]
        Latents that nothing explains.
    outcomes : tuple[str, ...]
        Explained variables that neither predict nor measure anything, latents first.
    parts : tuple[str, ...]
        Indicators of composites; they have no errors.
    """

    observed: tuple[str, ...]
    latents: tuple[str, ...]
    exogenous: tuple[str, ...]
    latent_causes: tuple[str, ...]
    outcomes: tuple[str, ...]
    parts: tuple[str, ...] = ()

    @classmethod
    def of(cls, statements: tuple[Statement, ...]) -> Variables:
        """Sort the variables of the statements into their roles."""
        latents = _unique(s.lhs for s in statements if s.op in ("=~", "<~"))
        measured = _unique(s.rhs for s in statements if s.op in ("=~", "<~"))
        explained = _unique(s.lhs for s in statements if s.op == "~")
        predictors = _unique(s.rhs for s in statements if s.op == "~")
        paired = _unique(v for s in statements if s.op == "~~" for v in (s.lhs, s.rhs))
        paired = _unique((*paired, *(s.lhs for s in statements if s.op == "~1")))
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
            parts=_unique(s.rhs for s in statements if s.op == "<~"),
        )


def with_markers(entries: list[Entry]) -> list[Entry]:
    """Fix the first loading of each factor to 1 unless the author fixed or freed it."""
    seen: set[str] = set()
    result = []
    for entry in entries:
        first = entry.op == "=~" and entry.lhs not in seen
        seen.update([entry.lhs] if entry.op == "=~" else [])
        marker = first and entry.free == 1
        result.append(changed(entry, free=0, value=1.0) if marker else entry)
    return result


def automatic_entries(
    entries: list[Entry],
    names: Variables,
    reliability: dict[str, float],
    choices: Choices,
    *,
    means: bool,
) -> list[Entry]:
    """Moments the author did not write, in lavaan's order.

    Parameters
    ----------
    entries : list of Entry
        As written.
    names : Variables
    reliability : dict of str to float
        Of single indicators, by item.
    choices : Choices
    means : bool
        Whether the model has a mean structure.
    """
    present = {entry.key for entry in entries}
    added = _error_variances(entries, names, reliability)
    # A composite has the unit of its first indicator, whatever std_lv says of factors.
    composites = {entry.lhs for entry in entries if entry.op == "<~"}
    for name in names.latents:
        standard = choices.std_lv and name not in composites
        free = 0 if standard else 1
        value = 1.0 if standard else None
        added.append(Entry(lhs=name, op="~~", rhs=name, free=free, value=value))
    added += _pairs(names.latent_causes, fixed=choices.orthogonal)
    latent_outcomes = tuple(v for v in names.outcomes if v in names.latents)
    for pair in _pairs(names.outcomes, fixed=False):
        both = pair.lhs in latent_outcomes and pair.rhs in latent_outcomes
        apart = choices.orthogonal and both
        added.append(changed(pair, free=0, value=0.0) if apart else pair)
    for i, first in enumerate(names.exogenous):
        for second in names.exogenous[i:]:
            free = 0 if choices.fixed_x else 1
            sample = 1.0 if choices.fixed_x else None
            added.append(Entry(lhs=first, op="~~", rhs=second, free=free, from_sample=sample))
    if means:
        added += _intercepts(names, choices)
    return [entry for entry in added if entry.key not in present]


def _intercepts(names: Variables, choices: Choices) -> list[Entry]:
    """Observed intercepts free and latent ones zero; the other way round for growth."""
    growth = choices.kind == "growth"
    added = []
    for name in names.observed:
        taken = name in names.exogenous and choices.fixed_x
        free = not taken and not growth
        added.append(
            Entry(
                lhs=name,
                op="~1",
                rhs="",
                free=int(free),
                value=None if free or taken else 0.0,
                from_sample=1.0 if taken else None,
            )
        )
    for name in names.latents:
        value = None if growth else 0.0
        added.append(Entry(lhs=name, op="~1", rhs="", free=int(growth), value=value))
    return added


def _error_variances(
    entries: list[Entry], names: Variables, reliability: dict[str, float]
) -> list[Entry]:
    """Of observed variables but exogenous ones; a single indicator's is not estimated."""
    blocks: dict[str, list[str]] = {}
    for entry in entries:
        if entry.op == "=~":
            blocks.setdefault(entry.lhs, []).append(entry.rhs)
    single = {items[0] for items in blocks.values() if len(items) == 1}
    added = []
    for name in names.observed:
        if name in names.exogenous or name in names.parts:
            continue
        if name not in single:
            added.append(Entry(lhs=name, op="~~", rhs=name, free=1))
            continue
        share = 1 - reliability.get(name, 1.0)
        value, sample = (None, share) if share > 0 else (0.0, None)
        added.append(Entry(lhs=name, op="~~", rhs=name, value=value, from_sample=sample))
    return added


def _pairs(names: tuple[str, ...], *, fixed: bool) -> list[Entry]:
    return [
        Entry(
            lhs=first, op="~~", rhs=second, free=0 if fixed else 1, value=0.0 if fixed else None
        )
        for i, first in enumerate(names)
        for second in names[i + 1 :]
    ]
