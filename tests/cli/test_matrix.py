"""A covariance or correlation matrix as input: the same numbers as from the answers."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from survey_engine.cli import main

MODEL = "visual =~ x1 + x2 + x3\ntextual =~ x4 + x5 + x6\nspeed =~ x7 + x8 + x9\n"
ITEMS = [f"x{k}" for k in range(1, 10)]


@pytest.fixture
def folder(tmp_path: Path, holzinger: pd.DataFrame) -> Path:
    covariance = holzinger[ITEMS].cov()
    covariance.to_csv(tmp_path / "cov.csv")
    lower = covariance.mask(np.triu(np.ones((9, 9)), 1).astype(bool))
    lower.to_csv(tmp_path / "lower.csv", index=False)
    holzinger[ITEMS].corr().to_csv(tmp_path / "cor.csv")
    (tmp_path / "m.txt").write_text(MODEL, encoding="utf-8")
    return tmp_path


def told(folder: Path, *arguments: str) -> tuple[int, dict]:
    answer = folder / "a.json"
    code = main([*arguments, "--json", str(answer)])
    return code, json.loads(answer.read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", ["cov.csv", "lower.csv"])
def test_ml_of_a_covariance_matrix(folder: Path, name: str) -> None:
    options = ("--matrix", "cov", "--n", "301", "-e", "ml")
    code, found = told(folder, "fit", str(folder / name), "-m", str(folder / "m.txt"), *options)
    assert code == 0
    # lavaan 0.6-20 on the answers themselves.
    assert found["fit"]["chisq"] == pytest.approx(85.3055217697941, rel=1e-6)
    assert found["fit"]["rmsea_ci_upper"] == pytest.approx(0.113678016811833, rel=1e-6)
    row = next(r for r in found["parameters"] if (r["lhs"], r["rhs"]) == ("visual", "x2"))
    assert (row["est"], row["se"]) == pytest.approx((0.553500185826969, 0.099665182362459))
    assert found["index"] is None
    assert [d["code"] for d in found["diagnostics"]] == ["MATRIX_INPUT"]


def test_correlations_give_the_same_standardised_solution(folder: Path) -> None:
    options = ("-m", str(folder / "m.txt"), "--n", "301", "-e", "ml")
    _, from_cov = told(folder, "fit", str(folder / "cov.csv"), "--matrix", "cov", *options)
    _, from_cor = told(folder, "fit", str(folder / "cor.csv"), "--matrix", "cor", *options)
    assert from_cor["fit"]["chisq"] == pytest.approx(from_cov["fit"]["chisq"], rel=1e-8)
    ours = [row["std_all"] for row in from_cor["parameters"]]
    assert ours == pytest.approx([row["std_all"] for row in from_cov["parameters"]], rel=1e-6)
    assert "MATRIX_CORRELATION" in {d["code"] for d in from_cor["diagnostics"]}


def test_pls_of_a_correlation_matrix(tmp_path: Path, mobi: pd.DataFrame) -> None:
    path = tmp_path / "r.csv"
    mobi.corr().to_csv(path)
    options = ("-m", "ecsi", "--matrix", "cor", "--n", "250", "-e", "pls")
    code, found = told(tmp_path, "fit", str(path), *options)
    assert code == 0
    paths = {(row["from"], row["to"]): row["est"] for row in found["paths"]}
    assert paths["Image", "Expectation"] == pytest.approx(0.504913934616, abs=1e-6)  # seminr
    assert paths["Quality", "Satisfaction"] == pytest.approx(0.5131, abs=5e-3)


@pytest.mark.parametrize(
    ("edit", "kind", "code"),
    [
        (lambda m: m.iloc[:5], "cov", "MATRIX_NOT_SQUARE"),
        (lambda m: m, "cor", "MATRIX_NOT_CORRELATION"),
        (lambda m: m.assign(x2=m["x2"] + np.eye(9)[:, 0]), "cov", "MATRIX_NOT_SYMMETRIC"),
        (lambda m: m.astype(object).assign(x1=["?", *m["x1"][1:]]), "cov", "MATRIX_CELL"),
        (lambda m: m - 3 * np.eye(9), "cov", "COVARIANCE_NOT_PD"),
        (lambda m: m.rename(columns={"x9": "y9"}, index={"x9": "y9"}), "cov",
         "UNKNOWN_INDICATOR"),
    ],
)  # fmt: skip
def test_faults_are_named(folder: Path, edit, kind: str, code: str) -> None:  # type: ignore[no-untyped-def]
    matrix = pd.read_csv(folder / "cov.csv", index_col=0)
    edit(matrix).to_csv(folder / "bad.csv")
    options = ("--matrix", kind, "--n", "301", "-e", "ml")
    exit_code, found = told(
        folder, "fit", str(folder / "bad.csv"), "-m", str(folder / "m.txt"), *options
    )
    assert exit_code == 1
    assert code in {d["code"] for d in found["diagnostics"]}


def test_what_needs_rows_says_so(folder: Path) -> None:
    options = ("--matrix", "cov", "--n", "301", "-e", "mlr")
    code, found = told(
        folder, "fit", str(folder / "cov.csv"), "-m", str(folder / "m.txt"), *options
    )
    assert code == 1
    assert "ROWS_NEEDED" in {d["code"] for d in found["diagnostics"]}


def test_a_matrix_needs_its_n(folder: Path) -> None:
    arguments = ["fit", str(folder / "cov.csv"), "-m", str(folder / "m.txt")]
    assert main([*arguments, "--matrix", "cov"]) == 2
    assert main([*arguments, "--n", "301"]) == 2
