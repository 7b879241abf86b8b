"""Memberships and class moments against scipy's density and sums written out."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import multivariate_normal

from survey_engine.numerics.normal_mixture import (
    class_moments,
    memberships,
    nearest_partitions,
    row_products,
)


@pytest.fixture
def rows() -> np.ndarray:
    return np.random.default_rng(1).normal(5.0, 2.0, size=(60, 3))


def test_memberships_are_those_of_the_densities(rows: np.ndarray) -> None:
    rng = np.random.default_rng(2)
    weights = rng.uniform(0.5, 1.5, 60)
    shares = np.array([[0.3, 0.7], [0.5, 0.5]])
    mean = rng.normal(5.0, 1.0, size=(2, 2, 3))
    root = rng.normal(size=(2, 2, 3, 3))
    covariance = root @ np.swapaxes(root, -1, -2) + np.eye(3)
    logl, member = memberships(
        row_products(rows), weights, shares, mean, np.linalg.inv(covariance)
    )
    for s in range(2):
        density = np.stack(
            [
                shares[s, g] * multivariate_normal(mean[s, g], covariance[s, g]).pdf(rows)
                for g in range(2)
            ]
        )
        assert logl[s] == pytest.approx(float(np.log(density.sum(axis=0)) @ weights), rel=1e-10)
        np.testing.assert_allclose(member[s], density / density.sum(axis=0), atol=1e-10)


def test_a_covariance_that_is_none_has_no_likelihood(rows: np.ndarray) -> None:
    precision = np.broadcast_to(np.diag([1.0, 1.0, -1.0]), (1, 1, 3, 3))
    logl, _ = memberships(
        row_products(rows), np.ones(60), np.ones((1, 1)), np.zeros((1, 1, 3)), precision
    )
    assert logl[0] == -np.inf


def test_class_moments_are_weighted_moments(rows: np.ndarray) -> None:
    rng = np.random.default_rng(3)
    weights, member = rng.uniform(0.5, 1.5, 60), rng.uniform(size=(2, 2, 60))
    size, mean, covariance = class_moments(row_products(rows), weights, member)
    for s in range(2):
        for g in range(2):
            w = member[s, g] * weights
            assert size[s, g] == pytest.approx(w.sum())
            np.testing.assert_allclose(mean[s, g], np.average(rows, axis=0, weights=w))
            np.testing.assert_allclose(
                covariance[s, g], np.cov(rows.T, aweights=w, bias=True), atol=1e-12
            )


def test_every_row_goes_to_the_nearest_of_the_drawn_rows(rows: np.ndarray) -> None:
    found = nearest_partitions(rows, 3, 5, seed=1)
    assert found.shape == (5, 3, 60)
    np.testing.assert_array_equal(found.sum(axis=1), np.ones((5, 60)))
    assert found.sum(axis=2).min() >= 1
    np.testing.assert_array_equal(found, nearest_partitions(rows, 3, 5, seed=1))
