"""A study's questions to its fitted model: on the command line, in the JSON, refused."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from survey_engine.cli import main

MODEL = "visual =~ x1 + x2 + x3\ntextual =~ x4 + x5 + x6\nspeed =~ x7 + x8 + x9\n"
ASKED = ["-e", "ml", "--resamples", "0", "--no-second-opinion"]


@pytest.fixture(scope="module")
def study(
    tmp_path_factory: pytest.TempPathFactory, holzinger: pd.DataFrame
) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("holzinger")
    table, model = folder / "answers.csv", folder / "model.txt"
    holzinger.to_csv(table, index=False)
    model.write_text(MODEL, encoding="utf-8")
    return table, model


def _fit(study: tuple[Path, Path], out: Path, *options: str) -> tuple[int, dict[str, Any]]:
    table, model = study
    target = out / "result.json"
    argv = ["fit", str(table), "-m", str(model), *options, "--json", str(target)]
    code = main(argv)
    return code, json.loads(target.read_text(encoding="utf-8"))


def test_everything_at_once(
    study: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    scores = tmp_path / "scores.csv"
    options = ["--modification-indices", "--dynamic-cutoffs", "--scores", str(scores)]
    code, content = _fit(study, tmp_path, *ASKED, *options)
    assert code == 0
    tests = content["model_tests"]
    first = tests["modification_indices"][0]
    assert (first["lhs"], first["op"], first["rhs"]) == ("visual", "=~", "x9")
    # lavaan 0.6-14: 36.411, .577, .515
    assert first["mi"] == pytest.approx(36.4110, abs=1e-3)
    assert first["sepc_all"] == pytest.approx(0.51525, abs=1e-4)
    assert len(tests["residuals"]) == 45
    assert len(tests["standardised_solution"]) == len(content["parameters"])
    assert [row["test"] for row in tests["rmsea_power"]] == ["close", "not_close", "exact"]
    told = capsys.readouterr().err
    assert "visual =~ x9   36.41" in told
    assert "2      0.0" in told
    assert [one["level"] for one in tests["dynamic_cutoffs"]["levels"]] == [1, 2]
    lines = list(csv.DictReader(scores.read_text(encoding="utf-8").splitlines()))
    assert len(lines) == 301
    assert lines[0]["row"] == "1"
    # lavaan 0.6-20, lavPredict: regression and Bartlett scores of the first pupil.
    assert float(lines[0]["visual_regression"]) == pytest.approx(-0.81767, abs=1e-4)
    assert float(lines[0]["visual_bartlett"]) == pytest.approx(-1.36954, abs=1e-4)


def test_scores_of_groups_fitted_at_once(study: tuple[Path, Path], tmp_path: Path) -> None:
    scores = tmp_path / "scores.csv"
    equal = ["--group", "school", "--group-equal", "loadings,intercepts"]
    _, content = _fit(study, tmp_path, *ASKED, *equal, "--scores", str(scores))
    lines = list(csv.DictReader(scores.read_text(encoding="utf-8").splitlines()))
    # lavaan 0.6-20, scalar model, Bartlett: the first pupil of Pasteur.
    found = [float(lines[0][f"{name}_bartlett"]) for name in ("visual", "textual", "speed")]
    assert found == pytest.approx([-1.426671, 0.069597, 0.133855], abs=1e-3)
    each = content["model_tests"]["equality_tests"]["each"]
    worst = max(each, key=lambda one: one["chisq"])
    assert (worst["lhs"], worst["rhs"]) == ("x3 ~1 [Pasteur]", "x3 ~1 [Grant-White]")
    assert worst["chisq"] == pytest.approx(19.1925, abs=1e-3)


def test_ladder_in_the_result(
    study: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, content = _fit(study, tmp_path, *ASKED, "--group", "school", "--invariance")
    assert "scalar, free: x3 ~1, x7 ~1" in capsys.readouterr().err
    ladder = content["invariance"]
    steps = [(one["step"], one["verdict"], one["freed"]) for one in ladder["steps"]]
    assert steps == [
        ("configural", None, []),
        ("metric", "holds", []),
        ("scalar", "fails", []),
        ("scalar", "holds", ["x3 ~1", "x7 ~1"]),
        ("strict", "holds", ["x3 ~1", "x7 ~1"]),
    ]
    # lavaan 0.6-20: configural, metric, scalar; partial scalar 129.4225 with 58 df.
    chisq = [one["chisq"] for one in ladder["steps"]]
    assert chisq[:4] == pytest.approx([115.8513, 124.0435, 164.1028, 129.4225], abs=1e-3)
    assert ladder["steps"][3]["df"] == 58
    assert ladder["means_comparable"] is True
    assert [one["construct"] for one in ladder["latent_means"]] == [
        "visual",
        "textual",
        "speed",
    ]
    codes = [one["code"] for one in content["diagnostics"]]
    assert {"INVARIANCE_BROKEN", "INVARIANCE_SEARCHED"} <= set(codes)


def test_measurement_tests(study: tuple[Path, Path], tmp_path: Path) -> None:
    options = ["-e", "ml", "--resamples", "100", "--no-second-opinion"]
    _, content = _fit(study, tmp_path, *options, "--measurement-tests")
    tests = content["model_tests"]
    pair = tests["discriminant"][0]
    assert (pair["first"], pair["second"], pair["verdict"]) == ("visual", "textual", "none")
    assert pair["correlation"] == pytest.approx(0.45851, abs=1e-4)
    assert pair["chisq_one"] > 50
    assert tests["bollen_stine"]["usable"] == 100
    assert tests["bollen_stine"]["p"] < 0.05
    assert tests["harman"]["share"] == pytest.approx(0.3574, abs=1e-3)
    assert tests["method_factor"]["share"] is None
    assert "METHOD_FACTOR_UNSTABLE" in [one["code"] for one in content["diagnostics"]]


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (["--modification-indices"], "AFTER_FIT_NEEDS_CBSEM"),
        (["-e", "ml", "--invariance"], "INVARIANCE_NEEDS_GROUPS"),
        (["-e", "ml", "--invariance", "--group", "same"], "INVARIANCE_NEEDS_GROUPS"),
    ],
)
def test_what_cannot_be_had_is_refused_by_name(
    tmp_path: Path,
    holzinger: pd.DataFrame,
    options: list[str],
    code: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    table, model = tmp_path / "answers.csv", tmp_path / "model.txt"
    holzinger.assign(same="all").to_csv(table, index=False)
    model.write_text(MODEL, encoding="utf-8")
    argv = ["fit", str(table), "-m", str(model), "--resamples", "0", *options]
    assert main([*argv, "--no-second-opinion"]) == 1
    assert code in capsys.readouterr().err


def test_a_group_with_fewer_rows_than_items_is_named(
    tmp_path: Path, mobi: pd.DataFrame, capsys: pytest.CaptureFixture[str]
) -> None:
    table, model = tmp_path / "answers.csv", tmp_path / "model.txt"
    branch = ["small"] * 12 + ["large"] * (len(mobi) - 12)
    mobi.assign(branch=branch).to_csv(table, index=False)
    blocks = {"Quality": ("PERQ", 7), "Image": ("IMAG", 5), "Satisfaction": ("CUSA", 3)}
    lines = [
        f"{name} =~ " + " + ".join(f"{item}{k + 1}" for k in range(size))
        for name, (item, size) in blocks.items()
    ]
    model.write_text("\n".join(lines), encoding="utf-8")
    argv = ["fit", str(table), "-m", str(model), *ASKED, "--invariance", "--group", "branch"]
    assert main(argv) == 1
    told = capsys.readouterr().err
    assert "INVARIANCE_GROUP_SMALL: The group small has 12 complete rows" in told


def test_checklist_lines_and_an_edited_cutoff(study: tuple[Path, Path], tmp_path: Path) -> None:
    options = ["--group", "school", "--invariance"]
    _, grouped = _fit(study, tmp_path, *ASKED, *options)
    ladder = {one["item"]: one for one in grouped["checklist"]}
    assert ladder["invariance_cfi"]["value"] == pytest.approx(0.0025, abs=2e-4)
    assert ladder["invariance_cfi"]["verdict"] == "pass"
    options = ["--modification-indices", "--cutoff", "cfi=.93:.90"]
    _, content = _fit(study, tmp_path, *ASKED, *options)
    lines = {one["item"]: one for one in content["checklist"]}
    # Correlation residual of x2 and x7, and modification index, from lavaan.
    residual = lines["largest_correlation_residual"]
    assert residual["value"] == pytest.approx(0.18918, abs=1e-4)
    assert (residual["cutoff"], residual["verdict"]) == ("≤ .1", "fail")
    assert lines["largest_modification_index"]["value"] == pytest.approx(36.411, abs=1e-2)
    assert lines["model_df"]["value"] == 24
    assert (lines["cfi"]["cutoff"], lines["cfi"]["verdict"]) == ("≥ .93", "pass")
    assert lines["largest_skewness"]["verdict"] == "pass"
    plain = {one["item"]: one for one in _fit(study, tmp_path, *ASKED)[1]["checklist"]}
    assert plain["cfi"]["verdict"] == "caution"
    assert "invariance_cfi" not in plain


def test_rows_with_gaps_get_scores_and_no_complete_data_tests(
    study: tuple[Path, Path], tmp_path: Path, holzinger: pd.DataFrame
) -> None:
    table, model = tmp_path / "gaps.csv", study[1]
    frame = holzinger.copy()
    frame.loc[::7, "x1"] = float("nan")
    frame.to_csv(table, index=False)
    scores = tmp_path / "scores.csv"
    options = ["--missing", "fiml", "--modification-indices", "--scores", str(scores)]
    code, content = _fit((table, model), tmp_path, *ASKED, *options)
    assert code == 0
    assert content["model_tests"]["modification_indices"] is None
    assert all(row["z"] is None for row in content["model_tests"]["residuals"])
    assert len(scores.read_text(encoding="utf-8").splitlines()) == 302
    left_out = [d for d in content["diagnostics"] if d["code"] == "AFTER_FIT_COMPLETE_ONLY"]
    assert left_out[0]["parameters"]["options"] == "--modification-indices"
