"""Analytic derivatives of the ML discrepancy against finite differences."""

from __future__ import annotations

import numpy as np
import pytest

from survey_engine.estimation.cbsem.discrepancy import ml
from survey_engine.estimation.cbsem.implied import entries_of, implied
from survey_engine.estimation.cbsem.observed import sample
from survey_engine.estimation.cbsem.structure import compile_structure
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


def _matrix(size: int, random: np.random.Generator) -> Array:
    draws = random.standard_normal((size + 5, size))
    return np.asarray(draws.T @ draws / (size + 5) + 0.5 * np.eye(size))


@pytest.mark.parametrize("name", MODELS)
def test_gradient_matches_finite_differences(name: str) -> None:
    table = parameter_table(parse_model_text(MODELS[name], file=name))
    structure = compile_structure(table)
    random = np.random.default_rng(4)
    data = sample(table, _matrix(len(table.observed), random)[None], 200.0)
    x = table.basis.T @ (np.full(table.n_free, 0.3) - table.offset)
    # Large variances and small everything else keep the implied matrix positive definite.
    for k, i in enumerate(structure.free):
        entry = table.entries[i]
        own = entry.op == "~~" and entry.lhs == entry.rhs
        if structure.simple:
            x[k] = 1.2 if own else 0.25 + 0.02 * k / len(x)
    at = ml.evaluate(structure, x[None], data)
    assert np.isfinite(at.value[0])
    analytic = ml.gradient(structure, at, data)[0]
    step = 1e-6
    for k in range(len(x)):
        moved = np.array([x, x])
        moved[:, k] += (step, -step)
        both = ml.evaluate(structure, moved, data.take(np.array([0, 0]))).value
        assert analytic[k] == pytest.approx((both[0] - both[1]) / (2 * step), abs=2e-7)


@pytest.mark.parametrize("name", MODELS)
def test_expected_information_is_half_the_trace_form(name: str) -> None:
    table = parameter_table(parse_model_text(MODELS[name], file=name))
    structure = compile_structure(table)
    data = sample(table, _matrix(len(table.observed), np.random.default_rng(5)), 200.0)
    x = table.basis.T @ (np.full(table.n_free, 0.4) - table.offset)
    at = ml.evaluate(structure, x, data)
    step = 1e-6
    slopes = []
    for k in range(len(x)):
        moved = np.array([x, x])
        moved[:, k] += (step, -step)
        sigma = implied(structure, entries_of(structure, moved, data.fixed)).sigma
        slopes.append((sigma[0] - sigma[1]) / (2 * step))
    weight = np.linalg.inv(at.parts.sigma)
    expected = [[0.5 * np.trace(weight @ a @ weight @ b) for b in slopes] for a in slopes]
    np.testing.assert_allclose(ml.information(structure, at), expected, rtol=1e-6, atol=1e-7)
