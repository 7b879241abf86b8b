"""CB-SEM recovers the population, its intervals cover, its chi-square keeps its size.

Run by make slow: 1,000 data sets a cell. Normal-theory, robust and (at small n) bootstrap
intervals of every path; the size of the test beside Swain's and Bartlett's corrections.
"""

from __future__ import annotations

from typing import Any

import pytest

from .cbsem import run_cell
from .cells import study_cell
from .coverage import biased, miscovered
from .designs import DESIGNS

SETS = 1_000
LARGE = 1_000
SIZE, ALLOWED = 0.05, 0.014
TESTED_FROM = {"two": 500, "ecsi": 2_000}
"""Respondents from which the uncorrected test must keep its size: 8 and 24 items."""
CELLS = [
    (name, kind, weighted)
    for name in ("two", "ecsi")
    for kind, weighted in (
        ("ml", False),
        ("mlr", False),
        ("mlr", True),
        ("fiml", False),
        ("fiml", True),
        ("wlsmv", False),
        ("wlsmv", True),
    )
]


@pytest.mark.slow
@pytest.mark.parametrize("n", [2_000, 1_000, 500, 250])
@pytest.mark.parametrize(
    ("name", "kind", "weighted"),
    CELLS,
    ids=[f"{a}-{b}-{'weighted' if c else 'equal'}" for a, b, c in CELLS],
)
def test_cell(name: str, kind: str, weighted: bool, n: int) -> None:
    resample = kind == "ml" and n < LARGE
    design = DESIGNS[name]()

    def run(seed: int) -> dict[str, Any]:
        return run_cell(
            design, n, kind=kind, weighted=weighted, sets=SETS, seed=seed, resample=resample
        )

    def problems(summary: dict[str, Any]) -> list[str]:
        found = ["failed"] if summary["failed"] > 0.01 * SETS else []
        if n >= LARGE:
            found += biased(summary) + miscovered(summary, kind)
        # The weights of a sample are no part of the model: its test has no nominal size.
        if n >= TESTED_FROM[name] and not weighted:
            own = "chi-square" if kind in ("ml", "fiml") else "scaled"
            share = summary["rejects"][own]
            found += [f"rejects {share:.3f}"] if abs(share - SIZE) > ALLOWED else []
        return found

    cell = f"{name}-{kind}-{n}-{'weighted' if weighted else 'equal'}"
    facts = {"design": name, "kind": kind, "n": n, "weighted": weighted}
    assert study_cell("cbsem", cell, facts, run=run, seed=23, problems=problems) == []


@pytest.mark.parametrize("kind", ["ml", "mlr", "fiml", "wlsmv"])
def test_a_small_cell_runs(kind: str) -> None:
    """The machinery itself, in seconds: 30 data sets of the two-construct design."""
    summary = run_cell(
        DESIGNS["two"](),
        300,
        kind=kind,
        weighted=kind == "mlr",
        sets=30,
        seed=5,
        resample=False,
    )
    assert summary["failed"] == 0
    assert biased(summary) == []
    assert min(summary["coverage"][kind]) > 0.8
    assert max(summary["rejects"].values()) < 0.3
