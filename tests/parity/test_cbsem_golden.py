"""ML CB-SEM against lavaan 0.6-20 (development set), cell by cell."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest

from survey_engine.assessment.fit_measures import fit_measures
from survey_engine.estimation.cbsem.estimator import CbSemEstimator
from survey_engine.estimation.fit_result import CbSemFit
from survey_engine.numerics.moments import Moments
from survey_engine.spec.parse import parse_model_text

RELATIVE = 1e-6
HOLZINGER = "holzinger_cbsem_lavaan.json", "holzinger.csv"
DEMOCRACY = "political_democracy_cbsem_lavaan.json", "political_democracy.csv"
MOBI = "mobi_cbsem_lavaan.json", "mobi.csv"
GROWTH = "demo_growth_lavaan.json", "demo_growth.csv"
CASES = [
    (*HOLZINGER, "ml", {}),
    (*HOLZINGER, "ml_stdlv", {"std_lv": True}),
    (*HOLZINGER, "ml_wishart", {"likelihood": "wishart"}),
    (*HOLZINGER, "ml_orthogonal", {"orthogonal": True}),
    (*HOLZINGER, "ml_constraints", {}),
    (*HOLZINGER, "ml_second_order", {}),
    (*HOLZINGER, "ml_bifactor_s_minus_1", {"orthogonal": True, "std_lv": True}),
    (*HOLZINGER, "ml_mimic_covariates", {}),
    (*DEMOCRACY, "ml", {}),
    (*DEMOCRACY, "ml_equal_loadings", {}),
    (*DEMOCRACY, "ml_reg_no_resid_cov", {}),
    (*MOBI, "ecsi_core_ml", {}),
    (*MOBI, "ecsi_core_ml_stdlv", {"std_lv": True}),
    (*MOBI, "ecsi_core_ml_wishart", {"likelihood": "wishart"}),
    (*MOBI, "ecsi_core_ml_equal_value_loadings", {"std_lv": True}),
    (*MOBI, "ecsi_cfa5_ml", {}),
    (*MOBI, "ecsi_full_ml", {}),
    (*GROWTH, "observed_path_model", {"fixed_x": False}),
]
COLUMNS = {
    "est": "est",
    "se": "se",
    "z": "z",
    "pvalue": "p",
    "ci.lower": "ci_lower",
    "ci.upper": "ci_upper",
    "std.lv": "std_lv",
    "std.all": "std_all",
}

Case = tuple[CbSemFit, dict[str, Any]]


@pytest.fixture(scope="module", params=CASES, ids=lambda c: f"{c[0].split('_')[0]}-{c[2]}")
def case(request: pytest.FixtureRequest, shared_folder: Any) -> Case:
    file, data, name, options = request.param
    golden = shared_folder / "golden"
    block = json.loads((golden / file).read_text(encoding="utf-8"))["models"][name]
    frame = pd.read_csv(golden / data)
    if "sexm" in block["model_syntax"]:
        frame["sexm"] = frame["sex"] - 1
    numbers = frame.select_dtypes("number")
    values = numbers.to_numpy(float)
    moments = Moments(
        columns=tuple(numbers.columns),
        n=len(values),
        n_effective=float(len(values)),
        mean=values.mean(axis=0),
        covariance=np.cov(values.T, bias=True),
    )
    spec = parse_model_text(block["model_syntax"], file=name)
    return CbSemEstimator(**options).fit(spec, moments), block


def _key(lhs: str, op: str, rhs: str) -> tuple[str, str, str]:
    return lhs, op, rhs.replace(" ", "")


def test_parameters_agree(case: Case) -> None:
    fit, block = case
    theirs = {
        _key(r["lhs"], r["op"], r["rhs"]): r for r in block["parameters"] if r["op"] != "=="
    }
    ours = {_key(r.lhs, r.op, r.rhs): r for r in fit.parameters}
    assert list(ours) == list(theirs)
    for key, row in ours.items():
        for column, field in COLUMNS.items():
            value, expected = getattr(row, field), theirs[key][column]
            if expected is None:
                assert value is None, (key, column)
            else:
                near = pytest.approx(expected, rel=RELATIVE, abs=1e-9)
                assert value == near, (key, column)


def test_fit_measures_agree(case: Case) -> None:
    fit, block = case
    measures = fit_measures(fit)
    theirs = {k.replace(".", "_"): v for k, v in block["fit_measures"].items()}
    assert set(theirs) <= set(measures)
    for name, expected in theirs.items():
        assert measures[name] == pytest.approx(expected, rel=RELATIVE, abs=1e-9), name


def test_r2_and_implied_agree(case: Case) -> None:
    fit, block = case
    assert set(fit.r2) == set(block["r2"])
    for name, expected in block["r2"].items():
        assert fit.r2[name] == pytest.approx(expected, rel=RELATIVE), name
    if "implied" in block:
        matrix = next(iter(block["implied"].values()))["cov"]
        at = [fit.moments.columns.index(name) for name in matrix["rows"]]
        expected = np.array(matrix["values"])
        np.testing.assert_allclose(fit.implied[np.ix_(at, at)], expected, rtol=RELATIVE)


def test_latent_moments_and_scores_agree(case: Case) -> None:
    fit, block = case
    if "lv_cor" not in block or not fit.spec.constructs:
        pytest.skip("the reference block has no latent correlations")
    names = list(fit.spec.construct_names)
    for field, ours in (("lv_cov", fit.latent_covariance), ("lv_cor", fit.latent_correlation)):
        rows = block[field]["rows"]
        if set(names) - set(rows):
            continue
        at = [rows.index(name) for name in names]
        expected = np.array(block[field]["values"])[np.ix_(at, at)]
        np.testing.assert_allclose(ours, expected, rtol=RELATIVE, atol=1e-12)


def test_solution_converged_with_its_gradient_reported(case: Case) -> None:
    fit, _ = case
    assert fit.converged
    assert fit.criterion < 1e-8
    assert fit.diagnostics == ()
