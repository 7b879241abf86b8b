"""Moments against numpy's own covariances, and what must not matter."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from survey_engine.errors import ResponseError
from survey_engine.responses import row_moments
from survey_engine.responses.reduce import reduce
from survey_engine.responses.survey_data import DataQuality, SurveyData


def survey(values: np.ndarray, weights: np.ndarray | None = None) -> SurveyData:
    names = tuple("abcdefgh"[: values.shape[1]])
    return SurveyData(
        columns=names,
        values=values,
        status=np.where(np.isnan(values), 3, 0).astype(np.int8),
        ranges={},
        extra=pd.DataFrame(index=range(len(values))),
        quality=DataQuality(n_read=len(values), n_kept=len(values)),
        source="a",
        platform="csv",
        sha256="",
        weights=weights,
    )


def answers(seed: int, n: int = 120, p: int = 4, gaps: float = 0.0) -> np.ndarray:
    chance = np.random.default_rng(seed)
    values = chance.integers(1, 11, (n, p)).astype(float)
    values[:, 1] = np.clip(values[:, 0] + chance.integers(-2, 3, n), 1, 10)
    values[chance.random((n, p)) < gaps] = np.nan
    return values


def test_listwise_is_the_covariance_of_complete_rows() -> None:
    values = answers(1, gaps=0.1)
    done = reduce(survey(values), ("a", "c", "b"))
    complete = values[:, [0, 2, 1]][~np.isnan(values[:, [0, 2, 1]]).any(axis=1)]
    assert done.moments.columns == ("a", "c", "b")
    assert done.moments.n == len(complete) == done.rows.n_rows == done.used.sum()
    assert_allclose(done.moments.mean, complete.mean(axis=0), rtol=1e-14)
    assert_allclose(done.moments.covariance, np.cov(complete.T, ddof=0), rtol=1e-13)
    assert_array_equal(done.rows.values, complete)
    (told,) = done.diagnostics
    assert told.code == "LISTWISE_DELETION"
    assert told.parameters["dropped"] == len(values) - len(complete)
    assert told.severity == "warning"


def test_listwise_names_the_worst_items() -> None:
    values = answers(2)
    values[:5, 2] = np.nan
    values[3:6, 0] = np.nan
    (told,) = reduce(survey(values), ("a", "b", "c")).diagnostics
    assert told.where.items == ("c", "a")
    assert (told.parameters["n"], told.severity) == (114, "info")


def test_weighted_moments_and_kish() -> None:
    values = answers(3)
    weights = np.random.default_rng(3).uniform(0.2, 3, len(values))
    done = reduce(survey(values, weights), tuple("abcd"))
    assert_allclose(done.moments.mean, np.average(values, axis=0, weights=weights), rtol=1e-13)
    assert_allclose(
        done.moments.covariance, np.cov(values.T, aweights=weights, ddof=0), rtol=1e-12
    )
    assert done.moments.n_effective == pytest.approx(
        weights.sum() ** 2 / (weights**2).sum(), rel=1e-14
    )
    assert done.rows.weights is not None
    assert done.rows.weights.sum() == pytest.approx(len(values), rel=1e-14)
    assert done.moments.weighted
    assert not reduce(survey(values, weights), ("a", "b"), use_weights=False).moments.weighted


def test_rows_without_a_usable_weight_are_left_out() -> None:
    values = answers(4, n=6)
    weights = np.array([1.0, np.inf, -1.0, np.nan, 0.0, 2.0])
    done = reduce(survey(values, weights), ("a", "b"))
    assert_array_equal(done.used, [True, False, False, False, False, True])
    assert done.moments.n == 2


def test_mean_replacement() -> None:
    values = answers(5, gaps=0.1)
    done = reduce(survey(values), tuple("abcd"), missing="mean")
    filled = np.where(np.isnan(values), np.nanmean(values, axis=0), values)
    assert_allclose(done.rows.values, filled, rtol=1e-14)
    assert_allclose(done.moments.covariance, np.cov(filled.T, ddof=0), rtol=1e-12)
    (told,) = done.diagnostics
    assert (told.code, told.severity) == ("MEAN_REPLACEMENT", "warning")
    gaps = np.isnan(values).sum(axis=0)
    assert f"a: {gaps[0]}" in told.parameters["counts"]


def test_pairwise_uses_every_pair() -> None:
    values = answers(6, gaps=0.1)
    done = reduce(survey(values), tuple("abcd"), missing="pairwise")
    for j in range(4):
        assert done.moments.mean[j] == pytest.approx(np.nanmean(values[:, j]), rel=1e-13)
        for k in range(4):
            both = ~np.isnan(values[:, [j, k]]).any(axis=1)
            pair = np.cov(values[both][:, [j, k]].T, ddof=0)[0, 1]
            assert done.moments.covariance[j, k] == pytest.approx(pair, rel=1e-12)
    assert [d.code for d in done.diagnostics] == ["PAIRWISE_DELETION"]
    assert done.moments.n == len(values)


def test_pairs_never_answered_together_and_indefinite_moments() -> None:
    values = answers(7)
    values[:60, 0] = np.nan
    values[60:, 1] = np.nan
    codes = [
        (d.code, d.where.items)
        for d in reduce(survey(values), ("a", "b", "c"), missing="pairwise").diagnostics
    ]
    assert codes[-1] == ("ZERO_COVERAGE", ("a", "b"))
    x = np.tile([1.0, 2.0, 3.0, 4.0], 3)
    clash = np.column_stack([x, x, x])
    clash[8:, 1] = clash[8:, 2][::-1]
    clash[:4, 2], clash[4:8, 1], clash[8:, 0] = np.nan, np.nan, np.nan
    found = reduce(survey(clash), ("a", "b", "c"), missing="pairwise").diagnostics
    assert found[-1].code == "COVARIANCE_NOT_PD"


def test_constant_after_deletion_says_so() -> None:
    values = answers(8, n=40)
    values[:, 2] = 5
    values[:10, 2] = 6
    values[:10, 0] = np.nan
    codes = {d.code: d for d in reduce(survey(values), tuple("abcd")).diagnostics}
    assert codes["ZERO_VARIANCE_ITEM"].where.items == ("c",)
    assert codes["ZERO_VARIANCE_ITEM"].parameters["cause"] == "listwise"


def test_no_moments_exist() -> None:
    values = answers(9)
    values[:, 1] = np.nan
    for missing in ("listwise", "mean", "pairwise"):
        with pytest.raises(ResponseError) as caught:
            reduce(survey(values), tuple("abcd"), missing=missing)  # type: ignore[arg-type]
        assert caught.value.diagnostics[0].code == "ALL_MISSING_ITEM"
        assert caught.value.diagnostics[0].where.items == ("b",)
    values = answers(9)
    values[:60, 0], values[60:, 2] = np.nan, np.nan
    with pytest.raises(ResponseError, match="NO_COMPLETE_ROWS"):
        reduce(survey(values), tuple("abcd"))
    with pytest.raises(ResponseError, match="NO_COMPLETE_ROWS"):
        reduce(survey(answers(9), np.zeros(120)), ("a", "b"))
    with pytest.raises(ResponseError, match="UNKNOWN_COLUMN"):
        reduce(survey(values), ("a", "z"))


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), weight=st.floats(0.01, 100))
def test_order_and_equal_weights_do_not_matter(seed: int, weight: float) -> None:
    values = answers(seed, n=50, gaps=0.03)
    plain = reduce(survey(values), tuple("abcd")).moments
    order = np.random.default_rng(seed).permutation(50)
    mixed = reduce(survey(values[order]), tuple("abcd")).moments
    assert_array_equal(plain.covariance, mixed.covariance)  # whole numbers: the same bits
    equal = reduce(survey(values, np.full(50, weight)), tuple("abcd")).moments
    assert_allclose(equal.covariance, plain.covariance, rtol=1e-12, atol=1e-14)
    assert equal.n_effective == pytest.approx(plain.n_effective, rel=1e-12)


def test_chunks_and_large_offsets_do_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    values = answers(11, n=1000)
    whole = row_moments.mean_and_covariance(values, None)
    monkeypatch.setattr(row_moments, "CHUNK_ROWS", 64)
    parts = row_moments.mean_and_covariance(values, None)
    assert_allclose(parts[0], whole[0], rtol=1e-14)
    assert_allclose(parts[1], whole[1], rtol=1e-14)
    far = row_moments.mean_and_covariance(values + 1e9, None)
    assert_allclose(far[1], whole[1], rtol=1e-12)


def _with_gaps() -> np.ndarray:
    draws = np.random.default_rng(8)
    common = draws.standard_normal((300, 1))
    values = common + draws.standard_normal((300, 3))
    values[draws.random((300, 3)) < 0.1] = np.nan
    values[0] = np.nan
    return values


def test_em_keeps_everyone_who_answered_something() -> None:
    done = reduce(survey(_with_gaps()), ("a", "b", "c"), missing="em")
    empty = int(np.isnan(_with_gaps()).all(axis=1).sum())
    assert done.moments.n == 300 - empty
    assert done.moments.missing == "em"
    assert not done.used[0]
    assert done.incomplete is not None
    assert np.isnan(done.incomplete.values).any()
    assert not np.isnan(done.rows.values).any()
    (told,) = done.diagnostics
    assert told.code == "EM_MOMENTS"
    assert told.parameters["left_out"] == empty
    assert done.coverage is not None
    assert done.coverage.min() > 0.7


def test_regression_replacement_shrinks_variances_and_says_so() -> None:
    by_em = reduce(survey(_with_gaps()), ("a", "b", "c"), missing="em").moments
    done = reduce(survey(_with_gaps()), ("a", "b", "c"), missing="regression")
    assert (np.diag(done.moments.covariance) < np.diag(by_em.covariance)).all()
    np.testing.assert_allclose(done.moments.mean, by_em.mean, atol=1e-8)
    (told,) = done.diagnostics
    assert (told.code, told.severity.value) == ("REGRESSION_REPLACEMENT", "warning")


def test_em_refuses_pairs_nobody_answered() -> None:
    values = _with_gaps()
    values[:150, 0], values[150:, 1] = np.nan, np.nan
    with pytest.raises(ResponseError) as caught:
        reduce(survey(values), ("a", "b", "c"), missing="em")
    assert [d.code for d in caught.value.diagnostics] == ["ZERO_COVERAGE"]
    assert caught.value.diagnostics[0].where.items == ("a", "b")
