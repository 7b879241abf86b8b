"""Latent-class SEM: against ordinary ML, sklearn's Gaussian mixture, and planted classes."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import multivariate_normal
from sklearn.mixture import GaussianMixture

from survey_engine.assessment.fit_measures import fit_measures
from survey_engine.errors import EstimationError
from survey_engine.estimation.cbsem.class_estimates import class_estimates
from survey_engine.estimation.cbsem.class_mixture import (
    ClassMixture,
    Searching,
    fit_class_mixture,
)
from survey_engine.estimation.cbsem.class_model import ClassModel, Specific, class_models
from survey_engine.estimation.cbsem.estimator import CbSemEstimator
from survey_engine.estimation.cbsem.implied import entries_of
from survey_engine.numerics.moments import Array, Moments
from survey_engine.numerics.shallow_tree import adjusted_rand
from survey_engine.spec.model import ModelSpec
from survey_engine.spec.parse import parse_model_text

TEXT = "A =~ a1 + a2 + a3\nB =~ b1 + b2 + b3\nC =~ c1 + c2 + c3\nC ~ A + B\n"


@pytest.fixture(scope="module")
def model() -> ModelSpec:
    return parse_model_text(TEXT, file="three.txt")


def moments_of(
    values: Array, columns: tuple[str, ...], weights: Array | None = None
) -> Moments:
    n = len(values)
    return Moments(
        columns=columns,
        n=n,
        n_effective=float(n),
        mean=np.average(values, axis=0, weights=weights),
        covariance=np.cov(values.T, aweights=weights, bias=True),
        weighted=weights is not None,
    )


def planted(n: int, seed: int, shift: float = 0.0) -> tuple[Array, np.ndarray]:
    """A moves C in the first 60 %, B in the others, who may stand higher too."""
    rng = np.random.default_rng(seed)
    label = (np.arange(n) >= 0.6 * n).astype(np.intp)
    a, b = rng.normal(size=(2, n)) + shift * label
    c = np.where(label == 0, 0.9 * a, 0.9 * b) + 0.3 * rng.normal(size=n)
    items = [f[:, None] + 0.4 * rng.normal(size=(n, 3)) for f in (a, b, c)]
    return np.concatenate(items, axis=1), label


def bayes(values: Array) -> np.ndarray:
    """The most likely class of each row, with everything about `planted` known."""
    loading = np.kron(np.eye(3), np.ones((3, 1)))
    log = []
    for share, paths in ((0.6, (0.9, 0.0)), (0.4, (0.0, 0.9))):
        root = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [*paths, 0.3]])
        covariance = loading @ root @ root.T @ loading.T + 0.16 * np.eye(9)
        log.append(np.log(share) + multivariate_normal(np.zeros(9), covariance).logpdf(values))
    return np.argmax(log, axis=0)


def fitted(  # one model of `classes` classes
    model: ModelSpec,
    values: Array,
    classes: int,
    *,
    specific: Specific = "structure",
    weights: Array | None = None,
    starts: int = 12,
) -> ClassMixture:
    made = class_models(
        model, moments_of(values, model.indicators, weights), classes, specific
    )[-1]
    w = np.ones(len(values)) if weights is None else weights
    return fit_class_mixture(made, values, w, Searching(starts=starts))


def values_of(found: ClassMixture) -> Array:
    made: ClassModel = found.model
    return entries_of(made.structure, found.x[None], made.fixed[None])[0][found.order]


def test_one_class_is_the_ordinary_fit(model: ModelSpec) -> None:
    values, _ = planted(300, 1)
    fit = CbSemEstimator(meanstructure=True).fit(model, moments_of(values, model.indicators))
    found = fitted(model, values, 1)
    assert found.converged
    assert found.logl == pytest.approx(fit_measures(fit)["logl"], abs=1e-8)
    np.testing.assert_allclose(found.x, fit.free_values, atol=1e-6)
    assert found.parameters == len(fit.free_values)


@pytest.mark.parametrize("specific", ["structure", "all"])
def test_the_likelihood_never_falls(model: ModelSpec, specific: Specific) -> None:
    """From poor starts (no class is planted), where steps are refused and variances bind."""
    values, _ = planted(200, 2)
    rng = np.random.default_rng(5)
    noise = values + rng.exponential(1.0, size=values.shape)
    for data in (values, noise):
        found = fitted(model, data, 3, specific=specific, starts=4)
        steps = np.diff(found.trace)
        assert steps.min() >= -1e-9 * abs(found.logl)


def test_planted_classes_come_back_with_their_paths(model: ModelSpec) -> None:
    values, label = planted(600, 3)
    found = fitted(model, values, 2)
    assert found.converged
    assert found.agreeing > 1
    np.testing.assert_allclose(found.shares, [0.6, 0.4], atol=0.06)
    labels = found.posterior.argmax(axis=1)
    assert adjusted_rand(labels, label) > 0.9 * adjusted_rand(bayes(values), label)
    estimates = class_estimates(found)
    at = [estimates.names.index(name) for name in "ABC"]
    paths = estimates.paths[:, at[2], at[:2]]
    np.testing.assert_allclose(paths, [[0.95, 0.0], [0.0, 0.95]], atol=0.1)
    assert found.logl > fitted(model, values, 1).logl + 100


def test_measurement_is_the_same_in_every_class(model: ModelSpec) -> None:
    values, _ = planted(400, 4, shift=1.0)
    found = fitted(model, values, 2)
    entries = values_of(found)
    for k, entry in enumerate(found.model.table.rows):
        item = entry.lhs in model.indicators or entry.op == "=~"
        if item:
            assert entries[0, k] == entries[1, k], entry.text
    means = class_estimates(found).means
    assert found.shares @ means == pytest.approx(np.zeros(3), abs=1e-9)
    assert abs(means[0, 0] - means[1, 0]) > 0.5
    free = fitted(model, values, 2, specific="all")
    assert free.parameters == 2 * fitted(model, values, 1).parameters + 1
    assert free.logl > found.logl


def test_a_saturated_model_is_a_gaussian_mixture() -> None:
    model = parse_model_text("y ~ x + z", file="saturated.txt")
    rng = np.random.default_rng(6)
    first = rng.multivariate_normal([0, 0, 0], [[1, 0.8, 0], [0.8, 1, 0], [0, 0, 1]], 200)
    second = rng.multivariate_normal(
        [2, -1, 1], [[2, -0.5, 0], [-0.5, 1, 0.3], [0, 0.3, 1]], 150
    )
    values = np.concatenate([first, second])
    made = class_models(model, moments_of(values, ("y", "x", "z")), 2, "all")[-1]
    assert made.table.observed == ("y", "x", "z")
    found = fit_class_mixture(made, values, np.ones(350), Searching())
    theirs = GaussianMixture(
        2, n_init=20, tol=1e-10, max_iter=5000, reg_covar=0, random_state=1
    )
    theirs.fit(values)
    assert found.logl == pytest.approx(float(theirs.score(values)) * 350, abs=1e-4)
    np.testing.assert_allclose(found.shares, np.sort(theirs.weights_)[::-1], atol=1e-3)
    assert made.parameters == 2 * 9 + 1


def test_a_weight_of_two_is_two_respondents(model: ModelSpec) -> None:
    values, _ = planted(240, 7)
    times = np.where(np.arange(240) % 3 == 0, 2, 1)
    twice = np.repeat(values, times, axis=0)
    weighted = fitted(model, values, 2, weights=times * (240 / times.sum()))
    repeated = fitted(model, twice, 2)
    ratio = times.sum() / 240
    assert weighted.logl * ratio == pytest.approx(repeated.logl, abs=1e-3)
    np.testing.assert_allclose(weighted.shares, repeated.shares, atol=1e-3)


def test_a_class_without_error_is_named(model: ModelSpec) -> None:
    rng = np.random.default_rng(8)
    values, label = planted(300, 8)
    c = np.where(label == 0, 0.9 * values[:, :3].mean(axis=1), values[:, 3:6].mean(axis=1))
    values[:, 6:] = c[:, None] + 0.4 * rng.normal(size=(300, 3))
    found = fitted(model, values, 2)
    assert any(name.startswith("C ~~ C (") for name in found.at_bound)
    assert values_of(found).min() > -5


@pytest.mark.parametrize("specific", ["structure", "all"])
def test_few_respondents_have_no_likelihood_without_limit(
    model: ModelSpec, specific: Specific
) -> None:
    """Three classes of seven: impossible covariances of constructs once gave 1e18."""
    values, _ = planted(20, 11)
    found = fitted(model, values, 3, specific=specific)
    assert found.degenerate > 0
    assert np.isfinite(found.logl)
    assert found.logl < 20 * 9 * 3
    assert np.isfinite(found.posterior).all()


def test_the_same_seed_gives_the_same_classes(model: ModelSpec) -> None:
    values, _ = planted(200, 9)
    first, second = (fitted(model, values, 2, starts=6) for _ in range(2))
    np.testing.assert_array_equal(first.posterior, second.posterior)


def test_constraints_that_cannot_be_held_are_refused() -> None:
    model = parse_model_text(TEXT.replace("C ~ A + B", "C ~ p*A + B\np > 0"), file="bound.txt")
    values, _ = planted(200, 10)
    with pytest.raises(EstimationError) as refused:
        class_models(model, moments_of(values, model.indicators), 2, "structure")
    assert refused.value.diagnostics[0].code == "CLASSES_UNDER_CONSTRAINTS"
