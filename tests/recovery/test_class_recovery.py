"""Planted classes are recovered, and none invented (make slow).

Samples of populations whose classes differ in their paths only (`class_designs`). Figures go to
docs/validation.md.
"""

from __future__ import annotations

import os

import numpy as np
import pytest

from .class_designs import DESIGNS
from .classes import METHODS, matched, run_cell, run_p_cell
from .classes import Answer as ClassAnswer
from .figures import keep

SETS = int(os.environ.get("SURVEY_ENGINE_CLASS_SETS", "100"))
"""Fewer for a quick look at every cell."""
RIGHT = 0.9
NEAR = 0.9
"""Share of the best possible adjusted Rand index."""


@pytest.mark.slow
@pytest.mark.parametrize("n", [500, 1_000])
@pytest.mark.parametrize("name", ["two-strong", "three-strong"])
def test_strong_classes_come_back(name: str, n: int) -> None:
    summary = run_cell(DESIGNS[name], n, sets=SETS, seed=21)
    keep("classes", f"{name}-{n}", {"design": name, "n": n, **summary})
    true = summary["classes"]
    for method in METHODS:
        found = summary[method]
        assert found["rand"] >= NEAR * summary["best_rand"], method
        assert found["retained"][true - 1] >= RIGHT * SETS, method
        assert found["largest_bias"] < 0.1 + 3.3 * found["mc_error"], method


@pytest.mark.slow
@pytest.mark.parametrize("n", [500, 1_000])
@pytest.mark.parametrize("name", ["two-moderate", "three-moderate"])
def test_moderate_classes(name: str, n: int) -> None:
    """Too near each other for the entropy rule; no more than the true number is told."""
    summary = run_cell(DESIGNS[name], n, sets=SETS, seed=22)
    keep("classes", f"{name}-{n}", {"design": name, "n": n, **summary})
    true = summary["classes"]
    for method in METHODS:
        assert sum(summary[method]["retained"][:true]) >= 0.95 * SETS, method


@pytest.mark.slow
@pytest.mark.parametrize("n", [500, 1_000])
def test_no_class_is_invented(n: int) -> None:
    summary = run_cell(DESIGNS["none"], n, sets=SETS, seed=23, methods=("fimix", "sem"))
    keep("classes", f"none-{n}", {"design": "none", "n": n, **summary})
    for method in ("fimix", "sem"):
        assert summary[method]["retained"][0] >= 0.95 * SETS, method


@pytest.mark.slow
@pytest.mark.parametrize("n", [500, 1_000])
def test_skewed_answers_of_one_class(n: int) -> None:
    """Only kept: what a mixture of normals makes of skewed answers is no bug but a limit."""
    summary = run_cell(DESIGNS["none-skewed"], n, sets=SETS, seed=24, methods=("fimix", "sem"))
    keep("classes", f"none-skewed-{n}", {"design": "none-skewed", "n": n, **summary})
    for method in ("fimix", "sem"):
        assert sum(summary[method]["retained"]) == SETS, method


@pytest.mark.slow
@pytest.mark.parametrize("name", ["none", "none-skewed", "two-strong"])
def test_a_search_in_one_population_is_the_test_of_rebus(name: str) -> None:
    sets = max(SETS // 2, 1)
    summary = run_p_cell(DESIGNS[name], 500, sets=sets, seed=25)
    keep("classes-p", f"{name}-500", {"design": name, "n": 500, **summary})
    if name == "none":
        assert summary["one_class"] <= 0.05 + 3.3 * np.sqrt(0.05 * 0.95 / sets)
    if name == "two-strong":
        assert summary["one_class"] >= RIGHT


def test_a_small_cell_runs() -> None:
    """The machinery itself, in seconds."""
    summary = run_cell(DESIGNS["two-strong"], 300, sets=2, seed=5)
    for method in METHODS:
        assert summary[method]["rand"] > 0.5 * summary["best_rand"], method
        assert sum(summary[method]["retained"]) == 2


def test_classes_are_matched_by_who_is_in_them() -> None:
    truth = np.array([0, 0, 1, 1, 2, 2])
    answer = ClassAnswer(
        wanted=3,
        retained=3,
        labels=np.array([2, 2, 0, 0, 1, 0]),
        paths=np.array([[1.0], [2.0], [3.0]]),
    )
    assert matched(answer, truth).ravel().tolist() == [3.0, 1.0, 2.0]
