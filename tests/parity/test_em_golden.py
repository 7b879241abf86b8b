"""EM's saturated moments against lavaan on Holzinger and Swineford with gaps."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd

from survey_engine.numerics.em import em_moments, pattern_sums, patterns_of

TOLERANCE = 1e-5


def test_em_saturated_moments(shared_folder: Path) -> None:
    golden = shared_folder / "golden"
    models = json.loads((golden / "holzinger_fiml_lavaan.json").read_text("utf-8"))["models"]
    expected = models["em_saturated_moments"]
    names = expected["cov"]["cols"]
    values = pd.read_csv(golden / "holzinger_missing.csv")[names].to_numpy(dtype=np.float64)
    counts = np.ones((1, len(values)))
    sums = pattern_sums(values, patterns_of(values), counts)
    start = np.diag(np.nanvar(values, axis=0))
    done = em_moments(sums, np.nanmean(values, axis=0), start)
    cells = {("mean", name): expected["mean"][name] for name in names}
    ours = {("mean", name): done.mean[0, j] for j, name in enumerate(names)}
    for j, row in enumerate(names):
        for k, column in enumerate(names):
            cells[row, column] = expected["cov"]["values"][j][k]
            ours[row, column] = done.covariance[0, j, k]
    wrong = [
        f"{cell}: golden {value}, ours {ours[cell]}"
        for cell, value in cells.items()
        if abs(ours[cell] - value) > TOLERANCE * max(1.0, abs(value))
    ]
    assert len(cells) == 90
    assert not wrong, "\n".join(wrong)
