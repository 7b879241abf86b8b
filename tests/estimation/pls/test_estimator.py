"""What a PLS fit promises whatever the data, and numbers a stranger can check."""

from __future__ import annotations

import pickle
from dataclasses import replace

import numpy as np
import pytest

from survey_engine.errors import EstimationError, Severity
from survey_engine.estimation.fit_result import PlsFit
from survey_engine.estimation.pls.estimator import PlsEstimator, starting_weights
from survey_engine.numerics.moments import Moments
from survey_engine.spec.model import Construct, ModelSpec, Path, Statement


def moments_of(covariance: np.ndarray, columns: tuple[str, ...], n: int = 500) -> Moments:
    mean = np.zeros(len(columns))
    return Moments(columns=columns, n=n, n_effective=float(n), mean=mean, covariance=covariance)


def arrows(*pairs: tuple[str, str]) -> tuple[Path, ...]:
    return tuple(Path.model_validate({"from": a, "to": b}) for a, b in pairs)


def index_of_satisfaction(fit: PlsFit) -> float:
    at = [fit.moments.columns.index(item) for item in ("CUSA1", "CUSA2", "CUSA3")]
    weights = fit.weights[at] / fit.weights[at].sum()
    return float(100 / 9 * (weights @ (fit.moments.mean[at] - 1)))


@pytest.mark.parametrize(
    ("scheme", "index"), [("centroid", 71.248), ("path", 71.169), ("factorial", 71.242)]
)
def test_index_by_the_raw_route(
    scheme: str, index: float, ecsi: ModelSpec, ecsi_moments: Moments
) -> None:
    fit = PlsEstimator(metric="raw", scheme=scheme).fit(ecsi, ecsi_moments)
    assert index_of_satisfaction(fit) == pytest.approx(index, abs=5e-4)


def test_mobi_paths_a_stranger_can_check(ecsi: ModelSpec, ecsi_moments: Moments) -> None:
    # seminr 2.3.4, plspm 0.4.9 and cSEM 0.6.1 agree on these to 1e-13.
    fit = PlsEstimator().fit(ecsi, ecsi_moments)
    at = ecsi.construct_names.index
    path = fit.paths[at("Image"), at("Expectation")]
    assert path == pytest.approx(0.504913933625117, abs=1e-12)
    assert fit.r2[at("Satisfaction")] == pytest.approx(0.681078291389156, abs=1e-12)
    assert np.isnan(fit.r2[at("Image")])
    total = fit.total_effects[at("Image"), at("Loyalty")]
    assert total == pytest.approx(0.398732384195224, abs=1e-12)
    assert fit.converged
    assert fit.criterion < 1e-12
    assert np.isnan(fit.rho_a[at("Complaints")])


@pytest.mark.parametrize("metric", ["raw", "standardised"])
@pytest.mark.parametrize("mode", ["A", "B"])
def test_scores_have_variance_one(
    metric: str, mode: str, ecsi: ModelSpec, ecsi_moments: Moments
) -> None:
    modes = dict.fromkeys(ecsi.construct_names, mode)
    fit = PlsEstimator(metric=metric, modes=modes).fit(ecsi, ecsi_moments)
    matrix = ecsi_moments.covariance_unbiased if metric == "raw" else ecsi_moments.correlation
    first = 0
    for construct in ecsi.constructs:
        members = slice(first, first + len(construct.indicators))
        first = members.stop
        weights = fit.weights[members]
        assert weights @ matrix[members, members] @ weights == pytest.approx(1.0, abs=1e-12)


def test_total_effects_are_the_series_of_paths(ecsi: ModelSpec, ecsi_moments: Moments) -> None:
    fit = PlsEstimator().fit(ecsi, ecsi_moments)
    identity = np.eye(7)
    expected = np.linalg.inv(identity - fit.paths) - identity
    np.testing.assert_allclose(fit.total_effects, expected, atol=1e-14)


def test_units_of_items_do_not_touch_the_standardised_metric(
    ecsi: ModelSpec, ecsi_moments: Moments
) -> None:
    units = np.linspace(0.01, 300.0, 24)
    scaled = replace(
        ecsi_moments, covariance=ecsi_moments.covariance * units[:, None] * units[None, :]
    )
    plain, other = (PlsEstimator().fit(ecsi, m) for m in (ecsi_moments, scaled))
    np.testing.assert_allclose(other.weights, plain.weights, atol=1e-11)
    np.testing.assert_allclose(other.paths, plain.paths, atol=1e-11)


def test_raw_equals_standardised_for_items_of_equal_spread(
    ecsi: ModelSpec, ecsi_moments: Moments
) -> None:
    equal = replace(ecsi_moments, covariance=4.0 * ecsi_moments.correlation)
    raw = PlsEstimator(metric="raw").fit(ecsi, equal)
    standardised = PlsEstimator().fit(ecsi, equal)
    np.testing.assert_allclose(raw.paths, standardised.paths, atol=1e-11)
    spread = np.sqrt(4.0 * 250 / 249)
    np.testing.assert_allclose(raw.weights * spread, standardised.weights, atol=1e-11)


def test_columns_are_found_by_name(ecsi: ModelSpec, ecsi_moments: Moments) -> None:
    shuffled = ecsi_moments.select(tuple(reversed(ecsi_moments.columns)))
    expected = PlsEstimator().fit(ecsi, ecsi_moments)
    np.testing.assert_array_equal(PlsEstimator().fit(ecsi, shuffled).weights, expected.weights)


@pytest.mark.parametrize("options", [{}, {"metric": "raw"}, {"consistent": True}])
def test_a_batch_repeats_the_point_estimate(
    options: dict, ecsi: ModelSpec, ecsi_moments: Moments
) -> None:
    estimator = PlsEstimator(batch_tolerance=1e-12, **options)
    fit = estimator.fit(ecsi, ecsi_moments)
    many = np.repeat(ecsi_moments.covariance[None], 3, axis=0)
    batch = estimator.fit_batch(ecsi, many, n=250, start=starting_weights(fit))
    for name in ("weights", "loadings", "cross_loadings", "paths", "total_effects", "r2"):
        expected = np.broadcast_to(getattr(fit, name), getattr(batch, name).shape)
        np.testing.assert_allclose(getattr(batch, name), expected, atol=1e-10, err_msg=name)
    np.testing.assert_allclose(
        batch.construct_correlations[2], fit.construct_correlations, atol=1e-10
    )
    assert (batch.reason == 0).all()


def test_failed_members_of_a_batch_carry_their_reason(
    ecsi: ModelSpec, ecsi_moments: Moments
) -> None:
    good = ecsi_moments.covariance
    constant = good.copy()
    constant[3] = constant[:, 3] = 0.0
    doubled = good.copy()  # IMAG2 becomes a copy of IMAG1
    doubled[1], doubled[:, 1] = good[0], good[:, 0]
    doubled[1, 1] = good[0, 0]
    estimator = PlsEstimator(modes={"Image": "B"})
    batch = estimator.fit_batch(ecsi, np.stack([good, constant, doubled, good]), n=250)
    names = [("usable", *batch.reasons)[code] for code in batch.reason]
    assert names == ["usable", "zero_variance", "singular", "usable"]
    np.testing.assert_array_equal(batch.paths[0], batch.paths[3])
    short = replace(estimator, max_iterations=1).fit_batch(ecsi, good[None], n=250)
    assert short.reasons[short.reason[0] - 1] == "not_converged"


def population() -> tuple[ModelSpec, np.ndarray, np.ndarray, np.ndarray]:
    """A factor model with known loadings, paths and, for its constructs, correlations."""
    spec = ModelSpec(
        id="population",
        constructs=tuple(
            Construct(name=name, indicators=tuple(f"{name}{j}" for j in range(3)))
            for name in ("x", "m", "y")
        ),
        paths=arrows(("x", "m"), ("x", "y"), ("m", "y")),
    )
    loadings = np.array([0.9, 0.8, 0.7, 0.6, 0.75, 0.85, 0.7, 0.8, 0.65])
    paths = np.zeros((3, 3))
    paths[0, 1], paths[0, 2], paths[1, 2] = 0.5, 0.3, 0.4
    factors = np.array([[1.0, 0.5, 0.5], [0.5, 1.0, 0.55], [0.5, 0.55, 1.0]])
    covariance = loadings[:, None] * np.kron(factors, np.ones((3, 3))) * loadings[None, :]
    np.fill_diagonal(covariance, 1.0)
    return spec, covariance, loadings, paths


@pytest.mark.parametrize("metric", ["raw", "standardised"])
@pytest.mark.parametrize("scheme", ["path", "centroid", "factorial"])
def test_plsc_recovers_a_factor_model_from_its_population(metric: str, scheme: str) -> None:
    spec, covariance, loadings, paths = population()
    units = np.linspace(0.5, 3.0, 9)
    scaled = covariance * units[:, None] * units[None, :]
    estimator = PlsEstimator(metric=metric, scheme=scheme, consistent=True)
    fit = estimator.fit(spec, moments_of(scaled, spec.indicators))
    np.testing.assert_allclose(fit.loadings, loadings, atol=1e-10)
    np.testing.assert_allclose(fit.paths, paths, atol=1e-10)
    assert fit.estimator == "plsc"
    assert fit.diagnostics == ()


def test_impossible_corrections_are_named() -> None:
    # Within blocks .3 (reliability about .46), between them .45: the factors correlate
    # beyond 1.
    spec = ModelSpec(
        id="m",
        constructs=(
            Construct(name="x", indicators=("x1", "x2")),
            Construct(name="y", indicators=("y1", "y2")),
        ),
        paths=arrows(("x", "y")),
    )
    covariance = np.full((4, 4), 0.45)
    covariance[:2, :2] = covariance[2:, 2:] = 0.3
    np.fill_diagonal(covariance, 1.0)
    estimator = PlsEstimator(consistent=True)
    fit = estimator.fit(spec, moments_of(covariance, spec.indicators))
    (note,) = fit.diagnostics
    assert note.code == "PLSC_INADMISSIBLE"
    assert note.severity is Severity.WARNING
    assert note.where.parameters == ("cor(x, y)", "R2(y)")
    assert fit.construct_correlations[0, 1] == pytest.approx(1.5, abs=1e-9)
    batch = estimator.fit_batch(spec, covariance[None])
    assert batch.reasons[batch.reason[0] - 1] == "inadmissible"


def flipped(moments: Moments, *items: str) -> Moments:
    sign = np.array([-1.0 if item in items else 1.0 for item in moments.columns])
    return replace(moments, covariance=moments.covariance * sign[:, None] * sign[None, :])


def test_a_construct_points_the_way_of_most_of_its_items(
    ecsi: ModelSpec, ecsi_moments: Moments
) -> None:
    plain = PlsEstimator().fit(ecsi, ecsi_moments)
    turned = PlsEstimator().fit(ecsi, flipped(ecsi_moments, "CUSA1"))
    np.testing.assert_allclose(turned.paths, plain.paths, atol=1e-11)
    assert turned.loadings[ecsi.indicators.index("CUSA1")] < 0
    assert [note.code for note in turned.diagnostics] == ["PLS_ATTENUATES"]


def test_half_and_half_is_ambiguous(ecsi: ModelSpec, ecsi_moments: Moments) -> None:
    fit = PlsEstimator().fit(ecsi, flipped(ecsi_moments, "PERV2"))
    (note,) = [n for n in fit.diagnostics if n.code == "SIGN_AMBIGUOUS"]
    assert note.where.constructs == ("Value",)
    # The sum of the loadings decides: PERV2 is the stronger item, PERV1 runs against it.
    assert note.where.items == ("PERV1",)


def test_statements_pls_cannot_use_are_named(ecsi: ModelSpec, ecsi_moments: Moments) -> None:
    statements = (
        Statement(lhs="CUSA1", op="~~", rhs="CUSA2", line=9, column=3),
        Statement(lhs="CUSA1", op="~1", rhs=""),
        Statement(lhs="Image", op="=~", rhs="IMAG1", fixed=(None,)),
        Statement(lhs="Image", op="=~", rhs="IMAG2", fixed=(0.5,)),
    )
    spec = ecsi.model_copy(update={"statements": statements})
    fit = PlsEstimator(consistent=True).fit(spec, ecsi_moments)
    (note,) = [n for n in fit.diagnostics if n.code == "PLS_UNUSED_STATEMENTS"]
    assert note.where.parameters == ("CUSA1 ~~ CUSA2", "CUSA1 ~1", "Image =~ IMAG2")
    assert (note.where.line, note.where.column) == (9, 3)


def test_a_fit_that_does_not_stand_still_says_so(
    ecsi: ModelSpec, ecsi_moments: Moments
) -> None:
    fit = PlsEstimator(max_iterations=2).fit(ecsi, ecsi_moments)
    assert not fit.converged
    note = fit.diagnostics[0]
    assert note.code == "NOT_CONVERGED"
    assert note.parameters["iterations"] == 2
    assert note.parameters["restarts"] == 5
    assert fit.criterion > 1e-12


def test_a_constant_item_is_named(ecsi: ModelSpec, ecsi_moments: Moments) -> None:
    covariance = ecsi_moments.covariance.copy()
    covariance[3] = covariance[:, 3] = 0.0
    with pytest.raises(EstimationError) as caught:
        PlsEstimator().fit(ecsi, replace(ecsi_moments, covariance=covariance))
    (problem,) = caught.value.diagnostics
    assert (problem.code, problem.where.items) == ("ZERO_VARIANCE_ITEM", ("IMAG4",))
    assert problem.severity is Severity.ERROR


def test_collinear_predecessors_are_named() -> None:
    spec = ModelSpec(
        id="m",
        constructs=tuple(Construct(name=n, indicators=(f"{n}1",)) for n in "abc"),
        paths=arrows(("a", "c"), ("b", "c")),
    )
    covariance = np.array([[1.0, 1.0, 0.5], [1.0, 1.0, 0.5], [0.5, 0.5, 1.0]])
    with pytest.raises(EstimationError) as caught:
        PlsEstimator(scheme="factorial").fit(spec, moments_of(covariance, spec.indicators))
    (problem,) = caught.value.diagnostics
    assert (problem.code, problem.where.constructs) == ("SINGULAR_PREDICTORS", ("c",))


def test_missing_columns_are_named(ecsi: ModelSpec, ecsi_moments: Moments) -> None:
    fewer = ecsi_moments.select(ecsi_moments.columns[2:])
    with pytest.raises(EstimationError) as caught:
        PlsEstimator().fit(ecsi, fewer)
    (problem,) = caught.value.diagnostics
    assert (problem.code, problem.where.items) == ("INDICATOR_MISSING", ("IMAG1", "IMAG2"))


@pytest.mark.parametrize("options", [{"metric": "log"}, {"scheme": "horst"}])
def test_unknown_options(options: dict) -> None:
    with pytest.raises(ValueError, match=r"metric must|unknown inner scheme"):
        PlsEstimator(**options)


def test_an_estimator_travels_to_other_processes() -> None:
    estimator = PlsEstimator(modes={"Image": "B"}, metric="raw")
    assert pickle.loads(pickle.dumps(estimator)) == estimator  # noqa: S301 - our own bytes


def test_a_construct_without_any_relation_is_named() -> None:
    spec = ModelSpec(
        id="m",
        constructs=tuple(Construct(name=n, indicators=(f"{n}1",)) for n in "abc"),
        paths=arrows(("a", "b"), ("a", "c")),
    )
    covariance = np.array([[1.0, 0.3, 0.0], [0.3, 1.0, 0.0], [0.0, 0.0, 1.0]])
    with pytest.raises(EstimationError) as caught:
        PlsEstimator().fit(spec, moments_of(covariance, spec.indicators))
    (problem,) = caught.value.diagnostics
    assert (problem.code, problem.where.constructs) == ("UNRELATED_CONSTRUCT", ("c",))
