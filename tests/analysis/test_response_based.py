"""REBUS-PLS: its distance and index by hand, planted classes, and what a p is worth."""

from __future__ import annotations

import numpy as np
import pytest

from survey_engine.analysis.local_models import (
    LocalModels,
    Sketch,
    closeness,
    group_quality,
    local_models,
)
from survey_engine.analysis.response_based import rebus
from survey_engine.errors import EstimationError
from survey_engine.estimation.fit_result import PlsFit
from survey_engine.estimation.pls.estimator import PlsEstimator
from survey_engine.numerics.moments import Moments
from survey_engine.numerics.normal_mixture import row_products
from survey_engine.numerics.shallow_tree import adjusted_rand
from survey_engine.spec.model import ModelSpec
from survey_engine.spec.parse import parse_model_text

TEXT = "A =~ a1 + a2 + a3\nB =~ b1\nC =~ c1 + c2 + c3\nB ~ A\nC ~ A + B\n"
CLEAR = "A =~ a1 + a2 + a3\nB =~ b1 + b2 + b3\nC =~ c1 + c2 + c3\nC ~ A + B\n"


@pytest.fixture(scope="module")
def model() -> ModelSpec:
    return parse_model_text(CLEAR, file="clear.txt")


def planted(n: int, seed: int, *, apart: bool = True) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    label = (np.arange(n) >= 0.6 * n).astype(np.intp)
    a, b = rng.normal(size=(2, n))
    c = np.where(label == 0, 0.95 * a, 0.95 * b) if apart else 0.67 * (a + b)
    parts = [
        f[:, None] + 0.25 * rng.normal(size=(n, 3))
        for f in (a, b, c + 0.2 * rng.normal(size=n))
    ]
    return np.concatenate(parts, axis=1), label


def fit_of(model: ModelSpec, values: np.ndarray) -> PlsFit:
    moments = Moments(
        columns=model.indicators,
        n=len(values),
        n_effective=float(len(values)),
        mean=values.mean(axis=0),
        covariance=np.cov(values.T, bias=True),
    )
    return PlsEstimator().fit(model, moments)


def sketch_of(model: ModelSpec, values: np.ndarray, weights: np.ndarray) -> Sketch:
    return Sketch(
        spec=model,
        estimator=PlsEstimator(),
        products=row_products(values),
        values=values,
        weights=weights,
    )


def first_of(models: LocalModels) -> LocalModels:
    return LocalModels(**{name: part[0] for name, part in vars(models).items()})


def by_hand(model: ModelSpec, inside: np.ndarray, everyone: np.ndarray) -> np.ndarray:
    """The distance of all rows from the class `inside`, item by item."""
    fit = fit_of(model, inside)
    mean, deviation = inside.mean(axis=0), inside.std(axis=0)

    def left(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        z, own = (rows - mean) / deviation, (inside - mean) / deviation
        outer, inner, scores, begin = np.zeros(len(rows)), np.zeros(len(rows)), [], 0
        for construct in model.constructs:
            block = slice(begin, begin + len(construct.indicators))
            raw = own[:, block] @ fit.weights[block]
            scores.append(z[:, block] @ fit.weights[block] / raw.std())
            for j in range(block.start, block.stop):
                loading = np.corrcoef(own[:, j], raw)[0, 1]
                outer += (z[:, j] - loading * scores[-1]) ** 2 / loading**2
            begin = block.stop
        names = model.construct_names
        for target in {path.target for path in model.paths}:
            k = names.index(target)
            explained = sum(s * fit.paths[i, k] for i, s in enumerate(scores))
            inner += (scores[k] - explained) ** 2 / fit.r2[k]
        return outer, inner

    own_outer, own_inner = left(inside)
    outer, inner = left(everyone)
    divisor = len(inside) - 2
    return np.sqrt(outer / (own_outer.sum() / divisor) * inner / (own_inner.sum() / divisor))


def test_distance_and_index_are_those_of_the_authors() -> None:
    model = parse_model_text(TEXT, file="single.txt")
    values, label = planted(200, 1)
    values = values[:, [0, 1, 2, 3, 6, 7, 8]]
    member = np.stack([label == 0, label == 1]).astype(float)
    sketch = sketch_of(model, values, np.ones(200))
    models = first_of(local_models(sketch, member[None]))
    found = closeness(sketch, models, member)
    quality_outer, quality_inner = 0.0, 0.0
    for g in range(2):
        inside = values[label == g]
        expected = by_hand(model, inside, values)
        np.testing.assert_allclose(found[:, g], expected, rtol=1e-4)
        fit = fit_of(model, inside)
        share = len(inside) / 200
        quality_outer += share * float((fit.loadings[[0, 1, 2, 4, 5, 6]] ** 2).mean())
        quality_inner += share * float(np.nanmean(fit.r2))
    assert group_quality(sketch, models) == pytest.approx(
        np.sqrt(quality_outer * quality_inner), abs=1e-5
    )


def test_a_weight_of_two_is_two_respondents(model: ModelSpec) -> None:
    values, label = planted(120, 2)
    times = np.where(np.arange(120) % 3 == 0, 2, 1)
    member = np.stack([label == 0, label == 1]).astype(float)
    weighted = sketch_of(model, values, times * (120 / times.sum()))
    repeated = sketch_of(model, np.repeat(values, times, axis=0), np.ones(int(times.sum())))
    first = local_models(weighted, member[None])
    second = local_models(repeated, np.repeat(member, times, axis=1)[None])
    np.testing.assert_allclose(first.paths, second.paths, atol=1e-6)
    np.testing.assert_allclose(first.loadings, second.loadings, atol=1e-6)


def test_planted_classes_come_back_and_one_population_is_told_apart(model: ModelSpec) -> None:
    values, label = planted(400, 3)
    found, labels = rebus(model, PlsEstimator(), values, np.ones(400), 2, seed=1)
    assert adjusted_rand(labels, label) > 0.4
    assert found.stable
    assert found.shares[0] >= found.shares[1]
    assert found.shares == pytest.approx(tuple(np.bincount(labels) / 400))
    assert found.gqi > found.gqi_one_class  # type: ignore[operator]
    assert found.p_one_class == pytest.approx(1 / 40)
    assert found.paths[0]["A -> C"] > 0.8  # type: ignore[operator]
    assert abs(found.paths[0]["B -> C"]) < 0.15  # type: ignore[arg-type]


def test_random_partitions_are_no_test_but_one_population_is(model: ModelSpec) -> None:
    """Alike respondents: the published permutation says classes, the repeated search none."""
    values, _ = planted(300, 4, apart=False)
    found, _ = rebus(model, PlsEstimator(), values, np.ones(300), 2, seed=1)
    assert found.p_random is not None
    assert found.p_random < 0.05
    assert found.p_one_class is not None
    assert found.p_one_class > 0.05


def test_a_class_never_falls_below_the_least(model: ModelSpec) -> None:
    values, _ = planted(120, 5)
    found, labels = rebus(
        model, PlsEstimator(), values, np.ones(120), 2, seed=1, least=55.0, repeats=0
    )
    assert np.bincount(labels).min() >= 55
    assert found.p_one_class is None


@pytest.mark.parametrize(
    ("text", "modes"),
    [(CLEAR.replace("B =~", "B <~"), {}), (CLEAR, {"B": "B"})],
)
def test_constructs_that_are_not_reflective_are_named(text: str, modes: dict[str, str]) -> None:
    values, _ = planted(100, 6)
    formative = parse_model_text(text, file="formative.txt")
    with pytest.raises(EstimationError) as refused:
        rebus(formative, PlsEstimator(modes=modes), values, np.ones(100), 2, seed=1)
    problem = refused.value.diagnostics[0]
    assert (problem.code, problem.where.constructs) == ("REBUS_REFLECTIVE_ONLY", ("B",))
