"""MICOM and group comparison against cSEM's testMICOM and testMGD, and seminr's MGA."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from survey_engine.analysis.groups.compare import HowToCompare, compare_groups
from survey_engine.analysis.groups.permuted import Groups, groups_of
from survey_engine.analysis.groups.results import GroupComparison
from survey_engine.assessment.invariance.micom import (
    composite_correlations,
    score_moments,
)
from survey_engine.estimation.pls.estimator import PlsEstimator
from survey_engine.numerics.moments import ArrayRows
from survey_engine.numerics.permutation import group_moments
from survey_engine.spec.parse import parse_model

EXACT = 1e-8
SPEC = parse_model(
    """
COMP =~ comp_1 + comp_2 + comp_3
LIKE =~ like_1 + like_2 + like_3
CUSA =~ cusa
CUSL =~ cusl_1 + cusl_2 + cusl_3
CUSA ~ COMP + LIKE
CUSL ~ COMP + LIKE + CUSA
""",
    file="simple.txt",
)
NAMES = SPEC.construct_names


def rows_of(shared: Path, *, complete: bool) -> tuple[ArrayRows, np.ndarray]:
    table = pd.read_csv(shared / "golden" / "corp_rep.csv")
    table = table[[*SPEC.indicators, "servicetype"]]
    table = table.dropna() if complete else table.fillna(table.mean())
    values = table[list(SPEC.indicators)].to_numpy(dtype=float)
    membership = (table["servicetype"].to_numpy() == 2).astype(np.intp)
    return ArrayRows(columns=SPEC.indicators, values=values), membership


@pytest.fixture(scope="module")
def golden(shared_folder: Path) -> dict[str, Any]:
    path = shared_folder / "golden" / "corp_rep_micom_mgd_csem.json"
    return json.loads(path.read_text())["models"]


@pytest.fixture(scope="module")
def groups(shared_folder: Path) -> Groups:
    rows, membership = rows_of(shared_folder, complete=True)
    return groups_of(PlsEstimator(), SPEC, rows, membership)


@pytest.fixture(scope="module")
def compared(shared_folder: Path) -> GroupComparison:
    rows, membership = rows_of(shared_folder, complete=True)
    order = np.argsort(membership, kind="stable")  # group 1 first, as cSEM has it
    values = ArrayRows(columns=rows.columns, values=rows.values[order])
    labels = [str(1 + g) for g in membership[order]]
    how = HowToCompare(permutations=999, resamples=1_000)
    return compare_groups(PlsEstimator(), SPEC, values, labels, column="servicetype", how=how)


def assert_near(what: str, ours: dict, theirs: dict, tolerance: float = EXACT) -> None:
    wrong = [
        f"{what}[{name}]: ours {ours[name]!r}, reference {value!r}"
        for name, value in theirs.items()
        if value is not None and not abs(ours[name] - value) <= tolerance
    ]
    assert not wrong, "\n".join(wrong)


def test_step_2_where_weights_meet_raw_items_as_in_csem(
    golden: dict[str, Any], groups: Groups
) -> None:
    """CSEM applies weights of standardised items to raw pooled items; see record 0046."""
    batch = PlsEstimator(batch_tolerance=1e-12).fit_batch(
        SPEC, group_moments(groups.products, groups.membership[None], 2)[1][0]
    )
    design = PlsEstimator().design(SPEC)
    pooled = np.cov(values_of(groups).T)
    ours = composite_correlations(batch.weights[None], pooled, design.mask)[0]
    theirs = golden["micom"]["step2_compositional_invariance_c"]["1_2"]
    assert_near("c", dict(zip(NAMES, ours, strict=True)), theirs)


def test_step_3_where_rows_are_mistaken_as_in_csem(
    golden: dict[str, Any], groups: Groups
) -> None:
    """CSEM takes the first n1 rows of the file for group 1; see record 0046."""
    first = int((groups.membership == 0).sum())
    mistaken = (np.arange(len(groups.membership)) >= first).astype(np.intp)
    mean, covariance = group_moments(groups.products, mistaken[None], 2)
    centre = values_of(groups).mean(axis=0)
    design = PlsEstimator().design(SPEC)
    sizes = (first, len(mistaken) - first)
    means, logs = score_moments(groups.weights, design.mask, mean - centre, covariance, sizes)
    micom = golden["micom"]
    ours = dict(zip(NAMES, means[0], strict=True))
    assert_near("mean difference", ours, micom["step3_mean_difference"]["1_2"])
    ours = dict(zip(NAMES, logs[0], strict=True))
    assert_near("log variance ratio", ours, micom["step3_log_variance_ratio"]["1_2"])


def values_of(groups: Groups) -> np.ndarray:
    return np.asarray(groups.products.values, dtype=float) + groups.products.origin


def test_step_3_of_a_single_item_is_plain_arithmetic(
    groups: Groups, compared: GroupComparison
) -> None:
    """The number that shows who is right: no model stands between data and result."""
    x = values_of(groups)[:, SPEC.indicators.index("cusa")]
    z = (x - x.mean()) / x.std(ddof=1)
    one, two = z[groups.membership == 0], z[groups.membership == 1]
    row = next(r for r in compared.pairs[0].micom if r.construct == "CUSA")
    assert row.mean_difference == pytest.approx(one.mean() - two.mean(), abs=1e-12)
    ratio = np.log(one.var(ddof=1) / two.var(ddof=1))
    assert row.log_variance_ratio == pytest.approx(ratio, abs=1e-12)


@pytest.mark.parametrize("which", [0, 1])
def test_the_model_in_each_group(golden: dict[str, Any], groups: Groups, which: int) -> None:
    block = golden["groups"][str(which + 1)]
    observed = groups.observed()
    theirs = block["path_estimates_rows_are_targets"]
    ours = {
        (t, s): float(observed.paths[0, which, NAMES.index(s), NAMES.index(t)])
        for t in theirs["rows"]
        for s in theirs["cols"]
    }
    expected = {
        (t, s): theirs["values"][i][j]
        for i, t in enumerate(theirs["rows"])
        for j, s in enumerate(theirs["cols"])
    }
    assert_near("path", ours, expected)
    loadings = block["loading_estimates"]
    own = dict(zip(SPEC.indicators, observed.loadings[0, which], strict=True))
    expected = {
        item: next(row[j] for row in loadings["values"] if row[j])
        for j, item in enumerate(loadings["cols"])
    }
    assert_near("loading", own, expected)


def test_differences_of_paths_and_loadings(
    golden: dict[str, Any], groups: Groups, compared: GroupComparison
) -> None:
    theirs = golden["mgd"]["chin"]["1_2"]
    observed = groups.observed()
    gap = observed.loadings[0, 0] - observed.loadings[0, 1]
    owner = {i: c.name for c in SPEC.constructs for i in c.indicators}
    ours = {f"{owner[i]} =~ {i}": gap[j] for j, i in enumerate(SPEC.indicators)}
    ours |= {f"{r.target} ~ {r.source}": r.difference for r in compared.pairs[0].paths}
    assert_near("difference", ours, theirs)


def test_p_values_near_those_of_199_to_499_permutations(
    golden: dict[str, Any], compared: GroupComparison
) -> None:
    """Two Monte-Carlo errors of a p of .5 with 499 and 199 draws are .045 and .07."""
    pair = compared.pairs[0]
    ours = {r.construct: r.correlation_p for r in pair.micom}
    assert_near("step 2 p", ours, golden["micom"]["step2_p_random"]["1_2"], 0.08)
    ours = {f"{r.target} ~ {r.source}": r.p_permutation for r in pair.paths}
    theirs = {k: v for k, v in golden["mgd"]["chin_p_random"]["1_2"].items() if k in ours}
    assert_near("permutation p", ours, theirs, 0.1)


@pytest.mark.parametrize(
    ("field", "block"), [("t_parametric", "keil_stat"), ("t_welch", "nitzl_stat")]
)
def test_student_statistics_near_those_of_199_resamples(
    golden: dict[str, Any], compared: GroupComparison, field: str, block: str
) -> None:
    """A standard error from 199 resamples is good to 10 %, two of them to 20 %."""
    theirs = golden["mgd"][block]["1_2"]
    for row in compared.pairs[0].paths:
        expected = theirs[f"{row.target} ~ {row.source}"]
        # cSEM subtracts the first group from the second here.
        assert abs(getattr(row, field)) == pytest.approx(abs(expected), rel=0.2), row


def test_henseler_as_seminr(shared_folder: Path) -> None:
    """Group betas are deterministic (1e-6); p comes from 500 resamples (.05)."""
    path = shared_folder / "golden" / "corp_rep_pls_mga_bootstrap.json"
    golden = json.loads(path.read_text())["mga"]
    table = pd.read_csv(shared_folder / "golden" / "corp_rep.csv")
    filled = []
    for kind in (1, 2):  # seminr replaces missing answers by the means of each group
        part = table.loc[table["servicetype"] == kind, list(SPEC.indicators)]
        filled.append(part.fillna(part.mean()).to_numpy(dtype=float))
    rows = ArrayRows(columns=SPEC.indicators, values=np.concatenate(filled))
    labels = ["1"] * len(filled[0]) + ["2"] * len(filled[1])
    how = HowToCompare(permutations=99, resamples=2_000)
    found = compare_groups(PlsEstimator(), SPEC, rows, labels, column="s", how=how)
    ours = {(r.source, r.target): r for r in found.pairs[0].paths}
    for row in golden:
        mine = ours[row["source"], row["target"]]
        assert mine.first == pytest.approx(row["group1_beta"], abs=1e-6), row["path"]
        assert mine.second == pytest.approx(row["group2_beta"], abs=1e-6), row["path"]
        assert mine.difference == pytest.approx(row["diff"], abs=1e-6), row["path"]
        assert mine.p_henseler == pytest.approx(row["pls_mga_p"], abs=0.05), row["path"]
