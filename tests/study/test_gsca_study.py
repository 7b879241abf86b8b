"""A GSCA study from data to JSON."""

from __future__ import annotations

import json
from importlib import resources
from typing import Any

import jsonschema
import numpy as np
import pytest

from survey_engine.errors import Diagnostic
from survey_engine.responses.survey_data import SurveyData
from survey_engine.spec.model import ModelSpec
from survey_engine.study.document import result_document
from survey_engine.study.result import StudyResult, StudySpec
from survey_engine.study.run import run_study


def say(one: Diagnostic) -> tuple[str, str]:
    return one.code, "remedy"


@pytest.fixture(scope="module")
def study(mobi_survey: SurveyData, ecsi: ModelSpec) -> StudyResult:
    spec = StudySpec(estimator="gsca", resamples=300, second_opinion=False, scheme="centroid")
    return run_study(mobi_survey, ecsi, spec)


def test_its_json_validates_and_names_the_engine(study: StudyResult) -> None:
    folder = resources.files("survey_engine.study") / "schema" / "result-1.json"
    document: dict[str, Any] = result_document(study, say)
    jsonschema.Draft202012Validator(json.loads(folder.read_text("utf-8"))).validate(document)
    assert document["estimator"] == "gsca"
    assert document["scheme"] is None
    assert document["metric"] == "standardised"
    assert document["index"]["formula"] == "converted_standardised_weights"
    assert document["index"]["ci_lower"] < document["index"]["value"]


def test_fit_is_the_share_explained(study: StudyResult) -> None:
    """FIT by its definition, from rows: residuals of items and components over both."""
    fit = study.fit
    values = study.data.values[:, [study.data.columns.index(i) for i in fit.spec.indicators]]
    z = (values - values.mean(0)) / values.std(0, ddof=1)
    owner = [
        fit.spec.construct_names.index(c.name)
        for c in fit.spec.constructs
        for _ in c.indicators
    ]
    w = np.zeros((z.shape[1], len(fit.spec.constructs)))
    w[np.arange(len(owner)), owner] = fit.weights  # type: ignore[union-attr]
    scores = z @ w
    residual = ((z - scores[:, owner] * fit.loadings) ** 2).sum()  # type: ignore[union-attr]
    residual += ((scores - scores @ fit.paths) ** 2).sum()  # type: ignore[union-attr]
    share = 1 - residual / ((z**2).sum() + (scores**2).sum())
    measures = study.fit_measures
    assert measures["gsca_fit"] == pytest.approx(share, abs=1e-10)
    n, p, free = 250, 24, 24 + 24 + 12
    adjusted = 1 - (1 - share) * n * p / (n * p - free)
    assert measures["gsca_afit"] == pytest.approx(adjusted, abs=1e-10)
    low, high = measures["gsca_fit_ci_lower"], measures["gsca_fit_ci_upper"]
    assert low is not None
    assert high is not None
    assert low < share < high
    squares = (np.corrcoef(values.T) ** 2).sum()
    away = 2 * (measures["d_uls"] or 0)
    assert measures["gsca_gfi"] == pytest.approx(1 - away / squares, abs=1e-10)


def test_gfi_is_the_share_of_squared_correlations_implied(study: StudyResult) -> None:
    """By tracing paths: construct after construct, then items by their loadings."""
    fit = study.fit
    names = list(fit.spec.construct_names)
    implied = np.eye(len(names))
    for k in range(1, len(names)):  # constructs of this model stand in causal order
        path = fit.paths[:k, k]  # type: ignore[union-attr]
        implied[k, :k] = implied[:k, k] = path @ implied[:k, :k]
        implied[k, k] = path @ implied[:k, :k] @ path + 1 - fit.r2[k]  # type: ignore[union-attr]
    np.fill_diagonal(implied, 1.0)  # where the paths do not fit it came out not quite 1
    owner = [names.index(c.name) for c in fit.spec.constructs for _ in c.indicators]
    loadings = fit.loadings  # type: ignore[union-attr]
    items = np.outer(loadings, loadings) * implied[np.ix_(owner, owner)]
    np.fill_diagonal(items, 1.0)
    at = [study.data.columns.index(i) for i in fit.spec.indicators]
    seen = np.corrcoef(study.data.values[:, at].T)
    gfi = 1 - ((seen - items) ** 2).sum() / (seen**2).sum()
    assert study.fit_measures["gsca_gfi"] == pytest.approx(gfi, abs=1e-10)
    lower = np.tril_indices(len(seen))
    srmr = np.sqrt(((seen - items)[lower] ** 2).mean())
    assert study.fit_measures["srmr"] == pytest.approx(srmr, abs=1e-10)


def test_an_option_without_use_is_said(study: StudyResult) -> None:
    unused = [d for d in study.diagnostics if d.code == "OPTION_UNUSED"]
    assert [dict(d.parameters)["option"] for d in unused] == ["--scheme"]
