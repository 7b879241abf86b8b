"""Simulated surveys have the moments and the defects they were asked for."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import survey_engine as se
from survey_engine.errors import EstimationError
from survey_engine.responses.survey_data import AnswerStatus
from survey_engine.simulation import (
    Population,
    SurveyDesign,
    ecsi_population,
    population_moments,
    simulate,
    simulated_table,
)
from survey_engine.simulation.population import latent_structure, observed_items
from survey_engine.spec.model import Construct, ModelSpec
from survey_engine.spec.model import Path as Arrow

MODEL = ModelSpec(
    id="m",
    constructs=(
        Construct(name="A", indicators=("a1", "a2", "a3")),
        Construct(name="B", indicators=("b1", "b2")),
        Construct(name="C", indicators=("c1",), kind="single_item"),
    ),
    paths=(
        Arrow(**{"from": "A", "to": "B"}),
        Arrow(**{"from": "A", "to": "C"}),
        Arrow(**{"from": "B", "to": "C"}),
    ),
)
POPULATION = Population(
    loadings={"a1": 0.9, "a2": 0.8, "a3": 0.7, "b1": 0.8, "b2": 0.6},
    paths={("A", "B"): 0.5, ("A", "C"): 0.3, ("B", "C"): 0.4},
)


def test_latent_correlations_follow_the_paths() -> None:
    structure = latent_structure(MODEL, POPULATION)
    expected = [[1, 0.5, 0.5], [0.5, 1, 0.55], [0.5, 0.55, 1]]
    np.testing.assert_allclose(structure.correlation, expected)
    # C: .3^2 + .4^2 + 2 (.3)(.4)(.5) explained
    assert structure.residual[2, 2] == pytest.approx(1 - 0.37)


def test_population_moments_by_hand() -> None:
    mean, covariance = population_moments(MODEL, POPULATION, scale=(1, 10))
    variance = (0.19 * 9) ** 2
    np.testing.assert_allclose(np.diagonal(covariance), variance)
    assert covariance[0, 1] == pytest.approx(0.72 * variance)
    assert covariance[0, 3] == pytest.approx(0.9 * 0.5 * 0.8 * variance)
    assert covariance[5, 3] == pytest.approx(0.55 * 0.8 * variance)
    assert mean[0] == pytest.approx(1 + 0.68 * 9)


def test_samples_converge_to_the_population() -> None:
    mean, covariance = population_moments(MODEL, POPULATION)
    plan = SurveyDesign(rounded=False)
    data = simulate(MODEL, n=200_000, seed=1, population=POPULATION, design=plan)
    np.testing.assert_allclose(data.values.mean(axis=0), mean, atol=0.02)
    np.testing.assert_allclose(np.cov(data.values.T), covariance, atol=0.04)


@pytest.mark.parametrize("skewness", [-1.0, 0.7])
def test_skewed_answers_keep_the_moments(skewness: float) -> None:
    mean, covariance = population_moments(MODEL, POPULATION)
    plan = SurveyDesign(rounded=False, skewness=skewness)
    data = simulate(MODEL, n=400_000, seed=2, population=POPULATION, design=plan)
    np.testing.assert_allclose(data.values.mean(axis=0), mean, atol=0.02)
    np.testing.assert_allclose(np.cov(data.values.T), covariance, atol=0.04)
    centred = data.values - data.values.mean(axis=0)
    found = (centred**3).mean(axis=0) / (centred**2).mean(axis=0) ** 1.5
    np.testing.assert_allclose(found[:5], skewness, atol=0.06)
    assert np.sign(found[5]) == np.sign(skewness), "no error of its own: its construct's"


def test_python(tmp_path: Path) -> None:
    file = tmp_path / "model.txt"
    file.write_text("A =~ a1 + a2 + a3\nB =~ b1 + b2 + b3\nB ~ A\n", encoding="utf-8")
    population = se.Population(paths={("A", "B"): 0.6})
    means, covariances = se.population_moments(file, population, scale=(1, 5))
    assert list(means.index) == ["a1", "a2", "a3", "b1", "b2", "b3"]
    assert covariances.loc["a1", "a1"] == pytest.approx((0.19 * 4) ** 2)
    data = se.simulate(
        file, n=2_000, seed=3, population=population, design=se.SurveyDesign(rounded=False)
    )
    (path,) = se.Study(data, file, estimator="ml", resamples=0).run().study.paths
    assert path.est == pytest.approx(0.6, abs=0.06)


def test_a_full_design_comes_out_as_asked() -> None:
    plan = SurveyDesign(
        missing=0.1,
        dont_know=0.05,
        weights=True,
        segments={"north": 0.4, "south": -0.4},
        times=True,
        ids=True,
    )
    data = simulate(MODEL, n=4000, seed=2, population=POPULATION, design=plan)
    assert data.columns == observed_items(MODEL) == ("a1", "a2", "a3", "b1", "b2", "c1")
    assert list(data.extra.columns) == ["respondent", "segment", "weight", "started", "seconds"]
    assert np.mean(data.status == AnswerStatus.SKIPPED) == pytest.approx(0.10, abs=0.01)
    assert np.mean(data.status == AnswerStatus.DONT_KNOW) == pytest.approx(0.05, abs=0.01)
    np.testing.assert_array_equal(np.isnan(data.values), data.status != 0)
    answered = data.values[~np.isnan(data.values)]
    assert set(np.unique(answered)) <= set(range(1, 11))
    north = (data.extra["segment"] == "north").to_numpy()
    gap = np.nanmean(data.values[north]) - np.nanmean(data.values[~north])
    assert gap == pytest.approx(0.8 * 0.19 * 9, abs=0.15)
    assert data.weights is not None
    assert data.weights.mean() == pytest.approx(1, abs=1e-3)
    assert data.quality.median_seconds == data.extra["seconds"].median()
    assert data.quality.items[0].n_dont_know == int((data.status[:, 0] == 1).sum())
    table = simulated_table(data)
    assert (table["a1"] == 99).sum() == data.quality.items[0].n_dont_know
    assert table["a1"].isna().sum() == data.quality.items[0].n_skipped


def test_the_same_seed_gives_the_same_answers_whatever_else_is_asked() -> None:
    plain = simulate(MODEL, n=50, seed=7)
    dressed = simulate(MODEL, n=50, seed=7, design=SurveyDesign(weights=True, times=True))
    other = simulate(MODEL, n=50, seed=8)
    np.testing.assert_array_equal(plain.values, dressed.values)
    assert not np.array_equal(plain.values, other.values)
    assert plain.ranges == dict.fromkeys(plain.columns, (1.0, 10.0))


def test_ecsi_population_is_possible_and_defaults_serve_any_model() -> None:
    structure = latent_structure(MODEL, Population())
    assert (np.diagonal(structure.residual) > 0).all()
    assert ecsi_population().paths[("Satisfaction", "Loyalty")] == 0.5


def test_impossible_populations_are_refused_by_name() -> None:
    with pytest.raises(EstimationError) as caught:
        latent_structure(MODEL, Population(paths={("A", "B"): 1.0}))
    assert caught.value.diagnostics[0].code == "POPULATION_IMPOSSIBLE"
    assert caught.value.diagnostics[0].where.constructs == ("B",)
    cycle = MODEL.model_copy(
        update={"paths": (*MODEL.paths, Arrow(**{"from": "C", "to": "A"}))}
    )
    with pytest.raises(EstimationError):
        latent_structure(cycle, Population())
