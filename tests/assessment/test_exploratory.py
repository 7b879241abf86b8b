"""KMO, Bartlett, parallel analysis and factors."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from survey_engine.assessment.exploratory import explore
from survey_engine.assessment.exploratory.adequacy import (
    bartlett_sphericity,
    sampling_adequacy,
)
from survey_engine.assessment.exploratory.retention import parallel_eigenvalues, retained
from survey_engine.assessment.result import Exploratory
from survey_engine.errors import Diagnostic
from survey_engine.numerics.moments import Moments


def moments_of(frame: pd.DataFrame) -> Moments:
    values = frame.to_numpy(dtype=float)
    return Moments(
        columns=tuple(frame.columns),
        n=len(frame),
        n_effective=float(len(frame)),
        mean=values.mean(axis=0),
        covariance=np.cov(values, rowvar=False, bias=True),
    )


def test_adequacy_and_sphericity_agree_with_factor_analyzer(mobi: pd.DataFrame) -> None:
    from factor_analyzer import calculate_bartlett_sphericity, calculate_kmo

    correlation = mobi.corr().to_numpy()
    per_item, overall = calculate_kmo(mobi.to_numpy(dtype=float))
    mine, mine_per_item = sampling_adequacy(correlation)
    assert mine == pytest.approx(overall, abs=1e-9)
    np.testing.assert_allclose(mine_per_item, per_item, atol=1e-9)
    chisq, _ = calculate_bartlett_sphericity(mobi.to_numpy(dtype=float))
    found = bartlett_sphericity(correlation, 250)
    assert found[0] == pytest.approx(chisq, rel=1e-9)
    assert found[1] == 276


def test_random_eigenvalues_agree_with_simulated_rows() -> None:
    rng = np.random.default_rng(3)
    simulated = [
        np.linalg.eigvalsh(np.corrcoef(rng.standard_normal((60, 5)), rowvar=False))[::-1]
        for _ in range(2000)
    ]
    expected = np.quantile(np.array(simulated), 0.95, axis=0)
    np.testing.assert_allclose(parallel_eigenvalues(60, 5, 1), expected, atol=0.04)
    np.testing.assert_array_equal(
        parallel_eigenvalues(60, 5, 1), parallel_eigenvalues(60, 5, 1)
    )


def test_retention_stops_at_the_first_that_is_not_above() -> None:
    assert retained(np.array([3.0, 1.0, 1.2]), np.array([1.5, 1.3, 1.1])) == 1
    assert retained(np.array([3.0, 2.0]), np.array([1.5, 1.3])) == 2
    assert retained(np.array([1.0, 1.0]), np.array([1.5, 1.3])) == 0


def test_two_clear_factors_are_found_and_told_apart() -> None:
    rng = np.random.default_rng(5)
    factors = rng.standard_normal((400, 2))
    values = np.repeat(factors, 4, axis=1) + 0.8 * rng.standard_normal((400, 8))
    frame = pd.DataFrame(values, columns=[f"q{i}" for i in range(8)])
    found = explore(moments_of(frame), seed=1)
    assert isinstance(found, Exploratory)
    assert (found.n_factors, found.rotation) == (2, "oblimin")
    table = np.array([row.est for row in found.loadings], dtype=float).reshape(8, 2)
    own = np.argmax(np.abs(table), axis=1)
    assert len(set(own[:4])) == 1
    assert set(own[4:]) == {1 - own[0]}
    assert np.all(table[np.arange(8), own] > 0.6)


def test_too_few_respondents_is_a_note_not_a_failure(mobi: pd.DataFrame) -> None:
    found = explore(moments_of(mobi.iloc[:20]), seed=1)
    assert isinstance(found, Diagnostic)
    assert found.code == "EXPLORATORY_NOT_AVAILABLE"
    assert found.parameters["n"] == 20
