"""HTMT conventions against semTools, cSEM and the definition."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from survey_engine.assessment.heterotrait import heterotrait, htmt2
from tests.parity.points import models

BLOCKS = {"Image": 5, "Quality": 7, "Value": 2, "Satisfaction": 3, "Loyalty": 3}


@pytest.fixture
def correlation(mobi: pd.DataFrame) -> np.ndarray:
    prefix = {"Image": "IMAG", "Quality": "PERQ", "Value": "PERV"}
    prefix |= {"Satisfaction": "CUSA", "Loyalty": "CUSL"}
    items = [f"{prefix[name]}{k + 1}" for name, size in BLOCKS.items() for k in range(size)]
    return np.corrcoef(mobi[items].to_numpy(float).T)


def test_geometric_htmt_agrees_with_semtools(
    correlation: np.ndarray, shared_folder: Path
) -> None:
    theirs = models(shared_folder, "mobi_cbsem_lavaan.json")["ecsi_cfa5_ml"]["htmt2_semTools"]
    ours = heterotrait(correlation, tuple(BLOCKS.values()))["htmt2"]
    names = list(BLOCKS)
    for i, row in enumerate(theirs["rows"]):
        for j, column in enumerate(theirs["cols"]):
            if row != column:
                value = ours[names.index(row), names.index(column)]
                expected = theirs["values"][i][j]
                assert value == pytest.approx(expected, rel=1e-10), (row, column)


def test_signed_htmt_differs_only_where_an_item_correlates_negatively(
    correlation: np.ndarray,
) -> None:
    found = heterotrait(correlation, tuple(BLOCKS.values()))
    # The pair of the reference notes: Quality and Loyalty, .759 against .723.
    assert found["htmt"][1, 4] == pytest.approx(0.759320187689, rel=1e-10)
    assert found["htmt_signed"][1, 4] == pytest.approx(0.723468137163, rel=1e-10)
    assert np.isnan(found["htmt2_signed"][1, 4])
    assert found["htmt"][0, 2] == pytest.approx(found["htmt_signed"][0, 2], rel=1e-12)
    assert np.isnan(np.diagonal(found["htmt2"])).all()


def test_a_batch_gives_what_single_matrices_give(correlation: np.ndarray) -> None:
    batch = np.stack([correlation, (correlation + np.eye(20)) / 2])
    sizes = tuple(BLOCKS.values())
    for name, values in heterotrait(batch, sizes).items():
        for k in range(2):
            single = heterotrait(batch[k], sizes)[name]
            np.testing.assert_allclose(values[k], single, rtol=1e-12, err_msg=name)


def test_one_negative_correlation_spoils_only_its_own_pair() -> None:
    sizes = (2, 2, 2)
    correlation = np.full((6, 6), 0.4)
    np.fill_diagonal(correlation, 1.0)
    correlation[0, 4] = correlation[4, 0] = -0.1
    found = htmt2(correlation, sizes, sign="signed")
    assert np.isnan(found[0, 2])
    assert found[0, 1] == pytest.approx(1.0)
    assert found[1, 2] == pytest.approx(1.0)
    assert np.isfinite(htmt2(correlation, sizes)[0, 2])
