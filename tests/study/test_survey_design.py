"""Clusters and strata through a study: bootstrap errors, sandwich errors, refusals."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import survey_engine as se
from survey_engine.errors import EstimationError
from survey_engine.estimation.bootstrap import BatchOutcome
from survey_engine.estimation.cluster_bootstrap import Design, cluster_bootstrap
from survey_engine.numerics.cluster_resampling import cluster_sums, resampled_clusters
from survey_engine.numerics.moments import Array, ArrayRows
from survey_engine.numerics.resampling import resampling_tasks
from survey_engine.study.result import StudySpec
from survey_engine.workflows.run_study import StudyRequest, run_request

MODEL = "F =~ a + b + c\nG =~ d + e + f\nG ~ F\n"


class _Means:
    """A statistic that is nothing but the means."""

    def __call__(self, mean: Array, covariance: Array, n: int) -> BatchOutcome:  # noqa: ARG002
        reason = np.zeros(len(mean), dtype=np.intp)
        return BatchOutcome(values={"mean": mean}, reason=reason, reasons=())


def _answers(seed: int = 2) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """240 rows in 40 clusters of 6, two strata with very different means."""
    draws = np.random.default_rng(seed)
    cluster = np.repeat(np.arange(40), 6)
    stratum = (cluster >= 20).astype(np.intp)
    effect = draws.standard_normal(40)[cluster]
    values = effect[:, None] + 4 * stratum[:, None] + draws.standard_normal((240, 2))
    return values, cluster, stratum


def test_errors_of_means_are_the_linearised_ones() -> None:
    """Equal clusters: variance of a stratum's mean is ``(1 - 1/C) s^2 / C`` of theirs.

    4,000 resamples: a standard deviation is known to 1.1 %; 4 % asked.
    """
    values, cluster, stratum = _answers()
    rows = ArrayRows(columns=("x", "y"), values=values)
    found = cluster_bootstrap(
        rows, Design(cluster=cluster, stratum=stratum), _Means(), requested=4000, seed=1
    )
    means = np.array([values[cluster == c].mean(axis=0) for c in range(40)])
    parts = [means[:20].var(axis=0) / 20, means[20:].var(axis=0) / 20]
    expected = np.sqrt(sum(0.25 * part for part in parts))
    np.testing.assert_allclose(found.standard_error("mean"), expected, rtol=0.04)
    # Without strata the difference between them is drawn, too.
    free = cluster_bootstrap(
        rows, Design(cluster=cluster, stratum=0 * stratum), _Means(), requested=1000, seed=1
    )
    assert (free.standard_error("mean") > 1.5 * expected).all()


def test_moments_are_those_of_the_drawn_rows() -> None:
    values, cluster, stratum = _answers()
    weights = np.linspace(0.5, 1.5, 240)
    rows = ArrayRows(columns=("x", "y"), values=values, weights=weights)
    laid = cluster_sums(rows, cluster, stratum)
    mean, covariance = resampled_clusters(laid, resampling_tasks(3, 7)[0])
    draws = np.random.default_rng(resampling_tasks(3, 7)[0].seed)
    first = draws.integers(0, 20, (3, 20))
    second = 20 + draws.integers(0, 20, (3, 20))
    picked = np.concatenate((first, second), axis=1)[0]
    at = np.concatenate([np.flatnonzero(cluster == c) for c in picked])
    np.testing.assert_allclose(mean[0], np.average(values[at], axis=0, weights=weights[at]))
    expected = np.cov(values[at].T, aweights=weights[at], bias=True)
    np.testing.assert_allclose(covariance[0], expected, atol=1e-12)


@pytest.fixture(scope="module")
def export(tmp_path_factory: pytest.TempPathFactory) -> Path:
    draws = np.random.default_rng(5)
    branch = np.repeat(np.arange(30), 10)
    effect = draws.standard_normal(30)[branch]
    factor = 0.8 * draws.standard_normal(300) + effect
    second = 0.5 * factor + 0.6 * draws.standard_normal(300)
    columns = {
        name: np.clip(np.rint(5.5 + (factor if name in "abc" else second) * 1.2
                              + draws.standard_normal(300)), 1, 10)
        for name in "abcdef"
    }  # fmt: skip
    frame = pd.DataFrame(columns)
    frame["branch"] = [f"B{b}" for b in branch]
    frame["region"] = np.where(branch < 15, "north", "south")
    folder = tmp_path_factory.mktemp("design")
    frame.to_csv(folder / "answers.csv", index=False)
    (folder / "model.txt").write_text(MODEL, encoding="utf-8")
    return folder / "answers.csv"


def _request(export: Path, **options: object) -> StudyRequest:
    spec = StudySpec(
        resamples=300,
        second_opinion=False,
        exploratory=False,
        **options,  # type: ignore[arg-type]
    )
    return StudyRequest(
        export=export,
        instrument=None,
        model=str(export.parent / "model.txt"),
        mapping=None,
        scale=(1.0, 10.0),
        spec=spec,
    )


def test_errors_of_a_construct_grow_with_clusters(export: Path) -> None:
    """Ten respondents a branch, ICC of a score about .5: errors about 2.3 times as large."""
    plain = run_request(_request(export))
    design = run_request(_request(export, cluster="branch", strata="region"))
    assert plain.scores is not None
    assert design.scores is not None
    a, b = plain.scores.performance[0], design.scores.performance[0]
    assert a.est == b.est
    assert b.se is not None
    assert a.se is not None
    assert 1.6 < b.se / a.se < 3.2


def test_sandwich_errors_name_the_clusters(export: Path) -> None:
    result = run_request(_request(export, cluster="branch", estimator="ml"))
    told = {one.code: one for one in result.diagnostics}
    assert told["CLUSTER_ROBUST"].parameters["clusters"] == 30
    assert result.fit_measures["chisq_scaled"] is not None


def test_what_cannot_be_combined_is_refused_by_name(export: Path) -> None:
    with pytest.raises(EstimationError, match="DESIGN_UNSUPPORTED"):
        run_request(_request(export, cluster="branch", ci="bca"))
    data = se.read(export, scale=(1.0, 10.0))
    with pytest.raises(EstimationError, match="UNKNOWN_COLUMN_REQUESTED"):
        se.Study(data, str(export.parent / "model.txt"), cluster="nowhere", resamples=50).run()
    request = _request(export, cluster="branch")
    assert replace(request, spec=request.spec).spec.cluster == "branch"
