"""The 0-100 route against the published index, the IPMA reference and its invariants."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from survey_engine.scoring.hundred import (
    ItemRange,
    case_deviation,
    item_performance,
    item_shares,
    latent_deviation,
    performance,
    unstandardise,
    unstandardised_effects,
)

SATISFACTION = ["CUSA1", "CUSA2", "CUSA3"]


@pytest.fixture(scope="module")
def ipma(shared_folder: Path) -> Any:
    text = (shared_folder / "golden" / "mobi_pls_ipma.json").read_text()
    return json.loads(text)["models"]["modeA_path"]


@pytest.fixture(scope="module")
def seminr(shared_folder: Path) -> Any:
    text = (shared_folder / "golden" / "mobi_pls_seminr.json").read_text()
    return json.loads(text)["models"]["modeA_path"]


def one_to_ten(p: int) -> ItemRange:
    return ItemRange(minimum=np.ones(p), maximum=np.full(p, 10.0))


def test_published_index_of_the_raw_route(mobi: pd.DataFrame) -> None:
    mean = mobi[SATISFACTION].mean().to_numpy()
    weights = np.array([0.2424, 0.354, 0.4036])
    value = performance(weights, mean, one_to_ten(3), (3,))
    assert value[0] == pytest.approx(71.248, abs=1e-3)
    shares = item_shares(weights, np.full(3, 9.0), (3,))
    covariance = mobi[SATISFACTION].cov().to_numpy()
    deviation = case_deviation(shares, covariance, np.full(3, 9.0), (3,))
    assert deviation[0] == pytest.approx(15.35, abs=0.01)


def test_converted_standardised_route_agrees_with_the_ipma_reference(
    mobi: pd.DataFrame, seminr: Any, ipma: Any
) -> None:
    table = mobi[seminr["mm_variables"]]
    by_item = np.array(seminr["outer_weights"]["values"])
    sizes = tuple(int(c) for c in (by_item != 0).sum(axis=0))
    sd, span = table.std().to_numpy(), np.full(24, 9.0)
    weights = unstandardise(by_item.sum(axis=1), "standardised", sd)
    ranges = one_to_ten(24)
    got = performance(weights, table.mean().to_numpy(), ranges, sizes)
    np.testing.assert_allclose(got, list(ipma["performance"].values()), atol=1e-9)
    assert got[4] == pytest.approx(72.454, abs=1e-3)
    shares = item_shares(weights, span, sizes)
    loadings = np.array(seminr["outer_loadings"]["values"]).sum(axis=1)
    deviation = latent_deviation(shares, loadings, sd, span, sizes)
    expected = list(ipma["latent_score_sd_0_100"].values())
    np.testing.assert_allclose(deviation, expected, atol=1e-9)
    np.testing.assert_allclose(
        case_deviation(shares, table.cov().to_numpy(), span, sizes), expected, atol=1e-9
    )
    effects = unstandardised_effects(np.array(seminr["total_effects"]["values"]), deviation)
    np.testing.assert_allclose(
        effects, ipma["unstandardised_total_effects"]["values"], atol=1e-9
    )
    np.testing.assert_allclose(
        item_performance(table.mean().to_numpy(), ranges),
        list(ipma["item_performance"].values()),
        atol=1e-9,
    )


positive = arrays(float, 5, elements=st.floats(0.01, 10))
answers = arrays(float, 5, elements=st.floats(1, 10))


@given(weights=positive, mean=answers, factor=st.floats(0.1, 100))
def test_scores_stay_on_0_100_and_ignore_the_size_of_the_weights(
    weights: np.ndarray, mean: np.ndarray, factor: float
) -> None:
    sizes = (2, 3)
    ranges = one_to_ten(5)
    value = performance(weights, mean, ranges, sizes)
    assert np.all((value >= -1e-9) & (value <= 100 + 1e-9))
    np.testing.assert_allclose(performance(weights * factor, mean, ranges, sizes), value)


def test_unequal_ranges_use_each_items_own_span() -> None:
    ranges = ItemRange(minimum=np.array([1.0, 0.0]), maximum=np.array([5.0, 10.0]))
    value = performance(np.array([2.0, 1.0]), np.array([4.0, 5.0]), ranges, (2,))
    # The span of each item weighs in: (2 x 3 + 1 x 5) of (2 x 4 + 1 x 10).
    assert value[0] == pytest.approx(100 * 11 / 18)
