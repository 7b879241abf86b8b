"""Difference tests, the ladder's verdicts, power and small-sample corrections."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from survey_engine.assessment.model_tests.compare import (
    ModelFit,
    likelihood_ratios,
    rival_models,
)
from survey_engine.assessment.model_tests.ladder import (
    InvarianceLimits,
    enough_invariant_items,
    judge,
)
from survey_engine.assessment.model_tests.power import needed_n, power_table, rmsea_power
from survey_engine.assessment.model_tests.reliability import factor_reliabilities
from survey_engine.assessment.model_tests.small_sample import (
    bartlett_factor,
    corrected_chi_squares,
    corrected_statistics,
    noncentrality,
    swain_factor,
)
from survey_engine.estimation.cbsem.estimator import CbSemEstimator
from survey_engine.estimation.cbsem.grouped import GroupedMoments
from survey_engine.numerics.moments import ArrayRows
from survey_engine.responses.row_moments import moments_of_rows
from survey_engine.spec.parse import parse_model_text
from tests.parity.points import models, reference_point

MULTIGROUP = "holzinger_multigroup_lavaan.json"
STEPS = ("configural", "metric", "scalar", "strict")


def _fit(block: dict[str, Any], name: str) -> ModelFit:
    measures = {k.replace(".", "_"): v for k, v in block["fit_measures"].items()}
    scaled = measures.get("chisq_scaled")
    return ModelFit(
        name=name,
        chisq=measures["chisq"],
        df=int(measures["df"]),
        n=measures["ntotal"],
        npar=block["npar"],
        groups=len(block["nobs"]),
        scaling=None if scaled is None else measures["chisq"] / scaled,
        measures=measures,
    )


def _agree(ours: float | None, theirs: float | None, cell: object) -> None:
    if theirs is None:
        assert ours is None, f"{cell}: {ours} against nothing"
        return
    assert ours == pytest.approx(theirs, rel=1e-6, abs=1e-12), f"{cell}: {ours}, {theirs}"


@pytest.mark.parametrize(
    ("file", "names", "table"),
    [
        (MULTIGROUP, [f"ml_{step}" for step in STEPS], "ml_lrt"),
        (MULTIGROUP, [f"mlr_{step}" for step in STEPS], "mlr_lrt"),
        ("political_democracy_cbsem_lavaan.json", ["ml", "ml_equal_loadings"], "lrt"),
        (
            "mobi_cbsem_lavaan.json",
            ["ecsi_core_ml_stdlv", "ecsi_core_ml_equal_value_loadings"],
            "lrt_full_equal",
        ),
    ],
)
def test_difference_tests_agree(
    shared_folder: Path, file: str, names: list[str], table: str
) -> None:
    blocks = models(shared_folder, file)
    ours = likelihood_ratios([_fit(blocks[name], name) for name in names])
    for row, other in zip(ours, blocks[table]["table"], strict=True):
        cells = {
            "df": "Df",
            "aic": "AIC",
            "bic": "BIC",
            "chisq": "Chisq",
            "chisq_diff": "Chisq_diff",
            "df_diff": "Df_diff",
            "p": "Pr_Chisq_",
            "rmsea_diff": "RMSEA",
        }
        for field, column in cells.items():
            _agree(getattr(row, field), other[column], (table, row.model, column))


def test_the_2010_difference_uses_the_larger_model_at_the_smaller_ones_estimates() -> None:
    larger = ModelFit(name="a", chisq=100, df=40, n=300, npar=26, scaling=1.2, measures={})
    smaller = ModelFit(name="b", chisq=110, df=44, n=300, npar=22, scaling=1.25, measures={})
    row = likelihood_ratios([smaller, larger], at_smaller=[1.1])[1]
    assert row.scaling_diff == pytest.approx((44 * 1.25 - 40 * 1.1) / 4)
    assert row.chisq_diff == pytest.approx(10 / 2.75)
    impossible = likelihood_ratios([smaller, larger], at_smaller=[1.5])[1]
    assert impossible.scaling_diff == pytest.approx(-1.25)
    assert impossible.chisq_diff is None


def test_ladder_of_the_holzinger_schools(shared_folder: Path) -> None:
    blocks = models(shared_folder, MULTIGROUP)
    steps = judge([_fit(blocks[f"ml_{s}"], s) for s in STEPS], steps=STEPS)
    assert [step.verdict for step in steps] == [None, "holds", "fails", "holds"]
    cfi = [blocks[f"ml_{step}"]["fit_measures"]["cfi"] for step in STEPS]
    assert steps[2].delta_cfi == pytest.approx(cfi[2] - cfi[1], abs=1e-12)
    lenient = judge(
        [_fit(blocks[f"ml_{s}"], s) for s in STEPS],
        steps=STEPS,
        limits=InvarianceLimits(cfi=-0.05, rmsea=0.05, srmr_later=0.05),
    )
    assert [step.verdict for step in lenient] == [None, "holds", "holds", "holds"]


def test_two_items_of_each_factor_must_stay_invariant() -> None:
    blocks = {"visual": ("x1", "x2", "x3"), "speed": ("x7", "x8", "x9"), "single": ("y",)}
    limits = InvarianceLimits()
    assert enough_invariant_items(blocks, ["x3 ~1", "x7~1"], limits) == {}
    loose = ["x3 ~1", "visual =~ x2", "x7~1"]
    assert enough_invariant_items(blocks, loose, limits) == {"visual": 1}


@pytest.mark.parametrize(
    ("df", "close", "not_close"), [(10, 782, 750), (20, 435, 474), (50, 214, 268)]
)
def test_needed_n_is_that_of_the_published_table(df: int, close: int, not_close: int) -> None:
    # MacCallum, Browne & Sugawara (1996), table 4. Their program halves intervals until
    # power is within .001, hence one respondent more or less.
    assert needed_n(0.80, df, null=0.05, alternative=0.08) == pytest.approx(close, abs=1)
    assert needed_n(0.80, df, null=0.05, alternative=0.01) == pytest.approx(not_close, abs=1)


def test_power_is_the_noncentral_tail() -> None:
    from scipy.stats import chi2, ncx2

    bound = chi2.ppf(0.95, 24)
    expected = ncx2.sf(bound, 24, 0.05**2 * 300 * 24)
    found = rmsea_power(301, 24, null=0.0, alternative=0.05)
    assert found == pytest.approx(expected, rel=1e-9)
    rows = power_table(301, 24)
    assert [row.test for row in rows] == ["close", "not_close", "exact"]
    for row in rows:
        assert row.n_needed is not None
        assert (row.power >= 0.80) == (row.n_needed <= 301)
    assert power_table(301, 0) == ()


def test_small_sample_factors() -> None:
    # Closed form at p = 9, k = 3, n - 1 = 99.
    assert bartlett_factor(9, 3, 99) == pytest.approx(1 - (12 + 18 + 5) / 594)
    # Saturated but for one moment: q solves q (q + 1) / 2 = 44.
    q = (-1 + 353**0.5) / 2
    over = 9 * (162 + 27 - 1) - q * (2 * q**2 + 3 * q - 1)
    assert swain_factor(9, 1, 99) == pytest.approx(1 - over / (12 * 99))
    swain, bartlett = corrected_chi_squares(50.0, 24, p=9, factors=3, n=100)
    assert swain.chisq == pytest.approx(swain.factor * 49.5)
    assert bartlett.chisq < swain.chisq < 50.0
    assert corrected_chi_squares(50.0, 0, p=9, factors=3, n=100) == ()


@pytest.mark.parametrize("missing", ["listwise", "fiml"])
def test_corrections_of_a_fit_and_of_its_scaled_test(
    holzinger: pd.DataFrame, missing: str
) -> None:
    """FIML of complete rows is ML: the same corrections, and none of restricted means."""
    spec = parse_model_text(
        "v =~ x1 + x2 + x3\nt =~ x4 + x5 + x6\ns =~ x7 + x8 + x9", file="hs.txt"
    )
    rows = ArrayRows(
        columns=spec.indicators, values=holzinger[list(spec.indicators)].to_numpy()
    )
    moments = GroupedMoments.single(moments_of_rows(rows), rows)
    fit = CbSemEstimator(method="mlr", missing=missing).fit(spec, moments)
    found = {one.method: one for one in corrected_statistics(fit)}
    assert set(found) == {"swain", "bartlett", "swain_scaled", "bartlett_scaled"}
    factor = bartlett_factor(9, 3, 300)
    assert found["bartlett"].chisq == pytest.approx(factor * fit.chisq * 300 / 301)
    assert found["bartlett_scaled"].chisq == pytest.approx(
        factor * fit.scaled.chisq * 300 / 301
    )
    held = parse_model_text(
        "v =~ x1 + x2 + x3\nt =~ x4 + x5 + x6\ns =~ x7 + x8 + x9\nx1 ~ 5*1", file="hs.txt"
    )
    restricted = CbSemEstimator(method="mlr", missing=missing).fit(held, moments)
    assert corrected_statistics(restricted) == ()


def test_noncentrality_is_the_rmsea_before_its_root(shared_folder: Path) -> None:
    measures = models(shared_folder, "holzinger_cbsem_lavaan.json")["ml"]["fit_measures"]
    found = noncentrality(measures["chisq"], 24, 301)
    assert (found.f0 / 24) ** 0.5 == pytest.approx(measures["rmsea"], rel=1e-8)
    assert (found.ci_upper / 24) ** 0.5 == pytest.approx(measures["rmsea.ci.upper"], rel=1e-7)


def test_rival_models_are_told_apart_by_bic(shared_folder: Path) -> None:
    blocks = models(shared_folder, "political_democracy_cbsem_lavaan.json")
    names = ("ml", "ml_equal_loadings", "ml_reg_no_resid_cov")
    rows = rival_models([_fit(blocks[name], name) for name in names])
    by_name = {row.model: row for row in rows}
    assert by_name["ml_equal_loadings"].verdict == "best"
    assert by_name["ml"].delta_bic == pytest.approx(3229.42401832 - 3218.52582525, abs=1e-6)
    assert by_name["ml"].verdict == "no"
    assert by_name["ml"].delta_cfi is None
    assert by_name["ml_reg_no_resid_cov"].delta_df == 6


RELIABILITY = [
    ("holzinger_cbsem_lavaan.json", "ml", None),
    ("mobi_cbsem_lavaan.json", "ecsi_cfa5_ml", None),
    ("political_democracy_cbsem_lavaan.json", "ml", "ml_reliability"),
]


@pytest.mark.parametrize(("file", "name", "apart"), RELIABILITY)
def test_reliability_agrees_with_semtools(
    shared_folder: Path, file: str, name: str, apart: str | None
) -> None:
    blocks = models(shared_folder, file)
    theirs = blocks[apart] if apart else blocks[name]["reliability"]
    keys = {
        "alpha": "alpha_compRelSEM_tau_eq_TRUE",
        "omega": "omega_compRelSEM_obsvar_FALSE",
        "omega_observed": "omega_compRelSEM_tau_eq_FALSE",
        "ave": "AVE",
    }
    found = factor_reliabilities(reference_point(blocks[name], blocks))
    assert {one.construct for one in found} == set(theirs["AVE"])
    for one in found:
        for field, key in keys.items():
            _agree(getattr(one, field), theirs[key][one.construct], (one.construct, key))
