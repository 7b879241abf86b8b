"""PLS-POS on planted classes: what it finds, and that it only ever climbs."""

from __future__ import annotations

import numpy as np
import pytest

from survey_engine.analysis.prediction_oriented import PosClasses, climb
from survey_engine.estimation.pls.estimator import PlsEstimator
from survey_engine.numerics.moments import Moments
from survey_engine.numerics.shallow_tree import adjusted_rand
from survey_engine.spec.model import Construct, ModelSpec, Path


@pytest.fixture(scope="module")
def model() -> ModelSpec:
    return ModelSpec(
        id="pos",
        constructs=tuple(
            Construct(name=name, indicators=tuple(f"{name.lower()}{j}" for j in (1, 2, 3)))
            for name in "ABC"
        ),
        paths=(
            Path.model_validate({"from": "A", "to": "C"}),
            Path.model_validate({"from": "B", "to": "C"}),
        ),
    )


def planted(n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """A moves C in one half, B in the other; the more of one, the less it needs the other."""
    rng = np.random.default_rng(seed)
    label = (np.arange(n) % 2).astype(np.intp)
    a, b = rng.normal(size=(2, n))
    c = np.where(label == 0, 0.95 * a - 0.3 * b, 0.95 * b - 0.3 * a) + 0.15 * rng.normal(size=n)
    parts = [f[:, None] + 0.25 * rng.normal(size=(n, 3)) for f in (a, b, c)]
    return np.concatenate(parts, axis=1), label


@pytest.mark.parametrize("metric", ["standardised", "raw"])
def test_planted_classes_come_back(model: ModelSpec, metric: str) -> None:
    values, label = planted(300, 3)
    rng = np.random.default_rng(1)
    start = np.where(rng.uniform(size=300) < 0.7, label, 1 - label)
    before = adjusted_rand(start, label)
    estimator = PlsEstimator(metric=metric)
    found, labels = climb(model, estimator, values, np.ones(300), start)
    assert found.objective > found.start + 0.1
    assert before < 0.25
    assert adjusted_rand(labels, label) > 0.6
    assert found.moved == int((labels != start).sum())
    assert sum(found.shares) == pytest.approx(1.0)


def test_what_is_told_is_a_fit_of_each_class(model: ModelSpec) -> None:
    values, label = planted(200, 4)
    found, labels = climb(model, PlsEstimator(), values, np.ones(200), label)
    assert isinstance(found, PosClasses)
    total = 0.0
    for g in range(2):
        own = values[labels == g]
        fit = PlsEstimator().fit(
            model,
            Moments(
                columns=model.indicators,
                n=len(own),
                n_effective=float(len(own)),
                mean=own.mean(axis=0),
                covariance=np.cov(own.T, bias=True),
            ),
        )
        assert found.r2[g]["C"] == pytest.approx(fit.r2[2], abs=1e-5)
        assert found.paths[g]["A -> C"] == pytest.approx(fit.paths[0, 2], abs=1e-5)
        total += fit.r2[2] * len(own) / 200
    assert found.objective == pytest.approx(total, abs=1e-5)


def test_a_class_never_falls_below_the_least(model: ModelSpec) -> None:
    values, label = planted(120, 5)
    found, labels = climb(model, PlsEstimator(), values, np.ones(120), label, least=55.0)
    assert np.bincount(labels).min() >= 55
    assert found.objective >= found.start
