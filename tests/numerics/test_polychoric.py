"""Bivariate normal probabilities, polychoric and polyserial correlations, and Γ.

Checked against quadrature, closed forms, brute-force maximisation, and (for the
covariance) a numerical sandwich written out respondent by respondent.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.integrate import quad
from scipy.optimize import minimize_scalar
from scipy.special import ndtr

from survey_engine.numerics.bivariate_normal import bivariate_cdf, bivariate_density
from survey_engine.numerics.ordinal_statistics import ordinal_statistics
from survey_engine.numerics.pair_tables import keep_margins, pair_tables, pairs_of
from survey_engine.numerics.polychoric import (
    cell_probabilities,
    fit_at,
    polychoric,
    row_threshold_scores,
    thresholds_of,
)

finite = st.floats(-4, 4)
inside = st.floats(-0.999, 0.999)


def by_quadrature(h: float, k: float, rho: float) -> float:
    def of(x: float) -> float:
        slope = (k - rho * x) / np.sqrt(1 - rho * rho)
        return float(np.exp(-x * x / 2) / np.sqrt(2 * np.pi) * ndtr(slope))

    at = [k / rho] if abs(rho) > 0.1 and -9 < k / rho < h else []
    return quad(of, -9, h, points=at or None, epsabs=1e-14, limit=200)[0]


@settings(max_examples=60)
@given(finite, finite, inside)
def test_cdf_is_the_integral_of_the_density(h: float, k: float, rho: float) -> None:
    got = bivariate_cdf(np.array(h), np.array(k), np.array(rho))
    assert float(got) == pytest.approx(by_quadrature(h, k, rho), abs=2e-11)


@pytest.mark.parametrize("rho", [-0.9999, -0.5, 0.0, 0.3, 0.95, 0.9999])
def test_cdf_at_the_origin_is_sheppards(rho: float) -> None:
    got = bivariate_cdf(np.array(0.0), np.array(0.0), np.array(rho))
    assert float(got) == pytest.approx(0.25 + np.arcsin(rho) / (2 * np.pi), abs=1e-15)


def test_cdf_at_zero_and_infinite_limits() -> None:
    h = np.array([0.0, -1.2, 0.0, np.inf, -np.inf, 0.7])
    k = np.array([-1.2, 0.0, 2.0, 0.4, 0.4, np.inf])
    want = [by_quadrature(0, -1.2, 0.6), by_quadrature(-1.2, 0, 0.6), by_quadrature(0, 2, 0.6)]
    got = bivariate_cdf(h, k, np.full(6, 0.6))
    assert_allclose(got, [*want, ndtr(0.4), 0.0, ndtr(0.7)], atol=1e-13)


@settings(max_examples=60)
@given(finite, finite, inside)
def test_the_density_is_the_slope_of_the_cdf_in_rho(h: float, k: float, rho: float) -> None:
    step = 1e-5 * (1 - abs(rho))
    two = bivariate_cdf(np.array(h), np.array(k), rho + np.array([-step, step]))
    slope = float(two[1] - two[0]) / (2 * step)
    density = float(bivariate_density(np.array(h), np.array(k), np.array(rho)))
    # rounding of the difference: 1e-16 / step
    assert slope == pytest.approx(density, rel=1e-5, abs=4e-16 / step + 1e-9)


def answers(seed: int, n: int = 400, sizes: tuple[int, ...] = (5, 3, 2, 4)) -> np.ndarray:
    rng = np.random.default_rng(seed)
    factor = rng.standard_normal((n, 1))
    latent = 0.7 * factor + 0.7 * rng.standard_normal((n, len(sizes)))
    codes = [
        np.searchsorted(np.quantile(latent[:, j], np.linspace(0, 1, size + 1)[1:-1] ** 0.8), x)
        for j, (size, x) in enumerate(zip(sizes, latent.T, strict=True))
    ]
    return np.array(codes, dtype=np.int8).T


@pytest.mark.parametrize("weighted", [False, True])
def test_pair_tables_are_crosstabs(weighted: bool) -> None:
    codes = answers(1, n=9000)
    codes[::7, 1] = -1
    weights = np.random.default_rng(2).random(len(codes)) if weighted else None
    tables = pair_tables(codes, 5, weights)
    for i, j, a, b in [(0, 1, 4, 2), (1, 3, 0, 0), (2, 0, 1, 3), (1, 1, 1, 1), (0, 0, 1, 2)]:
        hit = (codes[:, i] == a) & (codes[:, j] == b)
        want = hit.sum() if weights is None else weights[hit].sum()
        assert tables[i, j, a, b] == pytest.approx(want, rel=1e-12), (i, j, a, b)


def test_tetrachoric_of_median_splits_has_a_closed_form() -> None:
    # Sheppard: with both thresholds 0 the correlation is sin(pi/2 (p_same - p_different)).
    a = np.array([60.0, 90.0, 20.0])
    tables = np.array([[[x, 100 - x], [100 - x, x]] for x in a])
    rows = thresholds_of(tables.sum(axis=2))
    fit = polychoric(tables, rows, rows)
    assert_allclose(rows, 0.0, atol=1e-15)
    assert_allclose(fit.rho, np.sin(np.pi / 2 * (2 * a - 100) / 100), atol=1e-12)


def test_two_by_two_reproduces_its_table() -> None:
    tables = np.array([[[40.0, 10.0], [25.0, 125.0]], [[5.0, 95.0], [60.0, 40.0]]])
    rows, columns = thresholds_of(tables.sum(axis=2)), thresholds_of(tables.sum(axis=1))
    fit = polychoric(tables, rows, columns)
    assert_allclose(fit.probability, tables / 200, atol=1e-12)
    assert_allclose(cell_probabilities(rows, columns, fit.rho), tables / 200, atol=1e-12)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 6), st.integers(2, 6))
def test_polychoric_maximises_the_likelihood(seed: int, r: int, c: int) -> None:
    table = np.random.default_rng(seed).integers(1, 40, (1, r, c)).astype(float)
    rows, columns = thresholds_of(table.sum(axis=2)), thresholds_of(table.sum(axis=1))

    def minus(rho: float) -> float:
        chance = cell_probabilities(rows, columns, np.array([rho]))
        return -float((table * np.log(chance)).sum())

    fit = polychoric(table, rows, columns)
    best = minimize_scalar(minus, bounds=(-0.999, 0.999), method="bounded")
    assert minus(float(fit.rho[0])) <= best.fun + 1e-9
    assert float((table * fit.score).sum()) == pytest.approx(0.0, abs=1e-6)


def test_turning_an_item_turns_the_sign_and_joint_order_does_not_matter() -> None:
    codes = answers(3)
    turned = codes.copy()
    turned[:, 0] = 4 - turned[:, 0]
    plain = ordinal_statistics(codes, np.zeros((len(codes), 0)), size=5)
    other = ordinal_statistics(turned, np.zeros((len(codes), 0)), size=5)
    assert_allclose(other.correlation[0, 1:], -plain.correlation[0, 1:], atol=1e-11)
    assert_allclose(other.thresholds[0], -plain.thresholds[0][::-1], atol=1e-12)
    again = ordinal_statistics(codes[:, ::-1], np.zeros((len(codes), 0)), size=5)
    assert_allclose(again.correlation[::-1, ::-1], plain.correlation, atol=1e-11)


def test_threshold_slopes_of_cells_match_differences() -> None:
    rows, columns, rho = np.array([[-0.5, 0.4, 1.1]]), np.array([[-0.2, 0.9]]), np.array([0.45])
    scores = row_threshold_scores(fit_at(rho, rows, columns), rows, columns)
    for k in range(3):
        step = np.zeros((1, 3))
        step[0, k] = 1e-6
        up = np.log(cell_probabilities(rows + step, columns, rho))
        down = np.log(cell_probabilities(rows - step, columns, rho))
        assert_allclose(scores[..., k], (up - down) / 2e-6, atol=1e-8)


class Casewise:
    """Γ from numerical differences of each respondent's log-likelihood, written out."""

    def __init__(self, codes: np.ndarray, values: np.ndarray, weights: np.ndarray | None):
        self.codes, self.values = codes, values
        (self.n, self.r), self.q = codes.shape, values.shape[1]
        self.weight = np.ones(self.n) if weights is None else weights
        self.steps = int(codes.max())
        found = ordinal_statistics(codes, values, weights, size=self.steps + 1, gamma=False)
        self.pairs = pairs_of(self.r + self.q)
        self.located = self.r * self.steps
        rho = found.correlation[self.pairs]
        parts = [found.thresholds.ravel(), found.mean, found.variance, rho]
        self.start = np.concatenate(parts)

    def bounds(self, t: np.ndarray, i: int) -> np.ndarray:
        own = t[i * self.steps : (i + 1) * self.steps]
        return np.concatenate([[-np.inf], own, [np.inf]])

    def z(self, t: np.ndarray, j: int) -> tuple[np.ndarray, float]:
        at = self.located + j - self.r
        return (self.values[:, j - self.r] - t[at]) / np.sqrt(t[at + self.q]), t[at + self.q]

    def one(self, t: np.ndarray, j: int) -> np.ndarray:
        if j < self.r:
            b, a = ndtr(self.bounds(t, j)), self.codes[:, j]
            return np.where(a < 0, 0.0, np.log(b[a + 1] - b[a]))
        z, variance = self.z(t, j)
        return np.where(np.isnan(z), 0.0, -0.5 * np.log(2 * np.pi * variance) - 0.5 * z * z)

    def two(self, t: np.ndarray, i: int, j: int, rho: float) -> np.ndarray:
        left = np.sqrt(1 - rho * rho)
        if i >= self.r:
            (y, _), (z, variance) = self.z(t, i), self.z(t, j)
            out = self.one(t, i) - 0.5 * np.log(2 * np.pi * variance * left**2)
            return np.nan_to_num(out - 0.5 * (z - rho * y) ** 2 / left**2)
        a, s = self.codes[:, i], self.bounds(t, i)
        if j >= self.r:
            z, _ = self.z(t, j)
            p = ndtr((s[a + 1] - rho * z) / left) - ndtr((s[a] - rho * z) / left)
            return np.nan_to_num(np.where(a < 0, 0.0, np.log(p) + self.one(t, j)))
        b, u = self.codes[:, j], self.bounds(t, j)
        corner = [
            bivariate_cdf(s[a + x], u[b + y], np.array(rho)) * (1 if x == y else -1)
            for x in (0, 1)
            for y in (0, 1)
        ]
        p = np.maximum(sum(corner), 1e-300)
        return np.where((a < 0) | (b < 0), 0.0, np.log(p))

    def mine(self, j: int) -> list[int]:
        if j < self.r:
            own = range(j * self.steps, (j + 1) * self.steps)
            return [at for at in own if np.isfinite(self.start[at])]
        return [self.located + j - self.r, self.located + self.q + j - self.r]

    def slopes(self, of: Callable[[np.ndarray], np.ndarray], at: list[int]) -> np.ndarray:
        step = 1e-5 * np.eye(len(self.start))[at]
        with np.errstate(invalid="ignore", divide="ignore"):  # missing answers: set to 0
            moved = [(of(self.start + one) - of(self.start - one)) / 2e-5 for one in step]
        return np.array(moved)

    def gamma(self) -> np.ndarray:
        s = len(self.start)
        scores, inner = np.zeros((s, self.n)), np.eye(s)
        for j in range(self.r + self.q):
            at = self.mine(j)
            own = self.slopes(lambda t, j=j: self.one(t, j), at)
            scores[at] = own
            inner[np.ix_(at, at)] = own * self.weight @ own.T
        base = self.located + 2 * self.q
        for k, (i, j) in enumerate(zip(*self.pairs, strict=True), start=base):
            at = [*self.mine(i), *self.mine(j), k]
            own = self.slopes(lambda t, i=i, j=j, k=k: self.two(t, i, j, t[k]), at)
            scores[k] = own[-1]
            inner[k, at] = own * self.weight @ own[-1]
        influence = np.linalg.solve(inner, scores * self.weight)
        return self.n * influence @ influence.T


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("gaps", [0.0, 0.1])
def test_gamma_of_ordered_items_is_the_sandwich(weighted: bool, gaps: float) -> None:
    codes = answers(5, n=600, sizes=(4, 3, 4))
    rng = np.random.default_rng(6)
    codes[rng.random(codes.shape) < gaps] = -1
    weights = rng.uniform(0.5, 1.5, len(codes)) if weighted else None
    none = np.zeros((len(codes), 0))
    got = ordinal_statistics(codes, none, weights, size=4).gamma
    assert got is not None
    want = Casewise(codes, none, weights).gamma()
    scale = np.sqrt(np.maximum(np.diag(want), 1e-9))
    # differences of log-likelihoods with step 1e-5: five digits and more
    assert_allclose(got / np.outer(scale, scale), want / np.outer(scale, scale), atol=2e-6)


@pytest.mark.parametrize("gaps", [0.0, 0.1])
def test_gamma_of_mixed_columns_is_the_sandwich(gaps: float) -> None:
    rng = np.random.default_rng(8)
    codes = answers(7, n=500, sizes=(4, 3))
    values = codes.sum(axis=1)[:, None] * [1.0, -0.5] + rng.standard_normal((500, 2)) * 2
    values[:, 1] = np.exp(values[:, 1] / 3)
    values[rng.random(values.shape) < gaps] = np.nan
    codes[rng.random(codes.shape) < gaps] = -1
    found = ordinal_statistics(codes, values, size=4)
    assert found.gamma is not None
    want = Casewise(codes, values, None).gamma()
    # `Casewise` ends with correlations; turn the measured columns' into covariances.
    r, q, located = 2, 2, 6
    scale = np.sqrt(np.concatenate([np.ones(r), found.variance]))
    first, second = pairs_of(r + q)
    slopes = np.eye(len(want))
    for k, (i, j) in enumerate(zip(first, second, strict=True)):
        at = located + 2 * q + k
        slopes[at, at] = scale[i] * scale[j]
        for of in (i, j):
            if of >= r:
                half = found.correlation[i, j] * scale[i] * scale[j]
                slopes[at, located + q + of - r] += half / (2 * found.variance[of - r])
    want = slopes @ want @ slopes.T
    unit = np.sqrt(np.maximum(np.diag(want), 1e-9))
    assert_allclose(found.gamma / np.outer(unit, unit), want / np.outer(unit, unit), atol=5e-6)


def test_polyserial_maximises_the_likelihood_and_ignores_units() -> None:
    rng = np.random.default_rng(9)
    codes = answers(9, n=700, sizes=(5,))
    x = codes[:, :1] + 1.5 * rng.standard_normal((700, 1))
    one = ordinal_statistics(codes, x, size=5, gamma=False)
    ten = ordinal_statistics(codes, 1000 * x - 7, size=5, gamma=False)
    assert one.correlation[0, 1] == pytest.approx(ten.correlation[0, 1], abs=1e-11)
    z = ((x - x.mean()) / x.std())[:, 0]
    bounds = np.concatenate([[-np.inf], one.thresholds[0], [np.inf]])

    def minus(rho: float) -> float:
        left = np.sqrt(1 - rho * rho)
        upper = ndtr((bounds[codes[:, 0] + 1] - rho * z) / left)
        return -float(np.log(upper - ndtr((bounds[codes[:, 0]] - rho * z) / left)).sum())

    best = minimize_scalar(minus, bounds=(-0.99, 0.99), method="bounded")
    assert minus(one.correlation[0, 1]) <= best.fun + 1e-10
    assert one.correlation[0, 1] == pytest.approx(best.x, abs=1e-5)


def test_measured_pairs_are_product_moment_correlations() -> None:
    rng = np.random.default_rng(10)
    codes = answers(10, n=300, sizes=(3,))
    x = rng.standard_normal((300, 3)) @ rng.standard_normal((3, 3))
    found = ordinal_statistics(codes, x, size=3, gamma=False)
    assert_allclose(found.correlation[1:, 1:], np.corrcoef(x.T), atol=1e-12)
    assert_allclose(found.variance, x.var(axis=0), rtol=1e-13)


def test_one_empty_cell_of_four_keeps_its_margins() -> None:
    tables = np.array([[[0.0, 30.0], [20.0, 50.0]], [[40.0, 0.0], [10.0, 50.0]]])
    moved, adjusted = keep_margins(tables)
    assert adjusted.all()
    assert_allclose(moved[0], [[0.5, 29.5], [19.5, 50.5]])
    assert_allclose(moved[1], [[39.5, 0.5], [10.5, 49.5]])
    assert_allclose(moved.sum(axis=1), tables.sum(axis=1))
    assert_allclose(moved.sum(axis=2), tables.sum(axis=2))


def test_a_copy_runs_to_the_limit_and_is_told() -> None:
    codes = answers(11, sizes=(4,)).repeat(2, axis=1)
    found = ordinal_statistics(codes, np.zeros((len(codes), 0)), size=4, gamma=False)
    assert found.at_limit[0, 1]
    assert not found.at_limit[0, 0]


def test_weights_of_whole_numbers_are_repeated_rows_in_the_estimates() -> None:
    codes = answers(12, n=200)
    times = np.random.default_rng(12).integers(1, 4, 200)
    none = np.zeros((200, 0))
    weighted = ordinal_statistics(codes, none, times * 200 / times.sum(), size=5, gamma=False)
    repeated = codes.repeat(times, axis=0)
    plain = ordinal_statistics(repeated, np.zeros((len(repeated), 0)), size=5, gamma=False)
    assert_allclose(weighted.correlation, plain.correlation, atol=1e-11)
    assert_allclose(weighted.thresholds[:, 0], plain.thresholds[:, 0], atol=1e-12)


def test_standard_errors_cover_the_spread_of_samples() -> None:
    """400 samples of n = 500: mean estimated variance against the variance of estimates."""
    rng = np.random.default_rng(13)
    estimates, variances = [], []
    for _ in range(400):
        latent = 0.7 * rng.standard_normal((500, 1)) + np.sqrt(0.51) * rng.standard_normal(
            (500, 2)
        )
        codes = np.searchsorted([-1.0, 0.0, 0.8], latent).astype(np.int8)
        found = ordinal_statistics(codes, np.zeros((500, 0)), size=4)
        assert found.gamma is not None
        estimates.append([found.thresholds[0, 0], found.correlation[0, 1]])
        variances.append(np.diag(found.gamma)[[0, 6]] / 500)
    ratio = np.mean(variances, axis=0) / np.var(estimates, axis=0)
    # Monte-Carlo error of a variance from 400 draws: sqrt(2/400) = 7 %
    assert_allclose(ratio, 1.0, atol=0.22)
    assert np.mean(estimates, axis=0)[1] == pytest.approx(0.49, abs=0.006)
