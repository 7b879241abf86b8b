"""CFA of the mobi survey by ML and MLR against published expected values.

lavaan 0.6-21 behind seminr; stopped by a relative tolerance, so 1e-4 as the file says.
"""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from survey_engine.assessment.fit_measures import fit_measures
from survey_engine.estimation.cbsem.estimator import CbSemEstimator
from survey_engine.spec.parse import parse_model_text

from .comparison import compare, grouped_moments, ours_of

FILE = "mobi_cbsem_cfa_mlr.json"
RELATIVE = 1e-4


@pytest.mark.parametrize("method", ["ml", "mlr"])
def test_published_values_agree(shared_folder: Path, method: str) -> None:
    published = json.loads((shared_folder / "published" / FILE).read_text(encoding="utf-8"))
    frame = pd.read_csv(shared_folder / "published" / published["data"]["file"])
    spec = parse_model_text(published["model_syntax"], file=FILE)
    fit = CbSemEstimator(method=method, std_lv=True).fit(spec, grouped_moments(frame))
    values = published["values"]
    block = {
        "parameters": values[f"{method}_estimates"],
        "fit_measures": values[f"{method}_fit"],
    }
    ours = ours_of(fit, fit_measures(fit))
    found = compare(block, ours, relative=RELATIVE, absolute=1e-6)
    print(f"{FILE} {method}: {found.share}")
    assert found.failures == ()
    assert found.compared > 300
    loadings = {row.rhs: row.std_all for row in fit.parameters if row.op == "=~"}
    for item, expected in values["standardised_loadings"].items():
        for value in expected.values():
            assert loadings[item] == pytest.approx(value, rel=RELATIVE), item
