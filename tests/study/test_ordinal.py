"""Requests with ordered items, from the options to the result JSON."""

from __future__ import annotations

import json
from importlib import resources

import jsonschema
import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from survey_engine.errors import EstimationError, ResponseError, SurveyEngineError
from survey_engine.estimation.cbsem.estimator import CbSemEstimator
from survey_engine.estimation.fit_result import CbSemFit, PlsFit
from survey_engine.responses.options import ResponseOptions
from survey_engine.responses.plain import plain_table
from survey_engine.responses.reduce_ordinal import reduce_ordinal
from survey_engine.responses.survey_data import RawResponses, SurveyData
from survey_engine.spec.model import ModelSpec
from survey_engine.spec.parse import parse_model_text
from survey_engine.study.document import result_document
from survey_engine.study.result import StudyResult, StudySpec
from survey_engine.study.run import run_study

MODEL = "F =~ a + b + c\nG =~ d + e + f\nG ~ p*F\ntwice := 2*p\n"
ITEMS = tuple("abcdef")
QUICK = {"second_opinion": False, "exploratory": False, "descriptives": False}


@pytest.fixture(scope="module")
def model() -> ModelSpec:
    return parse_model_text(MODEL, file="two")


@pytest.fixture(scope="module")
def survey() -> SurveyData:
    rng = np.random.default_rng(7)
    n = 900
    f = rng.standard_normal(n)
    g = 0.6 * f + 0.8 * rng.standard_normal(n)
    response = 0.8 * np.stack([f, f, f, g, g, g], axis=1) + 0.6 * rng.standard_normal((n, 6))
    codes = np.searchsorted([-1.2, -0.2, 0.5, 1.2], response) + 1
    table = pd.DataFrame(codes, columns=list(ITEMS)).astype(str)
    table["branch"] = np.where(np.arange(n) % 3 == 0, "North", "South")
    raw = RawResponses(table=table, platform="csv", source="a.csv", sha256="0" * 64)
    return plain_table(raw, options=ResponseOptions(scale=(1.0, 5.0)))


def study(data: SurveyData, model: ModelSpec, **options: object) -> StudyResult:
    return run_study(data, model, StudySpec(**{**QUICK, **options}))  # type: ignore[arg-type]


def document(result: StudyResult) -> dict:
    made = result_document(result, lambda one: (one.code, ""))
    folder = resources.files("survey_engine.study") / "schema" / "result-1.json"
    jsonschema.Draft202012Validator(json.loads(folder.read_text())).validate(made)
    return made


def test_wlsmv_of_ordered_items_is_the_estimators_own(
    survey: SurveyData, model: ModelSpec
) -> None:
    result = study(survey, model, estimator="wlsmv", ordered=("all",))
    direct = CbSemEstimator(method="wlsmv").fit(model, reduce_ordinal(survey, ITEMS).moments)
    assert isinstance(result.fit, CbSemFit)
    assert result.fit.parameters == direct.parameters
    codes = [one.code for one in result.diagnostics]
    assert "ORDINAL_NOT_RESAMPLED" in codes
    assert "DWLS_CONTINUOUS" not in codes
    made = document(result)
    rows = {f"{r['lhs']}{r['op']}{r['rhs']}": r for r in made["parameters"]}
    assert rows["a|t4"]["se"] > 0
    assert rows["twice:=2*p"]["est"] == pytest.approx(2 * rows["G~F"]["est"])
    assert made["fit"]["chisq_scaled"] == pytest.approx(direct.scaled.chisq)  # type: ignore[union-attr]
    assert made["resamples"] is None


def test_the_index_rests_on_the_answers(survey: SurveyData, model: ModelSpec) -> None:
    result = study(survey, model, estimator="wlsmv", ordered=("all",), index="G")
    index = document(result)["index"]
    mean = 25 * (survey.values[:, 3:].mean() - 1)
    assert index["value"] == pytest.approx(mean, abs=1.0)
    assert index["ci_lower"] is None


def test_some_items_ordered_leaves_the_others_measured(
    survey: SurveyData, model: ModelSpec
) -> None:
    result = study(survey, model, estimator="wlsmv", ordered=("a", "b"))
    rows = document(result)["parameters"]
    assert {r["lhs"] for r in rows if r["op"] == "|"} == {"a", "b"}
    measured = {r["lhs"]: r for r in rows if r["op"] == "~1"}
    assert measured["c"]["est"] == pytest.approx(survey.values[:, 2].mean(), abs=1e-6)


def test_groups_with_equal_thresholds(survey: SurveyData, model: ModelSpec) -> None:
    options = {"estimator": "wlsmv", "ordered": ("all",), "group": "branch"}
    free = document(study(survey, model, **options))
    held = document(study(survey, model, **options, group_equal=("thresholds", "loadings")))
    assert {r["group_label"] for r in held["parameters"] if r["group"]} == {"North", "South"}
    rows = {(r["lhs"], r["op"], r["rhs"], r["group"]): r["est"] for r in held["parameters"]}
    assert rows["a", "|", "t1", 1] == pytest.approx(rows["a", "|", "t1", 2], abs=1e-12)
    # equal: 24 thresholds, 4 loadings; free in the second group: 6 scales, 6 intercepts
    assert held["fit"]["df"] - free["fit"]["df"] == 24 + 4 - 12


def test_theta_is_the_same_model(survey: SurveyData, model: ModelSpec) -> None:
    given = {"estimator": "wlsmv", "ordered": ("all",)}
    delta, theta = (
        study(survey, model, **given, parameterization=p).fit_measures
        for p in ("delta", "theta")
    )
    assert delta["chisq_scaled"] == pytest.approx(theta["chisq_scaled"], rel=1e-7)


def test_ordinal_pls_uses_polychoric_correlations(survey: SurveyData, model: ModelSpec) -> None:
    plain = study(survey, model, estimator="pls", resamples=0)
    result = study(survey, model, estimator="pls", ordered=("all",))
    assert isinstance(result.fit, PlsFit)
    assert isinstance(plain.fit, PlsFit)
    polychoric = reduce_ordinal(survey, ITEMS).moments[0].correlation
    assert_allclose(result.fit.moments.correlation, polychoric, atol=1e-10)
    assert_allclose(result.fit.moments.mean, plain.fit.moments.mean)
    assert result.fit.paths[0, 1] > plain.fit.paths[0, 1]
    consistent = study(survey, model, estimator="plsc", ordered=("all",))
    assert isinstance(consistent.fit, PlsFit)
    # Population: correlation .6 of F and G; its standard error at n = 900 is about .03.
    assert consistent.fit.paths[0, 1] == pytest.approx(0.6, abs=0.07)


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"estimator": "ml"}, "ORDINAL_ESTIMATOR"),
        ({"estimator": "wlsmv", "missing": "em"}, "ORDINAL_MISSING"),
        ({"estimator": "wlsmv", "ordered": ("zz",)}, "UNKNOWN_COLUMN"),
    ],
)
def test_what_cannot_be_is_refused_by_name(
    survey: SurveyData, model: ModelSpec, options: dict, code: str
) -> None:
    with pytest.raises(SurveyEngineError) as caught:
        study(survey, model, **{"ordered": ("all",), **options})
    assert isinstance(caught.value, EstimationError | ResponseError)
    assert caught.value.diagnostics[0].code == code


def test_products_of_ordered_constructs_are_refused(survey: SurveyData) -> None:
    spec = parse_model_text("F =~ a + b\nG =~ c + d\nH =~ e + f\nH ~ F + G + F:G", file="p")
    with pytest.raises(EstimationError) as caught:
        study(survey, spec, estimator="pls", ordered=("all",))
    assert caught.value.diagnostics[0].code == "ORDINAL_UNSUPPORTED"
    assert caught.value.diagnostics[0].parameters["what"] == "F:G"


def test_json_holds_thresholds_and_reliability(survey: SurveyData, model: ModelSpec) -> None:
    wlsmv = document(study(survey, model, estimator="wlsmv", ordered=("all",)))["ordinal"]
    pls = document(study(survey, model, estimator="pls", ordered=("all",)))["ordinal"]
    assert wlsmv["thresholds"] == pls["thresholds"]
    assert len(wlsmv["thresholds"]) == 24
    (first, second), (alpha, _) = wlsmv["reliability"], pls["reliability"]
    assert (first["construct"], second["construct"]) == ("F", "G")
    # Loadings .8: omega of the responses is .842; of five-point sums a little less.
    assert 0.76 < first["omega_categorical"] < 0.842
    assert first["alpha_ordinal"] == alpha["alpha_ordinal"] == pytest.approx(0.842, abs=0.02)
    assert alpha["omega_categorical"] is None
    assert document(study(survey, model, estimator="pls", resamples=0))["ordinal"] is None


def test_exploratory_analysis_sees_polychoric_correlations(
    survey: SurveyData, model: ModelSpec
) -> None:
    given = {"estimator": "pls", "resamples": 0, "exploratory": True}
    plain, ordinal = (
        study(survey, model, **given, ordered=chosen).assessment.exploratory
        for chosen in ((), ("all",))
    )
    roots = np.linalg.eigvalsh(reduce_ordinal(survey, ITEMS).moments[0].correlation)[::-1]
    assert_allclose(ordinal.eigenvalues, roots, atol=1e-8)
    assert ordinal.eigenvalues[0] > plain.eigenvalues[0]
