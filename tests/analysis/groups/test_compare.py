"""Groups: moments by hand, tests by definition, the gate, and the size of the tests."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from scipy import stats

from survey_engine.analysis.groups.compare import HowToCompare, compare_groups
from survey_engine.analysis.groups.permuted import groups_of, permute
from survey_engine.analysis.groups.tests_of_difference import henseler, parametric, welch
from survey_engine.assessment.invariance.micom import two_sided
from survey_engine.errors import EstimationError
from survey_engine.estimation.pls.estimator import PlsEstimator
from survey_engine.numerics.item_products import item_products
from survey_engine.numerics.moments import ArrayRows
from survey_engine.numerics.permutation import group_moments, permuted_membership
from survey_engine.numerics.resampling import resampling_tasks
from survey_engine.spec.parse import parse_model

SPEC = parse_model("X =~ x1 + x2 + x3\nY =~ y1 + y2 + y3\nY ~ X", file="m.txt")
LOADINGS = (0.9, 0.8, 0.7)


def answers(
    n: int,
    path: float,
    seed: int,
    *,
    loadings: tuple[float, ...] = LOADINGS,
    whole: bool = False,
) -> np.ndarray:
    rng = np.random.default_rng(seed)
    x = rng.standard_normal(n)
    y = path * x + np.sqrt(1 - path**2) * rng.standard_normal(n)
    items = [
        load * score + np.sqrt(1 - load**2) * rng.standard_normal(n)
        for score, loads in ((x, loadings), (y, LOADINGS))
        for load in loads
    ]
    values = 5 + 1.5 * np.stack(items, axis=1)
    return np.round(values).clip(1, 10) if whole else values


def rows_of(*parts: np.ndarray) -> tuple[ArrayRows, list[str]]:
    labels = [f"g{k}" for k, part in enumerate(parts) for _ in part]
    return ArrayRows(columns=SPEC.indicators, values=np.concatenate(parts)), labels


@pytest.mark.parametrize("whole", [True, False])
@pytest.mark.parametrize("n", [90, 2500])
def test_moments_of_permuted_groups_are_those_of_their_rows(n: int, whole: bool) -> None:
    values = answers(n, 0.5, 1, whole=whole)
    products = item_products(ArrayRows(columns=SPEC.indicators, values=values))
    membership = np.arange(n) % 3
    (task,) = resampling_tasks(4, 9)
    drawn = permuted_membership(membership, task)
    mean, covariance = group_moments(products, drawn, 3)
    for b, g in product(range(4), range(3)):
        part = values[drawn[b] == g]
        assert len(part) == (membership == g).sum()
        np.testing.assert_allclose(mean[b, g], part.mean(axis=0), atol=1e-10)
        np.testing.assert_allclose(covariance[b, g], np.cov(part.T, bias=True), atol=1e-9)


def test_permutations_do_not_depend_on_the_workers() -> None:
    rows, labels = rows_of(answers(60, 0.5, 1), answers(60, 0.5, 2))
    groups = groups_of(PlsEstimator(), SPEC, rows, np.array([int(x[1]) for x in labels]))
    one = permute(groups, permutations=600, seed=3)
    two = permute(groups, permutations=600, seed=3, workers=2)
    assert one.paths.tobytes() == two.paths.tobytes()
    assert len(one.paths) == 600


def test_a_permutation_p_counts_itself() -> None:
    assert two_sided(2.0, np.array([-3.0, 1.0, 2.0, 0.0])) == pytest.approx(3 / 5)


def test_henseler_counts_every_pair_of_resamples() -> None:
    rng = np.random.default_rng(4)
    first, second = rng.normal(0.4, 0.1, (37, 2)), rng.normal(0.3, 0.1, (41, 2))
    expected = []
    for j in range(2):
        count = sum(
            2 * first[:, j].mean() - a - 2 * second[:, j].mean() + b > 0
            for a in first[:, j]
            for b in second[:, j]
        )
        expected.append(1 - count / (37 * 41))
    assert henseler(first, second) == pytest.approx(expected)


def test_student_statistics_of_two_means() -> None:
    """With standard errors of means the tests are those of two samples."""
    rng = np.random.default_rng(5)
    a, b = rng.normal(0.3, 1, 40), rng.normal(0.0, 1, 55)
    # Keil's formula pools (n - 1) SE² weighted by n - 1, that is sd² (n - 1) / n.
    errors = tuple(np.array([np.sqrt((x.var(ddof=1)) / (len(x) - 1))]) for x in (a, b))
    gap = np.array([a.mean() - b.mean()])
    t, p = parametric(gap, errors, (40, 55))[:, 0]
    expected = stats.ttest_ind(a, b)
    assert (t, p) == pytest.approx((expected.statistic, expected.pvalue), rel=1e-10)
    plain = tuple(np.array([x.std(ddof=1) / np.sqrt(len(x) - 1)]) for x in (a, b))
    t, _ = welch(gap, plain, (40, 55))[:, 0]
    assert t == pytest.approx(stats.ttest_ind(a, b, equal_var=False).statistic, rel=1e-10)


def test_no_spread_is_no_test() -> None:
    nothing = (np.array([0.0]), np.array([0.0]))
    assert np.isnan(parametric(np.array([0.1]), nothing, (40, 40))).all()


def test_a_large_difference_is_found_where_measurement_is_the_same() -> None:
    rows, labels = rows_of(answers(400, 0.8, 10_000), answers(400, 0.5, 10_001))
    how = HowToCompare(permutations=199, resamples=300)
    found = compare_groups(PlsEstimator(), SPEC, rows, labels, column="brand", how=how)
    (pair,) = found.pairs
    (path,) = pair.paths
    assert [row.invariance != "none" for row in pair.micom] == [True, True]
    assert path.forbidden_by == ()
    assert path.p_permutation == pytest.approx(1 / 200)
    assert path.p_henseler is not None
    assert path.p_henseler < 0.01
    assert path.p_parametric is not None
    assert path.p_parametric < 0.01
    assert found.omnibus == ()


def test_the_gate_refuses_paths_of_constructs_composed_differently() -> None:
    rows, labels = rows_of(
        answers(300, 0.6, 1), answers(300, 0.6, 2, loadings=(0.15, 0.2, 0.95))
    )
    how = HowToCompare(permutations=199, resamples=0)
    found = compare_groups(PlsEstimator(), SPEC, rows, labels, column="brand", how=how)
    (pair,) = found.pairs
    verdicts = {row.construct: row.invariance for row in pair.micom}
    assert verdicts["X"] == "none"
    (path,) = pair.paths
    assert path.forbidden_by == ("X",)
    assert (path.difference, path.p_permutation, path.p_holm) == (None, None, None)
    assert path.first != path.second


def test_three_groups_have_an_omnibus_test_and_holm() -> None:
    rows, labels = rows_of(answers(150, 0.7, 1), answers(150, 0.7, 2), answers(150, 0.2, 3))
    how = HowToCompare(permutations=199, resamples=0)
    found = compare_groups(PlsEstimator(), SPEC, rows, labels, column="brand", how=how)
    assert [(p.first, p.second) for p in found.pairs] == [
        ("g0", "g1"), ("g0", "g2"), ("g1", "g2"),
    ]  # fmt: skip
    (omnibus,) = found.omnibus
    assert omnibus.p == pytest.approx(1 / 200)
    raw = [pair.paths[0].p_permutation for pair in found.pairs]
    holm = [pair.paths[0].p_holm for pair in found.pairs]
    assert raw[0] is not None
    assert raw[0] > 0.05
    assert holm[1] == pytest.approx(3 / 200)
    assert holm[2] == pytest.approx(3 / 200)


def test_a_group_without_a_solution_is_named() -> None:
    broken = answers(60, 0.5, 2)
    broken[:, 1] = 5.0
    rows, labels = rows_of(answers(60, 0.5, 1), broken)
    with pytest.raises(EstimationError) as caught:
        compare_groups(PlsEstimator(), SPEC, rows, labels, column="brand", how=HowToCompare())
    (problem,) = caught.value.diagnostics
    assert problem.code == "GROUP_NOT_ESTIMABLE"
    assert problem.where.groups == ("g1",)


def rejections(times: int, n: int, permutations: int, seed: int) -> dict[str, float]:
    """Shares of samples without any difference in which each test rejects at 5 %."""
    count = dict.fromkeys(("step 2", "means", "variances", "paths", "welch"), 0)
    for at in range(times):
        rows, labels = rows_of(
            answers(n, 0.5, seed + 2 * at), answers(n, 0.5, seed + 2 * at + 1)
        )
        how = HowToCompare(permutations=permutations, resamples=permutations, seed=at)
        found = compare_groups(PlsEstimator(), SPEC, rows, labels, column="g", how=how)
        pair = found.pairs[0]
        count["step 2"] += sum(row.correlation_p < 0.05 for row in pair.micom) / 2
        count["means"] += sum(row.mean_p < 0.05 for row in pair.micom) / 2
        count["variances"] += sum(row.variance_p < 0.05 for row in pair.micom) / 2
        if pair.paths[0].p_permutation is not None:
            count["paths"] += pair.paths[0].p_permutation < 0.05
            count["welch"] += pair.paths[0].p_welch < 0.05
    return {name: value / times for name, value in count.items()}


def test_size_in_a_small_study() -> None:
    """60 samples: five standard errors of a share of .05 reach to .19."""
    found = rejections(60, 100, 99, seed=1000)
    assert max(found.values()) <= 0.05 + 5 * np.sqrt(0.05 * 0.95 / 60), found


@pytest.mark.slow
@pytest.mark.parametrize("n", [100, 250])
def test_size_of_micom_and_group_tests(n: int) -> None:
    """1,000 samples: 3.3 Monte-Carlo errors about 5 % (Welch: approximate, 1 point more)."""
    found = rejections(1_000, n, 199, seed=50_000)
    reach = 3.3 * np.sqrt(0.05 * 0.95 / 1_000)
    for name in ("step 2", "means", "variances", "paths"):
        assert abs(found[name] - 0.05) <= reach, (name, found)
    assert abs(found["welch"] - 0.05) <= reach + 0.01, found
