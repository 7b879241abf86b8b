"""The algebra behind every test of a fitted model, against finite differences."""

from __future__ import annotations

import numpy as np
import pytest

from survey_engine.numerics.covariance_structure import (
    Arrows,
    Places,
    covariance_slopes,
    directions,
    framed,
    information_between,
    information_diagonal,
    reduce_arrows,
)
from survey_engine.numerics.moments import Array


def _arrows(seed: int = 3) -> Arrows:
    """Two groups, four items, two latents, one regression among the latents."""
    rng = np.random.default_rng(seed)
    asymmetric = np.zeros((2, 6, 6))
    asymmetric[:, [0, 1, 2, 3], [4, 4, 5, 5]] = rng.uniform(0.5, 1.5, (2, 4))
    asymmetric[:, 5, 4] = 0.4
    symmetric = np.zeros((2, 6, 6))
    symmetric[:, range(6), range(6)] = rng.uniform(0.5, 1.0, (2, 6))
    return Arrows(
        asymmetric=asymmetric,
        symmetric=symmetric,
        intercept=rng.normal(size=(2, 6)),
        n_observed=4,
    )


PLACES = Places(
    group=np.array([0, 0, 0, 1, 1, 1, 0]),
    kind=np.array([0, 0, 1, 1, 2, 2, 1]),
    row=np.array([2, 5, 0, 0, 1, 4, 4]),
    column=np.array([4, 4, 1, 0, 1, 4, 4]),
)


def _moved(arrows: Arrows, k: int, step: float) -> Arrows:
    parts = {name: np.array(getattr(arrows, name)) for name in ("asymmetric", "symmetric")}
    intercept = np.array(arrows.intercept)
    g, i, j = PLACES.group[k], PLACES.row[k], PLACES.column[k]
    if PLACES.kind[k] == 0:
        parts["asymmetric"][g, i, j] += step
    elif PLACES.kind[k] == 1:
        parts["symmetric"][g, i, j] += step
        parts["symmetric"][g, j, i] = parts["symmetric"][g, i, j]
    else:
        intercept[g, i] += step
    return Arrows(**parts, intercept=intercept, n_observed=4)


@pytest.mark.parametrize("k", range(7))
def test_slopes_are_those_of_finite_differences(k: int) -> None:
    arrows, step = _arrows(), 1e-6
    slopes, level = covariance_slopes(PLACES, reduce_arrows(arrows))
    up, down = reduce_arrows(_moved(arrows, k, step)), reduce_arrows(_moved(arrows, k, -step))
    g = PLACES.group[k]
    numeric = (up.covariance - down.covariance)[g] / (2 * step)
    np.testing.assert_allclose(slopes[k], numeric, atol=1e-8)
    np.testing.assert_allclose(level[k], (up.mean - down.mean)[g] / (2 * step), atol=1e-8)


def test_information_is_that_of_the_normal_density() -> None:
    reduced, share = reduce_arrows(_arrows()), np.array([0.3, 0.7])
    inverse: Array = np.linalg.inv(reduced.sigma)
    slopes, level = covariance_slopes(PLACES, reduced)
    slopes, level = slopes[:, :4, :4], level[:, :4]
    at = directions(PLACES, reduced, means=True)
    found = information_between(framed(reduced, inverse), at, at, share)
    for a in range(7):
        for b in range(7):
            g = PLACES.group[a]
            w = inverse[g]
            expected = 0.5 * np.trace(w @ slopes[a] @ w @ slopes[b]) + level[a] @ w @ level[b]
            expected *= share[g] if g == PLACES.group[b] else 0.0
            assert found[a, b] == pytest.approx(expected, abs=1e-12)
    diagonal = information_diagonal(framed(reduced, inverse), at, share)
    np.testing.assert_allclose(diagonal, np.diagonal(found), rtol=1e-12)
