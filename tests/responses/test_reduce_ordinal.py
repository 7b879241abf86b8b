"""Ordered answers to `OrdinalMoments`: what enters, what is refused, what is told."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from survey_engine.errors import ResponseError
from survey_engine.responses.reduce_ordinal import reduce_ordinal
from survey_engine.responses.survey_data import DataQuality, SurveyData


def survey(
    values: np.ndarray,
    *,
    weights: np.ndarray | None = None,
    branch: list[object] | None = None,
    ranges: dict[str, tuple[float, float]] | None = None,
) -> SurveyData:
    names = tuple("abcdefgh"[: values.shape[1]])
    extra = pd.DataFrame(index=range(len(values)))
    if branch is not None:
        extra["branch"] = branch
    return SurveyData(
        columns=names,
        values=values,
        status=np.where(np.isnan(values), 3, 0).astype(np.int8),
        ranges=ranges or {},
        extra=extra,
        quality=DataQuality(n_read=len(values), n_kept=len(values)),
        source="a",
        platform="csv",
        sha256="",
        weights=weights,
    )


def answers(seed: int, n: int = 300, p: int = 3) -> np.ndarray:
    rng = np.random.default_rng(seed)
    latent = rng.standard_normal((n, 1)) + rng.standard_normal((n, p))
    return np.searchsorted([-1.3, 0.2, 1.4], latent).astype(float) + 1


def codes_of(told: tuple) -> list[str]:
    return [one.code for one in told]


def test_moments_are_named_and_ordered_like_the_columns() -> None:
    values = answers(1)
    values[:, 1] = values[:, 1] * 2.5 + np.random.default_rng(1).standard_normal(300)
    done = reduce_ordinal(survey(values), ("c", "b", "a"), ordered=("a", "c"))
    (moments,) = done.moments
    assert moments.columns == ("c", "b", "a")
    assert list(moments.ordered) == [True, False, True]
    assert moments.categories == ((1, 2, 3, 4), (), (1, 2, 3, 4))
    names = ["".join(name) for name in moments.statistic_names]
    assert names == [
        *("c|t1", "c|t2", "c|t3", "b~1", "a|t1", "a|t2", "a|t3"),
        *("b~~b", "c~~b", "c~~a", "b~~a"),
    ]
    assert moments.statistics[3] == pytest.approx(values[:, 1].mean())
    assert moments.statistics[7] == pytest.approx(values[:, 1].var())
    assert moments.statistics[8] == moments.covariance[0, 1]
    assert moments.gamma is not None
    assert moments.gamma.shape == (11, 11)
    # The influence of the mean on itself: its sampling variance times n (normal theory
    # holds for the mean only up to the skewness the outer products see).
    assert moments.gamma[3, 3] == pytest.approx(values[:, 1].var(), rel=0.1)
    assert (np.linalg.eigvalsh(moments.gamma) > 0).all()


def test_any_ascending_numbers_are_categories() -> None:
    values = answers(2)
    spread = np.array([0.0, 5.0, 7.0, 99.0])[values.astype(int) - 1]
    one = reduce_ordinal(survey(values), ("a", "b")).moments[0]
    other = reduce_ordinal(survey(spread), ("a", "b")).moments[0]
    assert other.categories[0] == (0, 5, 7, 99)
    assert_allclose(one.statistics, other.statistics)


def test_groups_come_by_first_appearance_and_share_categories() -> None:
    values = answers(3, n=600)
    branch = ["South" if i % 3 else "North" for i in range(600)]
    branch[5] = None
    done = reduce_ordinal(survey(values, branch=branch), ("a", "b", "c"), group="branch")
    assert [one.group for one in done.moments] == ["North", "South"]
    assert [one.n for one in done.moments] == [200, 399]
    north = reduce_ordinal(survey(values[::3]), ("a", "b", "c")).moments[0]
    assert_allclose(done.moments[0].statistics, north.statistics)
    assert_allclose(done.moments[0].gamma, north.gamma)


def test_a_category_missing_in_one_branch_is_an_error_that_names_all_three() -> None:
    values = answers(4, n=600)
    branch = ["North" if i < 300 else "South" for i in range(600)]
    values[:300, 1] = np.where(values[:300, 1] == 4, 3, values[:300, 1])
    with pytest.raises(ResponseError) as caught:
        reduce_ordinal(survey(values, branch=branch), ("a", "b", "c"), group="branch")
    (told,) = caught.value.diagnostics
    assert told.code == "EMPTY_CATEGORY"
    assert told.where.items == ("b",)
    assert told.where.values == (4.0,)
    assert told.where.groups == ("North",)
    assert told.parameters["categories"] == "4"


def test_a_declared_answer_nobody_chose_is_told() -> None:
    done = reduce_ordinal(survey(answers(5), ranges={"b": (1, 5)}), ("a", "b", "c"))
    told = next(one for one in done.diagnostics if one.code == "UNUSED_CATEGORY")
    assert (told.where.items, told.where.values) == (("b",), (5.0,))


def test_rare_answers_are_told_with_their_counts() -> None:
    values = answers(6)
    values[:, 0] = np.minimum(values[:, 0], 3)
    values[:4, 0] = 4
    told = next(
        one
        for one in reduce_ordinal(survey(values), ("a", "b", "c")).diagnostics
        if one.code == "SPARSE_CATEGORIES"
    )
    assert told.where.items == ("a",)
    assert told.parameters["found"] == "a (4: 4)"


def test_gaps_listwise_and_pairwise() -> None:
    values = answers(7)
    values[:30, 0] = np.nan
    values[:2] = np.nan
    listwise = reduce_ordinal(survey(values), ("a", "b", "c"))
    assert (listwise.moments[0].n, listwise.used.sum()) == (270, 270)
    assert codes_of(listwise.diagnostics)[0] == "LISTWISE_DELETION"
    pairwise = reduce_ordinal(survey(values), ("a", "b", "c"), missing="pairwise")
    assert pairwise.moments[0].n == 298  # the two empty rows carry nothing
    told = pairwise.diagnostics[0]
    assert (told.code, told.parameters["n_smallest"]) == ("PAIRWISE_DELETION", 270)
    whole = reduce_ordinal(survey(values[2:, 1:]), ("a", "b")).moments[0]
    assert pairwise.moments[0].correlation[1, 2] == pytest.approx(whole.correlation[0, 1])
    with pytest.raises(ResponseError, match="ORDINAL_MISSING"):
        reduce_ordinal(survey(values), ("a", "b"), missing="em")


def test_weights_scale_to_n_and_zero_weights_leave() -> None:
    values = answers(8)
    weights = np.random.default_rng(8).uniform(0.5, 2, 300)
    weights[:10] = 0.0
    done = reduce_ordinal(survey(values, weights=weights), ("a", "b", "c"))
    (moments,) = done.moments
    assert moments.n == 290
    assert moments.weighted
    assert moments.n_effective == pytest.approx(weights.sum() ** 2 / np.square(weights).sum())
    assert moments.frequencies[0].sum() == pytest.approx(290)
    double = reduce_ordinal(survey(values, weights=weights * 2), ("a", "b", "c"))
    assert_allclose(double.moments[0].gamma, moments.gamma)


def test_one_answer_only_is_refused() -> None:
    values = answers(9)
    values[:, 2] = 3
    with pytest.raises(ResponseError) as caught:
        reduce_ordinal(survey(values), ("a", "b", "c"))
    (told,) = caught.value.diagnostics
    assert (told.code, told.where.items) == ("ZERO_VARIANCE_ITEM", ("c",))


def test_a_measured_column_is_no_ordered_item() -> None:
    values = answers(10)
    values[:, 0] = np.arange(300)
    with pytest.raises(ResponseError) as caught:
        reduce_ordinal(survey(values), ("a", "b", "c"))
    (told,) = caught.value.diagnostics
    assert (told.code, told.where.items) == ("TOO_MANY_CATEGORIES", ("a",))
    assert told.parameters["n"] == 300


def test_an_item_asked_twice_is_refused_by_name() -> None:
    values = answers(11)
    values[:, 2] = values[:, 0]
    with pytest.raises(ResponseError) as caught:
        reduce_ordinal(survey(values), ("a", "b", "c"))
    (told,) = caught.value.diagnostics
    assert (told.code, told.where.items) == ("POLYCHORIC_AT_LIMIT", ("a", "c"))


def test_an_empty_cell_of_a_two_by_two_table_is_told() -> None:
    values = np.where(answers(12) > 2, 2.0, 1.0)
    values[(values[:, 0] == 2) & (values[:, 1] == 1), 1] = 2
    done = reduce_ordinal(survey(values), ("a", "b", "c"))
    told = next(one for one in done.diagnostics if one.code == "ZERO_CELLS_ADJUSTED")
    assert told.where.items == ("a", "b")
    assert abs(done.moments[0].correlation[0, 1]) < 0.999


def test_unknown_columns_are_named() -> None:
    with pytest.raises(ResponseError) as caught:
        reduce_ordinal(survey(answers(13)), ("a", "b"), ordered=("z",), group="shop")
    (told,) = caught.value.diagnostics
    assert (told.code, told.where.items) == ("UNKNOWN_COLUMN", ("z", "shop"))
