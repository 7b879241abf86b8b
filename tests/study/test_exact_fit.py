"""The exact-fit test holds its level where the model is true, and rejects where not."""

from __future__ import annotations

import numpy as np
import pytest

from survey_engine.assessment.composite_fit import composite_fit
from survey_engine.estimation.pls.estimator import PlsEstimator
from survey_engine.numerics.moments import Array, ArrayRows, Moments
from survey_engine.spec.model import ModelSpec
from survey_engine.spec.parse import parse_model
from survey_engine.study.exact_fit import ExactFit, exact_fit

TEXT = "A =~ a1 + a2 + a3\nB =~ b1 + b2 + b3\nC =~ c1 + c2 + c3\nB ~ A\nC ~ B"


def drawn(seed: int, *, beside: float = 0.0) -> Array:
    """300 rows of the model; `beside` is a path A -> C it does not have."""
    random = np.random.default_rng(seed)
    a = random.normal(size=300)
    b = 0.6 * a + 0.8 * random.normal(size=300)
    c = 0.5 * b + beside * a + 0.8 * random.normal(size=300)
    return np.column_stack(
        [0.8 * f + 0.6 * random.normal(size=300) for f in (a, b, c) for _ in range(3)]
    )


def results_of(values: Array, spec: ModelSpec, requested: int) -> dict[str, ExactFit]:
    moments = Moments(
        columns=spec.indicators,
        n=len(values),
        n_effective=float(len(values)),
        mean=values.mean(axis=0),
        covariance=np.cov(values.T, bias=True),
    )
    estimator = PlsEstimator(consistent=True)
    fit = estimator.fit(spec, moments)
    rows = ArrayRows(columns=spec.indicators, values=values)
    measures = composite_fit(fit)
    found = exact_fit(estimator, fit, measures, rows, requested=requested, seed=1)
    return {f"{one.model} {one.measure}": one for one in found}


def test_a_missing_path_is_found_and_free_correlations_excuse_it() -> None:
    spec = parse_model(TEXT, file="m.txt")
    found = results_of(drawn(1, beside=0.5), spec, 300)
    assert found["estimated srmr"].p is not None
    assert found["estimated srmr"].p < 0.01
    assert found["saturated srmr"].p is not None
    assert found["saturated srmr"].p > 0.05


@pytest.mark.slow
def test_the_level_is_held() -> None:
    spec = parse_model(TEXT, file="m.txt")
    rejected = sum(
        (results_of(drawn(seed), spec, 200)["estimated d_g"].p or 0.0) < 0.05
        for seed in range(200)
    )
    assert rejected <= 20  # 5 % of 200, and 3.3 standard errors
