"""Composites in ML against OLS, canonical correlations and moments of known models."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import wishart

from survey_engine.assessment.model_tests.candidates import candidates
from survey_engine.assessment.model_tests.composite_rows import as_written, outside
from survey_engine.assessment.model_tests.of_fit import point_of
from survey_engine.assessment.model_tests.score_tests import (
    equality_tests,
    modification_indices,
)
from survey_engine.errors import EstimationError
from survey_engine.estimation.cbsem.estimator import CbSemEstimator
from survey_engine.estimation.cbsem.grouped import GroupedMoments
from survey_engine.estimation.cbsem.solution import solution_of
from survey_engine.estimation.fit_result import CbSemFit
from survey_engine.numerics.moments import Moments
from survey_engine.spec.parse import parse_model_text

TOLERANCE = 1e-6
"""The search stops 1e-8 standard errors from the optimum; closed forms are exact."""


def moments(columns: str, covariance: np.ndarray, n: int = 400, **more: object) -> Moments:
    names = tuple(columns.split())
    given = {"mean": np.zeros(len(names)), **more}
    return Moments(columns=names, n=n, n_effective=float(n), covariance=covariance, **given)


def random_covariance(p: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    scale = np.diag(rng.uniform(0.5, 3.0, p))
    return scale @ np.cov(rng.standard_normal((60, p)) @ rng.standard_normal((p, p)).T,
                          rowvar=False, bias=True) @ scale  # fmt: skip


def fitted(text: str, given: Moments | GroupedMoments, **options: object) -> CbSemFit:
    return CbSemEstimator(**options).fit(parse_model_text(text, file="m"), given)


def row(fit: CbSemFit, text: str, group: int = 1):
    (found,) = [
        r
        for r in fit.parameters
        if f"{r.lhs} {r.op} {r.rhs}".strip() == text and r.group in (0, group)
    ]
    return found


def test_one_composite_of_one_outcome_is_the_regression() -> None:
    s = random_covariance(4, 1)
    n = 400
    slopes = np.linalg.solve(s[:3, :3], s[:3, 3])
    rest = s[3, 3] - slopes @ s[:3, 3]
    fit = fitted("C <~ a + b + c\ny ~ C", moments("a b c y", s, n))
    assert fit.converged
    assert fit.df == 0
    assert fit.chisq == pytest.approx(0, abs=TOLERANCE)
    weights = [row(fit, f"C <~ {name}") for name in "abc"]
    np.testing.assert_allclose([w.est for w in weights], slopes / slopes[0], rtol=TOLERANCE)
    assert (weights[0].se, weights[0].free) == (0.0, 0)
    assert row(fit, "y ~ C").est == pytest.approx(slopes[0], rel=TOLERANCE)
    assert fit.r2["y"] == pytest.approx(1 - rest / s[3, 3], rel=TOLERANCE)
    # Errors of a ratio of regression slopes, by the delta method.
    covariance = rest * np.linalg.inv(s[:3, :3]) / n
    for k in (1, 2):
        slope = np.zeros(3)
        slope[k], slope[0] = 1 / slopes[0], -slopes[k] / slopes[0] ** 2
        expected = np.sqrt(slope @ covariance @ slope)
        assert weights[k].se == pytest.approx(expected, rel=1e-5)
    # The composite points the way of its first indicator.
    deviation = np.sqrt(slopes @ s[:3, :3] @ slopes) * np.sign(slopes[0])
    standard = slopes * np.sqrt(np.diagonal(s)[:3]) / deviation
    np.testing.assert_allclose([w.std_all for w in weights], standard, rtol=TOLERANCE)
    loadings = s[:3, :3] @ slopes / deviation / np.sqrt(np.diagonal(s)[:3])
    np.testing.assert_allclose(fit.loadings, loadings, rtol=TOLERANCE)


def test_two_composites_are_the_first_canonical_pair() -> None:
    s = random_covariance(7, 2)
    n = 300
    fit = fitted("A <~ a1 + a2 + a3\nB <~ b1 + b2 + b3 + b4\nB ~ A",
                 moments("a1 a2 a3 b1 b2 b3 b4", s, n))  # fmt: skip
    x, y, xy = s[:3, :3], s[3:, 3:], s[:3, 3:]
    values, vectors = np.linalg.eig(np.linalg.solve(x, xy) @ np.linalg.solve(y, xy.T))
    order = np.argsort(-values.real)
    squared, first = values.real[order], vectors.real[:, order[0]]
    assert abs(row(fit, "B ~ A").std_all) == pytest.approx(np.sqrt(squared[0]), rel=TOLERANCE)
    assert fit.chisq == pytest.approx(-n * np.log(1 - squared[1:]).sum(), rel=TOLERANCE)
    assert fit.df == 12 - (2 + 3 + 1)
    weights = [row(fit, f"A <~ a{k}").est for k in (1, 2, 3)]
    np.testing.assert_allclose(weights, first / first[0], rtol=1e-5)


@pytest.mark.parametrize("seed", range(100, 112))
def test_the_start_leads_to_the_first_pair_not_another(seed: int) -> None:
    s = random_covariance(6, seed)
    fit = fitted("A <~ a1 + a2 + a3\nB <~ b1 + b2 + b3\nB ~ A",
                 moments("a1 a2 a3 b1 b2 b3", s))  # fmt: skip
    roots = np.linalg.eigvals(
        np.linalg.solve(s[:3, :3], s[:3, 3:]) @ np.linalg.solve(s[3:, 3:], s[3:, :3])
    )
    first = np.sqrt(roots.real.max())
    assert abs(row(fit, "B ~ A").std_all) == pytest.approx(first, rel=TOLERANCE)


def population() -> tuple[np.ndarray, dict[str, float]]:
    """Moments of A (3 parts) -> B (2 parts) -> F (factor, 3 items), A -> F."""
    inside_a = np.array([[1, 0.3, 0.2], [0.3, 2, 0.4], [0.2, 0.4, 1.5]])
    inside_b = np.array([[1, 0.5], [0.5, 1.2]])
    w_a, w_b = np.array([1, 0.6, -0.4]), np.array([1, 1.5])
    a, ba, fb, fa = w_a @ inside_a @ w_a, 0.5, 0.3, 0.2
    b = w_b @ inside_b @ w_b
    f = fb**2 * b + fa**2 * a + 2 * fb * fa * ba * a + 0.7
    common = np.array(
        [
            [a, ba * a, (fb * ba + fa) * a],
            [ba * a, b, fb * b + fa * ba * a],
            [(fb * ba + fa) * a, fb * b + fa * ba * a, f],
        ]
    )
    lam = np.zeros((8, 3))
    lam[:3, 0], lam[3:5, 1] = inside_a @ w_a / a, inside_b @ w_b / b
    lam[5:, 2] = [1, 0.8, 1.2]
    sigma = lam @ common @ lam.T
    sigma[:3, :3], sigma[3:5, 3:5] = inside_a, inside_b
    sigma[5:, 5:] += np.diag([0.4, 0.5, 0.6])
    known = {"A <~ a2": 0.6, "A <~ a3": -0.4, "B <~ b2": 1.5, "B ~ A": ba, "F ~ B": fb}
    known |= {"F ~ A": fa, "F =~ f2": 0.8, "F ~~ F": 0.7, "A ~~ A": a, "f3 ~~ f3": 0.6}
    return sigma, known


COLUMNS = "a1 a2 a3 b1 b2 f1 f2 f3"
MODEL = "A <~ a1 + a2 + a3\nB <~ b1 + b2\nF =~ f1 + f2 + f3\nB ~ A\nF ~ B + A"


@pytest.mark.parametrize("method", ["ml", "gls", "uls"])
def test_moments_of_a_known_model_give_it_back(method: str) -> None:
    sigma, known = population()
    divisor = 1 if method == "ml" else 399 / 400  # least squares turns n into n - 1
    fit = fitted(MODEL, moments(COLUMNS, divisor * sigma), method=method)
    assert fit.converged
    assert fit.chisq == pytest.approx(0, abs=1e-8)
    for text, value in known.items():
        assert row(fit, text).est == pytest.approx(value, rel=1e-5), text
    # 36 moments; blocks 6 + 2 and 3 + 1, their variances among these; loadings 2,
    # errors 3, paths 3, the variance of F's residual.
    assert fit.df == 36 - (8 + 4 + 2 + 3 + 3 + 1)
    shown = {f"{r.lhs} {r.op} {r.rhs}" for r in fit.parameters}
    assert not {"A =~ a2", "a2 ~~ a3", "a2 ~~ a2", "a1 ~~ a1"} & shown


def test_std_lv_labels_fixed_weights_and_definitions() -> None:
    sigma, known = population()
    given = moments(COLUMNS, sigma)
    fit = fitted(MODEL, given, std_lv=True)
    assert row(fit, "A <~ a2").est == pytest.approx(0.6, rel=1e-5)
    assert row(fit, "A ~~ A").est == pytest.approx(known["A ~~ A"], rel=1e-5)
    assert row(fit, "F =~ f1").free
    text = MODEL.replace("b1 + b2", "b1 + 1.5*b2").replace("+ a2", "+ w*a2") + "\nd := 2*w"
    fit = fitted(text, given)
    assert fit.chisq == pytest.approx(0, abs=1e-8)
    assert row(fit, "d := 2*w").est == pytest.approx(1.2, rel=1e-5)
    assert row(fit, "d := 2*w").std_all == pytest.approx(
        2 * row(fit, "A <~ a2").std_all, rel=1e-9
    )
    assert (row(fit, "B <~ b2").est, row(fit, "B <~ b2").se) == (1.5, 0.0)
    held = fitted(MODEL.replace("+ a2", "+ w*a2") + "\nw == 0.6", given)
    assert held.chisq == pytest.approx(0, abs=1e-8)
    assert held.df == fit.df
    limited = fitted(MODEL.replace("+ a2", "+ w*a2") + "\nw > 0.8", given)
    assert row(limited, "A <~ a2").est == pytest.approx(0.8, abs=1e-8)
    assert limited.chisq == pytest.approx(
        fitted(MODEL.replace("+ a2", "+ 0.8*a2"), given).chisq, rel=1e-6
    )
    # Another indicator may carry the unit.
    turned = fitted(MODEL.replace("a1 + a2", "a1 + 1*a2"), given)
    assert row(turned, "A <~ a1").est == pytest.approx(1 / 0.6, rel=1e-5)
    assert turned.chisq == pytest.approx(0, abs=1e-8)


def test_groups_and_means() -> None:
    sigma, known = population()
    means = np.arange(8.0)
    groups = GroupedMoments(
        labels=("one", "two"),
        groups=(
            moments(COLUMNS, sigma, 300, mean=means),
            moments(COLUMNS, 2 * sigma, 200, mean=means + 1),
        ),
    )
    fit = fitted(MODEL, groups)
    one = fitted(MODEL, moments(COLUMNS, sigma))
    assert fit.df == 2 * one.df
    assert fit.chisq == pytest.approx(0, abs=1e-7)
    for group in (1, 2):
        for text in ("A <~ a2", "B ~ A", "F ~ B"):
            assert row(fit, text, group).est == pytest.approx(known[text], rel=1e-5)
        # Intercepts are the means, also of the indicator that carries the unit.
        assert row(fit, "a1 ~1", group).est == pytest.approx(means[0] + group - 1, abs=1e-7)
        assert row(fit, "b2 ~1", group).est == pytest.approx(means[4] + group - 1, abs=1e-7)
    equal = fitted(MODEL, groups, group_equal=("composite.weights",))
    assert equal.df == fit.df + 3
    assert equal.chisq == pytest.approx(0, abs=1e-7)


def test_standard_errors_are_the_spread_of_resamples() -> None:
    sigma, known = population()
    given = moments(COLUMNS, sigma, 4000)
    fit = fitted(MODEL, given)
    covariance = wishart.rvs(3999, sigma / 4000, size=600, random_state=7)
    batch = CbSemEstimator().fit_batch(fit.spec, given, covariance, start=fit)
    assert batch.converged.mean() > 0.99
    assert set(batch.reason[batch.converged]) == {""}
    spread = np.nanstd(batch.free_values, axis=0)
    errors = np.sqrt(np.diagonal(fit.free_covariance))
    # 600 draws: a standard deviation is known to 3 %; four of these.
    np.testing.assert_allclose(spread, errors, rtol=0.13)
    at = row(fit, "A <~ a2").free - 1
    assert np.nanmean(batch.free_values[:, at]) == pytest.approx(
        known["A <~ a2"], abs=0.2 * errors[at]
    )
    assert np.nanmean(batch.chisq) == pytest.approx(fit.df, rel=0.1)


@pytest.mark.parametrize(
    ("text", "code", "named"),
    [
        ("C <~ 0.5*a + 0.7*b\ny ~ C", "COMPOSITE_SCALE", "C"),
        ("C <~ NA*a + b\ny ~ C", "COMPOSITE_SCALE", "C"),
        ("C <~ a + b\nF =~ c + d + e", None, ""),
        ("C <~ a + b\nF =~ c + d + e\nF ~~ 0*C", "COMPOSITE_ALONE", "C"),
        ("C <~ a + b\ny ~ C\na ~~ b", "COMPOSITE_INDICATOR_SHARED", "a ~~ b"),
        ("C <~ a + b\nD <~ b + c\nD ~ C", "COMPOSITE_INDICATOR_SHARED", "D <~ b"),
        ("C <~ a + b\ny ~ C + a", "COMPOSITE_INDICATOR_SHARED", "y ~ a"),
        ("A =~ a + b + c\nG <~ A + d\ny ~ G", "COMPOSITE_OF_CONSTRUCTS", "G <~ A"),
    ],
)
def test_what_has_no_estimate_is_refused_by_name(text: str, code: str, named: str) -> None:
    spec = parse_model_text(text, file="m")
    if code is None:
        assert CbSemEstimator().table(spec).composites
        return
    with pytest.raises(EstimationError) as caught:
        CbSemEstimator().table(spec)
    assert caught.value.diagnostics[0].code == code
    assert caught.value.diagnostics[0].parameters["what"] == named


def test_tests_after_the_fit_start_from_the_same_model() -> None:
    sigma, _ = population()
    means = np.arange(8.0)
    groups = GroupedMoments(
        labels=("one", "two"),
        groups=(
            moments(COLUMNS, sigma + 0.1 * np.eye(8), 300, mean=means),
            moments(COLUMNS, 2 * sigma, 200, mean=means + 1),
        ),
    )
    fit = fitted(MODEL, groups, group_equal=("composite.weights",))
    point = point_of(fit)
    for g in range(2):
        np.testing.assert_allclose(point.reduced.sigma[g], fit.groups[g].implied, atol=1e-10)
        np.testing.assert_allclose(point.reduced.mu[g], fit.groups[g].implied_mean, atol=1e-10)
    # At the optimum the likelihood is flat along every independent parameter.
    slope = point.score(point.places) @ point.design
    np.testing.assert_allclose(slope, 0, atol=1e-6)
    composites = solution_of(fit).table.composites
    _, each = equality_tests(point)
    texts = {(as_written(t.lhs, composites), as_written(t.rhs, composites)) for t in each}
    assert ("A <~ a2 [one]", "A <~ a2 [two]") in texts
    places = outside(candidates(point), composites)
    assert {(p.lhs, p.op, p.rhs) for p in places} == {
        *(("A", "~", name) for name in ("B", "F")),
        ("B", "~", "F"),
        ("A", "~~", "B"),
        ("A", "~~", "F"),
        ("B", "~~", "F"),
        ("F", "=~", "f1"),
        ("f1", "~~", "f2"),
        ("f1", "~~", "f3"),
        ("f2", "~~", "f3"),
    }


def test_ordered_indicators_are_refused() -> None:
    spec = parse_model_text("C <~ a + b\nF =~ c + d + e\nF ~ C", file="m")
    with pytest.raises(EstimationError) as caught:
        CbSemEstimator(method="wlsmv").table(spec, ordered=(("c", 5),))
    assert caught.value.diagnostics[0].code == "COMPOSITE_ORDERED"


def test_modification_indices_are_the_fall_of_chi_square() -> None:
    sigma, _ = population()
    given = moments(COLUMNS, wishart.rvs(1999, sigma / 2000, random_state=3), 2000)
    text = MODEL.replace("F ~ B + A", "F ~ B")
    fit = fitted(text, given)
    places = outside(candidates(point_of(fit)), solution_of(fit).table.composites)
    found = {
        f"{m.lhs} {m.op} {m.rhs}": m for m in modification_indices(point_of(fit), at=places)
    }
    for added in ("F ~ A", "f1 ~~ f2", "f2 ~~ f3"):
        freed = fitted(f"{text}\n{added}", given)
        # A score test is the first step of a search; the rest is of second order.
        assert found[added].mi == pytest.approx(fit.chisq - freed.chisq, rel=0.06), added
        assert found[added].epc == pytest.approx(row(freed, added).est, rel=0.06), added
