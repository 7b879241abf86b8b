"""Scoring with a frozen model: its own data, new data, refusals, command line."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import survey_engine as se
from survey_engine.cli import main
from survey_engine.errors import EstimationError
from survey_engine.responses.survey_data import SurveyData
from survey_engine.spec.model import ModelSpec
from survey_engine.study.frozen import freeze, frozen_of, score_data
from survey_engine.study.result import StudyResult, StudySpec
from survey_engine.study.run import run_study


@pytest.mark.parametrize("estimator", ["pls", "gsca", "sum"])
def test_its_own_respondents_get_the_index_back(
    mobi_survey: SurveyData, ecsi: ModelSpec, estimator: str
) -> None:
    spec = StudySpec(estimator=estimator, resamples=0)  # type: ignore[arg-type]
    result = run_study(mobi_survey, ecsi, spec)
    frozen = freeze(result)
    assert frozen is not None
    found, notes = score_data(frozen, mobi_survey)
    assert result.scores is not None
    for then, now in zip(result.scores.performance, found.scores, strict=True):
        assert now.est == pytest.approx(then.est, abs=1e-10), now.construct
        assert found.before[now.construct] == then.est
    assert [note.code for note in notes] == ["FROZEN_WEIGHTS_FIXED"]


def test_the_interval_is_that_of_a_mean(
    mobi_study: StudyResult, mobi_survey: SurveyData
) -> None:
    from scipy.stats import t

    frozen = freeze(mobi_study)
    assert frozen is not None
    found, _ = score_data(frozen, mobi_survey)
    row = {one.construct: one for one in found.scores}["Satisfaction"]
    index = mobi_study.index
    assert index is not None
    error = index.standard_deviation / np.sqrt(250)
    assert row.se == pytest.approx(error, rel=1e-8)
    assert row.ci_upper == pytest.approx(index.est + t.ppf(0.975, 249) * error, rel=1e-8)


def test_weights_are_repeated_respondents(
    mobi_study: StudyResult, mobi_survey: SurveyData
) -> None:
    frozen = freeze(mobi_study)
    assert frozen is not None
    counts = 1.0 + (np.arange(250) % 2)
    weighted, _ = score_data(frozen, replace(mobi_survey, weights=counts))
    repeated = replace(mobi_survey, values=np.repeat(mobi_survey.values, counts.astype(int), 0))
    whole, _ = score_data(frozen, repeated)
    for one, other in zip(weighted.scores, whole.scores, strict=True):
        assert one.est == pytest.approx(other.est, abs=1e-10)
    assert weighted.n_effective == pytest.approx(counts.sum() ** 2 / (counts**2).sum())


def test_changed_items_and_scales_are_refused_by_name(
    mobi_study: StudyResult, mobi_survey: SurveyData
) -> None:
    frozen = freeze(mobi_study)
    assert frozen is not None
    at = [j for j, name in enumerate(mobi_survey.columns) if name != "CUSA3"]
    shorter = replace(
        mobi_survey,
        columns=tuple(mobi_survey.columns[j] for j in at),
        values=mobi_survey.values[:, at],
    )
    with pytest.raises(EstimationError) as refused:
        score_data(frozen, shorter)
    assert refused.value.diagnostics[0].code == "FROZEN_ITEM_MISSING"
    assert refused.value.diagnostics[0].where.items == ("CUSA3",)
    ranges = {**mobi_survey.ranges, "IMAG1": (0.0, 10.0), "IMAG2": (1.0, 7.0)}
    with pytest.raises(EstimationError) as refused:
        score_data(frozen, replace(mobi_survey, ranges=ranges))
    said = [(d.code, d.where.items, d.parameters["now"]) for d in refused.value.diagnostics]
    assert said == [
        ("FROZEN_SCALE_CHANGED", ("IMAG1",), "0–10"),
        ("FROZEN_SCALE_CHANGED", ("IMAG2",), "1–7"),
    ]


def test_an_undeclared_scale_is_judged_by_its_answers(
    mobi_study: StudyResult, mobi_survey: SurveyData
) -> None:
    frozen = freeze(mobi_study)
    assert frozen is not None
    plain = replace(mobi_survey, ranges={})
    assert score_data(frozen, plain)[0].n == 250
    values = mobi_survey.values.copy()
    values[3, mobi_survey.columns.index("CUSA1")] = 0.0
    with pytest.raises(EstimationError) as refused:
        score_data(frozen, replace(plain, values=values))
    assert refused.value.diagnostics[0].where.items == ("CUSA1",)


def test_rows_with_gaps_are_left_out_and_counted(
    mobi_study: StudyResult, mobi_survey: SurveyData
) -> None:
    frozen = freeze(mobi_study)
    assert frozen is not None
    values = mobi_survey.values.copy()
    values[:7, 0] = np.nan
    found, notes = score_data(frozen, replace(mobi_survey, values=values))
    assert found.n == 243
    left = [dict(d.parameters) for d in notes if d.code == "FROZEN_ROWS_LEFT_OUT"]
    assert left == [{"left": 7, "n": 250}]
    with pytest.raises(EstimationError, match="FROZEN_NO_ROWS"):
        score_data(frozen, replace(mobi_survey, values=np.full_like(values, np.nan)))


def test_a_file_without_a_model_is_refused() -> None:
    for document in ({}, {"frozen": None}, {"frozen": {"constructs": [{"construct": "A"}]}}):
        with pytest.raises(EstimationError, match="FROZEN_UNREADABLE"):
            frozen_of(document, file="x.json")


def test_from_python_and_the_command_line(
    mobi_path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = se.read(mobi_path, instrument="ecsi")
    result = se.Study(data, model="ecsi", resamples=0).run()
    assert result.index is not None
    first = tmp_path / "first.json"
    document = result.to_dict()
    first.write_text(json.dumps(document), encoding="utf-8")
    half = tmp_path / "half.csv"
    pd.read_csv(mobi_path)[:100].to_csv(half, index=False)
    inside = result.score(se.read(half, instrument="ecsi"))
    out, cases = tmp_path / "out.json", tmp_path / "cases.csv"
    argv = ["score", str(half), "-i", "ecsi", "-m", str(first), "--json", str(out)]
    assert main([*argv, "-o", str(cases)]) == 0
    told = json.loads(out.read_text("utf-8"))
    assert told["n"] == 100
    by_name = {row["construct"]: row for row in told["scores"]}
    expected = {row.construct: row for row in inside.scores}["Satisfaction"]
    assert by_name["Satisfaction"]["est"] == pytest.approx(expected.est, abs=1e-10)
    assert by_name["Satisfaction"]["before"] == pytest.approx(result.index.est, abs=1e-10)
    table = pd.read_csv(cases)
    assert len(table) == 100
    assert table["Satisfaction"].mean() == pytest.approx(expected.est, abs=1e-9)
    assert "100 new respondents" in capsys.readouterr().err
