"""Polychoric correlations of the bfi items against psych and lavaan, cell by cell."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from survey_engine.numerics.ordinal_statistics import OrdinalStatistics, ordinal_statistics


@pytest.fixture(scope="module")
def golden(shared_folder: Path) -> dict[str, Any]:
    path = shared_folder / "golden" / "bfi_psychometrics_psych.json"
    return json.loads(path.read_text(encoding="utf-8"))["results"]


@pytest.fixture(scope="module")
def found(shared_folder: Path) -> tuple[list[str], OrdinalStatistics]:
    table = pd.read_csv(shared_folder / "golden" / "bfi.csv").iloc[:, :25].dropna()
    codes = (table.to_numpy() - 1).astype(np.int8)
    none = np.zeros((len(codes), 0))
    return list(table.columns), ordinal_statistics(codes, none, size=6, gamma=False)


@pytest.mark.parametrize(
    # psych stops each rho at about 1e-4 (its tolerance note); lavaan's lavCor is polished.
    ("block", "tolerance"),
    [("polychoric_listwise", 1e-3), ("polychoric_lavcor_listwise", 1e-5)],
)
def test_correlations(
    golden: dict[str, Any],
    found: tuple[list[str], OrdinalStatistics],
    block: str,
    tolerance: float,
) -> None:
    items, mine = found
    theirs = golden[block]["rho"]
    wrong = []
    for i, row in enumerate(theirs["rows"]):
        for j, column in enumerate(theirs["cols"]):
            ours = mine.correlation[items.index(row), items.index(column)]
            if not abs(ours - theirs["values"][i][j]) <= tolerance:
                wrong.append(f"{row}~~{column}: ours {ours}, golden {theirs['values'][i][j]}")
    assert not wrong, "\n".join(wrong)


def test_thresholds(golden: dict[str, Any], found: tuple[list[str], OrdinalStatistics]) -> None:
    items, mine = found
    wrong = []
    for name, value in golden["polychoric_lavcor_listwise"]["thresholds"].items():
        item, step = name.split("|t")
        ours = mine.thresholds[items.index(item), int(step) - 1]
        if not abs(ours - value) <= 1e-10:
            wrong.append(f"{name}: ours {ours}, golden {value}")
    psych = golden["polychoric_listwise"]["tau"]
    for i, item in enumerate(psych["rows"]):
        for k, value in enumerate(psych["values"][i]):
            ours = mine.thresholds[items.index(item), k]
            if not abs(ours - value) <= 1e-10:
                wrong.append(f"psych {item} {k + 1}: ours {ours}, golden {value}")
    assert not wrong, "\n".join(wrong)
