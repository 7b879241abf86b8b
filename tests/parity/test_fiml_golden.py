"""Incomplete rows against lavaan: every cell of the reference blocks we hold.

Tolerance 1e-5 relative: lavaan's EM stops some 4e-6 short of the saturated maximum (its
log-likelihood there is lower than ours), which reaches everything evaluated at these
moments; see docs/decisions/0040.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from survey_engine.assessment.fit_measures import fit_measures
from survey_engine.estimation.cbsem.estimator import CbSemEstimator
from survey_engine.estimation.cbsem.grouped import GroupedMoments
from survey_engine.numerics.fiml import fiml_point
from survey_engine.numerics.incomplete import group_rows
from survey_engine.numerics.moments import ArrayRows, Moments
from survey_engine.numerics.saturated import saturated_moments
from survey_engine.spec.parse import parse_model
from tests.parity.comparison import compare, ours_of

TOLERANCE = 1e-5
BLOCKS: dict[str, dict[str, Any]] = {
    "fiml": {"missing": "fiml"},
    "fiml_observed_se": {"missing": "fiml", "information": "expected"},
    "fiml_mlr": {"missing": "fiml", "method": "mlr"},
    "two_stage": {"missing": "two-stage"},
    "robust_two_stage": {"missing": "robust-two-stage"},
    "fiml_group_metric": {"missing": "fiml", "group_equal": ("loadings",)},
}


def gappy(frame: pd.DataFrame, names: list[str], group: str | None = None) -> GroupedMoments:
    """Rows with NaN by group; the moments are placeholders the estimator replaces."""
    labels = [""] if group is None else list(dict.fromkeys(frame[group]))
    groups, rows = [], []
    for label in labels:
        part = frame if group is None else frame[frame[group] == label]
        values = part[names].to_numpy(dtype=float)
        rows.append(ArrayRows(columns=tuple(names), values=values))
        groups.append(
            Moments(
                columns=tuple(names),
                n=len(values),
                n_effective=float(len(values)),
                mean=np.nanmean(values, axis=0),
                covariance=np.diag(np.nanvar(values, axis=0)),
            )
        )
    return GroupedMoments(
        labels=tuple(str(label) for label in labels), groups=tuple(groups), rows=tuple(rows)
    )


@pytest.mark.parametrize("name", BLOCKS)
def test_holzinger_with_gaps(shared_folder: Path, name: str) -> None:
    golden = shared_folder / "golden"
    block = json.loads((golden / "holzinger_fiml_lavaan.json").read_text("utf-8"))["models"][
        name
    ]
    frame = pd.read_csv(golden / "holzinger_missing.csv")
    names = [f"x{i}" for i in range(1, 10)]
    group = "school" if "group" in name else None
    spec = parse_model(block["model_syntax"], file=name)
    fit = CbSemEstimator(**BLOCKS[name]).fit(spec, gappy(frame, names, group))
    found = compare(block, ours_of(fit, fit_measures(fit)), relative=TOLERANCE, absolute=1e-7)
    assert found.failures == (), "\n".join(found.failures)
    print(name, found.share)
    assert found.compared > 200


def test_our_saturated_likelihood_is_the_higher_one(shared_folder: Path) -> None:
    """Why cells at the saturated moments differ by 1e-6: lavaan's EM stops before us."""
    golden = shared_folder / "golden"
    block = json.loads((golden / "holzinger_fiml_lavaan.json").read_text("utf-8"))["models"]
    theirs = block["em_saturated_moments"]
    names = theirs["cov"]["cols"]
    values = pd.read_csv(golden / "holzinger_missing.csv")[names].to_numpy(dtype=float)
    rows = group_rows(values)
    ours = saturated_moments(rows)
    mean = np.array([theirs["mean"][name] for name in names])
    at_theirs = fiml_point(rows, mean, np.array(theirs["cov"]["values"]))
    assert 0 < (at_theirs.value - ours.at.value) * rows.n < 1e-6
    assert np.abs(ours.at.mean_slope).max() < 1e-10 < 1e-8 < np.abs(at_theirs.mean_slope).max()
