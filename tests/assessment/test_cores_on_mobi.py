"""Number-level cores against seminr and cSEM on the ECSI mobile data."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from survey_engine.assessment.collinearity import (
    antecedent_inflation,
    f_squared,
    inverse_diagonal,
    item_inflation,
)
from survey_engine.assessment.reliability import (
    alpha,
    average_variance_extracted,
    composite_reliability,
)
from survey_engine.assessment.validity import htmt, largest_correlation


@pytest.fixture(scope="module")
def seminr(shared_folder: Path) -> Any:
    return json.loads((shared_folder / "golden" / "mobi_pls_seminr.json").read_text())


@pytest.fixture(scope="module")
def csem(shared_folder: Path) -> Any:
    return json.loads((shared_folder / "golden" / "mobi_pls_csem.json").read_text())


def matrix(table: Any) -> np.ndarray:
    return np.array(table["values"], dtype=float)


def blocks_of(model: Any) -> tuple[int, ...]:
    weights = matrix(model["outer_weights"])
    return tuple(int(count) for count in (weights != 0).sum(axis=0))


@pytest.fixture
def mode_a(seminr: Any) -> Any:
    return seminr["models"]["modeA_path"]


def correlations(mobi: pd.DataFrame, model: Any) -> np.ndarray:
    return np.corrcoef(mobi[model["mm_variables"]].to_numpy(float), rowvar=False)


def test_reliability_agrees_with_seminr(mobi: pd.DataFrame, mode_a: Any) -> None:
    sizes = blocks_of(mode_a)
    loadings = matrix(mode_a["outer_loadings"]).sum(axis=1)
    expected = matrix(mode_a["reliability"])
    several = np.array(sizes) > 1
    mine = np.column_stack(
        [
            alpha(correlations(mobi, mode_a), sizes),
            composite_reliability(loadings, sizes),
            average_variance_extracted(loadings, sizes),
        ]
    )
    np.testing.assert_allclose(mine[several], expected[several, :3], rtol=0, atol=1e-10)
    assert np.isnan(mine[~several]).all()


def test_htmt_agrees_with_seminr_and_is_undefined_with_itself(
    mobi: pd.DataFrame, mode_a: Any
) -> None:
    expected = matrix(mode_a["htmt"])
    mine = htmt(correlations(mobi, mode_a), blocks_of(mode_a))
    lower = np.tril_indices(7, -1)
    used = np.where(np.isfinite(expected[lower]), expected[lower], expected.T[lower])
    np.testing.assert_allclose(mine[lower], used, rtol=0, atol=1e-10)
    assert np.isnan(np.diag(mine)).all()


def test_item_inflation_agrees_with_seminr(mobi: pd.DataFrame, mode_a: Any) -> None:
    mine = item_inflation(correlations(mobi, mode_a), blocks_of(mode_a))
    expected = [
        np.nan if len(items) == 1 else value
        for items in mode_a["vif_items"].values()
        for value in items.values()
    ]
    np.testing.assert_allclose(mine, expected, rtol=0, atol=1e-9)


def test_antecedent_inflation_agrees_with_seminr(mode_a: Any) -> None:
    paths = matrix(mode_a["path_coef"])
    names = mode_a["constructs"]
    mine = antecedent_inflation(
        matrix(mode_a["construct_correlations"]), (paths != 0).astype(float)
    )
    for target, sources in mode_a["vif_antecedents"].items():
        for source, value in sources.items():
            got = mine[names.index(source), names.index(target)]
            if value is None:
                assert np.isnan(got)
            else:
                assert got == pytest.approx(value, abs=1e-9)


def test_effect_sizes_keep_the_scores_as_csem_does(csem: Any) -> None:
    for name in ("pls_modeA_path", "pls_modeA_centroid", "composite_modeB_path"):
        model = csem["models"][name]
        order = model["path_estimates_rows_are_targets"]["cols"]
        paths = matrix(model["path_estimates_rows_are_targets"]).T
        r2 = np.array([model["r2"].get(construct, np.nan) for construct in order])
        mine = f_squared(matrix(model["construct_vcv"]), paths, r2, (paths != 0).astype(float))
        expected = model["assess"]["F2"]
        table = matrix(expected).T
        for i, source in enumerate(expected["cols"]):
            for j, target in enumerate(expected["rows"]):
                if table[i, j] != 0:
                    got = mine[order.index(source), order.index(target)]
                    assert got == pytest.approx(table[i, j], abs=1e-8)


def test_a_leading_axis_changes_nothing(mobi: pd.DataFrame, mode_a: Any) -> None:
    sizes = blocks_of(mode_a)
    one = correlations(mobi, mode_a)
    two = correlations(mobi.iloc[:120], mode_a)
    batch = np.stack([one, two])
    for core in (alpha, htmt, item_inflation):
        both = core(batch, sizes)
        np.testing.assert_allclose(both[0], core(one, sizes), atol=1e-13)
        np.testing.assert_allclose(both[1], core(two, sizes), atol=1e-13)


def test_largest_correlation_names_the_partner() -> None:
    value, partner = largest_correlation(
        np.array([[1.0, 0.3, -0.8], [0.3, 1.0, 0.5], [-0.8, 0.5, 1.0]])
    )
    np.testing.assert_allclose(value, [0.8, 0.5, 0.8])
    assert partner.tolist() == [2, 2, 0]


@pytest.mark.parametrize("size", [1, 2, 4])
def test_a_batch_of_inflations_is_its_members(size: int) -> None:
    rng = np.random.default_rng(1)
    x = rng.standard_normal((50, 30, size))
    r = np.stack([np.atleast_2d(np.corrcoef(one.T)) for one in x])
    if size > 1:
        r[3] = 1.0  # singular
    r[4] = np.nan
    expected = np.stack([inverse_diagonal(one) for one in r])
    np.testing.assert_allclose(inverse_diagonal(r), expected, rtol=1e-12)
    assert np.isnan(expected[4]).all()
