"""Which numbers of the covariance-based and psychometric files are compared, and where.

`pytest -s` prints the share. A block or a key that no test takes, and that is no exception
with a reason here and in decision 0023, fails.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from survey_engine.assessment.fit_measures import fit_measures
from survey_engine.assessment.heterotrait import htmt2
from survey_engine.estimation.cbsem.estimator import CbSemEstimator
from survey_engine.numerics.em import coverage_of, patterns_of
from survey_engine.spec.parse import parse_model
from tests.parity.comparison import NOT_STATISTICS, compare, grouped_moments, ours_of
from tests.parity.ledger import leaves
from tests.parity.test_fiml_golden import NOT_COMPARED, gappy

FILES = (
    "bfi_ordinal_cfa_lavaan",
    "demo_growth_lavaan",
    "holzinger_cbsem_lavaan",
    "holzinger_fiml_lavaan",
    "holzinger_multigroup_lavaan",
    "mobi_cbsem_lavaan",
    "political_democracy_cbsem_lavaan",
)
EXCEPTIONS: tuple[tuple[str, str, str, str], ...] = (
    (
        "bfi_ordinal_cfa_lavaan",
        "*",
        "factor_scores_*",
        "expected a posteriori scores of ordered answers: not offered",
    ),
    (
        "bfi_ordinal_cfa_lavaan",
        "*",
        "reliability",
        "ordinal alpha and omega are compared; alpha of the numbers as numbers and the "
        "compRelSEM variants are not part of the ordinal tables",
    ),
    (
        "bfi_ordinal_cfa_lavaan",
        "lrt_gender",
        "table",
        "Df, chi-square, difference and p are compared; AIC, BIC and RMSEA of the table "
        "are not defined for WLSMV",
    ),
    (
        "demo_growth_lavaan",
        "linear_covariates",
        "*",
        "no optimum of either convention (decision 0020); compared with the program",
    ),
    (
        "holzinger_fiml_lavaan",
        "fiml_group_metric",
        "*",
        "no optimum (decision 0040); compared with the program's own run",
    ),
)
HANDLED = {
    "test_cbsem_golden",
    "test_model_tests_golden",
    "test_nested_golden",
    "test_ordinal_golden",
    "test_fiml_golden",
    "test_em_golden",
    "test_modification_indices",
    "test_cbsem_coverage",
}


def blocks_of(shared: Path, name: str) -> dict[str, Any]:
    text = (shared / "golden" / f"{name}.json").read_text(encoding="utf-8")
    models: dict[str, Any] = json.loads(text)["models"]
    return models


def excepted(file: str, block: str, key: str) -> str | None:
    for pattern in EXCEPTIONS:
        if all(fnmatch(a, b) for a, b in zip((file, block, key), pattern[:3], strict=True)):
            return pattern[3]
    return None


def test_every_block_is_taken(shared_folder: Path) -> None:
    """Each block's name stands in a parity test; the share of its numbers is printed."""
    here = Path(__file__).parent
    sources = {
        name: (here / f"{name}.py").read_text(encoding="utf-8") for name in sorted(HANDLED)
    }
    model_tests = here.parent / "assessment" / "model_tests"
    for path in model_tests.glob("test_*.py"):
        sources[path.stem] = path.read_text(encoding="utf-8")
    present, left = Counter[str](), Counter[str]()
    orphans = []
    for file in FILES:
        for block, content in blocks_of(shared_folder, file).items():
            # Blocks of a ladder are named by estimator and level there.
            ends = {block, block.partition("_")[2], block.rpartition("_")[2]}
            names = [f'"{end}"' for end in ends]
            if not any(name in text for text in sources.values() for name in names):
                orphans.append(f"{file}: {block}")
            for key, value in content.items():
                if key in NOT_STATISTICS or key in ("nobs", "group_labels"):
                    continue
                count = len(list(leaves({key: value})))
                present[file] += count
                if excepted(file, block, key):
                    left[file] += count
    for file in FILES:
        share = 100 * (1 - left[file] / present[file])
        print(f"{file}: {present[file] - left[file]} of {present[file]} ({share:.1f} %)")
    assert orphans == []
    assert sum(left.values()) < 0.04 * sum(present.values())


@pytest.mark.parametrize("name", ["listwise", "listwise_mean"])
def test_listwise_blocks(name: str, shared_folder: Path) -> None:
    block = blocks_of(shared_folder, "holzinger_fiml_lavaan")[name]
    frame = pd.read_csv(shared_folder / "golden" / "holzinger_missing.csv")
    items = [f"x{i}" for i in range(1, 10)]
    spec = parse_model(block["model_syntax"], file=name)
    estimator = CbSemEstimator(meanstructure=True if name == "listwise_mean" else None)
    fit = estimator.fit(spec, grouped_moments(frame[items].dropna()))
    found = compare(block, ours_of(fit, fit_measures(fit)))
    print(name, found.share)
    assert found.failures == ()
    assert set(found.missing) <= {"nobs"}


def test_coverage_and_patterns(shared_folder: Path) -> None:
    block = blocks_of(shared_folder, "holzinger_fiml_lavaan")["fiml"]
    frame = pd.read_csv(shared_folder / "golden" / "holzinger_missing.csv")
    values = frame[[f"x{i}" for i in range(1, 10)]].to_numpy(float)
    theirs = np.array(block["coverage"]["values"])
    np.testing.assert_allclose(coverage_of(values, None), theirs, rtol=1e-12)
    assert len(patterns_of(values).observed) == block["n_patterns"]


def test_heterotrait_ratios(
    shared_folder: Path, holzinger: pd.DataFrame, mobi: pd.DataFrame
) -> None:
    """semTools 0.5-7 gives HTMT2, of absolute correlations, unless told otherwise."""
    theirs = blocks_of(shared_folder, "holzinger_cbsem_lavaan")["ml"]["htmt_semTools"]
    same_ratios(holzinger, [f"x{i}" for i in range(1, 10)], (3, 3, 3), theirs, htmt2)
    block = blocks_of(shared_folder, "mobi_cbsem_lavaan")["ecsi_cfa5_ml"]
    spec = parse_model(block["model_syntax"], file="ecsi_cfa5_ml")
    sizes = tuple(len(construct.indicators) for construct in spec.constructs)
    for key, core in (("htmt_semTools", htmt2), ("htmt2_semTools", htmt2)):
        same_ratios(mobi, list(spec.indicators), sizes, block[key], core)


def same_ratios(
    frame: pd.DataFrame,
    items: list[str],
    sizes: tuple[int, ...],
    theirs: dict[str, Any],
    core: Callable[..., np.ndarray],
) -> None:
    ours = np.asarray(core(frame[items].corr().to_numpy(), sizes))
    expected = np.array(theirs["values"], dtype=float)
    off = ~np.eye(len(sizes), dtype=bool) & np.isfinite(expected)
    np.testing.assert_allclose(ours[off], expected[off], rtol=1e-9)


@pytest.mark.parametrize("name", ["mlr_continuous_listwise", "fiml_continuous"])
def test_ordered_items_taken_as_numbers(name: str, shared_folder: Path) -> None:
    block = blocks_of(shared_folder, "bfi_ordinal_cfa_lavaan")[name]
    frame = pd.read_csv(shared_folder / "golden" / "bfi.csv")
    spec = parse_model(block["model_syntax"], file=name)
    items = list(spec.indicators)
    if name == "fiml_continuous":
        estimator = CbSemEstimator(missing="fiml")
        rows = frame[items]
        fit = estimator.fit(spec, gappy(rows[rows.notna().any(axis=1)], items))
    else:
        estimator = CbSemEstimator(method="mlr")
        fit = estimator.fit(spec, grouped_moments(frame[items].dropna()))
    for key in NOT_COMPARED if name == "fiml_continuous" else ():
        del block["fit_measures"][key]
    found = compare(block, ours_of(fit, fit_measures(fit)), relative=1e-5, absolute=4e-6)
    print(name, found.share)
    assert found.failures == ()
    assert set(found.missing) <= {"nobs"}
