"""The tables of a whole study against seminr, cSEM and semTools."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from survey_engine.responses.plain import plain_table
from survey_engine.responses.survey_data import RawResponses, SurveyData
from survey_engine.spec.model import ModelSpec
from survey_engine.spec.parse import parse_model
from survey_engine.study.result import StudyResult, StudySpec
from survey_engine.study.run import run_study

EXACT = 1e-8


@pytest.fixture(scope="module")
def standardised(mobi_survey: SurveyData, ecsi: ModelSpec) -> StudyResult:
    return run_study(mobi_survey, ecsi, StudySpec(resamples=0, metric="standardised"))


@pytest.fixture(scope="module")
def seminr(shared_folder: Path) -> Any:
    text = (shared_folder / "golden" / "mobi_pls_seminr.json").read_text()
    return json.loads(text)["models"]["modeA_path"]


def cells(table: Any) -> dict[tuple[str, str], float]:
    return {
        (row, column): table["values"][i][j]
        for i, row in enumerate(table["rows"])
        for j, column in enumerate(table["cols"])
    }


def test_reliability_and_validity(standardised: StudyResult, seminr: Any) -> None:
    expected = cells(seminr["reliability"])
    columns = {"alpha": "alpha", "rho_c": "rhoC", "ave": "AVE", "rho_a": "rhoA"}
    for row in standardised.assessment.constructs:
        for mine, theirs in columns.items():
            value = getattr(row, mine)
            if row.construct == "Complaints":
                assert value is None
            else:
                assert value == pytest.approx(expected[row.construct, theirs], abs=EXACT)


def test_ratios_of_correlations(standardised: StudyResult, seminr: Any) -> None:
    expected = cells(seminr["htmt"])
    for row in standardised.assessment.htmt:
        both = (expected[row.second, row.first], expected[row.first, row.second])
        known = next(value for value in both if value not in (None, 0))
        assert row.est == pytest.approx(known, abs=EXACT)


@pytest.mark.parametrize(
    ("table", "theirs"),
    [
        ("paths", "path_coef"),
        ("total_effects", "total_effects"),
        ("indirect_effects", "total_indirect_effects"),
    ],
)
def test_effects(standardised: StudyResult, seminr: Any, table: str, theirs: str) -> None:
    expected = cells(seminr[theirs])
    rows = getattr(standardised, table)
    for row in rows:
        assert row.est == pytest.approx(expected[row.source, row.target], abs=EXACT)
    assert len(rows) == sum(value != 0 for value in expected.values())


def test_cross_loadings_and_weights(standardised: StudyResult, seminr: Any) -> None:
    for table, theirs in (
        (standardised.assessment.cross_loadings, "cross_loadings"),
        (standardised.weights, "outer_weights"),
        (standardised.loadings, "outer_loadings"),
    ):
        expected = cells(seminr[theirs])
        for row in table:
            assert row.est == pytest.approx(expected[row.item, row.construct], abs=EXACT)


def test_fornell_larcker(standardised: StudyResult, seminr: Any) -> None:
    expected = cells(seminr["fornell_larcker"])
    for row in standardised.assessment.fornell_larcker:
        if row.sqrt_ave is not None:
            own = expected[row.construct, row.construct]
            assert row.sqrt_ave == pytest.approx(own, abs=EXACT)


def test_effect_sizes_keep_the_scores(standardised: StudyResult, shared_folder: Path) -> None:
    text = (shared_folder / "golden" / "mobi_pls_csem.json").read_text()
    table = json.loads(text)["models"]["pls_modeA_path"]["assess"]["F2"]
    expected = cells(table)
    for row in standardised.assessment.f2:
        assert row.est == pytest.approx(expected[row.target, row.source], abs=EXACT)


def test_omega_of_a_fitted_factor_model(holzinger: pd.DataFrame, shared_folder: Path) -> None:
    text = (shared_folder / "golden" / "holzinger_cbsem_lavaan.json").read_text()
    expected = json.loads(text)["models"]["ml"]["reliability"]["omega_compRelSEM_obsvar_FALSE"]
    model = parse_model(
        "visual =~ x1 + x2 + x3\ntextual =~ x4 + x5 + x6\nspeed =~ x7 + x8 + x9\n",
        file="cfa.txt",
    )
    frame = holzinger[list(model.indicators)]
    raw = RawResponses(table=frame, platform="csv", source="hs.csv", sha256="0" * 64)
    result = run_study(plain_table(raw), model, StudySpec(estimator="ml", resamples=0))
    for row in result.assessment.constructs:
        assert row.omega == pytest.approx(expected[row.construct], abs=1e-6)
