"""Analytic derivatives of the discrepancies against finite differences."""

from __future__ import annotations

import numpy as np
import pytest

from survey_engine.estimation.cbsem.choices import Choices
from survey_engine.estimation.cbsem.discrepancy.evaluation import Discrepancy
from survey_engine.estimation.cbsem.discrepancy.least_squares import MOMENTS
from survey_engine.estimation.cbsem.hessian import (
    differenced_information,
    observed_information,
    repeated,
)
from survey_engine.estimation.cbsem.implied import entries_of, implied
from survey_engine.estimation.cbsem.methods import METHODS
from survey_engine.estimation.cbsem.normal_weights import normal_weight
from survey_engine.estimation.cbsem.observed import Sample, cholesky
from survey_engine.estimation.cbsem.prepare import fitted_sample
from survey_engine.estimation.cbsem.structure import Structure, compile_structure
from survey_engine.estimation.parameter_table import parameter_table
from survey_engine.numerics.moments import Array
from survey_engine.spec.parse import parse_model_text

MODELS = {
    "paths": "F =~ a + b + c\nG =~ d + e + f\nH =~ g + h\nG ~ F\nH ~ F + G\na ~~ d",
    "labels": "F =~ a + l*b + l*c\nG =~ d + e + f\nb ~~ v*b\nc ~~ v*c",
    "linear": "F =~ a + p*b + q*c\nG =~ d + e + r*f\np == 2*q + 0.1\nr == p",
    "observed predictors": "F =~ a + b + c\nF ~ x + z\ny ~ F + x",
    "second order": "F =~ a + b + c\nG =~ d + e + f\nH =~ g + h + i\nT =~ F + G + H",
    "indicator explained": "F =~ a + b + c + d\na ~ x",
    "feedback": "F =~ a + b + c\nG =~ d + e + f\nF ~ G + x\nG ~ F + z",
}

MORE = {"composites": "C <~ a + b + c\nF =~ d + e + f\nF ~ C"}


def _matrix(size: int, random: np.random.Generator) -> Array:
    draws = random.standard_normal((size + 5, size))
    return np.asarray(draws.T @ draws / (size + 5) + 0.5 * np.eye(size))


def _problem(
    name: str, method: str, seed: int, groups: int, *, means: bool | None = None
) -> tuple[Discrepancy, Structure, Sample, Array]:
    """A discrepancy of random moments, and values where every matrix is regular."""
    spec = parse_model_text({**MODELS, **MORE}[name], file=name)
    labels = tuple(f"g{k}" for k in range(groups)) if groups > 1 else ("",)
    table = parameter_table(
        spec,
        Choices(
            groups=labels,
            meanstructure=MEANS[method] if means is None else means,
            group_equal=("loadings",) if groups > 1 else (),
        ),
    )
    structure = compile_structure(table)
    random = np.random.default_rng(seed)
    p = len(table.observed)
    covariance = np.stack([_matrix(p, random) for _ in labels])
    mean = random.standard_normal((groups, p)) * 0.3
    k = p * (p + 1) // 2 + (p if table.means else 0)
    data = fitted_sample(
        table,
        (mean, covariance),
        np.array([200.0, 120.0])[:groups],
        method=METHODS[method],
        wishart=False,
        gamma=np.stack([_matrix(k, random) for _ in labels]),
    )
    values = np.full(table.n_free, 0.3)
    # Large variances and small everything else keep the implied matrix positive definite.
    for entry in table.entries:
        if entry.free:
            own = entry.op == "~~" and entry.lhs == entry.rhs
            values[entry.free - 1] = 1.2 if own else 0.2 + 0.02 * (entry.free % 5)
    x = table.basis.T @ (values - table.offset)
    return METHODS[method].discrepancy, structure, data, x


MEANS = {"ml": True, "gls": True, "uls": False, "wls": True, "dwls": None}


@pytest.mark.parametrize("groups", [1, 2])
@pytest.mark.parametrize("method", MEANS)
@pytest.mark.parametrize("name", MODELS)
def test_gradient_matches_finite_differences(name: str, method: str, groups: int) -> None:
    discrepancy, structure, data, x = _problem(name, method, 4, groups)
    at = discrepancy.evaluate(structure, x, data)
    assert np.isfinite(at.value)
    analytic = discrepancy.gradient(structure, at, data)
    step = 1e-6
    moved = np.concatenate((x + step * np.eye(len(x)), x - step * np.eye(len(x))))
    both = discrepancy.evaluate(structure, moved, repeated(data, len(moved))).value
    numeric = (both[: len(x)] - both[len(x) :]) / (2 * step)
    np.testing.assert_allclose(analytic, numeric, rtol=1e-6, atol=5e-8)


@pytest.mark.parametrize("method", ["ml", "gls"])
@pytest.mark.parametrize("name", MODELS)
def test_information_is_jacobian_times_weight_times_jacobian(name: str, method: str) -> None:
    """The element-wise route against Delta' W Delta with the normal-theory W."""
    discrepancy, structure, data, x = _problem(name, method, 5, 2)
    at = discrepancy.evaluate(structure, x, data)
    delta = MOMENTS.jacobian(structure, at.values, at.parts) @ structure.design
    expected = np.zeros((len(x), len(x)))
    for g, share in enumerate(data.shares):
        weight = normal_weight(at.weight[g], means=structure.means)
        expected += share * delta[g].T @ weight @ delta[g]
    found = discrepancy.information(structure, at, data)
    np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("name", MODELS)
def test_jacobian_matches_finite_differences(name: str) -> None:
    _, structure, data, x = _problem(name, "wls", 6, 2)
    values = entries_of(structure, x, data.fixed)
    parts = implied(structure, values)
    delta = MOMENTS.jacobian(structure, values, parts) @ structure.design
    step = 1e-6
    many = repeated(data, len(x))
    up, down = (
        MOMENTS.value(structure, v, implied(structure, v))
        for v in (
            entries_of(structure, x + sign * step * np.eye(len(x)), many.fixed)
            for sign in (1, -1)
        )
    )
    numeric = np.moveaxis((up - down) / (2 * step), 0, -1)
    np.testing.assert_allclose(delta, numeric, atol=1e-8)


@pytest.mark.parametrize("means", [True, False])
@pytest.mark.parametrize("groups", [1, 2])
@pytest.mark.parametrize("name", [*MODELS, "composites"])
def test_exact_hessian_of_ml_matches_differences(name: str, groups: int, means: bool) -> None:
    """Far from any optimum, so that no part of the second derivatives vanishes."""
    discrepancy, structure, data, x = _problem(name, "ml", 8, groups, means=means)
    expected = discrepancy.information(
        structure, discrepancy.evaluate(structure, x, data), data
    )
    scale = 1 / np.sqrt(np.diagonal(expected))
    exact = observed_information(discrepancy, structure, x, data, scale=scale)
    found = differenced_information(discrepancy, structure, x, data, scale=scale)
    size = np.sqrt(np.outer(np.diagonal(expected), np.diagonal(expected)))
    # Gradients are exact to 1e-15 and differenced over 1e-3 standard errors.
    np.testing.assert_allclose(exact / size, found / size, atol=2e-9)


@pytest.mark.parametrize("method", ["ml", "gls", "wls"])
def test_observed_information_matches_differences_of_the_value(method: str) -> None:
    discrepancy, structure, data, x = _problem("paths", method, 7, 2)
    at = discrepancy.evaluate(structure, x, data)
    information = discrepancy.information(structure, at, data)
    scale = 1 / np.sqrt(np.diagonal(information))
    found = observed_information(discrepancy, structure, x, data, scale=scale)
    step, k = 1e-4, 3
    move = step * np.eye(len(x))
    many = repeated(data, len(x))

    def value(at_x: Array) -> Array:
        return discrepancy.evaluate(structure, at_x, many).value

    mixed = (
        value(x + move[k] + move)
        - value(x + move[k] - move)
        - value(x - move[k] + move)
        + value(x - move[k] - move)
    )
    np.testing.assert_allclose(found[k], mixed / (8 * step**2), rtol=1e-5, atol=1e-6)


def test_one_bad_matrix_costs_only_its_own_factor() -> None:
    random = np.random.default_rng(12)
    batch = np.stack([np.stack([_matrix(4, random) for _ in range(2)]) for _ in range(11)])
    batch[3, 1] = -batch[3, 1]
    batch[7, 0] = 0.0
    found = cholesky(batch)
    bad = np.isnan(found).any(axis=(-2, -1))
    assert np.argwhere(bad).tolist() == [[3, 1], [7, 0]]
    whole = found @ np.swapaxes(found, -1, -2)
    np.testing.assert_allclose(whole[~bad], batch[~bad], atol=1e-14)
