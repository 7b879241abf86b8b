"""A study by ML of a model with a composite: weights, resamples, what is left out."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import survey_engine as se
from survey_engine.simulation.questionnaire import simulated_answers
from survey_engine.workflows.resources import load_instrument, load_model


def test_a_composite_beside_factors(tmp_path: Path) -> None:
    file = tmp_path / "export.csv"
    answers = simulated_answers(load_instrument("hkcsi"), load_model("hkcsi"), n=400, seed=5)
    answers.to_csv(file, index=False)
    study = se.Study(
        se.read(file, instrument="hkcsi"),
        model="hkcsi",
        estimator="ml",
        resamples=40,
        seed=1,
        modification_indices=True,
        dynamic_cutoffs=True,
    )
    result = study.run().to_dict()
    rows = {f"{r['lhs']} {r['op']} {r['rhs']}": r for r in result["parameters"]}
    weights = {r["item"]: r for r in result["weights"] if r["construct"] == "Characteristics"}
    assert list(weights) == ["AGE", "EDU", "INC"]
    for item, weight in weights.items():
        assert rows[f"Characteristics <~ {item}"]["est"] == pytest.approx(weight["est"])
    assert (weights["AGE"]["ci_lower"], weights["AGE"]["ci_upper"]) == pytest.approx((1, 1))
    assert weights["EDU"]["ci_lower"] < weights["EDU"]["est"] < weights["EDU"]["ci_upper"]
    loadings = {r["item"]: r["est"] for r in result["loadings"]}
    assert all(0.5 < loadings[item] < 1 for item in weights)
    # 18 items; block 6 + 2 with its variance, 14 free loadings of five factors less
    # their 5 markers, 15 errors less that of the single item, 12 paths, 6 residuals.
    p, loads, errors = 18, 14 - 5, 14
    assert result["fit"]["df"] == p * (p + 1) // 2 - (8 + loads + errors + 12 + 6)
    assert result["resamples"]["usable"] == 40
    (construct,) = [c for c in result["constructs"] if c["name"] == "Characteristics"]
    assert (construct["kind"], construct["rho_c"], construct["ave"]) == (
        "composite",
        None,
        None,
    )
    tests = result["model_tests"]
    assert "Characteristics" not in {r["construct"] for r in tests["reliability"]}
    assert not {"AGE", "EDU", "INC"} & {
        name for r in tests["modification_indices"] for name in (r["lhs"], r["rhs"])
    }
    assert "less mean" not in json.dumps(result)
    (left_out,) = [d for d in result["diagnostics"] if d["code"] == "AFTER_FIT_COMPOSITES"]
    assert "--dynamic-cutoffs" in left_out["message"]
    assert left_out["where"]["constructs"] == ["Characteristics"]
