"""Residuals, standardised errors, score and Wald tests and factor scores against lavaan.

Cell by cell at the reference solution (lavaan 0.6-20, semTools 0.5-7). Reference solutions
are polished to a gradient of 1e-8 or less, so 1e-6 relative leaves room for nothing else.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from survey_engine.assessment.model_tests.factor_scores import factor_scores, latent_names
from survey_engine.assessment.model_tests.of_fit import point_of
from survey_engine.assessment.model_tests.residuals import residuals, unbiased_srmr
from survey_engine.assessment.model_tests.score_tests import equality_tests
from survey_engine.assessment.model_tests.standardised import standardised_solution
from survey_engine.assessment.model_tests.wald import wald_test
from survey_engine.estimation.cbsem.estimator import CbSemEstimator
from survey_engine.estimation.fit_result import CbSemFit
from survey_engine.numerics.moments import Array, Moments
from survey_engine.spec.parse import parse_model_text
from tests.parity.points import models, reference_point

RELATIVE = 1e-6
HOLZINGER = "holzinger_cbsem_lavaan.json"
DEMOCRACY = "political_democracy_cbsem_lavaan.json"


def _same(ours: float | None, theirs: float | None, cell: object, tiny: float = 1e-9) -> None:
    if theirs is None or ours is None:
        assert ours is theirs, f"{cell}: {ours} against {theirs}"
        return
    near = abs(ours - theirs) <= RELATIVE * abs(theirs) + tiny
    assert near, f"{cell}: {ours!r} against {theirs!r}"


def _same_matrix(ours: Array, theirs: dict[str, Any], names: tuple[str, ...]) -> None:
    for i, row in enumerate(theirs["rows"]):
        for j, column in enumerate(theirs["cols"]):
            value = ours[names.index(row), names.index(column)]
            # The diagonal of z is 0 / 0: undefined here, 0 there.
            value = 0.0 if np.isnan(value) and row == column else value
            _same(float(value), theirs["values"][i][j], (row, column))


def _fit(folder: Path, file: str, data: str, name: str) -> CbSemFit:
    block = models(folder, file)[name]
    frame = pd.read_csv(folder / "golden" / data).select_dtypes("number")
    values = frame.to_numpy(float)
    moments = Moments(
        columns=tuple(frame.columns),
        n=len(values),
        n_effective=float(len(values)),
        mean=values.mean(axis=0),
        covariance=np.cov(values.T, bias=True),
    )
    return CbSemEstimator().fit(parse_model_text(block["model_syntax"], file=name), moments)


def test_residuals_agree(shared_folder: Path) -> None:
    block = models(shared_folder, HOLZINGER)["ml"]
    point = reference_point(block)
    found = residuals(point)
    _same_matrix(found.correlation[0], block["residuals_cor"], found.observed)
    _same_matrix(found.z[0], block["residuals_cov_z"], found.observed)
    summary = unbiased_srmr(point)
    assert summary is not None
    ours = {
        "srmr": summary.srmr,
        "srmr.exactfit.z": summary.exact_z,
        "srmr.exactfit.pvalue": summary.exact_p,
        "usrmr": summary.usrmr,
        "usrmr.se": summary.se,
        "usrmr.ci.lower": summary.ci_lower,
        "usrmr.ci.upper": summary.ci_upper,
        "usrmr.closefit.z": summary.close_z,
        "usrmr.closefit.pvalue": summary.close_p,
    }
    theirs = {row["stat"]: row["cov"] for row in block["residuals_summary"]}
    for name, value in ours.items():
        _same(value, theirs[name], name)


@pytest.mark.parametrize("file", [HOLZINGER, DEMOCRACY])
def test_standardised_solution_agrees(shared_folder: Path, file: str) -> None:
    data = "holzinger.csv" if file == HOLZINGER else "political_democracy.csv"
    fit = _fit(shared_folder, file, data, "ml")
    theirs = models(shared_folder, file)["ml_stdsol"]["table"]
    defined = [row for row in fit.parameters if row.op == ":="]
    ours = standardised_solution(point_of(fit), fit.free_covariance, defined=defined)
    assert len(ours) == len(theirs)
    columns = {
        "est": "est.std",
        "se": "se",
        "z": "z",
        "p": "pvalue",
        "ci_lower": "ci.lower",
        "ci_upper": "ci.upper",
    }
    for row, other in zip(ours, theirs, strict=True):
        assert (row.lhs, row.op) == (other["lhs"], other["op"])
        for field, column in columns.items():
            _same(getattr(row, field), other[column], (row.lhs, row.op, row.rhs, column))


def test_score_tests_of_equal_loadings_and_intercepts_agree(shared_folder: Path) -> None:
    blocks = models(shared_folder, "holzinger_multigroup_lavaan.json")
    total, each = equality_tests(reference_point(blocks["ml_scalar"]))
    theirs = blocks["ml_scalar_score_test"]
    _same(total.chisq, theirs["total"][0]["X2"], "total")
    _same(total.p, theirs["total"][0]["p.value"], "total p")
    assert total.df == theirs["total"][0]["df"]
    assert len(each) == len(theirs["uni"])
    for row, other in zip(each, theirs["uni"], strict=True):
        _same(row.chisq, other["X2"], (row.lhs, row.rhs))
        _same(row.p, other["p.value"], (row.lhs, row.rhs, "p"))


def test_wald_test_agrees(shared_folder: Path) -> None:
    fit = _fit(shared_folder, DEMOCRACY, "political_democracy.csv", "ml")
    theirs = models(shared_folder, DEMOCRACY)["wald_test"]
    ours = wald_test(fit.parameters, fit.free_covariance, ["a == b"])
    assert ours.df == theirs["df"]
    _same(ours.chisq, theirs["stat"], "chi-square")
    _same(ours.p, theirs["p"], "p")


SCORED = [
    (HOLZINGER, "holzinger.csv"),
    (DEMOCRACY, "political_democracy.csv"),
    ("mobi_cbsem_lavaan.json", "mobi.csv"),
    ("holzinger_multigroup_lavaan.json", "holzinger.csv"),
    ("holzinger_fiml_lavaan.json", "holzinger_missing.csv"),
    ("demo_growth_lavaan.json", "demo_growth.csv"),
]


@pytest.mark.parametrize(("file", "data"), SCORED, ids=[one[0] for one in SCORED])
def test_factor_scores_agree(shared_folder: Path, file: str, data: str) -> None:
    frame = pd.read_csv(shared_folder / "golden" / data)
    checked = 0
    for name, block in models(shared_folder, file).items():
        if "factor_scores_regression_first10" not in block or "sampstat" not in block:
            continue
        point = reference_point(block)
        answers = frame[list(point.sample.observed)].to_numpy(float)
        labels = block.get("group_labels", [])
        group = np.array([labels.index(one) for one in frame["school"]]) if labels else None
        for method in ("regression", "bartlett"):
            scores = factor_scores(point, answers, group=group, method=method)
            theirs = block[f"factor_scores_{method}_first10"]
            for g, table in enumerate(theirs.values() if labels else [theirs]):
                own = scores if group is None else scores[group == g]
                _scores_agree(own, table, latent_names(point), (name, method, g))
                checked += 1
    assert checked >= 2


def _scores_agree(
    ours: Array, theirs: dict[str, Any], names: tuple[str, ...], where: tuple[object, ...]
) -> None:
    for i, row in enumerate(theirs["values"]):
        for latent, expected in zip(theirs["cols"], row, strict=True):
            value = float(ours[i, names.index(latent)])
            if where[:2] == ("ml_second_order", "bartlett") and latent == "g":
                # No item measures it directly: undefined here, 0 there (decision 0030).
                assert np.isnan(value), (*where, i, latent)
                continue
            _same(value, expected, (*where, i, latent), tiny=1e-11)
