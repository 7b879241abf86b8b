"""Prediction against closed forms, rows visited one by one, and each other."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from survey_engine.assessment.prediction.blindfold import blindfolded_q2
from survey_engine.assessment.prediction.criteria import akaike_weights, criteria_of
from survey_engine.assessment.prediction.cross_validate import How, cross_validate
from survey_engine.assessment.prediction.cvpat import against_benchmarks, against_rival
from survey_engine.assessment.prediction.plspredict import (
    ItemPrediction,
    item_predictions,
    predictive_power,
)
from survey_engine.assessment.prediction.redundancy import redundancy_analysis
from survey_engine.estimation.pls.estimator import PlsEstimator
from survey_engine.numerics.folds import given_folds, random_folds
from survey_engine.numerics.moments import ArrayRows, Moments
from survey_engine.spec.model import ModelSpec
from survey_engine.spec.parse import parse_model

MODEL = parse_model("X =~ x1 + x2\nY =~ y1\nZ =~ z1 + z2\nY ~ X\nZ ~ X + Y", file="m.txt")


@pytest.fixture(scope="module")
def rows() -> ArrayRows:
    rng = np.random.default_rng(11)
    n = 61
    common = rng.standard_normal(n)
    y = 0.6 * common + 0.8 * rng.standard_normal(n)
    z = 0.5 * y + rng.standard_normal(n)
    noise = 0.5 * rng.standard_normal((n, 4))
    columns = [common + noise[:, 0], common + noise[:, 1], y, z + noise[:, 2], z + noise[:, 3]]
    values = np.stack(columns, axis=1) * [1, 2, 1, 3, 1] + [5, 6, 4, 7, 5]
    return ArrayRows(columns=("x1", "x2", "y1", "z1", "z2"), values=values)


def by_hand(
    rows: ArrayRows, fold: np.ndarray, estimator: PlsEstimator, which: str
) -> np.ndarray:
    """Errors of each row, the model fitted to the rows outside its fold one by one."""
    x = rows.values
    errors = np.zeros((len(x), 3))
    for out in np.unique(fold):
        train, test = x[fold != out], x[fold == out]
        mean, sd = train.mean(axis=0), train.std(axis=0, ddof=1)
        fit = estimator.fit(MODEL, moments_of(train, MODEL))
        z = (test - mean) / (sd if estimator.metric == "standardised" else 1.0)
        score = np.stack(
            [z[:, :2] @ fit.weights[:2], z[:, 2] * fit.weights[2], z[:, 3:] @ fit.weights[3:]],
            axis=1,
        )
        y = score[:, 0] * fit.paths[0, 1]
        own = score[:, 1] if which == "direct" else y
        last = score[:, 0] * fit.paths[0, 2] + own * fit.paths[1, 2]
        guess = np.stack([y, last * fit.loadings[3], last * fit.loadings[4]], axis=1)
        errors[fold == out] = test[:, 2:] - mean[2:] - sd[2:] * guess
    return errors


def moments_of(values: np.ndarray, spec: ModelSpec) -> Moments:
    return Moments(
        columns=spec.indicators,
        n=len(values),
        n_effective=float(len(values)),
        mean=values.mean(axis=0),
        covariance=np.cov(values.T, bias=True),
    )


@pytest.mark.parametrize("metric", ["standardised", "raw"])
@pytest.mark.parametrize("which", ["direct", "earliest"])
def test_errors_are_those_of_models_fitted_row_by_row(
    rows: ArrayRows, which: str, metric: str
) -> None:
    fold, how = np.arange(61) % 7, How(antecedents=which)
    estimator = PlsEstimator(metric=metric)
    found = cross_validate(estimator, MODEL, rows, given_folds(fold), how)
    expected = by_hand(rows, fold, estimator, which)
    np.testing.assert_allclose(found.error, expected, rtol=0, atol=1e-10)
    np.testing.assert_allclose(found.squared["pls"], expected**2, rtol=0, atol=1e-10)


def test_weights_of_two_count_as_two_respondents(rows: ArrayRows) -> None:
    """With each row in its own fold, doubled rows must leave together."""
    fold = np.arange(61) % 5
    twice = ArrayRows(columns=rows.columns, values=np.repeat(rows.values, 2, axis=0))
    weighted = ArrayRows(columns=rows.columns, values=rows.values, weights=np.full(61, 1.0))
    one = cross_validate(PlsEstimator(), MODEL, weighted, given_folds(fold))
    two = cross_validate(PlsEstimator(), MODEL, twice, given_folds(np.repeat(fold, 2)))
    # Only the divisor n - 1 of the standard deviations differs, and it cancels.
    np.testing.assert_allclose(two.squared["pls"][::2], one.squared["pls"], atol=1e-10)


@pytest.mark.parametrize(("n", "k", "times"), [(61, 7, 3), (60, 6, 1), (11, 11, 1), (9, 2, 4)])
def test_every_row_is_in_one_fold_of_each_repetition(n: int, k: int, times: int) -> None:
    folds = random_folds(n, k, times, seed=5)
    for repetition in folds.rows.reshape(folds.repetitions, k, -1):
        inside = repetition[repetition >= 0]
        assert sorted(inside) == list(range(n))
        sizes = (repetition >= 0).sum(axis=1)
        assert sizes.max() - sizes.min() <= 1
    same = random_folds(n, k, times, seed=5)
    assert (folds.rows == same.rows).all()


def test_repetitions_average_their_errors(rows: ArrayRows) -> None:
    folds = random_folds(61, 6, 3, seed=2)
    whole = cross_validate(PlsEstimator(), MODEL, rows, folds)
    parts = [
        cross_validate(
            PlsEstimator(),
            MODEL,
            rows,
            type(folds)(rows=folds.rows[6 * r : 6 * r + 6], repetitions=1),
        )
        for r in range(3)
    ]
    mean = np.mean([part.squared["pls"] for part in parts], axis=0)
    np.testing.assert_allclose(whole.squared["pls"], mean, rtol=1e-12)
    (row, *_) = item_predictions(whole)
    assert row.rmse == pytest.approx(np.sqrt(mean[:, 0].mean()), rel=1e-12)


def item(rmse: float, **changes: float) -> ItemPrediction:
    given = {
        "mae": 1.0,
        "q2_predict": 0.1,
        "rmse_lm": 1.0,
        "mae_lm": 1.0,
        "q2_lm": 0.1,
        "rmse_in_sample": 1.0,
        "skewness": 0.0,
    }
    return ItemPrediction(construct="Y", item="y", rmse=rmse, **(given | changes))


@pytest.mark.parametrize(
    ("errors", "power"),
    [
        ((0.9, 0.9, 0.9), "high"),
        ((0.9, 0.9, 1.1), "medium"),
        ((0.9, 1.1, 1.1), "low"),
        ((1.1, 1.1, 1.1), "none"),
        ((0.9, 1.1), "medium"),
    ],
)
def test_verdicts(errors: tuple[float, ...], power: str) -> None:
    assert predictive_power(tuple(item(e) for e in errors))[0].power == power


def test_skewed_errors_are_judged_by_their_size() -> None:
    skewed = item(0.9, mae=1.1, skewness=1.5)
    (overall, *_) = predictive_power((skewed, skewed, item(0.9)))
    assert (overall.measure, overall.better) == ("mae", 0)


def test_an_item_no_better_than_its_mean_is_not_predicted() -> None:
    (overall, *_) = predictive_power((item(0.9, q2_predict=-0.01), item(0.9)))
    assert (overall.above_mean, overall.better, overall.power) == (1, 1, "medium")


def test_cvpat_is_a_paired_t_test_of_average_losses(rows: ArrayRows) -> None:
    found = cross_validate(PlsEstimator(), MODEL, rows, random_folds(61, 10, 2, seed=1))
    tests = {(t.construct, t.versus): t for t in against_benchmarks(found, confidence=0.9)}
    for versus in ("mean", "lm"):
        for construct, at in ((None, [0, 1, 2]), ("Y", [0]), ("Z", [1, 2])):
            mine = found.squared["pls"][:, at].mean(axis=1)
            theirs = found.squared[versus][:, at].mean(axis=1)
            expected = stats.ttest_rel(mine, theirs)
            row = tests[construct, versus]
            assert row.t == pytest.approx(expected.statistic, rel=1e-10)
            assert row.p == pytest.approx(expected.pvalue, rel=1e-8)
            low, high = expected.confidence_interval(0.9)
            assert (row.ci_lower, row.ci_upper) == pytest.approx((low, high), rel=1e-8)


def test_a_model_does_not_differ_from_itself(rows: ArrayRows) -> None:
    folds = random_folds(61, 10, 1, seed=1)
    found = cross_validate(PlsEstimator(), MODEL, rows, folds)
    for row in against_rival(found, found, confidence=0.95):
        assert (row.difference, row.t, row.p, row.ci_lower) == (0.0, None, None, None)


@pytest.mark.parametrize("distance", [5, 7])
def test_blindfolding_as_its_definition_says(rows: ArrayRows, distance: int) -> None:
    """Every round by itself, with rows, for the last construct."""
    x = rows.values
    sse = {"redundancy": 0.0, "communality": 0.0}
    sso = 0.0
    number = np.arange(61)[:, None] + 61 * np.arange(2)
    for d in range(distance):
        gone = number % distance == d
        z = x.copy()
        means = np.ma.array(x[:, 3:], mask=gone).mean(axis=0).data
        z[:, 3:] = np.where(gone, means, x[:, 3:])
        fit = PlsEstimator().fit(MODEL, moments_of(z, MODEL))
        centre, sd = z.mean(axis=0), z.std(axis=0, ddof=1)
        s = (z - centre) / sd
        scores = np.c_[s[:, :2] @ fit.weights[:2], s[:, 2], s[:, 3:] @ fit.weights[3:]]
        structural = scores @ fit.paths[:, 2]
        truth = (x[:, 3:] - centre[3:]) / sd[3:]
        for name, score in (("redundancy", structural), ("communality", scores[:, 2])):
            error = truth - score[:, None] * fit.loadings[3:]
            sse[name] += (error[gone] ** 2).sum()
        sso += ((truth - (means - centre[3:]) / sd[3:])[gone] ** 2).sum()
    row = blindfolded_q2(PlsEstimator(), MODEL, rows, distance=distance)[2]
    assert row.redundancy == pytest.approx(1 - sse["redundancy"] / sso, abs=1e-10)
    assert row.communality == pytest.approx(1 - sse["communality"] / sso, abs=1e-10)


def test_blindfolding_refuses_a_distance_that_divides_n(rows: ArrayRows) -> None:
    part = ArrayRows(columns=rows.columns, values=rows.values[:60])
    with pytest.raises(ValueError, match="omission distance 5 divides 60 rows"):
        blindfolded_q2(PlsEstimator(), MODEL, part, distance=5)


def test_akaike_weights_of_two_models() -> None:
    assert akaike_weights(np.array([10.0, 12.0])) == pytest.approx(
        [1 / (1 + np.exp(-1)), np.exp(-1) / (1 + np.exp(-1))]
    )


def test_criteria_of_an_equation_by_hand() -> None:
    found = criteria_of(50.0, 100.0, 3, 0.6)
    assert found["bic"] == pytest.approx(100 * (np.log(0.5) + 3 * np.log(100) / 100))
    assert found["aic"] == pytest.approx(100 * np.log(0.5) + 6)
    assert found["mallows_cp"] == pytest.approx(50 / 0.6 - 94)
    assert set(criteria_of(0.0, 100.0, 3, None).values()) == {None}


def test_redundancy_is_a_multiple_correlation(mobi: pd.DataFrame) -> None:
    spec = parse_model("Quality =~ PERQ1 + PERQ2 + PERQ3\nV =~ CUSA1\nV ~ Quality", file="m")
    values = mobi[list(spec.indicators)].to_numpy(dtype=float)
    found = redundancy_analysis(spec.constructs[0], "CUSA1", moments_of(values, spec))
    design = np.c_[np.ones(250), values[:, :3]]
    residual = values[:, 3] - design @ np.linalg.lstsq(design, values[:, 3], rcond=None)[0]
    r2 = 1 - residual.var() / values[:, 3].var()
    assert found.r2 == pytest.approx(r2, abs=1e-10)
    assert found.path == pytest.approx(np.sqrt(r2), abs=1e-10)
