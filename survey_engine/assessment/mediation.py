"""Specific indirect effects and the five-way decision on mediation.

References
----------
Zhao, X., Lynch, J. G. & Chen, Q. (2010). Reconsidering Baron and Kenny. Journal of
Consumer Research 37(2), 197-206: the five kinds.
Nitzl, C., Roldán, J. L. & Cepeda, G. (2016). Industrial Management & Data Systems 116(9):
the same in PLS, with specific indirect effects.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Literal

from survey_engine.assessment.resampled import Resampled, excludes_zero
from survey_engine.assessment.tables import connected_pairs, fields
from survey_engine.estimation.estimates import Estimate
from survey_engine.numerics.moments import Array
from survey_engine.spec.model import ModelSpec

MOST_CHAINS = 300
"""Ways with two steps or more that get a row of their own, the shortest first."""

Decision = Literal["complementary", "competitive", "indirect_only", "direct_only", "none"]


@dataclass(frozen=True, kw_only=True)
class SpecificEffect(Estimate):
    """The product of the paths along one way; `through` names every construct on it."""

    through: tuple[str, ...]
    decision: Decision | None


@dataclass(frozen=True, kw_only=True)
class Mediation:
    """Direct and total indirect effect of a pair, and what they say together.

    `share` is indirect over total where both have one sign (variance accounted for);
    `direct` is None where the model has no path, and counts as zero.
    """

    source: str
    target: str
    direct: Estimate | None
    indirect: Estimate
    total: Estimate
    share: float | None
    decision: Decision | None


def chains_of(spec: ModelSpec) -> tuple[tuple[int, ...], ...]:
    """Every directed way of two steps or more, as positions of constructs.

    Shortest first, then in the order of the model; at most `MOST_CHAINS`.
    """
    at = {name: k for k, name in enumerate(spec.construct_names)}
    following: dict[int, list[int]] = {k: [] for k in at.values()}
    for path in spec.paths:
        if path.source in at and path.target in at:
            following[at[path.source]].append(at[path.target])
    waiting: deque[tuple[int, ...]] = deque((a, b) for a in following for b in following[a])
    found: list[tuple[int, ...]] = []
    while waiting and len(found) < MOST_CHAINS:
        chain = waiting.popleft()
        if len(chain) > 2:
            found.append(chain)
        waiting.extend((*chain, b) for b in following[chain[-1]] if b not in chain)
    return tuple(found)


def specific_effects(paths: Array, chains: tuple[tuple[int, ...], ...]) -> list[Array]:
    """Products of paths (..., K, K) along each chain, shape (...) each."""
    found: dict[tuple[int, ...], Array] = {}
    for chain in chains:
        before = found.get(chain[:-1])
        if before is None:
            before = paths[..., chain[0], chain[1]]
        found[chain] = before * paths[..., chain[-2], chain[-1]]
    return list(found.values())


def decide(direct: Estimate | None, indirect: Estimate) -> Decision | None:
    """Which of the five kinds; None without intervals."""
    mediated = excludes_zero(indirect)
    straight = False if direct is None else excludes_zero(direct)
    if mediated is None or straight is None:
        return None
    if mediated and straight and direct is not None:
        same = (direct.est or 0.0) * (indirect.est or 0.0) > 0
        return "complementary" if same else "competitive"
    if mediated:
        return "indirect_only"
    return "direct_only" if straight else "none"


def mediations(sampled: Resampled, spec: ModelSpec) -> tuple[Mediation, ...]:
    """One row for each pair with a way of two steps or more."""
    at = {name: k for k, name in enumerate(spec.construct_names)}
    arrows = {(path.source, path.target) for path in spec.paths}
    rows = []
    for source, target in connected_pairs(spec)[1]:
        place = (at[source], at[target])
        indirect = sampled.estimate("indirect_effects", *place)
        total = sampled.estimate("total_effects", *place)
        direct = sampled.estimate("paths", *place) if (source, target) in arrows else None
        rows.append(
            Mediation(
                source=source,
                target=target,
                direct=direct,
                indirect=indirect,
                total=total,
                share=_share(direct, indirect, total),
                decision=decide(direct, indirect),
            )
        )
    return tuple(rows)


def _share(direct: Estimate | None, indirect: Estimate, total: Estimate) -> float | None:
    if indirect.est is None or not total.est:
        return None
    if direct is not None and (direct.est or 0.0) * indirect.est < 0:
        return None
    return indirect.est / total.est


def specific_table(sampled: Resampled, spec: ModelSpec) -> tuple[SpecificEffect, ...]:
    """One row for each way of two steps or more."""
    if not sampled.has("specific_effects"):
        return ()
    names = spec.construct_names
    at = {name: k for k, name in enumerate(names)}
    arrows = {(at[path.source], at[path.target]) for path in spec.paths}
    rows = []
    for c, chain in enumerate(chains_of(spec)):
        effect = sampled.estimate("specific_effects", c)
        ends = (chain[0], chain[-1])
        direct = sampled.estimate("paths", *ends) if ends in arrows else None
        rows.append(
            SpecificEffect(
                through=tuple(names[k] for k in chain),
                decision=decide(direct, effect),
                **fields(effect),
            )
        )
    return tuple(rows)
