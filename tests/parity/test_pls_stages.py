"""Interactions and higher-order constructs, cell by cell, against seminr."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from survey_engine.estimation.fit_result import PlsFit
from survey_engine.estimation.pls.estimator import PlsEstimator
from survey_engine.estimation.pls.made_columns import moments_with_products
from survey_engine.numerics.moments import ArrayRows, Moments
from survey_engine.spec.parse import parse_model

TOLERANCE = 1e-6
MODERATED = """
Image =~ IMAG1 + IMAG2 + IMAG3 + IMAG4 + IMAG5
Expectation =~ CUEX1 + CUEX2 + CUEX3
Value =~ PERV1 + PERV2
Satisfaction =~ CUSA1 + CUSA2 + CUSA3
Satisfaction ~ Image + Expectation + Image:Expectation + Value
"""
HIGHER = """
Image =~ IMAG1 + IMAG2 + IMAG3 + IMAG4 + IMAG5
Expectation =~ CUEX1 + CUEX2 + CUEX3
Quality =~ PERQ1 + PERQ2 + PERQ3 + PERQ4 + PERQ5 + PERQ6 + PERQ7
Value =~ PERV1 + PERV2
Perception =~ Quality + Value
Satisfaction =~ CUSA1 + CUSA2 + CUSA3
Loyalty =~ CUSL1 + CUSL2 + CUSL3
Perception ~ Image + Expectation
Satisfaction ~ Perception + Image
Loyalty ~ Satisfaction
"""
REPUTATION = """
COMP =~ comp_1 + comp_2 + comp_3
LIKE =~ like_1 + like_2 + like_3
CUSA =~ cusa
SC =~ switch_1 + switch_2 + switch_3 + switch_4
CUSL =~ cusl_1 + cusl_2 + cusl_3
CUSA ~ COMP + LIKE
CUSL ~ COMP + LIKE + CUSA + SC + CUSA:SC
"""


def fitted(text: str, table: pd.DataFrame, **options: object) -> PlsFit:
    spec = parse_model(text, file="model.txt")
    estimator = PlsEstimator(**options)  # type: ignore[arg-type]
    staged = estimator.staged(spec)
    assert staged is not None
    values = table[list(staged.items)].to_numpy(dtype=float)
    moments = Moments(
        columns=staged.items,
        n=len(values),
        n_effective=float(len(values)),
        mean=values.mean(axis=0),
        covariance=np.cov(values.T, bias=True),
    )
    rows = ArrayRows(columns=staged.items, values=values)
    _, extended = moments_with_products(rows, moments, staged.items, staged.pairs)
    return estimator.fit(spec, extended)


def golden(shared: Path, name: str, block: str) -> dict:
    return json.loads((shared / "golden" / f"{name}.json").read_text())["models"][block]


def frame(matrix: dict) -> pd.DataFrame:
    return pd.DataFrame(matrix["values"], matrix["rows"], matrix["cols"])


def assert_frame(what: str, ours: pd.DataFrame, theirs: pd.DataFrame) -> None:
    wrong = [
        f"{what}[{row}, {col}]: ours {ours.loc[row, col]!r}, seminr {value!r}"
        for row, line in theirs.iterrows()
        for col, value in line.items()
        if value is not None
        and not np.isnan(value)
        and not abs(ours.loc[row, col] - value) <= TOLERANCE
    ]
    assert not wrong, "\n".join(wrong)


def check(fit: PlsFit, block: dict) -> None:
    """Every deterministic matrix of a block that a plain run has too."""
    names = [name.replace(":", "*") for name in fit.spec.construct_names]
    items = [
        f"{i.replace(':', '*')}_intxn" if i in fit.spec.construct_names else i.replace(":", "*")
        for i in fit.spec.indicators
    ]
    cross = pd.DataFrame(fit.cross_loadings, items, names)
    owner = [c.name.replace(":", "*") for c in fit.spec.constructs for _ in c.indicators]
    weights = pd.DataFrame(0.0, items, names)
    loadings = pd.DataFrame(0.0, items, names)
    for j, (item, name) in enumerate(zip(items, owner, strict=True)):
        weights.loc[item, name] = fit.weights[j]
        loadings.loc[item, name] = fit.loadings[j]
    # seminr shows a product's loadings, cross-loadings and paths per unit of the product
    # it was made from: its own factor is the ratio of both in its file.
    factor = pd.Series(1.0, names)
    theirs = frame(block["outer_loadings"])
    for name in (n for n in names if "*" in n):
        at = [i for i, o in zip(items, owner, strict=True) if o == name]
        factor[name] = theirs.loc[at[0], name] / cross.loc[at[0], name]
        assert theirs.loc[at, name].to_numpy() == pytest.approx(
            cross.loc[at, name].to_numpy() * factor[name], abs=TOLERANCE
        )
    kept = frame(block["outer_weights"]).loc[items, names]
    assert_frame("weights", weights, kept)
    assert_frame("loadings", loadings * factor, theirs.loc[items, names])
    paths = pd.DataFrame(fit.paths, names, names)
    assert_frame("paths", paths.div(factor, axis=0), frame(block["path_coef"]))
    correlations = pd.DataFrame(fit.proxy_correlations, names, names)
    assert_frame("correlations", correlations, frame(block["construct_correlations"]))
    r2 = pd.DataFrame([fit.r2, fit.r2_adjusted], ["Rsq", "AdjRsq"], names)
    assert_frame("R2", r2, frame(block["r_squared"]))


@pytest.mark.parametrize("method", ["two-stage", "product-indicator", "orthogonal"])
def test_mobi_interactions(method: str, mobi: pd.DataFrame, shared_folder: Path) -> None:
    name = f"interaction_{method.replace('-', '_')}"
    fit = fitted(MODERATED, mobi, interaction=method)
    check(fit, golden(shared_folder, "mobi_pls_seminr", name))


def test_the_unit_of_a_two_stage_product_is_its_deviation(
    mobi: pd.DataFrame, shared_folder: Path
) -> None:
    block = golden(shared_folder, "mobi_pls_seminr", "interaction_two_stage")
    fit = fitted(MODERATED, mobi)
    deviation = block["item_sd_n_minus_1"]["Image*Expectation_intxn"]
    assert fit.product_deviation[0] == pytest.approx(deviation, abs=TOLERANCE)


def test_corporate_reputation_moderation(shared_folder: Path) -> None:
    table = pd.read_csv(shared_folder / "golden" / "corp_rep.csv")
    table = table.fillna(table.mean())  # as seminr's mean replacement
    fit = fitted(REPUTATION, table)
    check(fit, golden(shared_folder, "corp_rep_pls_seminr", "moderation_two_stage"))


@pytest.mark.parametrize("mode", ["A", "B"])
def test_mobi_higher_order(mode: str, mobi: pd.DataFrame, shared_folder: Path) -> None:
    block = golden(shared_folder, "mobi_pls_seminr", f"higher_order_two_stage_mode{mode}")
    fit = fitted(HIGHER, mobi, modes={"Perception": mode})
    check(fit, block)
    assert fit.first_stage is not None
    lower = fit.first_stage
    theirs = frame(block["outer_weights"])
    owners = [c.name for c in lower.spec.constructs for _ in c.indicators]
    for name in ("Quality", "Value"):
        at = [j for j, owner in enumerate(owners) if owner == name]
        items = [lower.spec.indicators[j] for j in at]
        assert lower.weights[at] == pytest.approx(theirs.loc[items, name], abs=TOLERANCE)
    if "first_stage" in block:
        names = list(lower.spec.construct_names)
        ours = pd.DataFrame(lower.paths, names, names)
        assert_frame("first stage", ours, frame(block["first_stage"]["path_coef"]))
