"""Nonlinear equality constraints against reparameterised models and closed forms."""

from __future__ import annotations

import numpy as np
import pytest

from survey_engine.errors import EstimationError
from survey_engine.estimation.cbsem.estimator import CbSemEstimator
from survey_engine.estimation.fit_result import CbSemFit
from survey_engine.numerics.moments import Moments
from survey_engine.spec.parse import parse_model_text

MEDIATION = "m ~ a*x\ny ~ b*m + c*x\n"


def sample(p: int = 3, seed: int = 4, n: int = 300) -> Moments:
    rng = np.random.default_rng(seed)
    mix = np.eye(p) + 0.6 * np.tri(p, k=-1)
    data = rng.standard_normal((n, p)) @ mix.T
    names = ("x", "m", "y", "z")[:p]
    covariance = np.cov(data, rowvar=False, bias=True)
    return Moments(columns=names, n=n, n_effective=n, mean=np.zeros(p), covariance=covariance)


def fitted(text: str, given: Moments, **options: object) -> CbSemFit:
    return CbSemEstimator(**options).fit(parse_model_text(text, file="m"), given)


def values(fit: CbSemFit) -> dict[str, float | None]:
    return {r.label: r.est for r in fit.parameters if r.label}


def profile(given: Moments, product: float) -> tuple[float, float]:
    """Chi-square and a of m ~ a x, y ~ b m + c x with a b = product, by a grid of a.

    For given a and b everything else has a closed form: residual variances, and c by
    least squares of y - b m on x.
    """
    s, n = given.covariance, given.n
    full = [s[1, 1] - s[0, 1] ** 2 / s[0, 0]]
    full.append(s[2, 2] - s[:2, 2] @ np.linalg.solve(s[:2, :2], s[:2, 2]))

    def chisq(a: np.ndarray) -> np.ndarray:
        b = product / a
        first = s[1, 1] - 2 * a * s[0, 1] + a**2 * s[0, 0]
        left = s[2, 2] - 2 * b * s[1, 2] + b**2 * s[1, 1]
        second = left - (s[0, 2] - b * s[0, 1]) ** 2 / s[0, 0]
        return n * (np.log(first / full[0]) + np.log(second / full[1]))

    low, high = 0.05, 3.0
    for _ in range(6):
        grid = np.linspace(low, high, 2001)
        best = grid[np.argmin(chisq(grid))]
        low, high = best - (high - low) / 1000, best + (high - low) / 1000
    return float(chisq(np.array([best]))[0]), float(best)


@pytest.mark.parametrize("text", ["a*b == 0.2", "ab := a*b\nab == 0.2", "a == 0.2/b"])
def test_an_indirect_effect_held_at_a_value(text: str) -> None:
    given = sample()
    fit = fitted(MEDIATION + text, given)
    found = values(fit)
    chisq, a = profile(given, 0.2)
    assert fit.converged
    assert fit.df == 1
    assert fit.chisq == pytest.approx(chisq, abs=1e-6)
    assert found["a"] == pytest.approx(a, abs=1e-5)
    assert found["a"] * found["b"] == pytest.approx(0.2, abs=1e-9)


def test_the_constrained_direction_has_no_error() -> None:
    fit = fitted(MEDIATION + "ab := a*b\na*b == 0.2", sample())
    (product,) = [r for r in fit.parameters if r.lhs == "ab"]
    assert product.est == pytest.approx(0.2, abs=1e-9)
    assert product.se == pytest.approx(0, abs=1e-7)
    assert all(r.se > 0.01 for r in fit.parameters if r.label in ("a", "b"))


def test_a_square_equals_the_line_it_becomes() -> None:
    """Equal squares of loadings of one sign are equal loadings."""
    given = sample(4)
    measured = "F =~ x + l*m + k*y + z\n"
    by_square = fitted(measured + "l^2 == k^2", given)
    direct = fitted(measured + "l == k", given)
    assert by_square.chisq == pytest.approx(direct.chisq, abs=1e-7)
    assert by_square.df == direct.df == 3
    errors = [[r.se for r in f.parameters] for f in (by_square, direct)]
    np.testing.assert_allclose(errors[0], errors[1], rtol=1e-5)


def test_linear_constraints_on_defined_parameters() -> None:
    given = sample()
    fit = fitted(MEDIATION + "d := a - b\nd == 0", given)
    same = fitted("m ~ a*x\ny ~ a*m + c*x", given)
    assert fit.chisq == pytest.approx(same.chisq, abs=1e-9)
    limited = fitted(MEDIATION + "d := a - b\nd < -0.5", given)
    found = values(limited)
    assert found["a"] - found["b"] == pytest.approx(-0.5, abs=1e-7)


def test_resamples_hold_it_too() -> None:
    given = sample()
    fit = fitted(MEDIATION + "a*b == 0.2", given)
    covariance = given.covariance * np.array([1.0, 1.1, 0.9])[:, None, None]
    covariance[:, 0, 2] = covariance[:, 2, 0] = covariance[:, 0, 2] * [1.0, 0.8, 1.2]
    batch = CbSemEstimator().fit_batch(fit.spec, given, covariance, start=fit)
    assert batch.converged.all()
    at = [r.free - 1 for r in fit.parameters if r.label in ("a", "b")]
    np.testing.assert_allclose(batch.free_values[:, at].prod(axis=1), 0.2, atol=1e-7)
    np.testing.assert_allclose(batch.free_values[0], fit.free_values, atol=1e-5)
    assert batch.chisq[0] == pytest.approx(fit.chisq, abs=1e-6)


def test_what_nothing_satisfies_is_refused_by_name() -> None:
    with pytest.raises(EstimationError) as caught:
        fitted(MEDIATION + "a^2 == -1", sample())
    (found,) = caught.value.diagnostics
    assert (found.code, found.parameters["what"]) == ("CONSTRAINT_IMPOSSIBLE", "a^2 == -1")
