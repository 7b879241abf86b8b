"""Robustness checks of a study: against other programs, planted truths, and its JSON."""

from __future__ import annotations

import json
from dataclasses import replace
from importlib import resources
from typing import Any

import jsonschema
import numpy as np
import pytest
from statsmodels.regression.linear_model import OLS
from statsmodels.stats.diagnostic import linear_reset

from survey_engine.analysis.class_retention import search_notes
from survey_engine.analysis.hidden_classes import hidden_classes
from survey_engine.assessment.endogeneity import copula_models
from survey_engine.assessment.nonlinearity import controlled_paths, quadratic_terms, reset_tests
from survey_engine.assessment.scored_rows import ScoredRows, scored_rows
from survey_engine.errors import Diagnostic, EstimationError, Scope
from survey_engine.estimation.fit_result import PlsFit
from survey_engine.estimation.pls.estimator import PlsEstimator
from survey_engine.numerics.shallow_tree import adjusted_rand
from survey_engine.responses.reduce import reduce
from survey_engine.responses.survey_data import SurveyData
from survey_engine.spec.model import ModelSpec
from survey_engine.spec.parse import parse_model
from survey_engine.study.document import result_document
from survey_engine.study.merged import htmt2, merged_model
from survey_engine.study.result import StudyResult, StudySpec
from survey_engine.study.run import run_study


def say(one: Diagnostic) -> tuple[str, str]:
    return one.code, "remedy"


@pytest.fixture(scope="module")
def study(mobi_survey: SurveyData, ecsi: ModelSpec) -> StudyResult:
    spec = StudySpec(
        resamples=300,
        second_opinion=False,
        robustness=True,
        segments=3,
        segmentation="pos",
        instruments={"Quality": ("Image", "CUEX1")},
        cutoffs={"full_collinearity_vif": (5.0, 10.0)},
    )
    return run_study(mobi_survey, ecsi, spec)


def rows_of(
    scores: np.ndarray, equations: Any, *, names: str = "XYZW", resamples: int = 300
) -> ScoredRows:
    z = (scores - scores.mean(0)) / scores.std(0)
    return ScoredRows(
        names=tuple(names[: z.shape[1]]),
        scores=z,
        weights=np.ones(len(z)),
        equations=equations,
        resamples=resamples,
        seed=1,
    )


def test_its_json_validates(study: StudyResult) -> None:
    folder = resources.files("survey_engine.study") / "schema" / "result-1.json"
    document: dict[str, Any] = result_document(study, say)
    jsonschema.Draft202012Validator(json.loads(folder.read_text("utf-8"))).validate(document)
    json.dumps(document, allow_nan=False)
    pos = document["robustness"]["own_weights"]
    assert pos["objective"] >= pos["start"]
    assert {row["from"] for row in document["robustness"]["necessity"]} == {
        "Image",
        "Expectation",
        "Quality",
        "Value",
    }


def test_scores_with_the_fitted_weights_are_the_constructs(
    mobi_survey: SurveyData, ecsi: ModelSpec
) -> None:
    reduction = reduce(mobi_survey, ecsi.indicators)
    for metric in ("raw", "standardised"):
        fit = PlsEstimator(metric=metric).fit(ecsi, reduction.moments)
        rows = scored_rows(fit, reduction.rows, resamples=0, seed=1, confidence=0.95)
        np.testing.assert_allclose(
            np.corrcoef(rows.scores.T), fit.construct_correlations, atol=1e-10
        )
        assert rows.resampled(rows.scores) is None


def test_reset_is_statsmodels(study: StudyResult) -> None:
    fit = study.fit
    assert isinstance(fit, PlsFit)
    values = study.data.values
    reduction = reduce(study.data, fit.spec.indicators)
    rows = scored_rows(fit, reduction.rows, resamples=0, seed=1, confidence=0.95)
    assert len(values) == rows.n
    for one, (target, sources) in zip(reset_tests(rows), rows.equations, strict=True):
        x = np.column_stack([np.ones(rows.n), rows.scores[:, list(sources)]])
        theirs = linear_reset(OLS(rows.scores[:, target], x).fit(), power=3, use_f=True)
        assert one.f == pytest.approx(float(theirs.fvalue), rel=1e-6), one.target
        assert one.p == pytest.approx(float(theirs.pvalue), rel=1e-5), one.target


def test_a_bent_effect_is_seen_and_a_straight_one_is_not() -> None:
    rng = np.random.default_rng(2)
    x = rng.normal(size=(600, 2))
    y = 0.5 * x[:, 0] + 0.25 * x[:, 0] ** 2 + 0.4 * x[:, 1] + rng.normal(size=600)
    rows = rows_of(np.column_stack([x, y]), ((2, (0, 1)),))
    bent, straight = quadratic_terms(rows)
    assert bent.p is not None
    assert bent.p < 1e-6
    assert straight.p is not None
    assert straight.p > 0.05
    z = rows.scores
    design = np.column_stack([np.ones(600), z[:, :2], z[:, 0] ** 2])
    theirs = OLS(z[:, 2], design).fit()
    assert bent.est == pytest.approx(theirs.params[3], rel=1e-9)
    linear = OLS(z[:, 2], design[:, :3]).fit()
    gain = (theirs.rsquared - linear.rsquared) / (1 - theirs.rsquared)
    assert bent.f2 == pytest.approx(gain, rel=1e-8)
    assert bent.se == pytest.approx(theirs.HC1_se[3], rel=0.25)
    assert reset_tests(rows)[0].p < 1e-6  # type: ignore[operator]


def test_copulas_see_an_omitted_cause() -> None:
    """Skewed regressor, error correlated with it: least squares .5 + bias, copula less."""
    rng = np.random.default_rng(7)
    n = 3000
    normal = rng.multivariate_normal([0, 0], [[1, 0.6], [0.6, 1]], size=n)
    x = np.exp(0.8 * normal[:, 0])
    clean = np.exp(0.8 * rng.normal(size=n))
    y = 0.5 * (x - x.mean()) / x.std() + 0.3 * (clean - clean.mean()) / clean.std()
    y = y + 0.6 * normal[:, 1]
    rows = rows_of(np.column_stack([x, clean, y]), ((2, (0, 1)),))
    models = {one.endogenous: one for one in copula_models(rows)}
    assert set(models) == {("X",), ("Y",), ("X", "Y")}
    scale = 1 / y.std()
    assert models[("X",)].copulas[0].p < 1e-4  # type: ignore[operator]
    assert models[("Y",)].copulas[0].p > 0.01  # type: ignore[operator]
    biased = OLS(rows.scores[:, 2], rows.scores[:, :2]).fit().params[0]
    corrected = models[("X",)].paths[0].est
    assert corrected is not None
    assert abs(corrected - 0.5 * scale) < 0.4 * abs(biased - 0.5 * scale)


def test_controls_take_away_what_they_explain() -> None:
    rng = np.random.default_rng(3)
    group = rng.integers(0, 2, 800).astype(float)
    x = group + rng.normal(size=800)
    y = 1.5 * group + rng.normal(size=800)
    rows = rows_of(np.column_stack([x, y]), ((1, (0,)),))
    paths, effects = controlled_paths(rows, group[:, None], ("group",))
    assert paths[0].without > 0.2  # type: ignore[operator]
    assert paths[0].with_controls.p > 0.05  # type: ignore[operator]
    z = rows.scores
    theirs = OLS(z[:, 1], np.column_stack([np.ones(800), z[:, 0], group])).fit()
    assert paths[0].with_controls.est == pytest.approx(theirs.params[1], rel=1e-8)
    assert effects[0].est == pytest.approx(theirs.params[2], rel=1e-8)
    assert paths[0].r2_with == pytest.approx(theirs.rsquared, rel=1e-8)


def planted(n: int, seed: int, *, apart: bool) -> tuple[ScoredRows, np.ndarray]:
    """Three equations whose slopes change their sign between two classes, or do not."""
    rng = np.random.default_rng(seed)
    label = (np.arange(n) >= 0.55 * n).astype(np.intp)
    sign = np.where(label == 1, -1.0, 1.0) if apart else np.ones(n)
    x = rng.normal(size=n)
    noise = rng.normal(size=(n, 3)) * np.sqrt(1 - 0.95**2)
    y = 0.95 * sign * x + noise[:, 0]
    z = 0.95 * x + noise[:, 1]
    w = 0.95 * sign * z + noise[:, 2]
    return rows_of(np.column_stack([x, y, z, w]), ((1, (0,)), (2, (0,)), (3, (2,)))), label


def test_planted_classes_are_found_and_described() -> None:
    rows, label = planted(600, 11, apart=True)
    city = np.where(label == 1, 1.0, 0.0)
    city[:30] = 1 - city[:30]
    known = (("city", "noise"), np.column_stack([city, np.sin(np.arange(600.0))]))
    found, labels = hidden_classes(rows, most=3, seed=1, known=known)
    assert (found.retained, found.reason) == (2, "agree")
    assert adjusted_rand(labels, label) > 0.75
    assert found.solutions[1].criteria["en"] > 0.7  # type: ignore[operator]
    assert found.rules[0].conditions == ("city ≤ 0.5",)
    assert found.rules_error < 0.2 < 0.35 < found.rules_baseline  # type: ignore[operator]


@pytest.mark.parametrize("seed", range(4))
def test_alike_respondents_are_not_split(seed: int) -> None:
    rows, _ = planted(400, seed, apart=False)
    found, _ = hidden_classes(rows, most=3, seed=1, known=None)
    assert (found.by_aic3, found.by_caic, found.retained) == (1, 1, 1)
    assert found.rules == ()


@pytest.fixture(scope="module")
def latent(mobi_survey: SurveyData, ecsi: ModelSpec) -> StudyResult:
    spec = StudySpec(resamples=0, robustness=True, segments=2, segmentation="sem", seed=3)
    return run_study(mobi_survey, ecsi, spec)


def test_latent_class_sem_stands_where_fimix_stands(latent: StudyResult) -> None:
    found = latent.robustness.classes
    assert (found.method, len(found.solutions)) == ("sem", 2)
    one, two = found.solutions
    assert two.logl > one.logl
    assert two.parameters == one.parameters + 1 + 26  # paths, means, (residual) variances
    assert two.starts > two.continued_starts >= two.agreeing_starts > 1
    assert {"ssabic", "icl_bic", "en"} <= set(two.criteria)
    document: dict[str, Any] = result_document(latent, say)
    folder = resources.files("survey_engine.study") / "schema" / "result-1.json"
    jsonschema.Draft202012Validator(json.loads(folder.read_text("utf-8"))).validate(document)
    lines = {line.item: line for line in latent.checklist}
    assert lines["hidden_classes"].source == "Jedidi 1997; Sarstedt 2011"


def test_classes_set_aside_are_said(latent: StudyResult) -> None:
    found = latent.robustness.classes
    codes = {one.code for one in latent.diagnostics}
    # Both criteria want two, but the second has 50 of 250 respondents.
    assert (found.by_aic3, found.by_caic, found.retained) == (2, 2, 1)
    assert "CLASSES_TOO_SMALL" in codes
    assert "CLASSES_ASSUME_NORMAL" not in codes
    assert found.means == ()


def test_what_limits_the_trust_in_classes_is_said(latent: StudyResult) -> None:
    found = latent.robustness.classes
    two = replace(found.solutions[1], converged=False, agreeing_starts=1)
    kept = replace(found, retained=2, solutions=(found.solutions[0], two))
    assert [note.code for note in search_notes(kept)] == [
        "CLASSES_ASSUME_NORMAL",
        "CLASSES_NOT_CONVERGED",
        "CLASSES_FOUND_ONCE",
        "CLASS_VARIANCE_AT_BOUND",
    ]
    for reason, code in (
        ("not_separated", "CLASSES_NOT_SEPARATED"),
        ("degenerate", "CLASSES_DEGENERATE"),
    ):
        (note,) = search_notes(replace(found, reason=reason))
        assert (note.code, dict(note.parameters)) == (code, {"wanted": 2, "retained": 1})


def test_a_model_that_latent_classes_refuse_is_told_and_the_study_goes_on(
    mobi_survey: SurveyData,
) -> None:
    spec = StudySpec(resamples=0, robustness=True, segments=2, segmentation="sem")
    text = "A =~ IMAG1 + IMAG2 + IMAG3\nB =~ CUSA1 + CUSA2\nC =~ CUSL1 + CUSL3\nB ~ p*A\n"
    model = parse_model(f"{text}C ~ B\np > 0\n", file="bound.txt")
    found = run_study(mobi_survey, model, spec)
    told = {one.code: one for one in found.diagnostics}
    assert found.robustness.classes is None
    assert told["CLASSES_NOT_FITTED"].parameters["codes"] == ["CLASSES_UNDER_CONSTRAINTS"]
    assert told["CLASSES_UNDER_CONSTRAINTS"].scope is Scope.SECOND_OPINION


def test_merging_keeps_a_model_without_circles(ecsi: ModelSpec) -> None:
    model, dropped = merged_model(ecsi, "Satisfaction", "Loyalty")
    assert "Loyalty" not in model.construct_names
    assert model.construct_named("Satisfaction").indicators[-1] == "CUSL3"
    # Complaints has no other antecedent: it stays an effect.
    assert dropped == (("Complaints", "Satisfaction"),)
    pairs = {(p.source, p.target) for p in model.paths}
    assert ("Satisfaction", "Complaints") in pairs
    assert ("Image", "Satisfaction") in pairs
    other, gone = merged_model(ecsi, "Quality", "Satisfaction")
    assert other.roles is not None
    assert other.roles.index == "Quality"
    assert gone == (("Quality", "Value"),)


def test_the_merged_index_is_that_of_the_merged_model(
    study: StudyResult, mobi_survey: SurveyData, ecsi: ModelSpec
) -> None:
    merged = {(m.first, m.second): m for m in study.robustness.merged}
    one = merged["Satisfaction", "Loyalty"]
    assert one.htmt == pytest.approx(0.957, abs=5e-4)
    assert one.index == pytest.approx(study.index.est, abs=1e-10)  # type: ignore[union-attr]
    model, _ = merged_model(ecsi, "Satisfaction", "Loyalty")
    again = run_study(mobi_survey, model, StudySpec(resamples=0))
    assert again.index is not None
    assert one.index_merged == pytest.approx(again.index.est, abs=1e-10)


def test_geometric_htmt_by_hand() -> None:
    r = np.array(
        [[1, 0.5, 0.4, 0.2], [0.5, 1, 0.3, 0.6], [0.4, 0.3, 1, 0.8], [0.2, 0.6, 0.8, 1]]
    )
    between = (0.4 * 0.2 * 0.3 * 0.6) ** 0.25
    assert htmt2(r, (2, 2))[0, 1] == pytest.approx(between / np.sqrt(0.5 * 0.8))


def test_the_checklist_is_filled_and_its_cutoffs_can_be_changed(study: StudyResult) -> None:
    lines = {line.item: line for line in study.checklist}
    vif = lines["full_collinearity_vif"]
    inverse = np.linalg.inv(study.fit.construct_correlations)  # type: ignore[union-attr]
    assert vif.value == pytest.approx(np.diag(inverse).max(), rel=1e-10)
    assert (vif.cutoff, vif.verdict, vif.source) == ("≤ 5", "pass", "Kock 2015")
    for item in (
        "quadratic_p",
        "reset_p",
        "copula_p",
        "hidden_classes",
        "necessary_conditions",
    ):
        assert lines[item].value is not None, item
    assert lines["harman_share"].value == pytest.approx(0.395, abs=5e-4)


def test_the_combined_map_by_hand_from_answers(study: StudyResult) -> None:
    """Scores from the weights of the JSON; needed level, share and order by brute force."""
    document: dict[str, Any] = result_document(study, say)
    found = document["robustness"]["necessity_map"]
    values = study.data.values
    scores: dict[str, np.ndarray] = {}
    for row in document["scores"]["indicator_weights"]:
        answers = (values[:, study.data.columns.index(row["item"])] - 1) / 9
        own = scores.get(row["construct"], 0.0)
        scores[row["construct"]] = own + 100 * row["est"] * answers
    outcome = scores["Satisfaction"]
    assert (found["outcome"], found["level"]) == ("Satisfaction", 80)
    assert found["share_at_level"] == pytest.approx((outcome >= 80).mean())
    tested = {row["from"]: row for row in document["robustness"]["necessity"]}
    ipma = {p["construct"]: p for p in document["importance_performance"]["points"]}
    for point in found["points"]:
        name = point["construct"]
        driver = scores[name]
        assert point["performance"]["est"] == pytest.approx(driver.mean(), abs=1e-8)
        assert point["importance"] == ipma[name]["importance"]
        assert (point["effect_size"], point["p"]) == (
            tested[name]["ce_fdh"],
            tested[name]["ce_fdh_p"],
        )
        assert point["necessary"] == (point["effect_size"] >= 0.1 and point["p"] < 0.05)
        least = driver[outcome >= 80].min()
        if least == driver.min():
            assert (point["needed"], point["share_below"]) == (None, 0)
        else:
            assert point["needed"] == pytest.approx(least, abs=1e-8)
            assert point["share_below"] == pytest.approx((driver < least - 1e-9).mean())
    assert found["first"] == "Quality"


def test_the_level_wanted_and_the_cutoffs_can_be_changed(
    mobi_survey: SurveyData, ecsi: ModelSpec
) -> None:
    def run(**options: Any) -> StudyResult:
        spec = StudySpec(resamples=0, robustness=True, segments=1, **options)
        return run_study(mobi_survey, ecsi, spec)

    strict = run(desired_level=60, cutoffs={"necessity_d": (0.3, 0.3)})
    assert "CUTOFF_UNKNOWN" not in {d.code for d in strict.diagnostics}
    points = strict.robustness.necessity_map.points
    assert [p.construct for p in points if p.necessary] == ["Quality"]
    assert all((p.needed or 0) < 59 for p in points)
    (line,) = (one for one in strict.checklist if one.item == "necessary_conditions")
    assert line.value == 1
    assert run(desired_level=100).robustness.necessity_map.share_at_level > 0

    answers = mobi_survey.values.copy()
    answers[:, mobi_survey.columns.index("CUSA2")] = np.minimum(
        answers[:, mobi_survey.columns.index("CUSA2")], 9
    )
    capped = replace(mobi_survey, values=answers)
    beyond = run_study(
        capped, ecsi, StudySpec(resamples=0, robustness=True, segments=1, desired_level=100)
    )
    (told,) = (d for d in beyond.diagnostics if d.code == "NECESSITY_LEVEL_NOT_REACHED")
    assert dict(told.parameters)["level"] == "100"
    assert {p.needed for p in beyond.robustness.necessity_map.points} == {None}


def test_a_column_with_gaps_is_refused_by_name(
    mobi_survey: SurveyData, ecsi: ModelSpec
) -> None:
    for options, code, name in (
        ({"controls": ("region",)}, "UNKNOWN_COLUMN_REQUESTED", "region"),
        ({"marker": "nothing"}, "UNKNOWN_COLUMN_REQUESTED", "nothing"),
        ({"instruments": {"Qality": ("CUEX1",)}}, "UNKNOWN_COLUMN_REQUESTED", "Qality"),
    ):
        spec = StudySpec(resamples=0, robustness=True, segments=1, **options)  # type: ignore[arg-type]
        with pytest.raises(EstimationError) as refused:
            run_study(mobi_survey, ecsi, spec)
        found = refused.value.diagnostics[0]
        assert (found.code, found.where.values) == (code, (name,))


def test_options_without_the_checks_are_said(mobi_survey: SurveyData, ecsi: ModelSpec) -> None:
    quick = run_study(mobi_survey, ecsi, StudySpec(resamples=0, controls=("IMAG1",)))
    assert quick.robustness is None
    said = [dict(d.parameters) for d in quick.diagnostics if d.code == "OPTION_UNUSED"]
    assert [one["option"] for one in said] == ["--controls"]
    level = run_study(mobi_survey, ecsi, StudySpec(resamples=0, desired_level=70))
    said = [dict(d.parameters) for d in level.diagnostics if d.code == "OPTION_UNUSED"]
    assert [one["option"] for one in said] == ["--desired-level"]


def test_a_map_without_a_scale_is_said(mobi_survey: SurveyData, ecsi: ModelSpec) -> None:
    unscaled = replace(mobi_survey, ranges={})
    result = run_study(unscaled, ecsi, StudySpec(resamples=0, robustness=True, segments=1))
    assert result.robustness.necessity_map is None
    (told,) = (d for d in result.diagnostics if d.code == "NECESSITY_MAP_WITHOUT_SCALE")
    assert told.where.constructs == ("Satisfaction",)
