"""Specific indirect effects add up; the five decisions of Zhao, Lynch and Chen."""

from __future__ import annotations

import numpy as np
import pytest

from survey_engine.assessment.mediation import (
    MOST_CHAINS,
    chains_of,
    decide,
    mediations,
    specific_effects,
)
from survey_engine.assessment.resampled import Resampled
from survey_engine.estimation.estimates import Estimate
from survey_engine.spec.model import Construct, ModelSpec, Path


def full(size: int) -> ModelSpec:
    """Each construct with a path to every later one."""
    names = [f"C{k}" for k in range(size)]
    return ModelSpec(
        id="m",
        constructs=tuple(Construct(name=name, indicators=(f"x{name}",)) for name in names),
        paths=tuple(
            Path.model_validate({"from": names[i], "to": names[j]})
            for i in range(size)
            for j in range(i + 1, size)
        ),
    )


def test_ways_add_up_to_the_total_indirect_effect() -> None:
    spec = full(6)
    chains = chains_of(spec)
    assert len(chains) == 2**6 - 1 - 6 - 15  # subsets of three or more constructs
    assert [len(chain) for chain in chains] == sorted(len(chain) for chain in chains)
    paths = np.triu(np.random.default_rng(1).normal(size=(4, 6, 6)), 1)
    total = np.linalg.inv(np.eye(6) - paths) - np.eye(6)
    each = specific_effects(paths, chains)
    summed = np.zeros_like(paths)
    for chain, effect in zip(chains, each, strict=True):
        summed[:, chain[0], chain[-1]] += effect
    np.testing.assert_allclose(summed, total - paths, atol=1e-10)


def test_the_list_of_ways_is_cut_at_the_shortest() -> None:
    chains = chains_of(full(12))
    assert len(chains) == MOST_CHAINS
    assert len(chains[-1]) < 12


def interval(est: float, half: float) -> Estimate:
    return Estimate(est=est, ci_lower=est - half, ci_upper=est + half)


@pytest.mark.parametrize(
    ("direct", "indirect", "expected"),
    [
        (interval(0.3, 0.1), interval(0.2, 0.1), "complementary"),
        (interval(-0.3, 0.1), interval(0.2, 0.1), "competitive"),
        (interval(0.3, 0.5), interval(0.2, 0.1), "indirect_only"),
        (None, interval(0.2, 0.1), "indirect_only"),
        (interval(0.3, 0.1), interval(0.2, 0.3), "direct_only"),
        (interval(0.3, 0.5), interval(0.2, 0.3), "none"),
        (None, interval(0.2, 0.3), "none"),
        (Estimate(est=0.3), Estimate(est=0.2), None),
    ],
)
def test_five_decisions(
    direct: Estimate | None, indirect: Estimate, expected: str | None
) -> None:
    assert decide(direct, indirect) == expected


def test_share_of_the_indirect_effect() -> None:
    spec = full(3)
    paths = np.array([[0, 0.5, 0.2], [0, 0, 0.4], [0, 0, 0.0]])
    total = np.linalg.inv(np.eye(3) - paths) - np.eye(3)
    point = {"paths": paths, "total_effects": total, "indirect_effects": total - paths}
    (row,) = mediations(Resampled(point=point), spec)
    assert (row.source, row.target, row.decision) == ("C0", "C2", None)
    assert row.share == pytest.approx(0.2 / 0.4)
    point["paths"][0, 2] = -0.1
    point["total_effects"][0, 2] = 0.1
    (row,) = mediations(Resampled(point=point), spec)
    assert row.share is None  # opposite signs: a share would mean nothing
