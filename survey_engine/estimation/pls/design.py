"""`PlsDesign`: a model as the arrays PLS works on, or the reason why it cannot."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import get_args

import numpy as np
from numpy.typing import NDArray

from survey_engine.errors import Diagnostic, EstimationError, Where, diagnostic
from survey_engine.instrument.nearest import short_list
from survey_engine.numerics.moments import Array
from survey_engine.spec.graph import cycles
from survey_engine.spec.model import Construct, Mode, ModelSpec

MODES: tuple[str, ...] = get_args(Mode)


@dataclass(frozen=True, kw_only=True)
class Regressions:
    """Structural regressions with the same number of predecessors.

    Attributes
    ----------
    targets : ndarray of int, shape (g,)
    predecessors : ndarray of int, shape (m, g)
    """

    targets: NDArray[np.intp]
    predecessors: NDArray[np.intp]


@dataclass(frozen=True, kw_only=True)
class PlsDesign:
    """Blocks, arrows and modes of a PLS model.

    Attributes
    ----------
    items : tuple[str, ...], length p
        Indicators, block by block.
    constructs : tuple[str, ...], length K
    block : ndarray of int, shape (p,)
        The construct of each indicator.
    adjacency : ndarray of bool, shape (K, K)
        ``adjacency[i, j]``: there is a path from i to j.
    modes : tuple[str, ...], length K
    corrected : tuple[bool, ...], length K
        Whether PLSc disattenuates the construct: a common factor with at least two
        indicators weighted by mode A.
    order : tuple[int, ...], length K
        Constructs so that every path points forward.
    """

    items: tuple[str, ...]
    constructs: tuple[str, ...]
    block: NDArray[np.intp]
    adjacency: NDArray[np.bool_]
    modes: tuple[str, ...]
    corrected: tuple[bool, ...]
    order: tuple[int, ...]

    @cached_property
    def mask(self) -> Array:
        """1 where an indicator belongs to a construct, shape (p, K)."""
        membership = self.block[:, None] == np.arange(len(self.constructs))
        return np.asarray(membership, dtype=np.float64)

    @cached_property
    def members(self) -> tuple[slice, ...]:
        """Positions of each construct's indicators: contiguous by construction."""
        ends = np.cumsum(np.bincount(self.block, minlength=len(self.constructs)))
        starts = np.concatenate([[0], ends[:-1]])
        return tuple(slice(int(a), int(b)) for a, b in zip(starts, ends, strict=True))

    @cached_property
    def sizes(self) -> NDArray[np.intp]:
        """Number of indicators of each construct, shape (K,)."""
        return np.asarray(np.bincount(self.block, minlength=len(self.constructs)))

    @cached_property
    def regressions(self) -> tuple[Regressions, ...]:
        """Structural regressions grouped by their number of predecessors."""
        count = self.adjacency.sum(axis=0)
        groups = []
        for size in sorted({int(c) for c in count if c > 0}):
            targets = np.flatnonzero(count == size)
            predecessors = np.stack([np.flatnonzero(self.adjacency[:, t]) for t in targets], 1)
            groups.append(Regressions(targets=targets, predecessors=predecessors))
        return tuple(groups)


def design_of(spec: ModelSpec, modes: Mapping[str, str] | None = None) -> PlsDesign:
    """Read `spec` as a PLS model.

    Parameters
    ----------
    spec : ModelSpec
    modes : Mapping[str, str], optional
        One of `MODES` by construct; overrides the construct's own `mode`, which
        overrides the default (A for reflective, B for composite).

    Raises
    ------
    EstimationError
        PLS_HIGHER_ORDER, PLS_INTERACTION, PLS_OBSERVED_VARIABLE, INDICATOR_SHARED,
        UNCONNECTED_CONSTRUCT, CYCLIC_MODEL or MODE_UNKNOWN, all that apply at once.
    """
    chosen = dict(modes or {})
    problems = [
        *_refused_constructs(spec),
        *_observed_variables(spec),
        *_shared_indicators(spec),
        *_unconnected(spec),
        *_unknown_modes(spec, chosen),
    ]
    problems += _cyclic(spec)
    if problems:
        raise EstimationError(*problems)
    adjacency = _adjacency(spec)
    sizes = [len(construct.indicators) for construct in spec.constructs]
    used = tuple(_mode(construct, chosen) for construct in spec.constructs)
    return PlsDesign(
        items=spec.indicators,
        constructs=spec.construct_names,
        block=np.repeat(np.arange(len(sizes)), sizes),
        adjacency=adjacency,
        modes=used,
        corrected=tuple(
            construct.kind == "reflective" and size > 1 and mode == "A"
            for construct, size, mode in zip(spec.constructs, sizes, used, strict=True)
        ),
        order=_forward_order(adjacency),
    )


def _mode(construct: Construct, chosen: Mapping[str, str]) -> str:
    if len(construct.indicators) == 1:
        return "A"
    default = "B" if construct.kind == "composite" else "A"
    return chosen.get(construct.name) or construct.mode or default


def _refused_constructs(spec: ModelSpec) -> list[Diagnostic]:
    names = set(spec.construct_names)
    higher = tuple(
        c.name
        for c in spec.constructs
        if c.kind == "higher_order" or (names - {c.name}) & set(c.indicators)
    )
    # A product that a staged model has made is a construct of its own by now.
    terms = {path.source for path in spec.paths}
    terms |= {s.rhs for s in spec.statements if s.op == "~"}
    terms -= names
    products = tuple(sorted(term for term in terms if ":" in term))
    found = []
    if higher:
        found.append(diagnostic("PLS_HIGHER_ORDER", where=Where(constructs=higher)))
    if products:
        found.append(diagnostic("PLS_INTERACTION", where=Where(parameters=products)))
    return found


def _observed_variables(spec: ModelSpec) -> list[Diagnostic]:
    """Regressions on or of a column: left out of `spec.paths`, so never just ignored."""
    names = set(spec.construct_names)
    found = []
    for statement in spec.statements:
        columns = tuple(
            dict.fromkeys(
                side
                for side in (statement.lhs, statement.rhs)
                if side not in names and ":" not in side
            )
        )
        if statement.op == "~" and columns:
            where = Where(
                items=columns,
                parameters=(f"{statement.lhs}~{statement.rhs}",),
                line=statement.line,
                column=statement.column,
            )
            found.append(diagnostic("PLS_OBSERVED_VARIABLE", where=where))
    return found


def _shared_indicators(spec: ModelSpec) -> list[Diagnostic]:
    found = []
    for item in dict.fromkeys(spec.indicators):
        owners = tuple(c.name for c in spec.constructs for i in c.indicators if i == item)
        if len(owners) > 1:
            where = Where(items=(item,), constructs=tuple(dict.fromkeys(owners)))
            found.append(diagnostic("INDICATOR_SHARED", where=where))
    return found


def _unconnected(spec: ModelSpec) -> list[Diagnostic]:
    touched = {name for path in spec.paths for name in (path.source, path.target)}
    return [
        diagnostic(
            "UNCONNECTED_CONSTRUCT",
            where=Where(constructs=(name,)),
            others=short_list(other for other in spec.construct_names if other != name),
        )
        for name in spec.construct_names
        if name not in touched
    ]


def _unknown_modes(spec: ModelSpec, chosen: Mapping[str, str]) -> list[Diagnostic]:
    return [
        diagnostic("MODE_UNKNOWN", where=Where(constructs=(name,)), mode=mode)
        for name, mode in sorted(chosen.items())
        if name not in spec.construct_names or mode not in MODES
    ]


def _adjacency(spec: ModelSpec) -> NDArray[np.bool_]:
    at = {name: k for k, name in enumerate(spec.construct_names)}
    adjacency = np.zeros((len(at), len(at)), dtype=np.bool_)
    for path in spec.paths:
        if path.source in at and path.target in at:
            adjacency[at[path.source], at[path.target]] = True
    return adjacency


def _forward_order(adjacency: NDArray[np.bool_]) -> tuple[int, ...]:
    """Constructs with every path pointing forward; the paths must not form a cycle."""
    waiting = list(range(adjacency.shape[0]))
    order: list[int] = []
    while waiting:
        ready = [k for k in waiting if not adjacency[waiting, k].any()]
        order.extend(ready)
        waiting = [k for k in waiting if k not in ready]
    return tuple(order)


def _cyclic(spec: ModelSpec) -> list[Diagnostic]:
    following: dict[str, list[str]] = {name: [] for name in spec.construct_names}
    for path in spec.paths:
        following.setdefault(path.source, []).append(path.target)
        following.setdefault(path.target, [])
    found = []
    for cycle in cycles(following):
        where = Where(
            constructs=tuple(dict.fromkeys(cycle)),
            parameters=tuple(f"{target}~{source}" for source, target in pairwise(cycle)),
        )
        found.append(diagnostic("CYCLIC_MODEL", where=where, cycle=" → ".join(cycle)))
    return found
