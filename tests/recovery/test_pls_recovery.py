"""PLS recovers what PLS gives in the population, and its intervals cover (make slow).

1,000 data sets a cell. From n = 1,000 on, 95 % percentile intervals of every path and of
the index must cover within 3.3 Monte-Carlo errors; below that the coverage of each kind
of interval is kept for docs/validation.md, and no path may be grossly off.
"""

from __future__ import annotations

from typing import Any

import pytest

from .cells import study_cell
from .coverage import biased, miscovered
from .designs import DESIGNS
from .pls import run_cell

SETS = 1_000
LARGE = 1_000
SMALL_KINDS = ("percentile", "bca", "studentised")


@pytest.mark.slow
@pytest.mark.parametrize("weighted", [False, True], ids=["equal", "weighted"])
@pytest.mark.parametrize("n", [1_000, 500, 250])
@pytest.mark.parametrize("name", ["two", "ecsi"])
def test_cell(name: str, n: int, weighted: bool) -> None:
    kinds = ("percentile",) if n >= LARGE else SMALL_KINDS
    design = DESIGNS[name]()

    def run(seed: int) -> dict[str, Any]:
        return run_cell(design, n, weighted=weighted, sets=SETS, kinds=kinds, seed=seed)

    def problems(summary: dict[str, Any]) -> list[str]:
        found = ["failed"] if summary["failed"] else []
        found += [kind for kind in kinds if min(summary["coverage"][kind]) <= 0.85]
        if n >= LARGE:
            found += biased(summary) + miscovered(summary, "percentile")
        return found

    cell = f"{name}-{n}-{'weighted' if weighted else 'equal'}"
    facts = {"design": name, "n": n, "weighted": weighted}
    assert study_cell("pls", cell, facts, run=run, seed=11, problems=problems) == []


@pytest.mark.parametrize("weighted", [False, True], ids=["equal", "weighted"])
def test_a_small_cell_runs(weighted: bool) -> None:
    """The machinery itself, in seconds: 40 data sets of the two-construct design."""
    summary = run_cell(
        DESIGNS["two"](), 300, weighted=weighted, sets=40, kinds=("percentile",), seed=5
    )
    assert summary["failed"] == 0
    assert biased(summary) == []
    assert min(summary["coverage"]["percentile"]) > 0.8


def test_unweighted_analysis_of_a_weighted_sample_is_biased() -> None:
    """The weighted design is informative: leaving the weights out is seen."""
    design = DESIGNS["two"]()
    truth = design.moments().mean
    rows = design.sample(4_000, weighted=True, seed=(1,))
    plain = rows.values.mean(axis=0)
    weighted = (rows.values * rows.weights[:, None]).mean(axis=0)
    assert abs(weighted - truth).max() < 0.12
    assert (plain - truth)[:4].min() > 0.2
