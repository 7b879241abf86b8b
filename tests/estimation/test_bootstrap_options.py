"""Treatments of inadmissible resamples, errors inside resamples, the jackknife."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from scipy import stats

from survey_engine.assessment.resampled import Resampled
from survey_engine.estimation.bootstrap import BatchOutcome, ResamplingOptions, bootstrap
from survey_engine.estimation.jackknife import jackknife
from survey_engine.numerics.moments import Array, ArrayRows

OPTIONS = ResamplingOptions(compare=("mean",))


@dataclass(frozen=True)
class Means:
    """Means; above `odd` inadmissible, above `limit` without any solution."""

    odd: float = np.inf
    limit: float = np.inf

    def __call__(self, mean: Array, covariance: Array, n: int) -> BatchOutcome:  # noqa: ARG002
        reason = np.where(mean[:, 0] > self.limit, 1, np.where(mean[:, 0] > self.odd, 2, 0))
        return BatchOutcome(
            values={"mean": mean},
            reason=reason,
            reasons=("failed", "odd"),
            inadmissible=("odd",),
        )


def answers(n: int = 200) -> ArrayRows:
    values = np.random.default_rng(8).gamma(2.0, size=(n, 2))
    return ArrayRows(columns=("x0", "x1"), values=values)


@pytest.fixture(scope="module")
def limits() -> Means:
    draws = bootstrap(answers(), Means(), requested=1000, seed=5).draws["mean"][:, 0]
    return Means(odd=float(np.quantile(draws, 0.8)), limit=float(np.quantile(draws, 0.9)))


def test_drop_keep_and_replace(limits: Means) -> None:
    found = {}
    for treatment in ("drop", "keep", "replace"):
        options = ResamplingOptions(inadmissible=treatment)  # type: ignore[arg-type]
        found[treatment] = bootstrap(answers(), limits, requested=1000, seed=5, options=options)
    assert (found["drop"].usable, found["keep"].usable) == (800, 900)
    assert dict(found["drop"].by_reason) == {"failed": 100, "odd": 100}
    assert dict(found["keep"].by_reason) == {"failed": 100}
    replaced = found["replace"]
    assert replaced.usable == 1000
    assert replaced.requested == 1000
    assert replaced.drawn == 1000 + replaced.failed
    assert (replaced.draws["mean"][:800] == found["drop"].draws["mean"]).all()
    assert len(np.unique(replaced.draws["mean"][:, 0])) == 1000


def test_replacing_ends_at_twice_the_number(limits: Means) -> None:
    never = Means(odd=-1.0)
    options = ResamplingOptions(inadmissible="replace")
    found = bootstrap(answers(), never, requested=300, seed=5, options=options)
    assert (found.usable, found.drawn, found.requested) == (0, 600, 300)
    same = [
        bootstrap(answers(), limits, requested=600, seed=5, options=options, workers=workers)
        for workers in (1, 2)
    ]
    assert same[0].draws["mean"].tobytes() == same[1].draws["mean"].tobytes()


def test_all_three_stand_in_the_ledger_only_where_they_differ(limits: Means) -> None:
    found = bootstrap(answers(), limits, requested=1000, seed=5, options=OPTIONS)
    assert [(one.treatment, one.used) for one in found.treated] == [
        ("keep", 900),
        ("drop", 800),
        ("replace", 1000),
    ]
    assert found.treated[2].drawn > 1000
    assert found.usable == 800
    clean = bootstrap(answers(), Means(), requested=200, seed=5, options=OPTIONS)
    assert clean.treated == ()


def test_errors_inside_resamples_are_those_of_the_rows_drawn() -> None:
    rows = answers(50)  # one drawn row a group
    options = ResamplingOptions(studentised=True)
    found = bootstrap(rows, Means(), requested=300, seed=2, options=options)
    again = np.random.default_rng(np.random.SeedSequence(2).spawn(1)[0])
    picked = again.integers(0, 50, size=(250, 50))
    drawn = rows.values[picked]
    np.testing.assert_allclose(found.draws["mean"][:250], drawn.mean(axis=1), atol=1e-12)
    expected = drawn.std(axis=1, ddof=1) / np.sqrt(50)
    np.testing.assert_allclose(found.errors["mean"][:250], expected, atol=1e-12)


def test_errors_of_more_rows_than_groups_are_nearly_the_textbook_ones() -> None:
    rows = answers(201)
    options = ResamplingOptions(studentised=True)
    found = bootstrap(rows, Means(), requested=400, seed=2, options=options)
    textbook = rows.values.std(axis=0, ddof=1) / np.sqrt(201)
    np.testing.assert_allclose(found.errors["mean"].mean(axis=0), textbook, rtol=0.03)


def test_studentised_mean_of_normal_answers_is_students_interval() -> None:
    values = np.random.default_rng(3).normal(size=(60, 1))
    rows = ArrayRows(columns=("x",), values=values)
    options = ResamplingOptions(studentised=True)
    drawn = bootstrap(rows, Means(), requested=4000, seed=1, options=options)
    leaves = jackknife(rows, Means())
    sampled = Resampled(
        point={"mean": values.mean(axis=0)},
        draws=drawn.draws,
        errors=drawn.errors,
        leaves=leaves.leaves,
        interval="studentised",
    )
    found = sampled.estimate("mean", 0)
    error = values.std(ddof=1) / np.sqrt(60)
    half = stats.t.ppf(0.975, 59) * error
    assert found.ci_lower == pytest.approx(values.mean() - half, abs=0.15 * error)
    assert found.ci_upper == pytest.approx(values.mean() + half, abs=0.15 * error)


def test_the_jackknife_keeps_solutions_that_are_merely_impossible() -> None:
    found = jackknife(answers(), Means(odd=-1.0))
    assert (found.groups, found.failed, found.n) == (200, 0, 200)
    textbook = answers().values.std(axis=0, ddof=1) / np.sqrt(200)
    np.testing.assert_allclose(found.standard_error("mean"), textbook, rtol=1e-12)
    assert jackknife(answers(), Means(limit=-1.0)).failed == 200


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["percentile", "bca", "studentised"])
def test_coverage_of_a_skewed_mean(kind: str) -> None:
    """400 samples of 40 exponential answers: studentised covers best, all above 88 %."""
    random = np.random.default_rng(12)
    inside = 0
    for seed in range(400):
        rows = ArrayRows(columns=("x",), values=random.exponential(size=(40, 1)))
        options = ResamplingOptions(studentised=kind == "studentised")
        drawn = bootstrap(rows, Means(), requested=1000, seed=seed, options=options)
        sampled = Resampled(
            point={"mean": rows.values.mean(axis=0)},
            draws=drawn.draws,
            errors=drawn.errors,
            leaves=jackknife(rows, Means()).leaves,
            interval=kind,
        )
        found = sampled.estimate("mean", 0)
        assert found.ci_lower is not None
        assert found.ci_upper is not None
        inside += found.ci_lower <= 1.0 <= found.ci_upper
    least = {"percentile": 0.88, "bca": 0.89, "studentised": 0.92}[kind]
    assert inside / 400 >= least


def test_errors_inside_resamples_are_the_same_bits_on_two_workers() -> None:
    options = ResamplingOptions(studentised=True)
    one, two = (
        bootstrap(answers(), Means(), requested=300, seed=4, workers=workers, options=options)
        for workers in (1, 2)
    )
    assert one.errors["mean"].tobytes() == two.errors["mean"].tobytes()
