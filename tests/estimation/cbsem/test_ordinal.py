"""Models with ordered variables: rows, derivatives, equivalences, what is refused."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose

from survey_engine.errors import EstimationError
from survey_engine.estimation.cbsem.choices import Choices
from survey_engine.estimation.cbsem.estimator import CbSemEstimator
from survey_engine.estimation.cbsem.solution import solution_of
from survey_engine.estimation.fit_result import CbSemFit
from survey_engine.estimation.parameter_table import ParameterTable, parameter_table
from survey_engine.numerics.ordinal_layout import OrdinalLayout, in_column_order
from survey_engine.numerics.ordinal_moments import OrdinalMoments
from survey_engine.numerics.ordinal_statistics import ordinal_statistics
from survey_engine.spec.parse import parse_model_text

CFA = "F =~ a + b + c\nG =~ d + e + f"
NAMES = tuple("abcdef")


def moments(
    seed: int = 1, *, measured: tuple[str, ...] = (), n: int = 800, group: str | None = None
) -> OrdinalMoments:
    rng = np.random.default_rng(seed)
    f = rng.standard_normal(n)
    g = 0.5 * f + 0.8 * rng.standard_normal(n)
    response = 0.8 * np.stack([f, f, f, g, g, g], axis=1) + 0.6 * rng.standard_normal((n, 6))
    ordered = [j for j, name in enumerate(NAMES) if name not in measured]
    others = [j for j, name in enumerate(NAMES) if name in measured]
    codes = np.searchsorted([-1.0, 0.1, 0.9], response[:, ordered]).astype(np.int8)
    categories = tuple(() if name in measured else (1.0, 2.0, 3.0, 4.0) for name in NAMES)
    found = ordinal_statistics(codes, 3 + 2 * response[:, others], size=4)
    layout = OrdinalLayout(names=NAMES, categories=categories)
    return replace(in_column_order(found, layout, n, float(n)), group=group)


def table_of(text: str, **choices: object) -> ParameterTable:
    levels = tuple((name, 3) for name in NAMES)
    options = Choices(ordered=levels, **choices)  # type: ignore[arg-type]
    return parameter_table(parse_model_text(text, file="m"), options)


def fit(text: str, given: object, **options: object) -> CbSemFit:
    estimator = CbSemEstimator(method="wlsmv", **options)  # type: ignore[arg-type]
    return estimator.fit(parse_model_text(text, file="m"), given)  # type: ignore[arg-type]


def values_of(found: CbSemFit, op: str) -> dict[str, float]:
    return {f"{r.lhs}{op}{r.rhs}": r.est for r in found.parameters if r.op == op and r.est}


def test_rows_stand_in_the_order_of_the_field() -> None:
    table = table_of(CFA)
    ops = [entry.op for entry in table.rows]
    assert ops == ["=~"] * 6 + ["|"] * 12 + ["~~"] * 9 + ["~*~"] * 6 + ["~1"] * 8
    assert table.df == 12 + 15 - table.npar == 8
    free = {entry.text for entry in table.rows if entry.free}
    assert free >= {"a | t1", "f | t2", "F ~~ G", "F ~~ F"}
    assert not {"a ~~ a", "a ~*~ a", "a ~1"} & free


@pytest.mark.parametrize(
    ("equal", "later"),
    [
        ((), set()),
        (("loadings",), set()),
        (("thresholds",), {"a ~*~ a", "a ~1"}),
        (("thresholds", "loadings"), {"a ~*~ a", "a ~1"}),
        (("thresholds", "loadings", "intercepts"), {"a ~*~ a", "F ~1"}),
    ],
)
def test_equal_thresholds_free_scales_and_locations_of_later_groups(
    equal: tuple[str, ...], later: set[str]
) -> None:
    table = table_of(CFA, groups=("x", "y"), group_equal=equal)
    watched = {"a ~*~ a", "a ~1", "F ~1", "a ~~ a"}
    free = {e.text for e in table.entries if e.group == 2 and e.free}
    assert free & watched == later
    theta = table_of(CFA, groups=("x", "y"), group_equal=equal, parameterization="theta")
    free = {e.text for e in theta.entries if e.group == 2 and e.free}
    assert free & watched == {one.replace("~*~", "~~") for one in later}
    assert theta.df == table.df


def test_one_threshold_alone_identifies_no_scale() -> None:
    spec = parse_model_text(CFA, file="m")
    levels = tuple((name, 2) for name in NAMES)
    table = parameter_table(
        spec, Choices(ordered=levels, groups=("x", "y"), group_equal=("thresholds",))
    )
    assert not [e for e in table.entries if e.op == "~*~" and e.free]


@pytest.mark.parametrize("text", ["F =~ a + b + c\na | t4", "F =~ a + b + c\nF | t1"])
def test_a_threshold_the_variable_does_not_have_is_refused(text: str) -> None:
    with pytest.raises(EstimationError) as caught:
        table_of(text)
    (told,) = caught.value.diagnostics
    assert told.code == "THRESHOLD_UNKNOWN"
    assert told.parameters["what"] == text.splitlines()[1]
    assert told.where.line == 2


def test_likelihood_estimators_refuse_ordered_variables() -> None:
    with pytest.raises(EstimationError) as caught:
        CbSemEstimator().fit(parse_model_text(CFA, file="m"), moments())
    assert caught.value.diagnostics[0].code == "ORDINAL_ESTIMATOR"


@pytest.mark.parametrize("parameterization", ["delta", "theta"])
@pytest.mark.parametrize(
    ("text", "measured"),
    [
        (CFA, ()),
        (CFA, ("b", "f")),
        ("F =~ a + b + c\nd ~ F\ne ~ d + F", ()),
        ("F =~ a + b + c\nH =~ 1*d\nH ~ F\ne ~ H + f", ("f",)),
    ],
)
def test_derivatives_are_those_of_differences(
    parameterization: str, text: str, measured: tuple[str, ...]
) -> None:
    given = tuple(moments(s, measured=measured, group=g) for s, g in ((1, "x"), (2, "y")))
    found = fit(
        text,
        given,
        parameterization=parameterization,
        group_equal=("thresholds", "loadings"),
    )
    assert found.converged
    solution = solution_of(found)
    evaluate, structure = solution.method.discrepancy.evaluate, solution.structure

    def value(x: np.ndarray) -> np.ndarray:
        at = evaluate(structure, x, solution.data)
        return solution.statistics.value(structure, at.values, at.parts)

    x = solution.x * 1.1
    at = evaluate(structure, x, solution.data)
    delta = solution.statistics.jacobian(structure, at.values, at.parts) @ structure.design
    steps = 1e-6 * np.eye(len(x))
    numeric = np.stack([(value(x + s) - value(x - s)) / 2e-6 for s in steps], axis=-1)
    assert_allclose(delta, numeric, atol=2e-9)


@pytest.mark.parametrize("measured", [(), ("b", "f")])
def test_delta_and_theta_are_one_model(measured: tuple[str, ...]) -> None:
    given = moments(measured=measured)
    delta = fit(CFA, given)
    theta = fit(CFA, given, parameterization="theta")
    assert delta.chisq == pytest.approx(theta.chisq, rel=1e-9)
    assert (delta.npar, delta.df) == (theta.npar, theta.df)
    assert_allclose(delta.loadings, theta.loadings, atol=1e-7)
    for one, other in zip(delta.parameters, theta.parameters, strict=True):
        if one.op in ("=~", "|") and one.std_all is not None:
            assert one.std_all == pytest.approx(other.std_all, abs=1e-7), one


def test_an_ordered_outcome_has_unit_variance_under_delta() -> None:
    found = fit("F =~ a + b + c\nd ~ F\ne ~ d + F", moments())
    assert_allclose(np.diag(found.implied), 1.0, atol=1e-12)
    rows = {r.lhs + r.op + r.rhs: r for r in found.parameters}
    assert rows["d~~d"].se == 0.0
    assert rows["d~~d"].est == pytest.approx(1 - rows["d~F"].std_all ** 2, abs=1e-9)


def test_a_single_ordered_item_is_its_construct() -> None:
    alone = fit("F =~ a + b + c\nH =~ d\nH ~ F", moments())
    direct = fit("F =~ a + b + c\nd ~ F", moments())
    assert alone.chisq == pytest.approx(direct.chisq, rel=1e-9)
    assert values_of(alone, "~")["H~F"] == pytest.approx(values_of(direct, "~")["d~F"])


def test_population_correlations_give_back_the_loadings() -> None:
    given = moments()
    loading, phi = np.array([0.9, 0.8, 0.7, 0.85, 0.75, 0.65]), 0.4
    common = np.kron(np.array([[1, phi], [phi, 1]]), np.ones((3, 3)))
    sigma = np.outer(loading, loading) * common
    np.fill_diagonal(sigma, 1.0)
    found = fit(CFA, replace(given, correlation=sigma), std_lv=True)
    assert found.chisq == pytest.approx(0.0, abs=1e-9)
    assert_allclose(found.loadings, loading, atol=1e-7)
    assert values_of(found, "~~")["F~~G"] == pytest.approx(phi, abs=1e-7)
    assert values_of(found, "|")["a|t1"] == pytest.approx(given.thresholds[0, 0], abs=1e-9)


def test_columns_may_come_in_any_order() -> None:
    given = moments(measured=("b", "f"))
    turned = given.select(tuple(reversed(NAMES)))
    assert fit(CFA, given).chisq == pytest.approx(fit(CFA, turned).chisq, rel=1e-9)
    assert given.gamma is not None
    again = turned.select(NAMES)
    assert again.gamma is not None
    assert_allclose(again.gamma, given.gamma)
    assert_allclose(again.statistics, given.statistics)
