"""Recovery, invariances, failures and the batch of the ML estimator."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from survey_engine.errors import EstimationError, Severity
from survey_engine.estimation.cbsem.estimator import CbSemEstimator
from survey_engine.numerics.moments import Array, Moments
from survey_engine.simulation import ecsi_population, population_moments
from survey_engine.spec.model import ModelSpec
from survey_engine.spec.parse import parse_model_text

Build = Callable[[tuple[str, ...], Array, int], Moments]
THREE = "F =~ a + b + c\nG =~ d + e + f\nH =~ g + h + i\nG ~ F\nH ~ F + G"
COLUMNS = tuple("abcdefghi")


def _covariance(seed: int = 0, n: int = 300) -> Array:
    random = np.random.default_rng(seed)
    scores = random.standard_normal((n, 3))
    scores[:, 1] += 0.6 * scores[:, 0]
    scores[:, 2] += 0.3 * scores[:, 0] + 0.5 * scores[:, 1]
    rows = np.repeat(scores, 3, axis=1) + 0.8 * random.standard_normal((n, 9))
    return np.asarray(np.cov(rows.T, bias=True))


def test_population_moments_give_back_the_parameters(
    ecsi: ModelSpec, as_moments: Build
) -> None:
    population = ecsi_population()
    _, sigma = population_moments(ecsi, population)
    fit = CbSemEstimator().fit(ecsi, as_moments(ecsi.indicators, sigma, 1000))
    assert fit.converged
    assert fit.chisq == pytest.approx(0, abs=1e-8)
    np.testing.assert_allclose(fit.implied, sigma, rtol=1e-8)
    names = ecsi.construct_names
    for (source, target), value in population.paths.items():
        found = fit.paths[names.index(source), names.index(target)]
        assert found == pytest.approx(value, abs=1e-8)
    at = ecsi.indicators.index("CUSL2")
    assert fit.loadings[at] == pytest.approx(population.loadings["CUSL2"], abs=1e-8)


@settings(max_examples=15, deadline=None)
@given(
    order=st.permutations(range(9)),
    units=st.lists(st.floats(0.01, 100), min_size=9, max_size=9),
)
def test_item_order_and_units_do_not_matter(order: list[int], units: list[float]) -> None:
    spec = parse_model_text(THREE, file="m")
    covariance = _covariance()
    reference = CbSemEstimator().fit(spec, _moments(COLUMNS, covariance))
    scaled = covariance * np.outer(units, units)
    moved = scaled[np.ix_(order, order)]
    fit = CbSemEstimator().fit(spec, _moments(tuple(COLUMNS[i] for i in order), moved))
    assert fit.chisq == pytest.approx(reference.chisq, rel=1e-9)
    assert fit.baseline_chisq == pytest.approx(reference.baseline_chisq, rel=1e-9)
    np.testing.assert_allclose(fit.paths, reference.paths, atol=1e-7)
    np.testing.assert_allclose(fit.loadings, reference.loadings, atol=1e-7)


def _moments(columns: tuple[str, ...], covariance: Array, n: int = 300) -> Moments:
    return Moments(
        columns=columns,
        n=n,
        n_effective=float(n),
        mean=np.zeros(len(columns)),
        covariance=covariance,
    )


def test_the_nearly_singular_survey_converges(ecsi: ModelSpec, mobi: pd.DataFrame) -> None:
    values = mobi.to_numpy(float)
    moments = _moments(tuple(mobi.columns), np.cov(values.T, bias=True), len(values))
    fit = CbSemEstimator().fit(ecsi, moments)
    assert fit.converged
    assert fit.chisq == pytest.approx(575.571282023914, rel=1e-9)
    assert fit.df == 241
    assert np.linalg.eigvalsh(fit.latent_correlation)[0] < 0.01
    assert np.abs(fit.paths).max() > 3
    assert fit.information_condition > 1e6


def test_a_negative_variance_is_reported_never_clipped() -> None:
    # Correlations .9, .9, .4 ask for a loading beyond 1 on the first item.
    r = np.array([[1, 0.9, 0.9], [0.9, 1, 0.4], [0.9, 0.4, 1]])
    r = 0.86 * r + 0.14 * np.eye(3)
    fit = CbSemEstimator().fit(
        parse_model_text("F =~ a + b + c", file="m"), _moments(("a", "b", "c"), r)
    )
    error = next(p for p in fit.parameters if p.lhs == p.rhs == "a")
    assert fit.converged
    assert error.est is not None
    assert error.est < 0
    assert error.se is not None
    batch = CbSemEstimator().fit_batch(fit.spec, fit.moments, np.stack([r, r]), start=fit)
    assert batch.reason.tolist() == ["NEGATIVE_VARIANCE"] * 2


def test_batch_equals_single_fits() -> None:
    spec = parse_model_text(THREE, file="m")
    covariances = np.stack([_covariance(seed) for seed in range(130)])
    estimator = CbSemEstimator()
    start = estimator.fit(spec, _moments(COLUMNS, covariances[0]))
    batch = estimator.fit_batch(spec, start.moments, covariances, start=start)
    assert batch.converged.all()
    assert set(batch.reason.tolist()) == {""}
    for k in (0, 63, 64, 129):
        single = estimator.fit(spec, _moments(COLUMNS, covariances[k]))
        # The batch stops within 1e-4 standard errors of the optimum.
        np.testing.assert_allclose(batch.free_values[k], single.free_values, atol=2e-5)
        assert batch.chisq[k] == pytest.approx(single.chisq, rel=1e-7)
        np.testing.assert_allclose(batch.paths[k], single.paths, atol=2e-5)
        weights = single.factor_score_weights
        np.testing.assert_allclose(batch.factor_score_weights[k], weights, atol=1e-4)


def test_batch_names_why_a_member_failed() -> None:
    spec = parse_model_text(THREE, file="m")
    good = _covariance()
    singular = good.copy()
    singular[1] = singular[0]
    singular[:, 1] = singular[:, 0]
    start = CbSemEstimator().fit(spec, _moments(COLUMNS, good))
    stack = np.stack([singular, good])
    batch = CbSemEstimator().fit_batch(spec, start.moments, stack, start=start)
    assert batch.reason.tolist() == ["SINGULAR_COVARIANCE", ""]
    assert batch.converged.tolist() == [False, True]
    assert np.isnan(batch.paths[0]).all()
    np.testing.assert_allclose(batch.paths[1], start.paths, atol=1e-6)


def test_batch_follows_the_columns_of_the_moments() -> None:
    spec = parse_model_text(THREE, file="m")
    good = _covariance()
    order = [8, 3, 0, 1, 2, 7, 6, 5, 4]
    moments = _moments(tuple(COLUMNS[i] for i in order), good[np.ix_(order, order)])
    start = CbSemEstimator().fit(spec, moments)
    batch = CbSemEstimator().fit_batch(spec, moments, moments.covariance[None], start=None)
    np.testing.assert_allclose(batch.free_values[0], start.free_values, atol=1e-6)


@pytest.mark.parametrize(
    ("text", "columns", "code"),
    [
        (THREE, COLUMNS[:7], "UNKNOWN_MODEL_COLUMN"),
        ("F =~ a + b", COLUMNS, "TOO_MANY_PARAMETERS"),
    ],
)
def test_models_that_cannot_be_fitted(text: str, columns: tuple[str, ...], code: str) -> None:
    moments = _moments(COLUMNS, _covariance()).select(columns)
    with pytest.raises(EstimationError) as caught:
        CbSemEstimator().fit(parse_model_text(text, file="m"), moments)
    assert [d.code for d in caught.value.diagnostics] == [code]


def test_constant_item_is_named() -> None:
    covariance = _covariance()
    covariance[4] = covariance[:, 4] = 0
    with pytest.raises(EstimationError) as caught:
        CbSemEstimator().fit(parse_model_text(THREE, file="m"), _moments(COLUMNS, covariance))
    (problem,) = caught.value.diagnostics
    assert problem.code == "COVARIANCE_NOT_PD"
    assert problem.where.items == ("e",)


def test_no_convergence_names_the_parameters_that_moved() -> None:
    fit = CbSemEstimator(max_iterations=2).fit(
        parse_model_text(THREE, file="m"), _moments(COLUMNS, _covariance())
    )
    assert not fit.converged
    (problem,) = fit.diagnostics
    assert problem.code == "NOT_CONVERGED"
    assert problem.where.parameters
    assert float(str(problem.parameters["criterion"])) == pytest.approx(fit.criterion, rel=0.1)


def test_an_unidentified_model_has_no_standard_errors() -> None:
    text = "F =~ NA*a + b + c + d\nG =~ e + f + g"
    fit = CbSemEstimator().fit(
        parse_model_text(text, file="m"), _moments(COLUMNS[:7], _covariance()[:7, :7])
    )
    assert all(p.se is None for p in fit.parameters if p.free)
    (problem,) = [d for d in fit.diagnostics if d.code == "INFORMATION_SINGULAR"]
    assert set(problem.where.parameters) >= {"F =~ a", "F ~~ F"}


def test_defined_parameters_follow_the_delta_method() -> None:
    text = THREE.replace("G ~ F", "G ~ p*F").replace("F + G", "q*F + r*G")
    text += "\nindirect := p*r\ntotal := q + p*r\nodd := -exp(p)/2 + sqrt(abs(r))^2"
    fit = CbSemEstimator().fit(
        parse_model_text(text, file="m"), _moments(COLUMNS, _covariance())
    )
    by_label = {p.label: p for p in fit.parameters if p.label}
    p, r = by_label["p"], by_label["r"]
    assert p.est is not None
    assert r.est is not None
    block = fit.free_covariance[np.ix_([p.free - 1, r.free - 1], [p.free - 1, r.free - 1])]
    slope = np.array([r.est, p.est])
    assert by_label["indirect"].est == pytest.approx(p.est * r.est)
    assert by_label["indirect"].se == pytest.approx(float(np.sqrt(slope @ block @ slope)))
    assert by_label["odd"].est == pytest.approx(-np.exp(p.est) / 2 + abs(r.est))
    assert by_label["indirect"].group == 0


def test_weights_change_estimates_and_are_said_to_leave_the_errors() -> None:
    moments = dataclasses.replace(_moments(COLUMNS, _covariance()), weighted=True)
    fit = CbSemEstimator().fit(parse_model_text(THREE, file="m"), moments)
    (problem,) = fit.diagnostics
    assert problem.code == "ML_WITH_WEIGHTS"
    assert problem.severity is Severity.WARNING
    assert problem.parameters["n"] == 300


def test_an_inequality_that_binds_is_held_and_named() -> None:
    moments = _moments(COLUMNS, _covariance())
    plain = CbSemEstimator().fit(parse_model_text(THREE, file="m"), moments)
    text = THREE.replace("G ~ F", "G ~ p*F")
    estimate = next(r.est for r in plain.parameters if (r.lhs, r.op, r.rhs) == ("G", "~", "F"))
    assert estimate is not None
    limit = round(estimate - 0.1, 3)
    spec = parse_model_text(f"{text}\np < {limit}", file="m")
    fit = CbSemEstimator().fit(spec, moments)
    row = next(r for r in fit.parameters if r.label == "p")
    assert row.est == pytest.approx(limit, abs=1e-9)
    assert fit.chisq > plain.chisq
    # A limit the data do not reach changes nothing, and it costs no degree of freedom.
    loose = CbSemEstimator().fit(parse_model_text(f"{text}\np > 0", file="m"), moments)
    assert loose.chisq == pytest.approx(plain.chisq, rel=1e-10)
    assert (fit.df, loose.df) == (plain.df, plain.df)
    (told,) = fit.diagnostics
    assert (told.code, told.where.parameters) == ("CONSTRAINT_ACTIVE", ("G ~ F",))
    assert loose.diagnostics == ()
    # Held with equality: the same as the equation.
    equal = CbSemEstimator().fit(parse_model_text(f"{text}\np == {limit}", file="m"), moments)
    assert fit.chisq == pytest.approx(equal.chisq, rel=1e-10)


def test_a_constraint_held_too_early_is_let_go() -> None:
    """Two limits, of which only one binds at the optimum."""
    text = "F =~ 1*a + p*b + q*c\nG =~ d + e + f\nH =~ g + h + i"
    moments = _moments(COLUMNS, _covariance())
    plain = CbSemEstimator().fit(parse_model_text(text, file="m"), moments)
    found = {r.label: r.est for r in plain.parameters if r.label}
    p, q = found["p"] or 0.0, found["q"] or 0.0
    spec = parse_model_text(f"{text}\np > {p + 0.3}\nq > {q + 0.001}", file="m")
    fit = CbSemEstimator().fit(spec, moments)
    own = {r.label: r.est for r in fit.parameters if r.label}
    assert own["p"] == pytest.approx(p + 0.3, abs=1e-8)
    assert (own["q"] or 0.0) >= q + 0.001 - 1e-8


def test_bounds_keep_variances_from_going_negative() -> None:
    r = np.array([[1, 0.9, 0.9], [0.9, 1, 0.4], [0.9, 0.4, 1]])
    r = 0.86 * r + 0.14 * np.eye(3)
    spec = parse_model_text("F =~ a + b + c", file="m")
    fit = CbSemEstimator(bounds=True).fit(spec, _moments(("a", "b", "c"), r))
    error = next(p for p in fit.parameters if p.lhs == p.rhs == "a")
    assert error.est == pytest.approx(0.0, abs=1e-9)
    (told,) = [d for d in fit.diagnostics if d.code == "CONSTRAINT_ACTIVE"]
    assert told.where.parameters == ("a ~~ a",)


def test_a_batch_of_groups_of_means_moves_with_the_means() -> None:
    spec = parse_model_text("i =~ 1*a + 1*b + 1*c + 1*d\ns =~ 0*a + 1*b + 2*c + 3*d", file="m")
    columns = ("a", "b", "c", "d")
    moments = dataclasses.replace(
        _moments(columns, _covariance()[:4, :4] + np.eye(4)), mean=np.array([1.0, 2, 3, 4.5])
    )
    estimator = CbSemEstimator(kind="growth")
    fit = estimator.fit(spec, moments)
    shifted = moments.mean + np.arange(4) * 0.5
    batch = estimator.fit_batch(
        spec,
        moments,
        np.stack([moments.covariance] * 2),
        start=fit,
        mean=np.stack([moments.mean, shifted]),
    )
    number = {(r.lhs, r.op): r.free - 1 for r in fit.parameters if r.op == "~1"}
    slopes = batch.free_values[:, number[("s", "~1")]]
    assert slopes[1] - slopes[0] == pytest.approx(0.5, abs=1e-4)


CRAWLING = """
Image =~ IMAG1 + IMAG2 + IMAG3 + IMAG4 + IMAG5
Expectation =~ CUEX1 + CUEX2 + CUEX3
Loyalty =~ CUSL1 + CUSL2 + CUSL3
Value =~ PERV1 + PERV2
Complaints =~ CUSCO
CUEX3 ~~ PERQ1
CUEX3 ~~ PERQ2
CUEX2 ~~ IMAG1
"""


def test_newton_steps_finish_what_scoring_does_not(mobi: pd.DataFrame) -> None:
    """Gross misfit (SRMR .17): scoring stands still 0.03 above the optimum."""
    moments = _moments(
        tuple(mobi.columns), np.cov(mobi.to_numpy(float).T, bias=True), len(mobi)
    )
    fit = CbSemEstimator(std_lv=True).fit(parse_model_text(CRAWLING, file="m"), moments)
    assert fit.converged
    assert fit.iterations > 200
    assert fit.criterion < 1e-9
    # Published: lavaan 0.6-21 behind seminr.
    assert fit.chisq == pytest.approx(453.320309550, abs=1e-7)


def test_bounds_hold_in_every_member_of_a_batch() -> None:
    """A resample that would go below zero stops there, as the fit itself does."""
    r = np.array([[1, 0.9, 0.9], [0.9, 1, 0.4], [0.9, 0.4, 1]])
    broken = 0.86 * r + 0.14 * np.eye(3)
    sound = np.array([[1, 0.5, 0.4], [0.5, 1, 0.3], [0.4, 0.3, 1]])
    spec = parse_model_text("F =~ a + b + c", file="m")
    estimator = CbSemEstimator(bounds=True)
    fit = estimator.fit(spec, _moments(("a", "b", "c"), broken))
    batch = estimator.fit_batch(spec, fit.moments, np.stack([broken, sound]), start=fit)
    at = next(p.free - 1 for p in fit.parameters if p.lhs == p.rhs == "a")
    assert batch.reason.tolist() == ["", ""]
    assert batch.free_values[0, at] == pytest.approx(0.0, abs=1e-8)
    assert batch.chisq[0] == pytest.approx(fit.chisq, rel=1e-6)
    single = estimator.fit(spec, _moments(("a", "b", "c"), sound))
    np.testing.assert_allclose(batch.free_values[1], single.free_values, atol=1e-5)
