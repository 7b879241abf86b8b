from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from survey_engine.numerics.small_systems import inverse_symmetric, solve_symmetric


@given(size=st.integers(1, 7), seed=st.integers(0, 10_000))
def test_agrees_with_lapack(size: int, seed: int) -> None:
    draws = np.random.default_rng(seed)
    factors = draws.normal(size=(5, size, size + 4))
    matrices = factors @ factors.transpose(0, 2, 1)
    right = draws.normal(size=(5, size, 2))
    solution, pivot = solve_symmetric(matrices.transpose(1, 2, 0), right.transpose(1, 2, 0))
    expected = np.linalg.solve(matrices, right)
    assert (pivot > 0).all()
    np.testing.assert_allclose(solution.transpose(2, 0, 1), expected, rtol=1e-6, atol=1e-9)


def test_pivot_tells_singular_from_regular() -> None:
    matrices = np.array([[[1.0, 1.0], [1.0, 1.0]], [[1.0, 0.6], [0.6, 1.0]]]).transpose(1, 2, 0)
    inverse, pivot = inverse_symmetric(matrices)
    assert pivot[0] == 0.0
    assert abs(pivot[1] - 0.64) < 1e-15
    np.testing.assert_allclose(inverse[..., 1] @ matrices[..., 1], np.eye(2), atol=1e-15)


def test_a_system_has_the_same_bits_alone_and_in_company() -> None:
    draws = np.random.default_rng(1)
    factors = draws.normal(size=(9, 4, 8))
    matrices = (factors @ factors.transpose(0, 2, 1)).transpose(1, 2, 0)
    right = draws.normal(size=(4, 1, 9))
    together, _ = solve_symmetric(matrices, right)
    alone, _ = solve_symmetric(matrices[..., 3:4], right[..., 3:4])
    assert (alone[..., 0] == together[..., 3]).all()
