"""Prediction in a study: what is asked, what is refused, what the JSON holds."""

from __future__ import annotations

import json
from importlib import resources
from typing import Any

import jsonschema
import numpy as np
import pandas as pd
import pytest

from survey_engine.errors import EstimationError
from survey_engine.responses.survey_data import SurveyData
from survey_engine.spec.model import ModelSpec
from survey_engine.study.document import result_document
from survey_engine.study.result import StudySpec
from survey_engine.study.run import run_study


def run(data: SurveyData, model: ModelSpec, **options: Any) -> dict[str, Any]:
    spec = StudySpec(resamples=0, **options)
    return result_document(run_study(data, model, spec), lambda one: (one.code, ""))


@pytest.fixture(scope="module")
def rival(ecsi: ModelSpec) -> ModelSpec:
    """The model of the study without Image -> Satisfaction."""
    paths = [p for p in ecsi.paths if (p.source, p.target) != ("Image", "Satisfaction")]
    return ecsi.model_copy(update={"id": "rival", "paths": tuple(paths), "title": {}})


@pytest.fixture(scope="module")
def asked(mobi_survey: SurveyData, ecsi: ModelSpec, rival: ModelSpec) -> dict[str, Any]:
    return run(
        mobi_survey,
        ecsi,
        predict="10x2",
        cvpat=True,
        rival=rival,
        blindfold=7,
        redundancy={"Quality": "CUSA1"},
    )


def test_the_document_is_valid_and_complete(asked: dict[str, Any]) -> None:
    folder = resources.files("survey_engine.study") / "schema" / "result-1.json"
    jsonschema.validate(asked, json.loads(folder.read_text(encoding="utf-8")))
    found = asked["prediction"]
    assert (found["folds"], found["repetitions"], found["failed"]) == (10, 2, 0)
    assert len(found["items"]) == 19
    assert found["power"][0]["construct"] is None
    assert {row["versus"] for row in found["cvpat"]} == {"mean", "lm", "rival"}
    assert found["omission_distance"] == 7
    assert found["rival"] == "rival"


def test_redundancy_is_the_multiple_correlation_with_the_question(
    asked: dict[str, Any], mobi: pd.DataFrame
) -> None:
    (found,) = asked["prediction"]["redundancy"]
    items = [f"PERQ{i}" for i in range(1, 8)]
    centred = mobi[[*items, "CUSA1"]] - mobi[[*items, "CUSA1"]].mean()
    x, y = centred[items].to_numpy(dtype=float), centred["CUSA1"].to_numpy(dtype=float)
    fitted = x @ np.linalg.lstsq(x, y, rcond=None)[0]
    assert found["path"] == pytest.approx(float(np.corrcoef(fitted, y)[0, 1]), abs=1e-10)


def test_the_models_items_are_predicted_better_than_their_means(asked: dict[str, Any]) -> None:
    by_item = {row["item"]: row for row in asked["prediction"]["items"]}
    assert all(row["q2_predict"] > 0.0 for row in by_item.values() if row["item"] != "CUSL2")
    # seminr's ten folds gave .417 for CUSA1; ours are other folds.
    assert by_item["CUSA1"]["q2_predict"] == pytest.approx(0.417, abs=0.02)
    overall = next(r for r in asked["prediction"]["cvpat"] if r["construct"] is None)
    assert overall["versus"] == "mean"
    assert overall["difference"] < 0.0
    assert overall["p"] < 1e-6


def test_akaike_weights_follow_from_the_criteria(asked: dict[str, Any]) -> None:
    mine = {row["construct"]: row for row in asked["prediction"]["criteria"]}
    theirs = {row["construct"]: row for row in asked["prediction"]["rival_criteria"]}
    for construct in ("Satisfaction", "Loyalty"):
        for name in ("aic", "bic"):
            odds = np.exp((mine[construct][name] - theirs[construct][name]) / 2)
            assert mine[construct]["weights"][name] == pytest.approx(1 / (1 + odds))
            assert theirs[construct]["weights"][name] == pytest.approx(odds / (1 + odds))
    # Image adds to satisfaction: the model with it is the likelier one.
    assert mine["Satisfaction"]["weights"]["bic"] > 0.5
    assert mine["Satisfaction"]["predictors"] == theirs["Satisfaction"]["predictors"] + 1


def test_the_same_seed_gives_the_same_document(
    mobi_survey: SurveyData, ecsi: ModelSpec
) -> None:
    hashes = [
        run(mobi_survey, ecsi, predict="5x1", seed=seed)["result_sha256"] for seed in (1, 1, 2)
    ]
    assert hashes[0] == hashes[1] != hashes[2]


def test_leave_one_out_is_one_repetition(mobi_survey: SurveyData, ecsi: ModelSpec) -> None:
    found = run(mobi_survey, ecsi, predict="loo", metric="standardised")["prediction"]
    assert (found["folds"], found["repetitions"]) == (250, 1)
    rmse = {row["item"]: row["rmse"] for row in found["items"]}
    assert 0.9 < rmse["CUSA1"] < 1.0


@pytest.mark.parametrize(
    ("options", "code", "parameters"),
    [
        (
            {"predict": "10x10", "estimator": "ml"},
            "PREDICTION_NOT_AVAILABLE",
            {"options": "--predict", "reason": "-e ml"},
        ),
        (
            {"cvpat": True, "missing": "pairwise"},
            "PREDICTION_NOT_AVAILABLE",
            {"options": "--cvpat", "reason": "--missing pairwise"},
        ),
        ({"predict": "300x2"}, "PREDICTION_FOLDS", {"folds": 300, "n": 250}),
        ({"blindfold": 5}, "BLINDFOLD_DISTANCE", {"distance": 5, "n": 250, "near": 6}),
        ({"redundancy": {"Quality": "PERQ1"}}, "REDUNDANCY_UNKNOWN", {}),
        ({"redundancy": {"Nothing": "CUSA1"}}, "REDUNDANCY_UNKNOWN", {}),
    ],
)
def test_what_cannot_be_had_is_refused_by_name(
    mobi_survey: SurveyData,
    ecsi: ModelSpec,
    options: dict[str, Any],
    code: str,
    parameters: dict[str, Any],
) -> None:
    with pytest.raises(EstimationError) as caught:
        run(mobi_survey, ecsi, **options)
    (problem,) = caught.value.diagnostics
    assert problem.code == code
    assert dict(problem.parameters) == parameters


def test_a_rival_of_other_items_is_refused(
    mobi_survey: SurveyData, ecsi: ModelSpec, rival: ModelSpec
) -> None:
    smaller = ecsi.model_copy(
        update={
            "constructs": tuple(
                c.model_copy(update={"indicators": c.indicators[:2]}) for c in ecsi.constructs
            )
        }
    )
    with pytest.raises(EstimationError) as caught:
        run(mobi_survey, smaller, rival=rival)
    (problem,) = caught.value.diagnostics
    assert problem.code == "PREDICTION_RIVAL_ITEMS"
    assert "CUSA3" in problem.where.items
