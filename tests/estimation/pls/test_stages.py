"""Products and higher-order constructs: resamples as refits, closed forms, refusals."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from survey_engine.errors import EstimationError
from survey_engine.estimation.fit_result import PlsFit
from survey_engine.estimation.pls.estimator import PlsEstimator
from survey_engine.estimation.pls.made_columns import moments_with_products
from survey_engine.estimation.pls.stages import HIGHER_ORDER, INTERACTIONS, staged_model
from survey_engine.numerics.moments import Array, ArrayRows, Moments
from survey_engine.spec.model import ModelSpec
from survey_engine.spec.parse import parse_model

MEASURED = """
Image =~ IMAG1 + IMAG2 + IMAG3
Expectation =~ CUEX1 + CUEX2 + CUEX3
Satisfaction =~ CUSA1 + CUSA2 + CUSA3
"""
MODERATED = MEASURED + "Satisfaction ~ Image + Expectation + Image:Expectation"
CURVED = MEASURED + "Satisfaction ~ Image + Expectation + Image:Image"
HIGHER = """
Image =~ IMAG1 + IMAG2 + IMAG3
Quality =~ PERQ1 + PERQ2 + PERQ3
Value =~ PERV1 + PERV2
Perception {op} Quality + Value
Satisfaction =~ CUSA1 + CUSA2 + CUSA3
Perception ~ Image
Satisfaction ~ Perception + Image
"""


def model(text: str) -> ModelSpec:
    return parse_model(text, file="model.txt")


def rows_of(spec: ModelSpec, mobi: pd.DataFrame, estimator: PlsEstimator) -> Array:
    staged = estimator.staged(spec)
    assert staged is not None
    return mobi[list(staged.items)].to_numpy(dtype=float)


def moments_of(
    spec: ModelSpec, values: Array, estimator: PlsEstimator, weights: Array | None = None
) -> tuple[Moments, Array]:
    """Moments with products, and their origin."""
    staged = estimator.staged(spec)
    assert staged is not None
    plain = Moments(
        columns=staged.items,
        n=len(values),
        n_effective=float(len(values)),
        mean=np.average(values, axis=0, weights=weights),
        covariance=np.cov(values.T, bias=True, aweights=weights),
    )
    source = ArrayRows(columns=staged.items, values=values, weights=weights)
    rows, extended = moments_with_products(source, plain, staged.items, staged.pairs)
    return extended, rows.origin


def fit(text: str, mobi: pd.DataFrame, **options: object) -> PlsFit:
    spec, estimator = model(text), PlsEstimator(**options)  # type: ignore[arg-type]
    return estimator.fit(spec, moments_of(spec, rows_of(spec, mobi, estimator), estimator)[0])


CASES = [
    *((MODERATED, {"interaction": method}) for method in INTERACTIONS),
    (CURVED, {}),
    *((HIGHER.format(op="=~"), {"higher_order": method}) for method in HIGHER_ORDER),
    (HIGHER.format(op="<~"), {}),
]


@pytest.mark.parametrize(("text", "options"), CASES)
@pytest.mark.parametrize("metric", ["raw", "standardised"])
def test_a_resample_is_a_refit_of_its_rows(
    text: str, options: dict, metric: str, mobi: pd.DataFrame
) -> None:
    """Products about the sample's mean must serve resamples with means of their own."""
    spec = model(text)
    estimator = PlsEstimator(metric=metric, batch_tolerance=1e-12, **options)
    values = rows_of(spec, mobi, estimator)
    whole, origin = moments_of(spec, values, estimator)
    picked = np.random.default_rng(3).integers(0, 250, size=(3, 250))
    staged = estimator.staged(spec)
    assert staged is not None
    means, covariances, refits = [], [], []
    for rows in picked:
        refits.append(estimator.fit(spec, moments_of(spec, values[rows], estimator)[0]))
        centred = values[rows] - origin
        products = (
            np.stack([centred[:, i] * centred[:, k] for i, k in staged.pairs], 1)
            if (staged.pairs)
            else np.empty((250, 0))
        )
        both = np.hstack([values[rows], products])
        means.append(both.mean(axis=0))
        covariances.append(np.cov(both.T, bias=True))
    batch = estimator.fit_batch(
        spec, np.stack(covariances), n=250, mean=np.stack(means), origin=origin
    )
    assert whole.columns == staged.columns
    for b, refit in enumerate(refits):
        np.testing.assert_allclose(batch.paths[b], refit.paths, atol=1e-8)
        np.testing.assert_allclose(batch.weights[b], refit.weights, atol=1e-8)
        np.testing.assert_allclose(batch.product_deviation[b], refit.product_deviation)


def test_a_square_is_the_square_of_the_score(mobi: pd.DataFrame) -> None:
    found = fit(CURVED, mobi)
    first = found.first_stage
    assert first is not None
    items = mobi[list(first.spec.indicators)].to_numpy(dtype=float)
    z = (items - items.mean(axis=0)) / items.std(axis=0, ddof=1)
    score = z[:, :3] @ first.weights[:3]
    assert found.product_deviation[0] == pytest.approx((score**2).std(ddof=1))
    # The last run once more by hand, from its scores.
    last = z @ (found.weights[:9, None] * np.kron(np.eye(3), np.ones((3, 1))))
    square = (score**2 - (score**2).mean()) / (score**2).std(ddof=1)
    design = np.column_stack([last[:, 0], last[:, 1], square])
    expected = np.linalg.lstsq(design, last[:, 2])[0]
    names = found.spec.construct_names
    at = [names.index(n) for n in ("Image", "Expectation", "Image:Image")]
    target = names.index("Satisfaction")
    np.testing.assert_allclose(found.paths[at, target], expected, atol=1e-9)


def test_weights_of_cases_enter_products(mobi: pd.DataFrame) -> None:
    """A weight of 2 is a row twice."""
    spec, estimator = model(MODERATED), PlsEstimator()
    values = rows_of(spec, mobi, estimator)
    weights = np.where(np.arange(250) < 50, 2.0, 1.0)
    weighted, _ = moments_of(spec, values, estimator, weights * 250 / weights.sum())
    twice, _ = moments_of(spec, np.vstack([values, values[:50]]), estimator)
    ours, theirs = estimator.fit(spec, weighted), estimator.fit(spec, twice)
    np.testing.assert_allclose(ours.paths, theirs.paths, atol=1e-10)


def test_scores_of_lower_constructs_keep_the_scale_of_their_items(mobi: pd.DataFrame) -> None:
    found = fit(HIGHER.format(op="=~"), mobi, metric="raw")
    at = found.spec.indicators.index("Value")
    low, high = sorted(mobi[["PERV1", "PERV2"]].mean())
    assert low < found.moments.mean[at] < high


def test_repeated_indicators_are_the_items_of_all_parts(mobi: pd.DataFrame) -> None:
    found = fit(HIGHER.format(op="=~"), mobi, higher_order="repeated")
    own = found.spec.construct_named("Perception").indicators
    assert own == tuple(
        f"{item}@Perception" for item in ("PERQ1", "PERQ2", "PERQ3", "PERV1", "PERV2")
    )
    arrows = {(path.source, path.target) for path in found.spec.paths}
    assert ("Perception", "Quality") in arrows
    formed = fit(HIGHER.format(op="<~"), mobi, higher_order="repeated")
    assert ("Quality", "Perception") in {(p.source, p.target) for p in formed.spec.paths}


@pytest.mark.parametrize(
    ("text", "code", "named"),
    [
        (
            HIGHER.format(op="=~") + "Satisfaction ~ Perception:Image",
            "PLS_INTERACTION",
            "Perception:Image",
        ),
        (HIGHER.format(op="=~") + "Satisfaction ~ Quality", "PLS_HIGHER_ORDER", "Perception"),
        (HIGHER.format(op="=~ CUSCO +"), "PLS_HIGHER_ORDER", "Perception"),
    ],
)
def test_what_cannot_be_staged_is_named(text: str, code: str, named: str) -> None:
    with pytest.raises(EstimationError) as refused:
        staged_model(model(text))
    (found,) = refused.value.diagnostics
    assert found.code == code
    assert named in (*found.where.parameters, *found.where.constructs)


def test_consistent_pls_refuses_and_a_lonely_product_warns(mobi: pd.DataFrame) -> None:
    with pytest.raises(EstimationError, match="PLS_STAGES_NOT_CONSISTENT"):
        fit(MODERATED, mobi, consistent=True)
    lonely = MEASURED + "Satisfaction ~ Image + Image:Expectation\nExpectation ~ Image"
    codes = [one.code for one in fit(lonely, mobi).diagnostics]
    assert "PRODUCT_WITHOUT_PART" in codes
    assert "PRODUCT_WITHOUT_PART" not in [one.code for one in fit(MODERATED, mobi).diagnostics]


def test_a_mode_of_no_construct_is_refused(mobi: pd.DataFrame) -> None:
    with pytest.raises(EstimationError, match="MODE_UNKNOWN"):
        fit(MODERATED, mobi, modes={"Imagee": "B"})


def test_a_plain_model_is_one_run() -> None:
    assert staged_model(model(MEASURED + "Satisfaction ~ Image + Expectation")) is None
