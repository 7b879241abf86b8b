"""Long tables of estimates in the order of the model."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from survey_engine.assessment.resampled import Resampled
from survey_engine.estimation.estimates import (
    ConstructEstimate,
    EffectEstimate,
    Estimate,
    IndicatorEstimate,
    PairEstimate,
)
from survey_engine.spec.model import ModelSpec


def fields(estimate: Estimate) -> dict[str, Any]:
    """The numbers of an estimate, to be given another identity."""
    return {
        "est": estimate.est,
        "se": estimate.se,
        "ci_lower": estimate.ci_lower,
        "ci_upper": estimate.ci_upper,
    }


def indicator_table(
    name: str, sampled: Resampled, spec: ModelSpec
) -> tuple[IndicatorEstimate, ...]:
    """One row for each indicator of a statistic of shape (p,)."""
    owners = [c.name for c in spec.constructs for _ in c.indicators]
    return tuple(
        IndicatorEstimate(construct=owner, item=item, **fields(sampled.estimate(name, j)))
        for j, (item, owner) in enumerate(zip(spec.indicators, owners, strict=True))
    )


def cross_table(sampled: Resampled, spec: ModelSpec) -> tuple[IndicatorEstimate, ...]:
    """One row for each indicator and construct of ``cross_loadings``, shape (p, K)."""
    return tuple(
        IndicatorEstimate(
            construct=construct,
            item=item,
            **fields(sampled.estimate("cross_loadings", j, k)),
        )
        for j, item in enumerate(spec.indicators)
        for k, construct in enumerate(spec.construct_names)
    )


def construct_table(
    name: str, sampled: Resampled, spec: ModelSpec, *, only: Collection[str] | None = None
) -> tuple[ConstructEstimate, ...]:
    """One row for each construct of a statistic of shape (K,)."""
    return tuple(
        ConstructEstimate(construct=construct, **fields(sampled.estimate(name, k)))
        for k, construct in enumerate(spec.construct_names)
        if only is None or construct in only
    )


def pair_table(
    name: str, sampled: Resampled, spec: ModelSpec, *, without: Collection[str] = ()
) -> tuple[PairEstimate, ...]:
    """One row for each pair of constructs of a symmetric statistic (K, K)."""
    names = spec.construct_names
    rows = []
    for j in range(len(names)):
        for i in range(j):
            known = not {names[i], names[j]} & set(without)
            row = sampled.estimate(name, i, j) if known else Estimate(est=None)
            rows.append(PairEstimate(first=names[i], second=names[j], **fields(row)))
    return tuple(rows)


def effect_table(
    name: str,
    sampled: Resampled,
    spec: ModelSpec,
    *,
    pairs: Sequence[tuple[str, str]] | None = None,
) -> tuple[EffectEstimate, ...]:
    """One row for each path (or each of `pairs`) of a statistic (K, K)."""
    at = {construct: k for k, construct in enumerate(spec.construct_names)}
    wanted = [(p.source, p.target) for p in spec.paths] if pairs is None else pairs
    return tuple(
        EffectEstimate(
            source=source,
            target=target,
            **fields(sampled.estimate(name, at[source], at[target])),
        )
        for source, target in wanted
    )


def connected_pairs(spec: ModelSpec) -> tuple[tuple[tuple[str, str], ...], ...]:
    """Pairs with a directed way, and those of them with a way of two steps or more."""
    names = spec.construct_names
    direct = {(path.source, path.target) for path in spec.paths}
    reach = set(direct)
    for middle in names:
        into = [a for a in names if (a, middle) in reach]
        out = [b for b in names if (middle, b) in reach]
        reach |= {(a, b) for a in into for b in out}
    longer = {(a, b) for a, m in direct for n, b in reach if m == n}
    ordered = [(a, b) for a in names for b in names if a != b]
    return (
        tuple(pair for pair in ordered if pair in reach),
        tuple(pair for pair in ordered if pair in longer),
    )
