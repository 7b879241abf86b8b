"""`run_study` on the mobi survey: numbers, verdicts, withheld results."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from survey_engine.errors import Scope, Severity, SurveyEngineError
from survey_engine.responses.survey_data import SurveyData
from survey_engine.spec.model import ModelSpec
from survey_engine.study.result import StudyResult, StudySpec
from survey_engine.study.run import run_study


def quick(data: SurveyData, model: ModelSpec, **options: object) -> StudyResult:
    return run_study(data, model, StudySpec(resamples=0, **options))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("scheme", "index"), [("centroid", 71.248), ("path", 71.169), ("factorial", 71.242)]
)
def test_index_of_the_raw_route_in_every_scheme(
    mobi_survey: SurveyData, ecsi: ModelSpec, scheme: str, index: float
) -> None:
    result = quick(mobi_survey, ecsi, scheme=scheme)
    assert result.index is not None
    assert result.index.est == pytest.approx(index, abs=5e-4)
    assert result.index.formula == "raw_weights"
    assert sum(result.index.indicator_weights.values()) == pytest.approx(1)


def test_standardised_weights_are_converted_first(
    mobi_survey: SurveyData, ecsi: ModelSpec
) -> None:
    result = quick(mobi_survey, ecsi, metric="standardised")
    assert result.index is not None
    assert result.index.est == pytest.approx(72.454, abs=1e-3)
    assert result.index.formula == "converted_standardised_weights"


def test_the_main_job_says_everything(mobi_study: StudyResult) -> None:
    result = mobi_study
    assert result.assessment.admissibility.verdict == "yes"
    assert result.n == 250
    index = result.index
    assert index is not None
    assert index.ci_lower is not None
    assert index.ci_upper is not None
    assert index.ci_lower < index.est < index.ci_upper  # type: ignore[operator]
    assert index.ci_upper - index.ci_lower == pytest.approx(3.9, abs=0.4)
    assert result.drivers is not None
    assert result.drivers.drivers[0].source == "Quality"
    assert {r.name for r in result.rulers} == {"top_two_box", "mean_times_ten", "nps_style"}
    assert result.resamples is not None
    assert (result.resamples.requested, result.resamples.failed) == (500, 0)
    assert len(result.paths) == 12
    assert all(path.ci_lower is not None for path in result.paths)
    assert result.assessment.exploratory is not None
    assert result.checklist


def test_the_covariance_based_fit_beside_it_is_doubtful_and_fails_nothing(
    mobi_study: StudyResult,
) -> None:
    opinion = mobi_study.cbsem_opinion
    assert opinion is not None
    assert opinion.admissible == "doubtful"
    assert "NEAR_SINGULAR_LATENTS" in {reason.code for reason in opinion.reasons}
    assert all(reason.scope is Scope.SECOND_OPINION for reason in opinion.reasons)
    assert opinion.ledger is not None
    assert opinion.ledger.requested == 200
    assert mobi_study.extra["cbsem_fit_measures"]["chisq"] == pytest.approx(575.571, abs=1e-3)
    assert mobi_study.engine_opinion is not None
    assert mobi_study.engine_opinion.outcome == "agrees"
    primary = [d for d in mobi_study.diagnostics if d.scope is Scope.PRIMARY]
    assert not [d for d in primary if d.severity is Severity.ERROR]


def test_maximum_likelihood_on_mobi_is_doubtful_and_factor_weighted(
    mobi_survey: SurveyData, ecsi: ModelSpec
) -> None:
    result = quick(mobi_survey, ecsi, estimator="ml")
    assert result.assessment.admissibility.verdict == "doubtful"
    assert result.index is not None
    assert result.index.formula == "factor_weighted"
    assert all(weight > 0 for weight in result.index.indicator_weights.values())


def test_an_inadmissible_solution_has_no_index_unless_accepted(
    mobi_survey: SurveyData, ecsi: ModelSpec
) -> None:
    refused = quick(mobi_survey, ecsi, estimator="plsc")
    assert refused.assessment.admissibility.verdict == "no"
    assert refused.index is None
    assert refused.drivers is None
    codes = {d.code for d in refused.diagnostics if d.severity is Severity.ERROR}
    assert codes == {"LATENT_COV_NOT_PD", "INDEX_WITHHELD"}
    accepted = quick(mobi_survey, ecsi, estimator="plsc", accept_inadmissible=True)
    assert accepted.index is not None
    assert not [d for d in accepted.diagnostics if d.severity is Severity.ERROR]


def test_without_a_declared_scale_there_is_no_index_but_a_remedy(
    mobi_survey: SurveyData, ecsi: ModelSpec
) -> None:
    plain = replace(mobi_survey, ranges={}, instrument=None)
    result = quick(plain, ecsi)
    assert result.index is None
    assert result.scores is None
    assert result.fit.metric == "standardised"  # type: ignore[union-attr]
    assert "NO_DECLARED_SCALE" in {d.code for d in result.diagnostics}


def test_different_scales_enter_standardised(mobi_survey: SurveyData, ecsi: ModelSpec) -> None:
    ranges = dict(mobi_survey.ranges) | {"CUSCO": (0.0, 10.0)}
    result = quick(replace(mobi_survey, ranges=ranges), ecsi)
    assert result.fit.metric == "standardised"  # type: ignore[union-attr]
    assert "SCALES_DIFFER" in {d.code for d in result.diagnostics}


def test_errors_come_together_before_anything_is_fitted(
    mobi_survey: SurveyData, ecsi: ModelSpec
) -> None:
    spec = StudySpec(index="Satisfacton", group="region", weights="weight")
    with pytest.raises(SurveyEngineError) as caught:
        run_study(mobi_survey, ecsi, spec)
    codes = [d.code for d in caught.value.diagnostics]
    assert codes.count("UNKNOWN_COLUMN_REQUESTED") == 2
    assert "UNKNOWN_INDEX_CONSTRUCT" in codes


def test_pairwise_moments_have_no_intervals(mobi_survey: SurveyData, ecsi: ModelSpec) -> None:
    values = mobi_survey.values.copy()
    values[:5, 0] = np.nan
    holes = replace(mobi_survey, values=values)
    spec = StudySpec(
        missing="pairwise", second_opinion=False, exploratory=False, descriptives=False
    )
    result = run_study(holes, ecsi, spec)
    assert result.n == 250
    assert result.resamples is None
    assert "RESAMPLES_NEED_ROWS" in {d.code for d in result.diagnostics}


def test_segments_use_the_weights_of_the_whole_sample(
    mobi_survey: SurveyData, ecsi: ModelSpec
) -> None:
    region = np.where(np.arange(250) < 120, "north", "south").astype(object)
    region[:40] = "island"
    region[40:45] = "ship"
    data = replace(mobi_survey, extra=pd.DataFrame({"region": region}))
    result = quick(data, ecsi, group="region")
    shown = {s.segment: s for s in result.segments}
    assert (shown["ship"].est, shown["ship"].reason) == (None, "fewer_than_10")
    assert (shown["island"].est, shown["island"].reason) == (None, "complementary")
    assert shown["north"].caution
    assert not shown["south"].withheld
    everything = quick(
        replace(data, extra=pd.DataFrame({"region": ["all"] * 250})), ecsi, group="region"
    )
    assert everything.index is not None
    assert everything.segments[0].est == pytest.approx(everything.index.est)


def test_equal_weights_change_nothing(mobi_survey: SurveyData, ecsi: ModelSpec) -> None:
    weighted = replace(mobi_survey, weights=np.full(250, 2.0))
    one, other = quick(mobi_survey, ecsi), quick(weighted, ecsi)
    assert one.index is not None
    assert other.index is not None
    assert other.index.est == pytest.approx(one.index.est, abs=1e-9)
    assert other.n_effective == pytest.approx(250)


def test_rulers_count_real_answers_only(mobi_survey: SurveyData, ecsi: ModelSpec) -> None:
    values = mobi_survey.values.copy()
    at = mobi_survey.columns.index("CUSA1")
    values[:10, at] = np.nan
    holes = replace(mobi_survey, values=values)
    spec = StudySpec(resamples=0, missing="mean", descriptives=True)
    rows = {(r.name, r.item): r for r in run_study(holes, ecsi, spec).rulers}
    share = rows["top_two_box", "CUSA1"]
    assert share.n == 240
    assert share.est == pytest.approx(float(np.mean(values[10:, at] >= 9)))
    assert rows["mean_times_ten", "Satisfaction"].n == 240


SECOND_ORDER = """
visual =~ x1 + x2 + x3
textual =~ x4 + x5 + x6
speed =~ x7 + x8 + x9
g =~ visual + textual + speed
"""


def plain(frame: pd.DataFrame) -> SurveyData:
    from survey_engine.responses.plain import plain_table
    from survey_engine.responses.survey_data import RawResponses

    raw = RawResponses(table=frame, platform="csv", source="f.csv", sha256="0" * 64)
    return plain_table(raw)


@pytest.mark.parametrize(
    ("text", "chisq"),
    [(SECOND_ORDER, 85.3055), ("x1 ~ x2 + x3\nx4 ~ x1\n", 0.7881)],
    ids=["second order", "observed paths"],
)
def test_any_text_model_goes_through_maximum_likelihood(
    holzinger: pd.DataFrame, text: str, chisq: float
) -> None:
    from survey_engine.spec.parse import parse_model

    columns = [f"x{i}" for i in range(1, 10)]
    model = parse_model(text, file="m.txt")
    spec = StudySpec(estimator="ml", resamples=20, second_opinion=False, exploratory=False)
    result = run_study(plain(holzinger[columns]), model, spec)
    assert result.fit_measures["chisq"] == pytest.approx(chisq, abs=1e-3)
    assert result.index is None
    assert "NO_INDEX_CONSTRUCT" in {d.code for d in result.diagnostics}
    assert len(result.loadings) == sum(
        item in columns for c in model.constructs for item in c.indicators
    )
