"""What holds for every model and every covariance matrix."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from survey_engine.estimation.pls.estimator import PlsEstimator
from survey_engine.spec.model import Construct, ModelSpec, Path


@st.composite
def models(draw: st.DrawFn) -> ModelSpec:
    """Up to five constructs, each with one to four items and an arrow from an earlier one."""
    count = draw(st.integers(2, 5))
    constructs = tuple(
        Construct(
            name=f"c{k}",
            indicators=tuple(f"c{k}_{j}" for j in range(draw(st.integers(1, 4)))),
            kind=draw(st.sampled_from(["reflective", "composite"])),
        )
        for k in range(count)
    )
    pairs = {(draw(st.integers(0, k - 1)), k) for k in range(1, count)}
    pairs |= {(0, draw(st.integers(1, count - 1)))}
    paths = tuple(
        Path.model_validate({"from": f"c{a}", "to": f"c{b}"}) for a, b in sorted(pairs)
    )
    return ModelSpec(id="m", constructs=constructs, paths=paths)


def covariances(size: int, seed: int, batch: int = 4) -> np.ndarray:
    draws = np.random.default_rng(seed)
    common = draws.normal(size=(batch, 60, 1))
    rows = common + draws.normal(size=(batch, 60, size))
    rows *= draws.uniform(0.5, 3.0, size)
    rows -= rows.mean(axis=1, keepdims=True)
    return rows.transpose(0, 2, 1) @ rows / 60


@settings(max_examples=60, deadline=None)
@given(
    spec=models(),
    seed=st.integers(0, 10_000),
    metric=st.sampled_from(["raw", "standardised"]),
    scheme=st.sampled_from(["path", "centroid", "factorial"]),
)
def test_every_solution_is_one_of_least_squares_on_unit_composites(
    spec: ModelSpec, seed: int, metric: str, scheme: str
) -> None:
    covariance = covariances(len(spec.indicators), seed)
    batch = PlsEstimator(metric=metric, scheme=scheme).fit_batch(spec, covariance)
    usable = batch.reason == 0
    correlations = batch.construct_correlations[usable]
    size = len(spec.constructs)
    np.testing.assert_allclose(
        np.diagonal(correlations, axis1=1, axis2=2), 1.0, rtol=0, atol=1e-12
    )
    assert (np.abs(batch.loadings[usable]) <= 1 + 1e-12).all()
    r2 = batch.r2[usable]
    assert ((r2 >= -1e-12) & (r2 <= 1 + 1e-12) | np.isnan(r2)).all()
    identity = np.eye(size)
    paths, total = batch.paths[usable], batch.total_effects[usable]
    np.testing.assert_allclose(
        (identity + total) @ (identity - paths),
        np.broadcast_to(identity, paths.shape),
        atol=1e-10,
    )
    for k, name in enumerate(spec.construct_names):
        at = [spec.construct_names.index(p.source) for p in spec.paths if p.target == name]
        fitted = np.einsum("bi,bij->bj", paths[:, at, k], correlations[:, at][:, :, at])
        # Normal equations: the residual is uncorrelated with every predecessor.
        np.testing.assert_allclose(fitted, correlations[:, at, k], atol=1e-10)


@settings(max_examples=30, deadline=None)
@given(spec=models(), seed=st.integers(0, 10_000))
def test_a_member_has_the_same_digits_in_any_company(spec: ModelSpec, seed: int) -> None:
    covariance = covariances(len(spec.indicators), seed)
    estimator = PlsEstimator(scheme="factorial")
    together = estimator.fit_batch(spec, covariance)
    reversed_order = estimator.fit_batch(spec, covariance[::-1].copy())
    np.testing.assert_array_equal(together.paths, reversed_order.paths[::-1])
    np.testing.assert_array_equal(together.reason, reversed_order.reason[::-1])
