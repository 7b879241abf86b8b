"""Multiple imputation through a whole study: pooled numbers, what is told and refused."""

from __future__ import annotations

import json
from dataclasses import replace
from importlib import resources

import jsonschema
import numpy as np
import pytest

from survey_engine.assessment.imputed import ImputedResampled
from survey_engine.errors import EstimationError
from survey_engine.estimation.cbsem.estimator import CbSemEstimator
from survey_engine.estimation.cbsem.imputed import pool_fits
from survey_engine.numerics.imputation import impute
from survey_engine.numerics.moments import Moments
from survey_engine.numerics.rubin import d2, pool
from survey_engine.responses.row_moments import mean_and_covariance
from survey_engine.responses.survey_data import SurveyData
from survey_engine.spec.model import ModelSpec
from survey_engine.spec.model_text import parse_model_text
from survey_engine.study.document import result_document
from survey_engine.study.result import StudyResult, StudySpec
from survey_engine.study.run import run_study

QUICK = {"second_opinion": False, "exploratory": False, "descriptives": False}


@pytest.fixture(scope="module")
def holes(mobi_survey: SurveyData) -> SurveyData:
    """Mobi with a tenth of the answers to every third item missing at random."""
    values = mobi_survey.values.copy()
    draw = np.random.default_rng(3)
    for item in range(0, values.shape[1], 3):
        values[draw.random(len(values)) < 0.1, item] = np.nan
    return replace(mobi_survey, values=values)


@pytest.fixture(scope="module")
def study(holes: SurveyData, ecsi: ModelSpec) -> StudyResult:
    spec = StudySpec(missing="mi", imputations=6, resamples=60, **QUICK)
    return run_study(holes, ecsi, spec)


def _document(result: StudyResult) -> dict[str, object]:
    return result_document(result, lambda one: (one.code, ""))


def test_without_gaps_it_is_the_complete_analysis(
    mobi_survey: SurveyData, ecsi: ModelSpec
) -> None:
    spec = StudySpec(resamples=60, **QUICK)
    complete = _document(run_study(mobi_survey, ecsi, spec))
    imputed = _document(run_study(mobi_survey, ecsi, spec.model_copy(update={"missing": "mi"})))
    told = [one["code"] for one in imputed["diagnostics"]]
    assert "IMPUTATION_NOT_NEEDED" in told
    for table in ("index", "paths", "loadings", "weights", "fit", "drivers", "resamples"):
        assert imputed[table] == complete[table], table
    assert imputed["imputation"] is None


def test_pooled_study_uses_all_and_says_how(study: StudyResult) -> None:
    assert study.n == 250
    told = {one.code: one.parameters for one in study.diagnostics}
    assert told["IMPUTED"]["m"] == 6
    assert told["IMPUTED"]["method"] == "pmm"
    assert told["IMPUTED"]["seed"] == 1
    assert told["IMPUTED_INFORMATION"]["fmi"].endswith("%")
    assert study.resamples is not None
    assert study.resamples.requested == 6 * 60
    assert study.resamples.interval == "rubin"


def test_index_is_pooled_by_rubins_rules(study: StudyResult) -> None:
    sampled = _sampled_again(study)
    at = study.model.construct_names.index(study.index.construct)
    estimates = sampled.points["performance"][:, at]
    within = np.array(
        [sampled.draws["performance"][sampled.of == k, at].var(ddof=1) for k in range(6)]
    )
    found = pool(estimates, within, df_complete=study.n - 1)
    lower, upper = found.interval()
    assert study.index.est == pytest.approx(float(found.est), rel=1e-12)
    assert study.index.se == pytest.approx(float(found.se), rel=1e-9)
    assert study.index.ci_lower == pytest.approx(float(lower), rel=1e-9)
    assert study.index.ci_upper == pytest.approx(float(upper), rel=1e-9)
    row = next(r for r in study.imputation.information if r.table == "index")
    assert row.fmi == pytest.approx(float(found.fmi), rel=1e-9)
    assert row.df == pytest.approx(float(found.df), rel=1e-9)


def _sampled_again(study: StudyResult) -> ImputedResampled:
    from survey_engine.study.imputed import estimate_study
    from survey_engine.study.prepare import prepare

    prepared = prepare(study.data, study.model, study.spec)
    found, _ = estimate_study(prepared, study.spec)
    assert isinstance(found.sampled, ImputedResampled)
    return found.sampled


def test_every_path_has_its_information(study: StudyResult) -> None:
    rows = {(r.lhs, r.rhs): r.fmi for r in study.imputation.information if r.table == "paths"}
    assert set(rows) == {(p.target, p.source) for p in study.model.paths}
    assert all(0.0 <= fmi < 0.9 for fmi in rows.values())
    (single,) = [r for r in study.imputation.information if r.rhs == "CUSCO" and r.op == "=~"]
    assert single.fmi is None  # the loading of a single item is 1
    largest = max(r.fmi for r in study.imputation.information if r.fmi is not None)
    assert study.imputation.largest_fmi == largest


def test_the_document_is_valid_by_the_schema(study: StudyResult) -> None:
    folder = resources.files("survey_engine.study") / "schema" / "result-1.json"
    schema = json.loads(folder.read_text(encoding="utf-8"))
    document = _document(study)
    jsonschema.Draft202012Validator(schema).validate(document)
    assert document["missing"] == "mi"
    assert document["imputation"]["m"] == 6


def test_same_seed_same_digits_other_seed_others(holes: SurveyData, ecsi: ModelSpec) -> None:
    spec = StudySpec(missing="mi", imputations=3, resamples=0, **QUICK)
    one, again, other = (
        run_study(holes, ecsi, spec.model_copy(update={"seed": seed})).index.est
        for seed in (5, 5, 6)
    )
    assert one == again
    assert one != other


def test_what_cannot_go_with_it_is_refused_by_name(holes: SurveyData, ecsi: ModelSpec) -> None:
    spec = StudySpec(missing="mi", ci="bca", exact_fit=True, jackknife=True)
    with pytest.raises(EstimationError) as caught:
        run_study(holes, ecsi, spec)
    (found,) = caught.value.diagnostics
    assert found.code == "IMPUTATION_UNSUPPORTED"
    assert found.parameters["what"] == "--jackknife, --exact-fit, --ci bca"


def test_few_imputations_and_unused_options_are_told(
    holes: SurveyData, mobi_survey: SurveyData, ecsi: ModelSpec
) -> None:
    few = run_study(holes, ecsi, StudySpec(missing="mi", imputations=2, resamples=0))
    assert "IMPUTATIONS_FEW" in {d.code for d in few.diagnostics}
    unused = run_study(mobi_survey, ecsi, StudySpec(imputation="normal", resamples=0))
    (note,) = [d for d in unused.diagnostics if d.code == "IMPUTATION_UNUSED"]
    assert note.parameters["options"] == "--imputation"


def _completed(m: int, method: str = "normal") -> tuple[ModelSpec, list[Moments], Moments]:
    draw = np.random.default_rng(11)
    n = 300
    factor = draw.standard_normal((n, 1))
    values = 0.8 * factor + 0.6 * draw.standard_normal((n, 4))
    values[draw.random((n, 4)) < 0.12] = np.nan
    values = values[~np.isnan(values).all(axis=1)]
    names = ("a", "b", "c", "d")
    filled = impute(values, m=m, seed=4, method=method).values
    each = []
    for one in filled:
        mean, covariance = mean_and_covariance(one, None)
        each.append(
            Moments(
                columns=names,
                n=len(one),
                n_effective=float(len(one)),
                mean=mean,
                covariance=covariance,
                missing="mi",
            )
        )
    average = replace(
        each[0],
        mean=np.mean([e.mean for e in each], axis=0),
        covariance=np.mean([e.covariance for e in each], axis=0),
    )
    return parse_model_text("f =~ a + b + c + d", file="text"), each, average


def test_likelihood_fit_is_pooled_by_rubin_and_d3() -> None:
    """Errors by the formulas; D3 against the likelihoods written out."""
    spec, each, average = _completed(8)
    fits = [CbSemEstimator().fit(spec, one) for one in each]
    found = pool_fits(fits, average)
    est = np.array([[row.est for row in fit.parameters] for fit in fits])
    se = np.array([[row.se or 0.0 for row in fit.parameters] for fit in fits])
    total = (se**2).mean(axis=0) + (1 + 1 / 8) * est.var(axis=0, ddof=1)
    for k, row in enumerate(found.fit.parameters):
        assert row.est == pytest.approx(est[:, k].mean(), rel=1e-10), row
        if row.free:
            assert row.se == pytest.approx(np.sqrt(total[k]), rel=1e-10), row
    sigma, middle = found.fit.implied, average.covariance

    def deviance(s: np.ndarray, matrix: np.ndarray) -> float:
        return float(np.linalg.slogdet(matrix)[1] + np.trace(s @ np.linalg.inv(matrix)))

    n = each[0].n
    own = np.mean([fit.chisq for fit in fits])
    constrained = np.mean(
        [n * (deviance(e.covariance, sigma) - deviance(e.covariance, middle)) for e in each]
    )
    r = 9 / (2 * 7) * (own - constrained)
    rule, test = found.tests["chisq"]
    assert rule == "D3"
    assert test.r == pytest.approx(r, abs=1e-8)
    assert test.f == pytest.approx(constrained / (2 * (1 + r)), abs=1e-8)
    assert found.fit.chisq == pytest.approx(max(2 * test.f, 0.0), abs=1e-8)


def test_least_squares_is_pooled_by_d2() -> None:
    spec, each, average = _completed(6)
    fits = [CbSemEstimator(method="gls").fit(spec, one) for one in each]
    rule, test = pool_fits(fits, average).tests["chisq"]
    wanted = d2(np.array([fit.chisq for fit in fits]), 2)
    assert rule == "D2"
    assert test == wanted


@pytest.mark.parametrize("estimator", ["ml", "mlm"])
def test_covariance_based_study(estimator: str, holes: SurveyData, ecsi: ModelSpec) -> None:
    spec = StudySpec(missing="mi", imputations=3, resamples=0, estimator=estimator, **QUICK)
    result = run_study(holes, ecsi, spec)
    document = _document(result)
    rules = {row["measure"]: row["rule"] for row in document["imputation"]["tests"]}
    assert rules["chisq"] == "D3"
    assert ("chisq_scaled" in rules) == (estimator == "mlm")
    test = next(r for r in document["imputation"]["tests"] if r["measure"] == "chisq")
    assert document["fit"]["pvalue"] == test["p"]
    assert document["fit"]["aic"] is None
    assert document["fit"]["cfi"] is not None
    rows = [r for r in document["imputation"]["information"] if r["table"] == "parameters"]
    assert len(rows) == sum(1 for r in document["parameters"] if r["z"] is not None)
    assert all(0 <= row["fmi"] <= 1 for row in rows)


def test_missing_at_random_is_repaired(ecsi: ModelSpec, mobi_survey: SurveyData) -> None:
    """Who thinks little of the image skips the satisfaction items: listwise flatters."""
    draw = np.random.default_rng(8)
    whole = _rows(mobi_survey, draw.integers(0, mobi_survey.n, 1_000))
    values = whole.values.copy()
    low = values[:, 0] <= np.median(values[:, 0])
    for item in ecsi.construct_named("Satisfaction").indicators:
        at = mobi_survey.columns.index(item)
        values[low & (draw.random(len(values)) < 0.4), at] = np.nan
    holed = replace(whole, values=values)
    spec = StudySpec(resamples=0, **QUICK)
    pooled = StudySpec(missing="mi", imputations=10, resamples=50, **QUICK)
    truth = run_study(whole, ecsi, spec)
    listwise = run_study(holed, ecsi, spec)
    imputed = run_study(holed, ecsi, pooled)
    off = abs(listwise.index.est - truth.index.est)
    assert off > 2.0  # points of 0-100
    assert abs(imputed.index.est - truth.index.est) < off / 5
    errors = [
        sum((a.est - b.est) ** 2 for a, b in zip(one.paths, truth.paths, strict=True))
        for one in (imputed, listwise)
    ]
    assert errors[0] < errors[1]
    fmi = {(r.table, r.lhs, r.rhs): r.fmi for r in imputed.imputation.information}
    # Some 26 % of these answers are missing; other items know part of them.
    assert 0.02 < fmi["index", "Satisfaction", ""] < 0.4
    # Image -> Expectation has no item with gaps in it but through the weights.
    assert fmi["paths", "Expectation", "Image"] < 0.05


def _rows(survey: SurveyData, picked: np.ndarray) -> SurveyData:
    return replace(
        survey,
        values=survey.values[picked],
        status=survey.status[picked],
        extra=survey.extra.iloc[picked].reset_index(drop=True),
        row_numbers=None,
        paradata=survey.paradata.iloc[:0],
        personal=survey.personal.iloc[:0],
    )
