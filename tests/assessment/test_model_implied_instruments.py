"""Model-implied instruments: exact in a population where the model holds, and their test."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from statsmodels.sandbox.regression.gmm import IV2SLS

from survey_engine.assessment.model_implied_instruments import implied_instruments
from survey_engine.numerics.moments import Moments
from survey_engine.spec.model import ModelSpec
from survey_engine.spec.model_text import parse_model_text

TEXT = """
ind60 =~ x1 + x2 + x3
dem60 =~ y1 + y2 + y3 + y4
dem65 =~ y5 + y6 + y7 + y8
dem60 ~ ind60
dem65 ~ ind60 + dem60
"""


@pytest.fixture(scope="module")
def model() -> ModelSpec:
    return parse_model_text(TEXT, file="democracy.txt")


def moments_of(table: pd.DataFrame) -> Moments:
    values = table.to_numpy(float)
    return Moments(
        columns=tuple(table.columns),
        n=len(values),
        n_effective=float(len(values)),
        mean=values.mean(axis=0),
        covariance=np.cov(values.T, bias=True),
    )


def test_in_the_population_it_is_the_parameter(model: ModelSpec) -> None:
    loadings = np.zeros((11, 3))
    for at, values in ((0, [1, 2.2, 1.8]), (1, [1, 1.3, 1.1, 1.3]), (2, [1, 1.2, 1.3, 1.3])):
        first = (0, 3, 7)[at]
        loadings[first : first + len(values), at] = values
    beta = np.zeros((3, 3))
    beta[1, 0], beta[2, 0], beta[2, 1] = 1.5, 0.6, 0.8
    total = np.linalg.inv(np.eye(3) - beta)
    latent = total @ np.diag([0.4, 4.0, 0.2]) @ total.T
    covariance = loadings @ latent @ loadings.T + np.diag(np.linspace(0.2, 3, 11))
    population = Moments(
        columns=model.indicators,
        n=500,
        n_effective=500.0,
        mean=np.zeros(11),
        covariance=covariance,
    )
    found = {one.target: one for one in implied_instruments(model, population)}
    assert found["dem60"].instruments == ("x2", "x3")
    assert found["dem60"].paths[0].est == pytest.approx(1.5, abs=1e-10)
    assert found["dem65"].instruments == ("x2", "x3", "y2", "y3", "y4")
    assert [row.est for row in found["dem65"].paths] == pytest.approx([0.6, 0.8], abs=1e-10)
    assert found["dem65"].sargan == pytest.approx(0.0, abs=1e-8)
    assert found["dem65"].sargan_df == 3


def test_on_data_it_is_statsmodels(model: ModelSpec, political_democracy: pd.DataFrame) -> None:
    data = political_democracy
    one = implied_instruments(model, moments_of(data[list(model.indicators)]))[1]
    constant = np.ones(len(data))
    theirs = IV2SLS(
        data["y5"].to_numpy(),
        np.column_stack([constant, data[["x1", "y1"]]]),
        np.column_stack([constant, data[list(one.instruments)]]),
    ).fit()
    assert [row.est for row in one.paths] == pytest.approx(theirs.params[1:].tolist(), rel=1e-8)
    assert [row.se for row in one.paths] == pytest.approx(theirs.bse[1:].tolist(), rel=1e-8)


def test_an_equation_that_is_wrong_is_seen(model: ModelSpec) -> None:
    """x3 also causes y5 directly: the instrument is correlated with the error."""
    rng = np.random.default_rng(5)
    n = 2000
    ind = rng.normal(size=n)
    dem60 = 0.8 * ind + rng.normal(size=n)
    dem65 = 0.5 * ind + 0.7 * dem60 + 0.5 * rng.normal(size=n)
    columns = {}
    for stem, first, count, factor in (
        ("x", 1, 3, ind),
        ("y", 1, 4, dem60),
        ("y", 5, 4, dem65),
    ):
        for j in range(count):
            columns[f"{stem}{first + j}"] = factor + 0.7 * rng.normal(size=n)
    good = pd.DataFrame(columns)
    assert implied_instruments(model, moments_of(good))[1].sargan_p > 0.01  # type: ignore[operator]
    good["y5"] = good["y5"] + 0.4 * (good["x3"] - ind)
    assert implied_instruments(model, moments_of(good))[1].sargan_p < 1e-4  # type: ignore[operator]
