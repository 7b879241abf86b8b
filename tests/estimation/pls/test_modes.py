"""Outer modes beside A and B, and sum scores: closed forms and optimality conditions."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import nnls

from survey_engine.estimation.fit_result import PlsFit
from survey_engine.estimation.pls.design import MODES
from survey_engine.estimation.pls.estimator import PlsEstimator
from survey_engine.estimation.pls.outer_modes import non_negative
from survey_engine.numerics.moments import Moments
from survey_engine.spec.model import ModelSpec
from survey_engine.spec.parse import parse_model

QUALITY = [f"PERQ{j}" for j in range(1, 8)]


@pytest.fixture(scope="module")
def ecsi(repository: Path) -> ModelSpec:
    path = repository / "models" / "ecsi.yaml"
    return parse_model(path.read_text(encoding="utf-8"), file=path.name)


@pytest.fixture(scope="module")
def moments(mobi: pd.DataFrame, ecsi: ModelSpec) -> Moments:
    values = mobi[list(ecsi.indicators)].to_numpy(dtype=float)
    return Moments(
        columns=ecsi.indicators,
        n=250,
        n_effective=250.0,
        mean=values.mean(axis=0),
        covariance=np.cov(values.T, bias=True),
    )


def weights_of(fit: PlsFit, construct: str) -> np.ndarray:
    items = fit.spec.construct_named(construct).indicators
    return np.array([fit.weights[fit.spec.indicators.index(item)] for item in items])


@pytest.mark.parametrize("metric", ["standardised", "raw"])
def test_principal_component_weights(
    metric: str, mobi: pd.DataFrame, ecsi: ModelSpec, moments: Moments
) -> None:
    fit = PlsEstimator(metric=metric, modes={"Quality": "PCA"}).fit(ecsi, moments)
    items = mobi[QUALITY].to_numpy(dtype=float)
    matrix = np.corrcoef(items.T) if metric == "standardised" else np.cov(items.T)
    values, vectors = np.linalg.eigh(matrix)
    expected = np.abs(vectors[:, -1]) / np.sqrt(values[-1])
    np.testing.assert_allclose(weights_of(fit, "Quality"), expected, atol=1e-12)


@pytest.mark.parametrize("metric", ["standardised", "raw"])
def test_unit_weights_are_the_average_of_the_items(
    metric: str, mobi: pd.DataFrame, ecsi: ModelSpec, moments: Moments
) -> None:
    fit = PlsEstimator(metric=metric, modes={"Quality": "unit"}).fit(ecsi, moments)
    items = mobi[QUALITY].to_numpy(dtype=float)
    if metric == "standardised":
        items = (items - items.mean(axis=0)) / items.std(axis=0, ddof=1)
    expected = np.full(7, 1.0 / items.sum(axis=1).std(ddof=1))
    np.testing.assert_allclose(weights_of(fit, "Quality"), expected, atol=1e-12)


def test_sum_scores_are_regressions_of_averages(
    mobi: pd.DataFrame, ecsi: ModelSpec, moments: Moments
) -> None:
    fit = PlsEstimator(metric="raw", sums=True).fit(ecsi, moments)
    assert fit.estimator == "sum"
    scores = pd.DataFrame(
        {c.name: mobi[list(c.indicators)].mean(axis=1) for c in ecsi.constructs}
    )
    z = (scores - scores.mean()) / scores.std()
    causes = ["Image", "Expectation", "Quality", "Value"]
    expected = np.linalg.lstsq(z[causes].to_numpy(), z["Satisfaction"].to_numpy())[0]
    at = ecsi.construct_names.index
    got = [fit.paths[at(cause), at("Satisfaction")] for cause in causes]
    np.testing.assert_allclose(got, expected, atol=1e-12)


@settings(deadline=None, max_examples=40)
@given(seed=st.integers(0, 10**6), m=st.integers(2, 6))
def test_non_negative_weights_as_scipy(seed: int, m: int) -> None:
    draws = np.random.default_rng(seed)
    rows = draws.normal(size=(60, m)) + draws.normal(size=(60, 1))
    rows = (rows - rows.mean(axis=0)) / rows.std(axis=0)
    aim = rows @ draws.normal(size=m) + draws.normal(size=60)
    block = rows.T @ rows / 60
    found = non_negative(block[None], (rows.T @ aim / 60)[None])[0]
    np.testing.assert_allclose(found, nnls(rows, aim)[0], atol=1e-9)


def test_a_negative_regression_weight_becomes_zero() -> None:
    text = "X =~ x1 + x2 + x3\nY =~ y1 + y2\nY ~ X"
    spec = parse_model(text, file="m.txt")
    cause = np.full((3, 3), 0.7) + 0.3 * np.eye(3)
    effect = cause @ [0.6, 0.4, -0.3]  # x3 only takes away what it shares
    block = np.array([[1.0, 0.6], [0.6, 1.0]])
    both = np.block([[cause, np.outer(effect, [0.8, 0.7])], [np.zeros((2, 3)), block]])
    covariance = np.triu(both) + np.triu(both, 1).T
    moments = Moments(
        columns=spec.indicators,
        n=100,
        n_effective=100.0,
        mean=np.zeros(5),
        covariance=covariance,
    )
    free = PlsEstimator(modes={"X": "B"}).fit(spec, moments)
    np.testing.assert_array_equal(np.sign(free.weights[:3]), [1, 1, -1])
    held = PlsEstimator(modes={"X": "nonnegative"}).fit(spec, moments)
    assert held.converged
    assert held.weights[2] == 0.0
    # The others are regression weights without the third item.
    alone = np.linalg.solve(cause[:2, :2], effect[:2])
    expected = alone / np.sqrt(alone @ cause[:2, :2] @ alone)
    np.testing.assert_allclose(held.weights[:2], expected, atol=1e-10)


def test_without_a_bound_in_force_they_are_those_of_mode_b(
    ecsi: ModelSpec, moments: Moments
) -> None:
    fine = PlsEstimator(modes={"Satisfaction": "nonnegative"}).fit(ecsi, moments)
    same = PlsEstimator(modes={"Satisfaction": "B"}).fit(ecsi, moments)
    np.testing.assert_allclose(fine.weights, same.weights, atol=1e-10)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("metric", ["raw", "standardised"])
def test_a_batch_gives_the_point_estimate(
    mode: str, metric: str, ecsi: ModelSpec, moments: Moments
) -> None:
    estimator = PlsEstimator(
        metric=metric, modes=dict.fromkeys(ecsi.construct_names, mode), batch_tolerance=1e-12
    )
    fit = estimator.fit(ecsi, moments)
    batch = estimator.fit_batch(ecsi, np.stack([moments.covariance] * 3), n=250)
    assert (batch.reason == 0).all()
    np.testing.assert_allclose(batch.weights[1], fit.weights, atol=1e-10)
    assert np.isnan(fit.rho_a).all() == (mode != "A")
