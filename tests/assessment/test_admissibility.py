"""Verdicts and their reasons."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from survey_engine.assessment.admissibility import verify
from survey_engine.errors import Scope, Severity, Where, diagnostic
from survey_engine.estimation.fit_result import PlsFit
from survey_engine.estimation.pls.estimator import PlsEstimator
from survey_engine.numerics.moments import Moments
from survey_engine.spec.parse import parse_model

MODEL = """
Image =~ IMAG1 + IMAG2 + IMAG3
Satisfaction =~ CUSA1 + CUSA2 + CUSA3
Loyalty =~ CUSL1 + CUSL3
Satisfaction ~ Image
Loyalty ~ Satisfaction + Image
"""


@pytest.fixture
def fit(mobi: pd.DataFrame) -> PlsFit:
    spec = parse_model(MODEL, file="small.txt")
    values = mobi[list(spec.indicators)].to_numpy(dtype=float)
    moments = Moments(
        columns=spec.indicators,
        n=250,
        n_effective=250.0,
        mean=values.mean(axis=0),
        covariance=np.cov(values, rowvar=False, bias=True),
    )
    return PlsEstimator().fit(spec, moments)


def test_a_clean_solution_is_admissible(fit: PlsFit) -> None:
    found = verify(fit, by_reason={"singular": 2}, requested=100)
    assert (found.verdict, found.reasons) == ("yes", ())


def test_not_converged_is_no(fit: PlsFit) -> None:
    found = verify(replace(fit, converged=False, criterion=0.012))
    assert found.verdict == "no"
    assert found.reasons[0].code == "NOT_CONVERGED"
    assert found.reasons[0].parameters["change"] == "0.012"


def test_a_loading_beyond_one_is_a_heywood_case(fit: PlsFit) -> None:
    loadings = fit.loadings.copy()
    loadings[1] = 1.07
    found = verify(replace(fit, loadings=loadings), scope=Scope.SECOND_OPINION)
    assert found.verdict == "no"
    reason = found.reasons[0]
    assert (reason.code, reason.where.items) == ("HEYWOOD_CASE", ("IMAG2",))
    assert (reason.severity, reason.scope) == (Severity.WARNING, Scope.SECOND_OPINION)


def test_impossible_construct_correlations_are_no(fit: PlsFit) -> None:
    wrong = np.array([[1.0, 0.9, 0.1], [0.9, 1.0, 0.9], [0.1, 0.9, 1.0]])
    found = verify(replace(fit, construct_correlations=wrong))
    assert found.verdict == "no"
    assert found.reasons[0].code == "LATENT_COV_NOT_PD"
    assert found.reasons[0].where.constructs == ("Image", "Satisfaction", "Loyalty")


def test_nearly_identical_constructs_are_doubtful(fit: PlsFit) -> None:
    near = np.array([[1.0, 0.995, 0.5], [0.995, 1.0, 0.5], [0.5, 0.5, 1.0]])
    found = verify(replace(fit, construct_correlations=near))
    assert found.verdict == "doubtful"
    reason = found.reasons[0]
    assert reason.code == "NEAR_SINGULAR_LATENTS"
    assert reason.where.constructs == ("Image", "Satisfaction")
    assert reason.parameters["smallest_eigenvalue"] == pytest.approx(0.005)


def test_more_than_five_percent_failed_resamples_are_doubtful(fit: PlsFit) -> None:
    assert verify(fit, by_reason={"singular": 5}, requested=100).verdict == "yes"
    found = verify(fit, by_reason={"singular": 4, "not_converged": 2}, requested=100)
    assert found.verdict == "doubtful"
    assert dict(found.reasons[0].parameters) == {
        "failed": 6,
        "requested": 100,
        "percent": 6.0,
    }


def test_what_the_estimator_calls_impossible_is_no(fit: PlsFit) -> None:
    told = diagnostic("PLSC_INADMISSIBLE", where=Where(parameters=("rho_A(Image)",)))
    found = verify(replace(fit, diagnostics=(told,)))
    assert (found.verdict, found.reasons) == ("no", (told,))
