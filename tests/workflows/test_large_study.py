"""A fit of a file read in chunks has the digits of the same fit in memory."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import survey_engine as se
from survey_engine.errors import SurveyEngineError
from survey_engine.readers import large
from survey_engine.workflows import run_study
from survey_engine.workflows.run_study import StudyRequest, run_request

MODEL = "Quality =~ q1 + q2 + q3\nSatisfaction =~ s1 + s2 + s3\nSatisfaction ~ Quality\n"
ITEMS = ("q1", "q2", "q3", "s1", "s2", "s3")


@pytest.fixture
def survey(tmp_path: Path) -> tuple[Path, Path]:
    """50,000 answers to six items, gaps in three of them; a weight; a model."""
    rng = np.random.default_rng(3)
    n = 50_000
    quality = rng.standard_normal(n)
    satisfaction = 0.6 * quality + 0.8 * rng.standard_normal(n)
    columns: dict[str, Any] = {}
    for at, name in enumerate(ITEMS):
        behind = quality if at < 3 else satisfaction
        answer = np.clip(np.rint(6.5 + 1.6 * behind + rng.standard_normal(n)), 1, 10)
        columns[name] = pd.array(answer.astype(int), dtype="UInt8")
        if at % 2:
            columns[name][rng.random(n) < 0.02] = pd.NA
    columns["w"] = rng.uniform(0.5, 2.0, n).round(2)
    data, model = tmp_path / "answers.parquet", tmp_path / "model.txt"
    pd.DataFrame(columns).to_parquet(data, index=False)
    model.write_text(MODEL, encoding="utf-8")
    return data, model


def fitted(
    survey: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch, *, chunks: bool, **spec: Any
) -> Any:
    """The study, in memory or in chunks."""
    monkeypatch.setattr(large, "MAX_CELLS", 1_000 if chunks else 10**9)
    monkeypatch.setattr(run_study, "_NEVER_LARGE", 0)
    data, model = survey
    asked = run_study.StudySpec(index="Satisfaction", **spec)
    return run_request(
        StudyRequest(export=data, model=str(model), scale=(1.0, 10.0), spec=asked)
    )


@pytest.mark.parametrize(
    ("estimator", "weights"),
    [("pls", None), ("pls", "w"), ("plsc", None), ("ml", None)],
)
def test_estimates_have_the_same_bits(
    survey: tuple[Path, Path],
    monkeypatch: pytest.MonkeyPatch,
    estimator: str,
    weights: str | None,
) -> None:
    given = {"estimator": estimator, "weights": weights}
    streamed = fitted(survey, monkeypatch, chunks=True, **given)
    at_once = fitted(survey, monkeypatch, chunks=False, resamples=0, **given)
    assert streamed.n == at_once.n
    assert streamed.n_effective == at_once.n_effective
    assert streamed.index == at_once.index
    assert streamed.paths == at_once.paths
    assert streamed.loadings == at_once.loadings
    assert streamed.fit_measures == at_once.fit_measures
    told = {found.code for found in streamed.diagnostics}
    assert {"READ_IN_CHUNKS", "LARGE_NO_INTERVALS", "LISTWISE_DELETION"} <= told


def test_options_that_need_rows_are_refused_together(
    survey: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(SurveyEngineError) as caught:
        fitted(survey, monkeypatch, chunks=True, estimator="mlr", missing="fiml", resamples=100)
    (found,) = caught.value.diagnostics
    assert found.code == "LARGE_NEEDS_ROWS"
    assert found.parameters["what"] == "-e mlr, --missing fiml, --resamples 100"


def test_weighted_covariance_models_need_rows_for_their_errors(
    survey: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(SurveyEngineError) as caught:
        fitted(survey, monkeypatch, chunks=True, estimator="ml", weights="w")
    assert caught.value.diagnostics[0].parameters["what"] == "-e ml --weights"


def test_a_constant_item_is_named(
    survey: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    frame = pd.read_parquet(survey[0])
    frame["q2"] = pd.array(np.full(len(frame), 7), dtype="UInt8")
    frame.to_parquet(survey[0], index=False)
    with pytest.raises(SurveyEngineError) as caught:
        fitted(survey, monkeypatch, chunks=True)
    assert [found.code for found in caught.value.diagnostics] == ["ZERO_VARIANCE_ITEM"]
    assert caught.value.diagnostics[0].where.items == ("q2",)


def test_the_command_writes_the_whole_document(
    survey: tuple[Path, Path],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    from survey_engine.cli import main

    monkeypatch.setattr(large, "MAX_CELLS", 1_000)
    monkeypatch.setattr(run_study, "_NEVER_LARGE", 0)
    target = tmp_path / "fit.json"
    line = ["fit", str(survey[0]), "-m", str(survey[1]), "--scale", "1:10", "--json"]
    assert main([*line, str(target), "--index", "Satisfaction"]) == 0
    found = json.loads(target.read_text(encoding="utf-8"))
    assert found["data"]["n_read"] == 50_000
    assert found["n"] < 50_000
    assert 0 < found["index"]["value"] < 100
    assert "was read in chunks" in capsys.readouterr().err


def test_moments_from_python(survey: tuple[Path, Path]) -> None:
    found = se.moments(survey[0], ITEMS, scale=(1, 10))
    frame = pd.read_parquet(survey[0])[list(ITEMS)]
    kept = frame.dropna().astype(float)
    assert found.moments.n == len(kept)
    np.testing.assert_allclose(found.moments.covariance, kept.cov(ddof=0), rtol=1e-11)
    assert found.missing.tolist() == frame.isna().sum().tolist()


def test_check_reads_once_and_tries_both_engines(
    survey: tuple[Path, Path],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    from survey_engine.cli import main

    monkeypatch.setattr(large, "MAX_CELLS", 1_000)
    monkeypatch.setattr(run_study, "_NEVER_LARGE", 0)
    target = tmp_path / "check.json"
    line = ["check", str(survey[0]), "-m", str(survey[1]), "--scale", "1:10"]
    assert main([*line, "--json", str(target)]) == 0
    found = json.loads(target.read_text(encoding="utf-8"))
    assert found["n"] == 50_000
    tried = [(trial["estimator"], trial["converged"]) for trial in found["trials"]]
    assert tried == [("pls", True), ("ml", True)]
    assert "was read in chunks" in capsys.readouterr().err
