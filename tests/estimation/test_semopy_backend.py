"""semopy as second opinion: agrees where it can, never blocks, never raises."""

from __future__ import annotations

import dataclasses
import json
import subprocess
import time
from typing import Any

import numpy as np
import pandas as pd
import pytest

from survey_engine.errors import Scope, Severity
from survey_engine.estimation import semopy_backend, semopy_child
from survey_engine.estimation.cbsem.estimator import CbSemEstimator
from survey_engine.estimation.fit_result import CbSemFit
from survey_engine.numerics.moments import Moments
from survey_engine.spec.parse import parse_model_text

HOLZINGER = "visual =~ x1+x2+x3\ntextual =~ x4+x5+x6\nspeed =~ x7+x8+x9"
DEMOCRACY = """
ind60 =~ x1+x2+x3
dem60 =~ y1+l1*y2+y3+y4
dem65 =~ y5+l1*y6+y7+y8
dem60 ~ ind60
dem65 ~ ind60+dem60
y1 ~~ y5
y2 ~~ y4+y6
"""
SINGLE = "F =~ x1+x2+x3\nOne =~ x9\nOne ~ F\nF ~ x5"


def _fit(text: str, frame: pd.DataFrame) -> CbSemFit:
    numbers = frame.select_dtypes("number")
    values = numbers.to_numpy(float)
    moments = Moments(
        columns=tuple(numbers.columns),
        n=len(values),
        n_effective=float(len(values)),
        mean=values.mean(axis=0),
        covariance=np.cov(values.T, bias=True),
    )
    return CbSemEstimator().fit(parse_model_text(text, file="m"), moments)


@pytest.mark.parametrize(
    ("text", "data"),
    [(HOLZINGER, "holzinger"), (DEMOCRACY, "political_democracy"), (SINGLE, "holzinger")],
    ids=["measurement", "equal loadings", "single indicator and predictor"],
)
def test_semopy_agrees(text: str, data: str, request: pytest.FixtureRequest) -> None:
    fit = _fit(text, request.getfixturevalue(data))
    found = semopy_backend.second_opinion(fit.spec, fit.moments, fit, timeout=120)
    assert found.outcome == "agrees", found
    assert found.reason is None
    assert found.version == semopy_backend.semopy_version()
    assert found.chisq == pytest.approx(fit.chisq, rel=1e-6)
    assert found.largest_difference is not None
    assert found.largest_difference < 1e-3


def test_a_worse_reference_differs_with_its_numbers(holzinger: pd.DataFrame) -> None:
    fit = _fit(HOLZINGER, holzinger)
    worse = dataclasses.replace(fit, chisq=fit.chisq * 1.01)
    found = semopy_backend.second_opinion(fit.spec, fit.moments, worse, timeout=120)
    assert found.outcome == "differs"
    assert found.reason is not None
    assert found.reason.code == "SEMOPY_DIFFERS"
    assert found.reason.parameters["chisq"] == pytest.approx(85.306)
    assert found.reason.parameters["chisq_reference"] == pytest.approx(86.159)
    assert found.reason.scope is Scope.SECOND_OPINION


def test_the_time_limit_holds(holzinger: pd.DataFrame) -> None:
    fit = _fit(HOLZINGER, holzinger)
    begun = time.monotonic()
    found = semopy_backend.second_opinion(fit.spec, fit.moments, fit, timeout=0.05)
    assert time.monotonic() - begun < 5
    assert found.outcome == "not_available"
    assert found.reason is not None
    assert found.reason.code == "SEMOPY_TIMED_OUT"
    assert found.reason.parameters["seconds"] == 0.05


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("F =~ NA*x1+x2+x3\nF ~~ 1*F", "F =~ NA*x1"),
        ("F =~ x1+a*x2+b*x3\na == 2*b", "a == 2*b"),
    ],
)
def test_what_semopy_would_misread_is_not_asked(
    text: str, what: str, holzinger: pd.DataFrame
) -> None:
    fit = _fit(text, holzinger)
    found = semopy_backend.second_opinion(fit.spec, fit.moments, fit, timeout=120)
    assert found.outcome == "not_available"
    assert found.reason is not None
    assert found.reason.code == "SEMOPY_UNSUPPORTED"
    assert found.reason.parameters["what"] == what
    assert found.reason.severity is Severity.INFO


@pytest.mark.parametrize(
    ("stdout", "code", "error"),
    [
        (json.dumps({"error": "LinAlgError"}), 0, "LinAlgError"),
        ("", 0, "no answer"),
        ("", 1, "exit 1"),
        ("not json", 0, "JSONDecodeError"),
    ],
)
def test_a_broken_child_is_reported(
    stdout: str,
    code: int,
    error: str,
    holzinger: pd.DataFrame,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def run(arguments: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
        return subprocess.CompletedProcess(arguments, code, stdout=stdout, stderr="")

    monkeypatch.setattr(semopy_backend.subprocess, "run", run)
    fit = _fit(HOLZINGER, holzinger)
    found = semopy_backend.second_opinion(fit.spec, fit.moments, fit, timeout=1)
    assert found.outcome == "not_available"
    assert found.reason is not None
    assert found.reason.code == "SEMOPY_STOPPED"
    assert found.reason.parameters["error"] == error


def test_artificial_rows_have_exactly_the_covariance() -> None:
    covariance = np.array([[2.0, 0.5], [0.5, 1.0]])
    rows = semopy_child._artificial_rows(covariance, 50)
    np.testing.assert_allclose(np.cov(rows.T, bias=True), covariance, rtol=1e-12)
    np.testing.assert_allclose(rows.mean(axis=0), 0, atol=1e-12)


def test_a_negative_variance_makes_semopy_differ() -> None:
    # semopy keeps variances at or above zero, so it stops at a larger chi-square.
    r = np.array(
        [[1, 0.9, 0.9, 0.3], [0.9, 1, 0.6, 0.3], [0.9, 0.6, 1, 0.2], [0.3, 0.3, 0.2, 1]]
    )
    covariance = 0.9 * r + 0.1 * np.eye(4)
    names = ("a", "b", "c", "d")
    moments = Moments(
        columns=names, n=200, n_effective=200.0, mean=np.zeros(4), covariance=covariance
    )
    fit = CbSemEstimator().fit(parse_model_text("F =~ a + b + c + d", file="m"), moments)
    assert min(p.est or 0.0 for p in fit.parameters if p.op == "~~") < 0
    found = semopy_backend.second_opinion(fit.spec, moments, fit, timeout=120)
    assert found.outcome == "differs", found
    assert found.chisq is not None
    assert found.chisq > fit.chisq
