"""Missing answers through a whole study: EM in every resample, regression with a warning."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import survey_engine.estimation.pattern_bootstrap as pattern_bootstrap_module
from survey_engine.errors import EstimationError
from survey_engine.estimation.bootstrap import bootstrap
from survey_engine.estimation.outcomes import BatchOutcome
from survey_engine.estimation.pattern_bootstrap import pattern_bootstrap
from survey_engine.numerics.em import patterns_of
from survey_engine.numerics.incomplete import group_rows
from survey_engine.numerics.moments import Array, ArrayRows, Moments
from survey_engine.numerics.saturated import saturated_moments
from survey_engine.responses.survey_data import SurveyData
from survey_engine.spec.model import ModelSpec
from survey_engine.study.result import StudySpec
from survey_engine.study.run import run_study


@pytest.fixture
def holes(mobi_survey: SurveyData) -> SurveyData:
    """Mobi with every twelfth respondent lacking one of four answers."""
    values = mobi_survey.values.copy()
    for place, item in enumerate((0, 5, 9, 20)):
        values[place * 12 :: 48, item] = np.nan
    return replace(mobi_survey, values=values)


def test_em_study_has_an_index_with_interval(holes: SurveyData, ecsi: ModelSpec) -> None:
    spec = StudySpec(missing="em", resamples=60, second_opinion=False, exploratory=False)
    result = run_study(holes, ecsi, spec)
    complete = run_study(holes, ecsi, spec.model_copy(update={"missing": "listwise"}))
    assert result.n == 250
    assert complete.n < 250
    assert result.index is not None
    assert complete.index is not None
    assert result.index.est == pytest.approx(complete.index.est, abs=1.5)
    assert result.index.ci_lower is not None
    assert result.index.ci_lower < result.index.est
    assert result.resamples is not None
    assert result.resamples.usable == 60
    assert "EM_MOMENTS" in {d.code for d in result.diagnostics}


def test_ml_on_em_moments_warns_of_its_errors(holes: SurveyData, ecsi: ModelSpec) -> None:
    result = run_study(holes, ecsi, StudySpec(missing="em", estimator="ml", resamples=0))
    assert "EM_NAIVE_ERRORS" in {d.code for d in result.diagnostics}


def test_regression_study_warns(holes: SurveyData, ecsi: ModelSpec) -> None:
    result = run_study(holes, ecsi, StudySpec(missing="regression", resamples=0))
    assert result.n == 250
    assert "REGRESSION_REPLACEMENT" in {d.code for d in result.diagnostics}


def _moments(mean: Array, covariance: Array, n: int) -> BatchOutcome:
    reason = np.zeros(len(mean), dtype=np.intp)
    return BatchOutcome(values={"m": mean, "v": covariance}, reason=reason, reasons=())


def _start(values: Array) -> Moments:
    covariance = np.cov(values.T, bias=True)
    mean, n = values.mean(axis=0), len(values)
    return Moments(
        columns=("a", "b"), n=n, n_effective=float(n), mean=mean, covariance=covariance
    )


def test_complete_rows_draw_the_same_spread_as_the_plain_bootstrap() -> None:
    values = np.random.default_rng(4).standard_normal((80, 2)) + 3.0
    rows = ArrayRows(columns=("a", "b"), values=values)
    plain = bootstrap(rows, _moments, requested=500, seed=1)
    by_pattern = pattern_bootstrap((rows, _start(values)), _moments, requested=500, seed=1)
    assert by_pattern.usable == 500
    for name in ("m", "v"):
        # Equal up to Monte-Carlo error of a standard deviation, 1 / sqrt(2 * 500) each.
        np.testing.assert_allclose(
            by_pattern.standard_error(name), plain.standard_error(name), rtol=0.2
        )


def test_workers_and_repeats_give_the_same_digits() -> None:
    values = np.random.default_rng(4).standard_normal((60, 2))
    start = _start(values)
    values[::7, 1] = np.nan
    rows = ArrayRows(columns=("a", "b"), values=values)
    one = pattern_bootstrap((rows, start), _moments, requested=300, seed=9)
    again = pattern_bootstrap((rows, start), _moments, requested=300, seed=9, workers=2)
    np.testing.assert_array_equal(one.draws["v"], again.draws["v"])


def test_resamples_without_spread_are_counted_as_failed() -> None:
    values = np.zeros((12, 2))
    values[0] = [1.0, 0.0]
    values[1:6, 1] = [1.0, 2.0, 3.0, 4.0, np.nan]
    rows = ArrayRows(columns=("a", "b"), values=values)
    start = _start(np.nan_to_num(values))
    drawn = pattern_bootstrap((rows, start), _moments, requested=200, seed=2)
    assert drawn.failed == drawn.by_reason["em_not_converged"]
    assert 0 < drawn.failed < 200


def test_what_needs_complete_rows_is_refused_by_name(
    holes: SurveyData, ecsi: ModelSpec
) -> None:
    with pytest.raises(EstimationError) as caught:
        run_study(holes, ecsi, StudySpec(missing="em", ci="bca", exact_fit=True))
    (found,) = caught.value.diagnostics
    assert found.code == "EM_UNSUPPORTED_OPTION"
    assert found.parameters["what"] == "--ci bca, --exact-fit"


def _many_patterns() -> ArrayRows:
    draw = np.random.default_rng(6)
    values = draw.standard_normal((120, 1)) + draw.standard_normal((120, 8)) + 4.0
    values[draw.random(values.shape) < 0.3] = np.nan
    values[:, 7] = 2.0
    values[3:5, 7] = [1.0, 3.0]  # without variance in some resamples
    weights = draw.uniform(0.5, 2.0, 120)
    names = tuple("abcdefgh")
    return ArrayRows(columns=names, values=values, weights=weights * 120 / weights.sum())


def test_newton_steps_find_the_maximum_of_em(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = _many_patterns()
    found = saturated_moments(group_rows(rows.values, rows.weights))
    assert len(patterns_of(rows.values).observed) > pattern_bootstrap_module.MANY_PATTERNS
    start = Moments(
        columns=rows.columns,
        n=120,
        n_effective=120.0,
        mean=found.mean,
        covariance=found.covariance,
    )
    by_newton = pattern_bootstrap((rows, start), _moments, requested=30, seed=3)
    monkeypatch.setattr(pattern_bootstrap_module, "MANY_PATTERNS", 10_000)
    by_em = pattern_bootstrap((rows, start), _moments, requested=30, seed=3)
    assert by_newton.by_reason == by_em.by_reason
    assert 0 < by_newton.failed < 30
    # EM stops at steps of 1e-7 standard deviations; its distance is some ten of them.
    for name in ("m", "v"):
        np.testing.assert_allclose(by_newton.draws[name], by_em.draws[name], atol=1e-5)
